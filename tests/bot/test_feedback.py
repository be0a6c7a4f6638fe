"""What people think of answers, how many questions they may ask, and what a first asker is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.quotas import Quotas
from digest.errors import QuotaReached
from digest.models import Rating
from digest.posts import Button
from digest.store.engine import Database
from digest.store.others import SqlExchanges
from tests.bot.chat import HERE, THERE, Chat, chat
from tests.bot.support import TIDE
from tests.builders import NOON, exchange
from tests.clocks import ManualClock

QUESTION = "What is the mean error?"


@pytest.fixture
async def one(posted: Path) -> AsyncIterator[Chat]:
    """A workspace whose channel was set up by ann."""
    async with chat(posted) as one:
        await one.person().says("/digest here tue 09:00 en")
        yield one


async def ratings(one: Chat, button: Button) -> list[tuple[str, bool, str | None]]:
    found: tuple[Rating, ...] = await one.app.services.feedback.of(button.value.split()[0])
    return [(rating.person, rating.helpful, rating.why) for rating in found]


async def test_an_answer_in_a_thread_is_rated_by_anyone_there(one: Chat) -> None:
    talk = await one.person("bob", is_admin=False).says(QUESTION, thread="t1", paper=TIDE)
    cid = one.person("cid", is_admin=False)
    assert "Thank you" in (await cid.presses(talk.button("helpful"))).text
    assert await ratings(one, talk.button("helpful")) == [("chat/T1/cid", True, None)]
    assert await one.told() == []
    said = await cid.fills(talk.button("unhelpful"), why="It is  5.6 cm,\nnot mm.")
    assert "have been told" in said.text
    assert said.private
    assert await ratings(one, talk.button("helpful")) == [("chat/T1/cid", False, "It is 5.6 cm, not mm.")]
    (told,) = await one.told()
    for words in (QUESTION, "5.6 cm", "It is 5.6 cm, not mm.", TIDE):
        assert words in told
    await cid.fills(talk.button("unhelpful"), why="It is 5.6 cm, not mm.")
    assert len(await one.told()) == 1


async def test_an_answer_that_only_its_asker_saw_stays_where_it_stood(one: Chat) -> None:
    bob = one.person("bob", is_admin=False)
    talk = await bob.says(f"/ask TideLM {QUESTION}")
    rated = await bob.presses(talk.button("helpful"))
    assert "5.6 cm" in rated.text
    assert [button.action for button in rated.buttons] == ["share", "helpful", "unhelpful"]
    again = await bob.fills(rated.button("unhelpful"), why="")
    assert "5.6 cm" in again.text
    assert await ratings(one, rated.button("helpful")) == [("chat/T1/bob", False, None)]
    assert "none given" in (await one.told())[0]


async def test_nobody_rates_or_shares_what_they_cannot_see(one: Chat) -> None:
    bob = one.person("bob", is_admin=False)
    private = await bob.says(f"/ask TideLM {QUESTION}")
    public = await bob.says(QUESTION, thread="t1", paper=TIDE)
    strangers = [
        (one.person("eve"), private),
        (one.person("bob", place=THERE), private),
        (one.person("bob", place=THERE), public),
        (one.person("bob", place=replace(HERE, channel="C2")), public),
        (one.person("bob", place=replace(HERE, channel="C2")), private),
    ]
    for stranger, talk in strangers:
        for button in talk.last.buttons:
            assert "no longer stored" in (await stranger.fills(button)).text
        assert await ratings(one, talk.button("helpful")) == []
    assert await one.told() == []
    missing = await bob.presses(Button("", "helpful", "nothing"))
    assert "no longer stored" in missing.text


async def test_the_thread_of_a_card_is_about_its_paper_and_others_about_what_came_last(one: Chat) -> None:
    ann, bob = one.person(), one.person("bob", is_admin=False)
    await ann.says("/digest post")
    week = await one.app.services.current_week()
    rows = {row.key.name: row.message for row in await one.app.services.ledger.rows(HERE, week)}
    card = rows[f"card/{TIDE}"]
    assert card
    assert "5.6 cm" in (await bob.says(QUESTION, thread=card.id)).text
    assert "which paper" in (await bob.says(QUESTION, thread="another")).text
    await bob.says(f"{TIDE} {QUESTION}", thread="another")
    assert "5.6 cm" in (await bob.says(QUESTION, thread="another")).text
    assert "which paper" in (await replace(bob, place=THERE).says(QUESTION, thread=card.id)).text
    direct = replace(bob, place=replace(HERE, channel="D-bob"))
    await direct.says(f"{TIDE} {QUESTION}")
    assert "5.6 cm" in (await direct.says(QUESTION)).text


async def test_a_first_asker_is_told_once_where_questions_go(one: Chat) -> None:
    bob = one.person("bob", is_admin=False)
    await bob.says(f"/ask nothing {QUESTION}")  # what failed was not told
    first = await bob.says(f"/ask TideLM {QUESTION}")
    assert all("go to no other service" in post.text for post in first.streams[0].shown)
    assert "New here" not in (await bob.says(f"/ask TideLM {QUESTION}")).text
    model = replace(one.app.services, model_host="models.example")
    other = replace(one.person("cid"), app=replace(one.app, services=model))
    assert "models.example" in (await other.says(f"/ask TideLM {QUESTION}")).text


async def test_too_many_questions_are_refused_with_when_again_and_stored_answers_are_not(one: Chat) -> None:
    services = one.app.services
    quotas = Quotas(services.exchanges, one.clock, person_hour=2, workspace_hour=3)
    app = replace(one.app, services=replace(services, quotas=quotas))
    ann, bob = (replace(one.person(name), app=app) for name in ("ann", "bob"))
    for number in range(2):
        assert "hour" not in (await ann.says(f"/ask TideLM {QUESTION} {number}")).text
    refused = await ann.says(f"/ask TideLM {QUESTION} again")
    assert "as one hour may have (2, for one person)" in refused.text
    assert "01:00 (UTC)" in refused.text
    assert refused.ended()
    elsewhere = replace(ann, place=replace(HERE, channel="C2"))
    for person in (elsewhere, bob):
        assert "5.6 cm" in (await person.says(f"/ask TideLM {QUESTION} 0")).text, "it is in store"
    await bob.says(f"/ask TideLM {QUESTION} from bob")
    assert "(3, for the whole workspace)" in (await bob.says(f"/ask TideLM {QUESTION} more")).text
    other = replace(bob, place=THERE)
    assert "hour" not in (await other.says(f"/ask TideLM {QUESTION} there")).text
    one.clock.advance(minutes=30)
    assert "5.6 cm" in (await ann.says(f"/ask TideLM {QUESTION} again")).text


async def test_questions_at_once_cannot_pass_a_quota_together(database: Database) -> None:
    exchanges, clock = SqlExchanges(database), ManualClock(NOON)
    quotas = Quotas(exchanges, clock, person_hour=5)
    begin = asyncio.Event()

    async def ask(number: int) -> bool:
        try:
            async with quotas.question("chat/T1/ann"):
                await begin.wait()
                await exchanges.keep(exchange(number, asker="chat/T1/ann", at=NOON))
                return True
        except QuotaReached:
            return False

    asking = [asyncio.create_task(ask(number)) for number in range(12)]
    async with asyncio.timeout(30):
        decided = asyncio.as_completed(asking)
        for _ in range(7):
            assert not await next(decided), "those that may ask wait"
    begin.set()
    assert sum(await asyncio.gather(*asking)) == 5
    assert not await ask(99)
