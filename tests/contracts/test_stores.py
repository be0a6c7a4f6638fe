"""What every store must do, run over each database it can stand on."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.accounts import Ceiling, JournalEntry, Usage
from digest.models import Summary, Week
from digest.places import Message, PartKey, PartRow, PartState, Place, Subscription
from digest.store.engine import Database
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges, SqlJournal, SqlSpending, SqlSubscriptions
from digest.stores import Exchanges, Journal, Ledger, Library, Spending, Subscriptions
from tests.builders import NOON, PLACE, WEEK, document, entry, exchange, issue, paper, writing
from tests.clocks import ManualClock

LONG_AGO = NOON - timedelta(days=400)


@dataclass(frozen=True)
class Stores:
    """One store behind each port, on one database."""

    library: Library
    ledger: Ledger
    subscriptions: Subscriptions
    exchanges: Exchanges
    spending: Spending
    journal: Journal
    clock: ManualClock


@pytest.fixture
def stores(each_database: Database) -> Stores:
    clock = ManualClock()
    return Stores(
        SqlLibrary(each_database, clock, index_for(each_database)),
        SqlLedger(each_database),
        SqlSubscriptions(each_database),
        SqlExchanges(each_database),
        SqlSpending(each_database),
        SqlJournal(each_database),
        clock,
    )


class PlainWriter:
    """As much of a writer as the key of a writing needs."""

    name, model, prompt_version = "plain", "-", "1"


# ------------------------------------------------------------------------- library


async def test_a_paper_is_kept_whole_and_replaced(stores: Stores) -> None:
    whole = paper(authors=("アカリ", "Ben 🙂"), abstract=None, categories=None)
    assert await stores.library.paper(whole.key) is None
    await stores.library.keep_paper(whole)
    assert await stores.library.paper(whole.key) == whole
    better = replace(whole, title="A better title", version="v2")
    await stores.library.keep_paper(better)
    assert await stores.library.paper(whole.key) == better
    assert await stores.library.papers("LampNet 1", 5) == ()


async def test_completion_finds_public_papers_by_any_spelling_newest_first(stores: Stores) -> None:
    for number, title in enumerate(("ＢｉｔＮｅｔ b1.58", "100% of_lamps", "灯網の評価"), 1):
        stores.clock.advance(minutes=1)
        await stores.library.keep_paper(paper(number, title=title))
    secret = paper(9, key="file:1", title="BitNet secret", conversation="local/-/papers/@ann")
    await stores.library.keep_paper(secret)

    async def keys(text: str, limit: int = 9) -> list[str]:
        return [one.key[-1] for one in await stores.library.papers(text, limit)]

    assert await keys("bitnet") == ["1"]
    assert await keys("2402.0000") == ["3", "2", "1"]
    assert await keys("", 2) == ["3", "2"]
    assert await keys("網の") == ["3"]
    assert await keys("0% of_") == ["2"]
    for wild in ("0_ of", "%", "_", "\\", "'", "secret", "\ud800LampNet"):
        assert await keys(wild) in ([], ["2"])


async def test_completion_may_keep_to_one_selection(stores: Stores) -> None:
    for number in (1, 2):
        await stores.library.keep_paper(paper(number))
    await stores.library.keep_issue(issue([entry(1)]))
    found = await stores.library.papers("lampnet", 9, "main")
    assert [one.key for one in found] == [paper(1).key]
    assert await stores.library.papers("lampnet", 9, "other") == ()


async def test_a_reading_belongs_to_a_version(stores: Stores) -> None:
    first, second = paper(version="v1"), paper(version="v2")
    await stores.library.keep_document(first, document("old", version="v1"), NOON)
    assert await stores.library.document(second) is None
    await stores.library.keep_document(second, document("new", version="v2"), NOON + timedelta(days=1))
    for version, text in (("v1", "old"), ("v2", "new"), (None, "new")):
        found = await stores.library.document(replace(first, version=version))
        assert found is not None
        assert found.text == text


async def test_a_writing_that_is_there_already_stays(stores: Stores) -> None:
    first = writing()
    await stores.library.keep_writing(first)
    await stores.library.keep_writing(replace(first, summary=Summary("other", "other")))
    found = await stores.library.writing(first.paper_key, "v1", "en", PlainWriter())  # type: ignore[arg-type]  # its key alone
    assert found == first
    for other in (("v2", "en"), ("v1", "ja")):
        assert await stores.library.writing(first.paper_key, *other, PlainWriter()) is None  # type: ignore[arg-type]  # as above


async def test_an_issue_is_kept_whole_and_its_weeks_are_listed(stores: Stores) -> None:
    for week, language, complete in ((Week(2024, 9), "en", True), (Week(2023, 52), "ja", True)):
        await stores.library.keep_issue(issue(week=week, language=language, complete=complete))
    await stores.library.keep_issue(issue(week=Week(2024, 10), complete=False))
    await stores.library.keep_issue(issue(selection="sample", week=Week(2025, 1)))
    assert await stores.library.issue("main", WEEK, "en") == issue()
    assert await stores.library.issue("main", WEEK, "ja") is None
    assert await stores.library.weeks("main") == (Week(2024, 9), Week(2023, 52))
    assert await stores.library.weeks("main", "ja") == (Week(2023, 52),)


async def test_uploads_go_after_their_days_with_all_made_from_them(stores: Stores) -> None:
    old = paper(1, key="file:old", conversation="c")
    new = paper(2, key="file:new", conversation="c")
    await stores.library.keep_paper(old)
    await stores.library.keep_document(old, document(), stores.clock.now())
    await stores.library.keep_writing(writing(old))
    await stores.exchanges.keep(exchange(1, paper_key=old.key))
    await stores.library.keep_paper(paper(3))
    stores.clock.advance(days=20)
    await stores.library.keep_paper(old)  # asked about again: its days count from when it was brought
    await stores.library.keep_paper(new)
    stores.clock.advance(days=11)
    assert await stores.library.purge_uploads(stores.clock.now() - timedelta(days=30)) == 1
    assert await stores.library.paper(old.key) is None
    assert await stores.library.document(old) is None
    assert await stores.exchanges.get("exchange-1") is None
    assert await stores.library.paper(new.key) is not None
    assert await stores.library.paper(paper(3).key) is not None
    assert await stores.library.purge_uploads(stores.clock.now() - timedelta(days=30)) == 0


# -------------------------------------------------------------------------- search


WORDS = (
    "深層", "学習", "言語", "模型", "推論", "量子", "評価", "画像", "音声", "検索",
    "生成", "訓練", "最適", "適化", "対話", "翻訳", "要約", "分類", "転移", "強化",
)  # fmt: skip


def generated(count: int, seed: int = 7) -> tuple[dict[str, str], list]:  # type: ignore[type-arg]  # issues
    """Issues of ten invented Japanese papers each, and the text of every paper by its key."""
    chance = random.Random(seed)
    texts, issues = {}, []
    for first in range(0, count, 10):
        entries = []
        for number in range(first, first + 10):
            text = "、".join("".join(chance.sample(WORDS, 4)) for _ in range(6)) + "である。"
            one = entry(number, paper=paper(number, title=f"題{number}", abstract=None))
            summary = Summary("要旨", text)
            entries.append(replace(one, writing=replace(writing(one.paper, "ja", 0), summary=summary)))
            texts[one.paper.key] = text
        issues.append(issue(entries, week=Week(2020, 1).plus(first // 10), language="ja", overview=()))
    return texts, issues


async def test_two_characters_of_japanese_find_all_that_hold_them(stores: Stores) -> None:
    texts, issues = generated(200)
    for one in issues:
        await stores.library.keep_issue(one)
    queries = {text[at : at + 2] for text in list(texts.values())[:6] for at in range(0, 40, 3)}
    for query in sorted(one for one in queries if "、" not in one and "。" not in one):
        wanted = {key for key, text in texts.items() if query in text}
        total, found = await stores.library.search("main", query, 0, 1000)
        assert {hit.key for hit in found} == wanted, query
        assert total == len(wanted)
        assert all(query in hit.snippet for hit in found)


async def test_paging_is_stable_and_complete(stores: Stores) -> None:
    for one in generated(60)[1]:
        await stores.library.keep_issue(one)
    total, whole = await stores.library.search("main", "学習", 0, 1000)
    pages = [await stores.library.search("main", "学習", offset, 7) for offset in range(0, total + 7, 7)]
    assert all(count == total for count, _ in pages)
    assert tuple(hit for _, page in pages for hit in page) == whole
    assert total == len(whole) > 14


async def test_one_paper_in_two_languages_is_found_once(stores: Stores) -> None:
    for language in ("en", "ja"):
        await stores.library.keep_issue(issue(language=language))
    for language, count in ((None, 3), ("ja", 3), ("ko", 0)):
        total, found = await stores.library.search("main", "LampNet", 0, 10, language)
        assert (total, len(found), len({hit.key for hit in found})) == (count, count, count)
    assert (await stores.library.search("other", "LampNet", 0, 10))[0] == 0


async def test_indexing_an_issue_again_leaves_nothing_stale(stores: Stores) -> None:
    await stores.library.keep_issue(issue([entry(1), entry(2)]))
    other = entry(3, paper=paper(3, title="Teapots"), writing=None)
    for _ in range(3):
        await stores.library.keep_issue(issue([other]))
    assert (await stores.library.search("main", "LampNet", 0, 10)) == (0, ())
    total, (hit,) = await stores.library.search("main", "teapots", 0, 10)
    assert (total, hit.key, hit.week, hit.title) == (1, other.paper.key, WEEK, "Teapots")


async def test_a_title_counts_more_than_a_text(stores: Stores) -> None:
    in_text = entry(1, writing=replace(writing(paper(1)), summary=Summary("kettles", "About kettles.")))
    in_title = entry(2, paper=paper(2, title="Kettles"), writing=writing(paper(2)))
    await stores.library.keep_issue(issue([in_text, in_title]))
    _, found = await stores.library.search("main", "kettle", 0, 10)
    assert [hit.key for hit in found] == [in_title.paper.key, in_text.paper.key]


async def test_all_words_must_match_and_an_empty_query_finds_nothing(stores: Stores) -> None:
    await stores.library.keep_issue(issue())
    assert (await stores.library.search("main", "lampnet reading", 0, 10))[0] == 3
    assert (await stores.library.search("main", "lampnet kettle", 0, 10))[0] == 0
    for nothing in ("", " ", "!?", '"', "*", "、。", "🙂", "()"):
        assert await stores.library.search("main", nothing, 0, 10) == (0, ())


@pytest.mark.parametrize(
    "query",
    [
        'lamp" OR "x', "NEAR(lamp net)", "title:lamp", "lamp*", "-lamp", "^lamp", "lamp AND", "NOT lamp",
        "(lamp", "lamp + net", "{title body}: lamp", "' OR 1=1 --", "; DROP TABLE papers", "\x00lamp",
        "\ud800lamp",
        "lamp " * 3000, "学習" * 2000, "a b c d e f " * 400, "_" * 5000,
    ],
)  # fmt: skip
async def test_operators_and_quotes_in_a_query_are_only_words(stores: Stores, query: str) -> None:
    await stores.library.keep_issue(issue())
    total, found = await stores.library.search("main", query, 0, 10)
    assert total == len(found)
    assert (await stores.library.search("main", "LampNet", 0, 10))[0] == 3


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.text(max_size=60))
async def test_no_query_fails(stores: Stores, query: str) -> None:
    total, found = await stores.library.search("main", query, 0, 5)
    assert total == len(found) == 0


# -------------------------------------------------------------------------- ledger


def row(name: str = "header", holder: str = "one", minutes: int = 2, content: str = "hash") -> PartRow:
    return PartRow(
        PartKey(PLACE, WEEK, name), PartState.SENDING, content, NOON + timedelta(minutes=minutes), holder
    )


MESSAGE = Message("m1", PLACE, None, "/m1", 0)


async def test_a_part_goes_from_sending_to_sent_to_retired(stores: Stores) -> None:
    ledger, key = stores.ledger, row().key
    assert await ledger.mark_sending(row())
    assert await ledger.rows(PLACE, WEEK) == (row(),)
    await ledger.mark_sent(key, "other", MESSAGE)
    (sent,) = await ledger.rows(PLACE, WEEK)
    assert (sent.state, sent.content, sent.message) == (PartState.SENT, "other", MESSAGE)
    await ledger.mark_retired(key, "note")
    (retired,) = await ledger.rows(PLACE, WEEK)
    assert (retired.state, retired.content, retired.message) == (PartState.RETIRED, "note", MESSAGE)
    await ledger.forget(key)
    assert await ledger.rows(PLACE, WEEK) == ()


async def test_a_part_is_taken_only_as_it_was_seen(stores: Stores) -> None:
    one, other = row(holder="one"), row(holder="two", minutes=9)
    assert await stores.ledger.mark_sending(one)
    assert not await stores.ledger.mark_sending(other)
    assert await stores.ledger.mark_sending(newer := row(holder="one", minutes=3), one)
    assert not await stores.ledger.mark_sending(other, one)
    assert await stores.ledger.mark_sending(other, newer)
    (found,) = await stores.ledger.rows(PLACE, WEEK)
    assert found.holder == "two"


async def test_what_was_sent_meanwhile_is_not_taken_for_sending(stores: Stores) -> None:
    """Somebody who saw the part before it was there must not send it once more."""
    await stores.ledger.mark_sending(row())
    assert not await stores.ledger.mark_sent(row().key, "hash", MESSAGE, "two")
    await stores.ledger.forget(row().key, "two")
    assert await stores.ledger.mark_sent(row().key, "hash", MESSAGE, "one")
    for seen in (None, row()):
        assert not await stores.ledger.mark_sending(row(holder="two"), seen)
    assert not await stores.ledger.mark_sent(row().key, "hash", MESSAGE, "one")
    (found,) = await stores.ledger.rows(PLACE, WEEK)
    assert found.state is PartState.SENT


async def test_of_many_at_once_one_takes_a_part(stores: Stores) -> None:
    for seen in (None, row()):
        taken = await asyncio.gather(
            *(stores.ledger.mark_sending(row(holder=str(number)), seen) for number in range(12))
        )
        assert sum(taken) == 1
        await stores.ledger.forget(row().key)
        await stores.ledger.mark_sending(row())


async def test_doubts_stay_until_they_are_settled(stores: Stores) -> None:
    ledger, later = stores.ledger, NOON + timedelta(minutes=5)
    await ledger.doubt(row().key, NOON)
    await ledger.doubt(row("card/a").key, NOON)
    await ledger.doubt(row().key, later)
    await ledger.forget(row().key)
    assert await ledger.doubts(PLACE, WEEK) == {"header": later, "card/a": NOON}
    assert await ledger.doubted(NOON - timedelta(seconds=1)) == ()
    assert await ledger.doubted(later) == ((PLACE, WEEK),)
    await ledger.settle(PLACE, WEEK, NOON)
    assert await ledger.doubts(PLACE, WEEK) == {"header": later}
    assert await ledger.doubts(PLACE, WEEK.plus(1)) == {}


async def test_a_digest_is_finished_once(stores: Stores) -> None:
    assert await stores.ledger.finished(PLACE, WEEK) is None
    await stores.ledger.finish(PLACE, WEEK, NOON)
    await stores.ledger.finish(PLACE, WEEK, NOON + timedelta(days=1))
    assert await stores.ledger.finished(PLACE, WEEK) == NOON
    assert await stores.ledger.finished(PLACE, WEEK.plus(1)) is None
    assert await stores.ledger.finished(replace(PLACE, channel="other"), WEEK) is None


# ------------------------------------------------------------------- subscriptions


async def test_channels_are_listed_by_place_and_changed_in_place(stores: Stores) -> None:
    places = [Place("slack", "T1", "b"), Place("local", "-", "z"), Place("local", "-", "a")]
    for place in places:
        await stores.subscriptions.set(Subscription(place, "ja", "tue 09:00", "Asia/Tokyo"))
    changed = Subscription(places[1], "en", "fri 18:00", "Europe/Berlin", "bilingual")
    await stores.subscriptions.set(changed)
    found = await stores.subscriptions.all()
    assert [one.place for one in found] == sorted(places)
    assert changed in found
    await stores.subscriptions.drop(places[1])
    await stores.subscriptions.drop(places[1])
    assert len(await stores.subscriptions.all()) == 2


# ----------------------------------------------------------------------- exchanges


async def test_a_thread_is_its_latest_exchanges_oldest_first(stores: Stores) -> None:
    for number in range(1, 6):
        await stores.exchanges.keep(exchange(number))
    await stores.exchanges.keep(exchange(9, conversation="another"))
    await stores.exchanges.keep(exchange(10, paper_key="arxiv:other"))
    found = await stores.exchanges.thread("local/-/papers/@ann", "arxiv:2402.00001", 3)
    assert [one.id for one in found] == ["exchange-3", "exchange-4", "exchange-5"]
    assert await stores.exchanges.get("exchange-4") == exchange(4)
    assert await stores.exchanges.get("no such") is None


async def test_only_shareable_answers_to_the_same_question_are_shared(stores: Stores) -> None:
    asked = exchange(1, question="How much  LIGHT is saved?", shareable=True, basis="plain 1")
    await stores.exchanges.keep(asked)
    await stores.exchanges.keep(exchange(2, question="Secret?", shareable=False, basis="plain 1"))
    key = asked.paper_key
    for question in (asked.question, "ｈｏｗ much light is saved?"):
        assert await stores.exchanges.shared(key, question, "en", "plain 1") == asked
    assert await stores.exchanges.shared(key, "Secret?", "en", "plain 1") is None
    assert await stores.exchanges.shared("arxiv:other", asked.question, "en", "plain 1") is None
    assert await stores.exchanges.shared(key, asked.question, "ja", "plain 1") is None
    assert await stores.exchanges.shared(key, asked.question, "en", "llm 1") is None


async def test_all_that_one_person_asked_is_forgotten(stores: Stores) -> None:
    for number, asker in ((1, "ann"), (2, "ann"), (3, "ben")):
        await stores.exchanges.keep(exchange(number, asker=asker, shareable=True))
    assert await stores.exchanges.forget("ann") == 2
    assert await stores.exchanges.forget("ann") == 0
    assert await stores.exchanges.get("exchange-1") is None
    assert await stores.exchanges.get("exchange-3") is not None


# ------------------------------------------------------------------------ spending


def usage(number: int, tokens: int = 100, **changes: object) -> Usage:
    whole = Usage(f"call-{number}", "answer", "model", NOON, tokens - 10, 10, asker="ann")
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def ceiling(most: float, since: datetime = LONG_AGO, **changes: object) -> Ceiling:
    whole = Ceiling("day", since, since + timedelta(days=1), most)
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


async def test_calls_made_at_once_never_pass_a_ceiling(stores: Stores) -> None:
    ceilings = [ceiling(5_000, name="week"), ceiling(1_000)]
    passed = await asyncio.gather(*(stores.spending.reserve(usage(n), ceilings) for n in range(50)))
    assert passed.count(None) == 10
    assert {one for one in passed if one} == {ceilings[1]}
    assert await stores.spending.tokens(LONG_AGO) == 1_000
    assert len(await stores.spending.costs(LONG_AGO)) == 10


async def test_calls_that_end_while_others_begin_never_pass_a_ceiling(stores: Stores) -> None:
    """Settled below what they reserved, calls make room for more; the sum stays below."""
    seen = []

    async def call(number: int) -> None:
        reserved = usage(number, 300)
        while await stores.spending.reserve(reserved, [ceiling(1_000)]):
            if await stores.spending.tokens(LONG_AGO) > 700 and not under_way:
                return
            await asyncio.sleep(0)
        under_way.add(number)
        seen.append(await stores.spending.tokens(LONG_AGO))
        await stores.spending.settle(replace(reserved, input_tokens=40))
        under_way.remove(number)

    under_way: set[int] = set()
    await asyncio.gather(*(call(number) for number in range(50)))
    assert max(seen) <= 1_000
    assert 700 < await stores.spending.tokens(LONG_AGO) <= 1_000


async def test_each_ceiling_counts_its_own_time_and_person(stores: Stores) -> None:
    spending, day = stores.spending, NOON - timedelta(days=1)
    assert await spending.reserve(usage(1, 500, at=NOON - timedelta(days=2)), []) is None
    assert await spending.reserve(usage(2, 300), [ceiling(300, day)]) is None
    assert await spending.reserve(usage(3, 11), [ceiling(300, day)]) == ceiling(300, day)
    quota = ceiling(800, name="user_day", asker="ann")
    assert await spending.reserve(usage(3, 11), [ceiling(9_000), quota]) == quota
    assert await spending.reserve(usage(3, 11, asker="ben"), [replace(quota, asker="ben")]) is None
    assert await spending.tokens(LONG_AGO, "ann") == 800
    assert await spending.tokens(day) == 311


async def test_a_ceiling_of_cost_counts_cost(stores: Stores) -> None:
    limit = ceiling(0.3, unit="cost")
    for number in (1, 2, 3):  # in floating point 0.1 + 0.1 + 0.1 is more than 0.3
        assert await stores.spending.reserve(usage(number, 9_000, cost=0.1), [limit]) is None
    assert await stores.spending.reserve(usage(4, cost=0.001), [limit]) == limit
    assert await stores.spending.reserve(usage(4, cost=None), [limit]) is None
    await stores.spending.settle(usage(1, cost=0.05))
    assert await stores.spending.reserve(usage(5, cost=0.05), [limit]) is None


async def test_reserving_the_same_call_again_reserves_it_once(stores: Stores) -> None:
    for _ in range(3):
        assert await stores.spending.reserve(usage(1, 600), [ceiling(1_000)]) is None
    assert await stores.spending.tokens(LONG_AGO) == 600


async def test_settling_puts_the_truth_in_place_of_the_reservation(stores: Stores) -> None:
    await stores.spending.reserve(usage(1, 600), [])
    true = usage(1, 250, cost=0.5, subject="2024-W09", cached_tokens=100, estimated=True)
    await stores.spending.settle(true)
    assert await stores.spending.tokens(LONG_AGO) == 250
    assert await stores.spending.costs(LONG_AGO) == (replace(true, settled=True),)


async def test_a_released_reservation_counts_no_more_and_what_was_settled_stays(stores: Stores) -> None:
    for number in (1, 2):
        await stores.spending.reserve(usage(number), [])
    await stores.spending.settle(usage(2))
    for identifier in ("call-1", "call-1", "call-2", "no such call"):
        await stores.spending.release(identifier)
    assert [one.id for one in await stores.spending.costs(LONG_AGO)] == ["call-2"]


async def test_what_a_digest_took_is_told_by_paper_and_week_without_the_askers(stores: Stores) -> None:
    paper_call = usage(1, asker=None, subject="arxiv:1", at=NOON)
    week_call = usage(2, asker=None, subject="2024-W09", at=NOON - timedelta(hours=1))
    for one in (paper_call, week_call, usage(3, asker=None, subject="arxiv:2"), usage(4, subject="arxiv:1")):
        await stores.spending.reserve(one, [])
    assert await stores.spending.about(["arxiv:1", "2024-W09", "arxiv:9"]) == (week_call, paper_call)
    assert await stores.spending.about([]) == ()
    await stores.spending.reserve(usage(5, asker=None), [])
    assert len(await stores.spending.about(["arxiv:1", "2024-W09"])) == 2


# ------------------------------------------------------------------------- journal


async def test_the_journal_gives_the_latest_lines_of_one_place(stores: Stores) -> None:
    lines = [JournalEntry(NOON, str(PLACE), "rinko", "post", f"line {n}", n == 2, WEEK) for n in range(5)]
    for line in (*lines, JournalEntry(NOON, "-", "ann", "here", "elsewhere")):
        await stores.journal.record(line)
    assert await stores.journal.latest(str(PLACE), 3) == (lines[4], lines[3], lines[2])
    (other,) = await stores.journal.latest("-", 9)
    assert (other.detail, other.week) == ("elsewhere", None)
