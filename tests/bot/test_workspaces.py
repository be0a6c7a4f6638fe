"""Two workspaces on one database: nothing of one is seen or changed from the other, nor by strangers."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.commands import Commands
from bot.platforms.conversation import Upload
from config.settings import SAMPLE
from digest.places import Place
from digest.posts import Button
from tests.bot.chat import HERE, THERE, Chat, chat
from tests.bot.support import TIDE, WEEK, Person, Talk

SECRET = "zanzibar"
"""Stands in all that people of the first workspace write."""
QUESTION = f"What is the mean error in {SECRET}?"
ADMIN_ACTS = (
    "preview", "post", "approve", "approve_on_panel", "pause", "resume",
    "drop_paper", "drop_answer", "put_back", "write_again", "correct",
)  # fmt: skip
VALUES = ("", WEEK, f"{WEEK} {TIDE}", f"{WEEK} {'0' * 64}", "x")


@pytest.fixture(scope="module")
def acted(posted_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of two workspaces; the first has asked, rated, corrected, dropped and brought something."""
    folder = tmp_path_factory.mktemp("acted")
    shutil.copytree(posted_once / "data", folder / "data")
    asyncio.run(act(folder))
    return folder


@pytest.fixture
async def one(acted: Path, tmp_path: Path) -> AsyncIterator[Chat]:
    """Both workspaces, over a copy of their data."""
    shutil.copytree(acted / "data", tmp_path / "data")
    async with chat(tmp_path) as one:
        yield one


async def act(folder: Path) -> None:
    async with chat(folder) as one:
        ann, bob = one.person(), one.person("bob", is_admin=False)
        await ann.says("/digest here tue 09:00 en approval=on")
        await ann.says("/digest preview")
        await ann.fills(Button("", "correct", f"{WEEK} {TIDE}"), text=f"It is {SECRET}.")
        await ann.fills(Button("", "drop_paper", f"{WEEK} sample:purl.pdf"))
        upload = Upload(f"{SECRET}.pdf", (SAMPLE / "purl.pdf").read_bytes())
        await bob.says(f"/ask How many errors in {SECRET}?", upload=upload)
        answer = await bob.says(QUESTION, thread="t1", paper=TIDE)
        await bob.fills(answer.button("unhelpful"), why=f"Not in {SECRET}.")
        await one.person("eve", place=THERE).says("/digest here tue 09:00 en")


async def state(one: Chat, place: Place) -> list[object]:
    """All that is kept of a channel, but for its log."""
    services, week = one.app.services, await one.app.services.current_week()
    return [
        await services.channels.get(place),
        await services.overlays.get(place, week),
        await services.ledger.rows(place, week),
        await one.shown(place),
        await services.exchanges.thread(f"{place}/t1", TIDE, 9),
    ]


async def buttons_of(one: Chat) -> list[Button]:
    """Buttons that people of the first workspace were shown."""
    exchanges = await one.app.services.exchanges.thread(f"{HERE}/t1", TIDE, 9)
    found = [
        (await one.person().says("/digest status")).buttons,
        (await one.person().says("/papers")).buttons,
    ]
    ids = [exchange.id for exchange in exchanges]
    made = [Button("", act, value) for act in ("share", "helpful", "unhelpful") for value in ids]
    return [*made, *(button for buttons in found for button in buttons)]


def seen(talk: Talk) -> str:
    return "\n".join(post.text for stream in talk.streams for post in stream.shown)


LINES = st.sampled_from(
    [
        "/papers", "/papers zanzi", "/papers error", "/digest status", "/digest preview", "/digest post",
        "/digest repost fresh", f"/ask {TIDE} What is the mean error?", "/ask forget", "/", "What else?",
        "/ask zan what is it?",
    ]
)  # fmt: skip
ACTS = st.one_of(
    st.tuples(st.just("line"), LINES),
    st.tuples(st.just("press"), st.integers(0, 30)),
    st.tuples(st.just("fill"), st.integers(0, 30)),
    st.tuples(st.just("complete"), st.sampled_from(["/ask ", "/ask z", "/ask file", "/di"])),
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, min_size=1, max_size=5), same_name=st.booleans())
async def test_nothing_crosses_from_one_workspace_to_another(
    one: Chat, acts: list[tuple[str, str | int]], same_name: bool
) -> None:
    eve = one.person("bob" if same_name else "eve", place=THERE)
    pressed, before = await buttons_of(one), await state(one, HERE)
    for kind, what in acts:
        if kind == "complete":
            assert SECRET not in str(await eve.completes(str(what)))
            continue
        button = pressed[what % len(pressed)] if isinstance(what, int) else None
        if button is None:
            talk = await eve.says(str(what), thread="t1" if what == "What else?" else None)
        elif kind == "press":
            talk = await eve.presses(button)
        else:
            talk = Talk(one.app, eve.request())
            filled = {"why": "no", "paper": "1", "answer": "1", "text": "It is mine."}
            await Commands(one.app.services).submit(button.action, button.value, filled, talk.request, talk)
        assert talk.ended()
        assert SECRET not in seen(talk).replace(str(what), "")
    assert await state(one, HERE) == before
    assert SECRET not in "\n".join([*await one.shown(THERE), *await one.told("eve", THERE)])


async def test_the_same_question_is_answered_anew_in_another_workspace(one: Chat) -> None:
    for place, kept in ((HERE, True), (THERE, False)):
        other = Person(one.app, "zoe", is_admin=False, place=place)
        talk = await other.says(f"/ask {TIDE} {QUESTION}")
        assert talk.ended()
        (exchange,) = await one.app.services.exchanges.thread(f"{place}/@zoe", TIDE, 9)
        assert exchange.from_store is kept


@pytest.mark.parametrize("act", ADMIN_ACTS)
async def test_a_stranger_gets_nowhere_with_buttons_and_forms_of_admins(one: Chat, act: str) -> None:
    bob, before = one.person("bob", is_admin=False), await state(one, HERE)
    commands = Commands(one.app.services)
    for value in VALUES:
        assert await commands.form(act, value, bob.request()) is None
        for filled in ({}, {"paper": "1", "answer": "1", "text": "It is mine."}):
            talk = Talk(one.app, bob.request())
            await commands.submit(act, value, filled, talk.request, talk)
            assert talk.text == "Only an admin can do that."
            assert talk.private
    assert await state(one, HERE) == before
    journal = await one.app.services.journal.latest(str(HERE), 50)
    assert "bob" not in {entry.actor for entry in journal}


async def test_a_stranger_gets_nowhere_with_commands_of_admins(one: Chat) -> None:
    bob, before = one.person("bob", is_admin=False), await state(one, HERE)
    rows = [row for row in Commands(one.app.services).rows if row.admin]
    assert len(rows) == 6
    for row in rows:
        for rest in ("", WEEK, "approval=off", "nonsense fresh"):
            assert (await bob.says(f"{row.name} {rest}")).text == "Only an admin can do that."
    assert await state(one, HERE) == before
