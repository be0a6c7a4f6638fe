"""One question about one paper: found, read, answered, kept, and shown to whom it may be."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from digest.asking import Asking, Question, StillReading
from digest.errors import NotFound, SourceError, TooSlow
from digest.models import Claim, Exchange, Paper, Verdict
from digest.readings import Readings
from digest.store.engine import Database
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges
from digest.store.search import SqliteIndex
from tests.builders import citation, paper
from tests.clocks import ManualClock
from tests.digest.adapters import CountingReader, KnownFacts, PlainWriter

ANN, BEN = "local/-/papers/@ann", "local/-/papers/@ben"


@dataclass
class Circle:
    """Everything a question needs."""

    library: SqlLibrary
    exchanges: SqlExchanges
    clock: ManualClock
    catalogue: KnownFacts = field(default_factory=KnownFacts)
    reader: CountingReader = field(default_factory=CountingReader)
    writer: PlainWriter = field(default_factory=PlainWriter)

    @property
    def readings(self) -> Readings:
        return Readings(self.reader, self.library, self.clock)

    @property
    def asking(self) -> Asking:
        return Asking(self.readings, self.catalogue, self.writer, self.library, self.exchanges, self.clock)

    async def ask(self, text: str, of: Paper, conversation: str = ANN, asker: str = "ann") -> list[object]:
        self.clock.advance(seconds=1)
        question = Question(text, "en", of, conversation, asker)
        return [step async for step in self.asking.ask(question)]


@pytest.fixture
def circle(database: Database, clock: ManualClock) -> Circle:
    return Circle(SqlLibrary(database, clock, SqliteIndex()), SqlExchanges(database), clock)


def last(steps: list[object]) -> Exchange:
    assert isinstance(steps[-1], Exchange)
    return steps[-1]


@pytest.mark.parametrize(
    "words",
    [
        "2402.00001",
        "arxiv:2402.00001",
        "https://arxiv.org/pdf/2402.00001v3",
        "lampnet 1:",
        "ＬＡＭＰＮＥＴ 1",
    ],
)
async def test_a_paper_is_found_by_id_address_or_title(circle: Circle, words: str) -> None:
    for number in (1, 2):
        await circle.library.keep_paper(paper(number))
    assert (await circle.asking.find(words, ANN)).key == "arxiv:2402.00001"
    assert circle.catalogue.asked == []


async def test_a_new_paper_is_looked_up_and_kept_once_it_was_read(circle: Circle) -> None:
    found = await circle.asking.find("2402.99999", ANN)
    assert found.authors == ("Catalogue, A.",)
    assert await circle.library.papers("2402.99999", 5) == ()
    await circle.ask("Read", found)
    assert len(await circle.library.papers("2402.99999", 5)) == 1


async def test_an_address_elsewhere_needs_no_catalogue(circle: Circle) -> None:
    circle.catalogue.error = SourceError("closed")
    assert (
        await circle.asking.find("https://Example.org/p/?utm_source=x", ANN)
    ).key == "https://example.org/p"
    with pytest.raises(SourceError):
        await circle.asking.find("2402.99999", ANN)


@pytest.mark.parametrize("words", ["", "  ", "lampnet", "kettles", "%", "file:none"])
async def test_what_fits_no_paper_or_several_is_not_found(circle: Circle, words: str) -> None:
    for number in (1, 2):
        await circle.library.keep_paper(paper(number))
    with pytest.raises(NotFound):
        await circle.asking.find(words, ANN)


async def test_an_upload_exists_only_in_its_conversation(circle: Circle) -> None:
    upload = await circle.readings.bring(b"A secret of lamps", "secret.pdf", None, ANN)
    assert await circle.asking.find(upload.key, ANN) == upload
    for words in (upload.key, "A secret of lamps", "secret"):
        with pytest.raises(NotFound):
            await circle.asking.find(words, BEN)
    assert await circle.library.papers("secret", 9) == ()
    assert (await circle.library.search("main", "secret", 0, 9))[0] == 0


async def test_an_answer_about_an_upload_is_never_shared(circle: Circle) -> None:
    for conversation in (ANN, BEN):
        upload = await circle.readings.bring(b"A secret of lamps", "secret.pdf", None, conversation)
        exchange = last(await circle.ask("secret", upload, conversation, asker=conversation))
        assert not exchange.shareable
    assert len(circle.writer.asked) == 2


async def test_reading_is_said_first_and_claims_come_one_by_one(circle: Circle) -> None:
    reading, claim, exchange = await circle.ask("Read", paper())
    assert isinstance(reading, StillReading)
    assert isinstance(claim, Claim)
    assert isinstance(exchange, Exchange)
    assert (exchange.verdict, exchange.claims) == (Verdict.GROUNDED, (claim,))
    assert await circle.exchanges.get(exchange.id) == exchange
    assert [type(step) for step in await circle.ask("Read", paper(), "elsewhere")] == [Claim, Exchange]


async def test_extracts_that_say_the_same_are_all_kept(circle: Circle) -> None:
    told = Claim("The lamp saves light in all of the homes.", (citation(),))
    extract = Claim("The lamp saves light in all of the homes.", (citation(),), extract=True)
    circle.writer.says = (extract, extract, told, told)
    assert last(await circle.ask("kettles", paper())).claims == (extract, extract, told)


async def test_the_same_question_on_a_public_paper_is_answered_from_the_store(circle: Circle) -> None:
    first = last(await circle.ask("Read", paper()))
    second = last(await circle.ask(" read ", paper(), BEN, "ben"))
    assert len(circle.writer.asked) == 1
    assert (second.claims, second.verdict) == (first.claims, first.verdict)
    assert (second.asker, second.conversation, second.id != first.id) == ("ben", BEN, True)


async def test_a_question_with_thread_memory_is_neither_shared_nor_taken(circle: Circle) -> None:
    await circle.ask("Read", paper())
    follow_up = last(await circle.ask("LampNet", paper()))
    assert not follow_up.shareable
    assert [one.question for one in circle.writer.asked[-1].earlier] == ["Read"]
    await circle.ask("LampNet", paper(), BEN, "ben")
    assert len(circle.writer.asked) == 3
    await circle.ask("Read", paper())  # asked again in the same thread: with its memory
    assert len(circle.writer.asked) == 4


async def test_where_nothing_matches_the_nearest_passages_are_offered(circle: Circle) -> None:
    exchange = last(await circle.ask("kettles", paper()))
    assert exchange.verdict is Verdict.NO_MATCH
    assert [claim.extract for claim in exchange.claims] == [True]
    again = await circle.ask("kettles", paper(), BEN)
    assert last(again).verdict is Verdict.NO_MATCH
    assert not any(isinstance(step, Claim) for step in again)  # what is offered is no answer


async def test_a_writer_that_can_tell_says_that_the_paper_does_not_say(circle: Circle) -> None:
    circle.writer.offers = 0
    exchange = last(await circle.ask("kettles", paper()))
    assert (exchange.verdict, exchange.claims) == (Verdict.NOT_SAID, ())


async def test_an_answer_from_an_abstract_alone_is_not_kept_for_others(circle: Circle) -> None:
    """The paper may say in full what its abstract does not."""
    circle.reader.unreadable = {paper().key: TooSlow()}
    assert last(await circle.ask("Read", paper())).verdict is Verdict.NO_MATCH
    circle.reader.unreadable = {}
    assert last(await circle.ask("Read", paper(), BEN)).verdict is Verdict.GROUNDED


async def test_a_paper_that_cannot_be_read_at_all_is_an_error_and_nothing_is_kept(circle: Circle) -> None:
    bare = paper(abstract=None)
    circle.reader.unreadable = {bare.key: TooSlow()}
    with pytest.raises(TooSlow):
        await circle.ask("Read", bare)
    assert await circle.exchanges.thread(ANN, bare.key, 5) == ()


async def test_what_was_forgotten_is_not_given_to_others(circle: Circle) -> None:
    await circle.ask("Read", paper())
    assert await circle.exchanges.forget("ann") == 1
    await circle.ask("Read", paper(), BEN, "ben")
    assert len(circle.writer.asked) == 2
    assert circle.writer.asked[-1].earlier == ()
