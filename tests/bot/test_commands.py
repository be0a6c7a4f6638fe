"""The table of commands on the real bot: what each row does, for whom, and what happens when it fails."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.commands import Command, Commands
from bot.platforms.conversation import Replies, Request, Upload
from config.settings import SAMPLE
from digest.accounts import JournalEntry
from digest.addresses import refer
from digest.errors import SourceError, StoreError
from digest.models import Paper
from digest.places import Place
from digest.ports import Stream
from digest.posts import BlockKind, Button, Post
from digest.weeks import parse_week
from tests.bot.support import TIDE, WEEK, Person, Talk, channel_messages, opened
from tests.builders import NOON

QUESTION = "What is the mean error?"
ADMIN_LINES = [
    "/digest here tue 09:00 Asia/Tokyo",
    "/digest here nonsense",
    "/digest preview",
    "/digest preview no-week",
    "/digest post",
    "/digest repost",
    "/digest status",
]


def links(post: Post) -> list[str]:
    return [span.url for block in post.blocks for span in block.spans if span.url]


def quotes(post: Post) -> list[str]:
    return [block.text for block in post.blocks if block.kind is BlockKind.QUOTE]


# ------------------------------------------------------------------------- asking


@pytest.mark.parametrize(
    "line",
    [
        f"/ask {TIDE} {QUESTION}",
        f'/ask "TideLM: A 38-Million" {QUESTION}',
        f"/ask 「TideLM」{QUESTION}",
        f"/ask TideLM {QUESTION}",
        f"/ask　TideLM　{QUESTION}",
        f"/ASK TideLM\n{QUESTION}",
        f"  /ask   TideLM    {QUESTION}  ",
    ],
)
async def test_ask_by_key_or_title_answers_with_a_quote_that_opens_the_page(ann: Person, line: str) -> None:
    talk = await ann.says(line)
    assert talk.private
    assert talk.ended()
    assert any("5.6 cm" in quote for quote in quotes(talk.last))
    assert QUESTION in talk.last.text
    links = [span.url for block in talk.last.blocks for span in block.spans if span.url]
    assert any(url.startswith(f"{TIDE}#page=") for url in links)


async def test_ask_shows_at_once_that_it_was_heard(ann: Person) -> None:
    talk = await ann.says(f"/ask TideLM {QUESTION}")
    first = talk.streams[0].shown[0]
    assert QUESTION in first.text
    assert not quotes(first)
    assert len(talk.streams) == 1


@pytest.mark.parametrize(
    "line", ["/ask", "/ask   ", "/ask TideLM", f"/ask {TIDE}", '/ask "TideLM" ', "/ask　"]
)
async def test_ask_without_a_question_says_how_to_write_it(ann: Person, line: str) -> None:
    talk = await ann.says(line)
    assert "/ask 2402.17764" in talk.text
    assert talk.private
    assert talk.ended()


async def test_a_title_that_fits_several_papers_names_them(ann: Person) -> None:
    talk = await ann.says("/ask or what is new?")
    assert "fits several papers" in talk.text
    assert "Crease First" in talk.text


async def test_a_paper_nobody_knows_is_said_not_to_be_found(ann: Person) -> None:
    talk = await ann.says("/ask Zyzzyva what is new?")
    assert "arXiv id" in talk.text
    assert talk.ended()


async def test_in_a_thread_no_command_and_no_paper_are_needed(ann: Person) -> None:
    talk = await ann.says(QUESTION, thread="t1", paper=TIDE)
    assert not talk.private
    assert any("5.6 cm" in quote for quote in quotes(talk.last))
    assert "TideLM: A 38" not in talk.last.text
    assert [button.action for button in talk.last.buttons] == ["helpful", "unhelpful"]


async def test_in_a_thread_ask_means_its_paper_unless_it_names_another(ann: Person) -> None:
    own = await ann.says(f"/ask {QUESTION}", thread="t1", paper=TIDE)
    assert any("5.6 cm" in quote for quote in quotes(own.last))
    other = await ann.says("/ask sample:birdsong.pdf What accuracy is reached?", thread="t1", paper=TIDE)
    assert any("92.4%" in quote for quote in quotes(other.last))
    assert other.private


async def test_in_a_thread_a_question_may_begin_with_a_quotation(ann: Person) -> None:
    talk = await ann.says("「TideLM」の平均誤差は?", thread="t1", paper=TIDE)
    assert talk.ended()
    assert "「TideLM」の平均誤差は?" in talk.text


async def test_an_empty_question_in_a_thread_says_what_is_needed(ann: Person) -> None:
    talk = await ann.says("   ", thread="t1", paper=TIDE)
    assert "/ask 2402.17764" in talk.text


async def test_a_question_to_nothing_says_how_to_name_a_paper(bob: Person) -> None:
    talk = await bob.says("Hello")
    assert "/ask 2402.17764" in talk.text
    assert talk.private


@pytest.mark.parametrize("line", ["/ask 今週いちばん面白い論文はどれですか", "/ask Hello"])
async def test_a_question_without_a_paper_is_not_said_to_be_no_question(bob: Person, line: str) -> None:
    assert "which paper you mean" in (await bob.says(line)).text
    assert "There is no question" in (await bob.says("/ask TideLM")).text


async def test_a_plain_question_may_begin_with_what_a_title_says_before_its_colon(ann: Person) -> None:
    talk = await ann.says(f"tidelm {QUESTION}")
    assert any("5.6 cm" in quote for quote in quotes(talk.last))
    talk = await ann.says("/ask Crease First How many arms does it have?")
    assert talk.last.blocks[1].text == "Q. How many arms does it have?"


async def test_what_people_say_to_one_another_is_answered_only_in_a_papers_thread(
    ann: Person,
) -> None:
    talk = Talk(ann.app, replace(ann.request("header"), addressed=False))
    for words in ("Nice week!", "", "TideLM is nice"):
        await Commands(ann.app.services).ask(words, talk.request, talk)
    assert talk.streams == []
    talk = Talk(ann.app, replace(ann.request("t1", TIDE), addressed=False))
    for words in ("Thanks, that was helpful!", "なるほど、ありがとうございます。"):
        await Commands(ann.app.services).ask(words, talk.request, talk)
    assert talk.streams == []
    await Commands(ann.app.services).ask(QUESTION, talk.request, talk)
    assert any("5.6 cm" in quote for quote in quotes(talk.last))


async def test_where_nobody_else_reads_there_is_nobody_to_show_an_answer_to(ann: Person) -> None:
    talk = Talk(ann.app, replace(ann.request("t1"), alone=True))
    await Commands(ann.app.services).ask(f"{TIDE} {QUESTION}", talk.request, talk)
    assert [(button.action, "private" in button.value) for button in talk.last.buttons] == [
        ("helpful", False),
        ("unhelpful", False),
    ]


async def test_an_upload_may_come_before_its_questions(ann: Person) -> None:
    upload = Upload("mine.pdf", (SAMPLE / "purl.pdf").read_bytes())
    talk = await ann.says("", thread="t1", upload=upload)
    assert "Purl: Type Checking" in talk.text
    assert not talk.private
    asked = await ann.says("How many errors are found?", thread="t1")
    assert any("errors" in quote for quote in quotes(asked.last))


async def test_what_was_asked_can_be_forgotten_by_who_asked(ann: Person, bob: Person) -> None:
    await ann.says(f"/ask TideLM {QUESTION}")
    assert "Nothing" in (await bob.says("/ask forget")).text
    assert "1" in (await ann.says("/ask FORGET")).text
    assert "Nothing" in (await ann.says("/ask forget")).text


async def test_an_upload_is_read_and_stays_in_its_conversation(ann: Person, bob: Person) -> None:
    upload = Upload("mine.pdf", (SAMPLE / "purl.pdf").read_bytes())
    talk = await ann.says("/ask How many errors are found?", upload=upload)
    assert any("errors" in quote for quote in quotes(talk.last))
    assert "share" not in {button.action for button in talk.last.buttons}, "it is not shown to all"
    key = await uploaded(ann)
    assert await ann.app.services.exchanges.thread("local/-/papers/@ann", key, 5)
    again = await ann.says(f"/ask {key} How many errors are found?")
    assert quotes(again.last)
    assert "No paper was found" in (await bob.says(f"/ask {key} How many errors are found?")).text
    assert key not in str(await ann.completes("/ask "))


async def test_an_upload_goes_with_what_its_bringer_has_forgotten(ann: Person, bob: Person) -> None:
    data = (SAMPLE / "purl.pdf").read_bytes()
    await ann.says("/ask How many errors are found?", upload=Upload("mine.pdf", data))
    key = await uploaded(ann)
    assert "Nothing" in (await bob.says("/ask forget")).text
    told = (await ann.says("/ask forget")).text
    assert "what you asked" in told
    assert "papers you brought" in told
    assert await ann.app.services.library.paper(key) is None
    assert "Nothing" in (await ann.says("/ask forget")).text


async def uploaded(person: Person) -> str:
    """The key of what a person brought in the channel."""
    data = (SAMPLE / "purl.pdf").read_bytes()
    paper = await person.app.services.readings.bring(data, "mine.pdf", None, "local/-/papers/@ann")
    return paper.key


@pytest.mark.parametrize("data", [b"", b"hello", b"%PDF-1.7 and nothing more", b"\x00" * 5000])
async def test_an_upload_that_cannot_be_read_says_why(ann: Person, data: bytes) -> None:
    talk = await ann.says("/ask What is it?", upload=Upload("paper.pdf", data))
    assert talk.text.startswith("The paper could not be read")
    assert talk.ended()
    assert talk.private


async def test_an_upload_without_a_question_says_what_is_needed(ann: Person) -> None:
    talk = await ann.says("/ask", upload=Upload("a.pdf", b"%PDF-"))
    assert "/ask 2402.17764" in talk.text


async def test_an_answer_is_shown_to_all_by_who_asked_it_only(ann: Person, bob: Person) -> None:
    button = (await ann.says(f"/ask TideLM {QUESTION}")).button("share")
    assert "no longer stored" in (await bob.presses(button)).text
    shown, again = await ann.presses(button), await ann.presses(button)
    assert [stream.private for stream in shown.streams] == [False, True]
    public = shown.streams[0].shown[-1]
    assert quotes(public)
    assert not public.buttons
    assert [one.action for one in shown.last.buttons] == ["helpful", "unhelpful"], "not to be shown twice"
    assert again.private
    assert again.last == shown.last
    await ann.says("/ask forget")
    assert "no longer stored" in (await ann.presses(button)).text


async def test_a_second_asker_gets_the_stored_answer(ann: Person, bob: Person) -> None:
    first = await ann.says(f"/ask TideLM {QUESTION}")
    second = await bob.says(f"/ask TideLM {QUESTION}")
    assert quotes(first.last) == quotes(second.last)


# ------------------------------------------------------------------------- papers


async def test_papers_shows_this_weeks_list_to_the_asker_only(bob: Person) -> None:
    talk = await bob.says("/papers")
    assert talk.private
    assert "TideLM" in talk.text
    assert not talk.last.notify
    assert len([url for url in links(talk.last) if url.startswith("/c/papers")]) == 10, "to the cards"


async def test_papers_finds_in_both_languages(bob: Person) -> None:
    assert "TideLM" in (await bob.says("/papers tide tables")).text
    assert "銭湯" in (await bob.says("/papers　銭湯")).text
    assert "No paper matches" in (await bob.says("/papers zzzyyy")).text


@pytest.mark.parametrize(
    "words", ['"', "' OR 1=1", "AND OR NOT", "*", "title:x", "()", "😀", "a" * 3000, "\x00"]
)
async def test_papers_takes_any_words_as_words(bob: Person, words: str) -> None:
    talk = await bob.says(f"/papers {words}")
    assert talk.ended()
    assert "did not work" not in talk.text


async def test_pages_are_turned_by_buttons(app: App, bob: Person) -> None:
    issue = await app.services.archive.latest("en")
    assert issue
    many = tuple(
        replace(entry, paper=replace(entry.paper, key=f"sample:{n}-{entry.paper.key}"))
        for n in range(3)
        for entry in issue.entries
    )
    await app.services.library.keep_issue(replace(issue, entries=many))
    first = await bob.says("/papers the")
    assert "page 1 of" in first.text
    assert not [button for button in first.last.buttons if "Previous" in button.label]
    second = await bob.presses(first.button("papers"))
    assert "page 2 of" in second.text
    back = await bob.presses(second.button("papers", 0))
    assert back.text == first.text


@pytest.mark.parametrize(
    "value", ["", "\n", "x\ny", "99999\ntide", "-1\ntide", "²\ntide", "1" * 5000 + "\ntide"]
)
async def test_a_page_that_is_none_shows_one_that_is(bob: Person, value: str) -> None:
    talk = await bob.presses(Button("Next", "papers", value))
    assert talk.ended()
    assert "did not work" not in talk.text


async def test_a_button_of_an_older_version_says_so(bob: Person) -> None:
    talk = await bob.presses(Button("Old", "applaud", "1"))
    assert "no longer works" in talk.text
    assert talk.private


async def test_papers_shows_the_card_of_one_paper(app: App, bob: Person) -> None:
    issue = await app.services.archive.latest("en")
    assert issue
    paper = Paper("arxiv:2402.00001", "One of ours", "https://arxiv.org/abs/2402.00001")
    entries = (replace(issue.entries[0], paper=paper), *issue.entries[1:])
    await app.services.library.keep_issue(replace(issue, entries=entries))
    for words in ("2402.00001", "arxiv:2402.00001v3", "https://arxiv.org/pdf/2402.00001"):
        assert "One of ours" in (await bob.says(f"/papers {words}")).text
    missing = await bob.says("/papers 2402.99999")
    assert "has not been in a digest" in missing.text
    assert "arxiv:2402.99999" in missing.text


async def test_papers_shows_what_there_is_in_another_language_where_the_readers_has_none(
    app: App, bob: Person
) -> None:
    issue = await app.services.archive.latest("ja")
    assert issue
    assert (await bob.says("/papers")).last.language == "en", "of two the reader's own"
    paper = Paper("arxiv:2402.00002", "Ours alone", "https://arxiv.org/abs/2402.00002")
    entries = (replace(issue.entries[0], paper=paper, writing=None), *issue.entries[1:])
    await app.services.library.keep_issue(replace(issue, week=issue.week.plus(1), entries=entries))
    talk = await bob.says("/papers")
    assert talk.last.language == "ja"
    assert "Ours alone" in talk.text
    assert "https://arxiv.org/abs/2402.00002" in links(talk.last)
    assert "Ours alone" in (await bob.says("/papers 2402.00002")).text


async def test_without_any_week_papers_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as (app, _):
        assert "no papers yet" in (await Person(app).says("/papers")).text


# ------------------------------------------------------------------------- digest


@pytest.mark.parametrize("line", ADMIN_LINES)
async def test_nobody_but_an_admin_gets_anywhere(app: App, bob: Person, line: str) -> None:
    before = await channel_messages(app)
    talk = await bob.says(line)
    assert talk.text == "Only an admin can do that."
    assert talk.private
    assert await channel_messages(app) == before
    assert not [one for one in await app.services.journal.latest("local/-/papers", 50) if one.actor == "bob"]


async def test_here_subscribes_a_channel_and_says_when(app: App, ann: Person) -> None:
    ann.place = Place("local", "-", "reading")
    talk = await ann.says("/digest here Thu 18:30 Europe/Berlin EN Bilingual")
    assert "Thursday at 18:30" in talk.text
    assert "Europe/Berlin" in talk.text
    assert "only the sample week" in talk.text
    assert "in about a minute" in talk.text
    channel = await app.services.channels.get(ann.place)
    assert channel
    assert (channel.post_at, channel.timezone, channel.language, channel.layout, channel.from_file) == (
        "thu 18:30",
        "Europe/Berlin",
        "en",
        "bilingual",
        False,
    )
    assert talk.button("post").value == WEEK


@pytest.mark.parametrize(
    ("words", "post_at", "language"),
    [
        ("火曜 9時半 英語", "tue 09:30", "en"),
        ("Japanese thurs 18:00", "thu 18:00", "ja"),
        ("fri time=9_PM timezone=new_york ja", "fri 21:00", "ja"),
        ("ja time=9:30 mon", "mon 09:30", "ja"),
    ],
)
async def test_here_takes_days_times_and_languages_as_people_write_them(
    app: App, ann: Person, words: str, post_at: str, language: str
) -> None:
    ann.place = Place("local", "-", "reading")
    await ann.says(f"/digest here {words}")
    channel = await app.services.channels.get(ann.place)
    assert channel
    assert (channel.post_at, channel.language) == (post_at, language)


@pytest.mark.parametrize(
    ("timezone", "expected"), [("Europe/Berlin", "Europe/Berlin"), ("", "Asia/Tokyo"), ("Mars", "Asia/Tokyo")]
)
async def test_here_begins_with_the_time_zone_of_who_says_it(
    app: App, ann: Person, timezone: str, expected: str
) -> None:
    place = Place("local", "-", "reading")
    talk = Talk(app, replace(ann.request(), place=place, timezone=timezone))
    await Commands(app.services).run("/digest here", talk.request, talk)
    channel = await app.services.channels.get(place)
    assert channel
    assert channel.timezone == expected


IN_FILE = '[[channels]]\nplatform = "local"\nchannel = "papers"\n'


async def test_here_does_not_touch_a_channel_of_the_file(posted: Path) -> None:
    async with opened(posted, IN_FILE) as (app, _):
        talk = await Person(app).says("/digest here wed 10:00")
        assert talk.text == "This channel is set in rinko.toml. Edit that file to change it."
        (channel,) = await app.services.channels.all()
        assert channel.post_at == "tue 09:00"
        assert "rinko.toml" in (await Person(app).says("/digest status")).text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("xyz 09:00", "“xyz 09:00” is not a day and time. Write it as tue 09:00"),
        ("tue 24:00", "“tue 24:00” is not a day and time"),
        ("tue 09:00 Mars/Olympus", "“Mars/Olympus” is not a time zone. Write it as"),
        ("tue 09:00 ../../etc/passwd", "is not a time zone"),
        ("nonsense", "/digest here tue 09:00 Europe/Berlin"),
        ("25:00", "“tue 25:00” is not a day and time"),
        ("approval=maybe", "/digest here tue 09:00 Europe/Berlin"),
        ("monthly", "/digest here tue 09:00 Europe/Berlin"),
        ("fr", "/digest here tue 09:00 Europe/Berlin"),
    ],
)
async def test_here_says_what_it_does_not_understand(app: App, ann: Person, words: str, says: str) -> None:
    ann.place = Place("local", "-", "reading")
    talk = await ann.says(f"/digest here {words}")
    assert says in talk.text
    assert await app.services.channels.get(ann.place) is None


async def test_errors_are_said_in_the_readers_language(ann: Person) -> None:
    ann.language = "ja"
    talk = await ann.says("/digest post 2026-W99")
    assert "「2026-W99」は週として読み取れません" in talk.text
    ann.place = Place("local", "-", "reading")
    assert "/digest here" in (await ann.says("/digest post")).text


async def test_preview_is_for_the_admin_alone(app: App, ann: Person) -> None:
    before = await channel_messages(app)
    talk = await ann.says("/digest preview")
    assert talk.private
    assert talk.ended()
    assert "Preview" in talk.text
    assert len(talk.streams) > 10
    assert not any(stream.shown[-1].notify for stream in talk.streams)
    assert await channel_messages(app) == before


async def test_post_posts_once(app: App, ann: Person) -> None:
    before = await channel_messages(app)
    talk = await ann.says("/digest post")
    assert "posted already" in talk.text
    assert await channel_messages(app) == before


async def test_post_brings_back_what_somebody_deleted(app: App, ann: Person) -> None:
    outlet = app.services.posting.outlet("local")
    card = (await channel_messages(app))[1]
    week = await app.services.current_week()
    (row,) = [one for one in await app.services.ledger.rows(ann.place, week) if one.key.name == card.part]
    assert row.message
    await outlet.remove(row.message)
    talk = await ann.says(f"/digest post {WEEK}")
    assert "new: 2" in talk.text
    assert card.part in {one.part for one in await channel_messages(app)}


async def test_repost_asks_anew_and_leaves_what_is_the_same(app: App, ann: Person) -> None:
    before = await channel_messages(app)
    talk = await ann.says("/digest repost")
    assert "posted already" in talk.text
    assert [one.post for one in await channel_messages(app)] == [one.post for one in before]


async def test_two_posts_at_once_post_once(tmp_path: Path) -> None:
    async with opened(tmp_path, "[digest]\npapers = 2") as (app, _):
        ann = Person(app)
        await asyncio.gather(ann.says("/digest post"), ann.says("/digest post"), ann.says("/digest repost"))
        names = [one.part for one in await channel_messages(app)]
        assert len(names) == len(set(names)) == 3


async def test_a_week_without_a_list_is_said_to_be_missing(ann: Person) -> None:
    talk = await ann.says("/digest post 2026-W30")
    assert "2026-W30" in talk.text
    assert "not been published yet" in talk.text


async def test_post_where_nobody_subscribed_says_how_to_start(ann: Person) -> None:
    ann.place = Place("local", "-", "reading")
    for line in ("/digest post", "/digest preview", "/digest repost"):
        assert "Start with /digest here" in (await ann.says(line)).text


async def test_status_tells_schedule_last_digest_and_events(app: App, ann: Person) -> None:
    await ann.says("/digest post")
    talk = await ann.says("/digest status")
    assert talk.private
    for words in ("Tuesday at 09:00", "Asia/Tokyo", WEEK, "sample", "post"):
        assert words in talk.text
    ann.place = Place("local", "-", "reading")
    assert "does not get the digest" in (await ann.says("/digest status")).text


async def test_status_tells_what_failed(ann: Person) -> None:
    await ann.says("/digest post 2026-W30")
    assert "2026-W30: failed (the list is not there yet)" in (await ann.says("/digest status")).text


async def test_status_tells_until_when_the_rest_of_a_digest_waits(app: App, ann: Person) -> None:
    for detail in ("until 2026-03-09T12:05:00+00:00", "until somebody knows"):
        entry = JournalEntry(NOON, str(ann.place), "rinko", "wait", detail, week=parse_week(WEEK))
        await app.services.journal.record(entry)
    told = (await ann.says("/digest status")).text
    assert f"the platform’s limit holds up the rest {WEEK} (until 21:05)" in told


# ----------------------------------------------------------- unknown and completed


@pytest.mark.parametrize("line", ["/", "/asks x", "/digest", "/digest foo", "/" + "x" * 4000, "/ask\x00"])
async def test_an_unknown_command_names_those_there_are(bob: Person, line: str) -> None:
    talk = await bob.says(line)
    assert "/papers" in talk.text
    assert "/digest here" not in talk.text
    assert len(talk.text) < 300
    assert talk.private


@pytest.mark.parametrize("line", ["/digest help", "/ask help", "/papers ヘルプ", "/help"])
async def test_help_is_given_wherever_it_is_asked_for(bob: Person, line: str) -> None:
    assert (await bob.says(line)).text.startswith("What you can type")
    talk = Talk(bob.app, bob.request())
    await Commands(bob.app.services).ask("help", talk.request, talk)
    assert talk.text.startswith("What you can type")


async def test_completion_offers_commands_then_papers(ann: Person, bob: Person) -> None:
    assert "/digest post " in await ann.completes("/")
    assert await bob.completes("/") == ["/ask ", "/papers "]
    assert await bob.completes("/di") == []
    assert await ann.completes("/digest　s") == ["/digest status ", "/digest stop "]
    assert await ann.completes("hello") == []
    papers = await bob.completes("/ask ")
    assert f"/ask {TIDE} " in papers
    assert len(papers) == 10
    assert await bob.completes("/ask tide") == [f"/ask {TIDE} "]
    assert (await bob.completes("/ask for"))[0] == "/ask forget"
    assert await bob.completes("/ask %") == []
    assert await bob.completes("/ask ___") == []


# ------------------------------------------------------------------------ failures


class Failing(Commands):
    """The table with one more row, which fails in the middle of an answer."""

    def __init__(self, app: App, error: Exception) -> None:
        super().__init__(app.services)

        async def fail(_: str, request: Request, replies: Replies) -> None:
            stream: Stream = replies.stream(only_for_asker=True)
            await stream.show(Post(request.language, ()))
            raise error

        self.rows = (*self.rows, Command("/fail", "ask", fail))


async def test_a_crash_gives_one_calm_line_and_ends_what_grows(
    app: App, ann: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    talk = await ann.says("/fail", commands=Failing(app, KeyError("secret")))
    calm = r"That did not work. Please .* For whoever runs Rinko: reference ([0-9a-f]{8})\."
    told = re.fullmatch(calm, talk.text)
    assert told
    assert len(talk.streams) == 1
    assert talk.ended()
    entry = (await app.services.journal.latest("local/-/papers", 1))[0]
    assert (entry.actor, entry.failed, entry.detail) == ("ann", True, "KeyError")
    assert entry.reference == told[1]
    assert "secret" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (SourceError("x"), "did not answer"),
        (StoreError("x"), "database"),
        (SourceError("x", values={"week": "w"}), "did not answer"),
    ],
)
async def test_a_failure_is_one_line_without_details(
    app: App, ann: Person, error: Exception, says: str
) -> None:
    talk = await ann.says("/fail", commands=Failing(app, error))
    assert says in talk.text
    assert talk.ended()
    assert "\n" not in talk.text


def test_references_that_people_write_are_no_titles() -> None:
    for words in ("2402.17764", "cs/0112017", "https://example.org/x.pdf", "doi:10.48550/arXiv.2402.17764"):
        assert refer(words)
