"""Every fault that a digest may meet with has its outcome, and admins are told of it once, with what to do.

The table of `docs/delivery.md`, run against the local Slack and the local Discord.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bot.platforms.faulty.on_discord import DiscordTown, discord_town
from tests.bot.platforms.faulty.on_slack import SlackTown, slack_town
from tests.bot.platforms.faulty.town import Posted, Town
from tests.servers.discord import Can, Drop, Lose, Refuse
from tests.servers.discord.faults import on
from tests.servers.slack.faults import Dropped


def deletes(*numbers: int) -> Callable[[Posted], None]:
    """Somebody who deletes messages of these numbers as soon as they stand; none means every one."""

    def watch(posted: Posted) -> None:
        if posted.number in numbers or not numbers:
            posted.remove()

    return watch


@dataclass(frozen=True)
class Fault:
    """What goes wrong, what admins are told of it, and how it is put right."""

    begin: Callable[..., object]
    mend: Callable[..., object] | None = None
    told: tuple[str, ...] = ()
    """Keys of the locales whose words are in the one message to the admin; none where there is none."""
    missing: int = 0
    """How many parts do not stand in the end, as people do not let them."""


def lose(town: SlackTown) -> None:
    def do(_: object) -> None:
        raise Dropped

    town.server.faults.at("after_store", town.once(3), do)


def lock_replies(town: SlackTown) -> None:
    here = town.in_room()
    town.server.faults.refuse(
        lambda call: here(call) and "thread_ts" in call.args, "restricted_action_thread_locked", None
    )


def archive(town: SlackTown) -> None:
    town.room.archived = True


def unarchive(town: SlackTown) -> None:
    town.room.archived = False


def in_the_middle(act: Callable[[], object]) -> Callable[[Posted], None]:
    """Something happens once three messages stand."""

    def watch(posted: Posted) -> None:
        if posted.number == 3:
            act()

    return watch


LATER = ("todo.DeliveryError",)
SLACK: dict[str, Fault] = {
    "an answer is lost": Fault(lose, told=LATER),
    "500 once stored": Fault(lambda t: t.fail_once_stored(2, 500), told=LATER),
    "503 before": Fault(lambda t: t.server.faults.status(t.once(2), 503), told=LATER),
    "429 for minutes": Fault(lambda t: t.server.faults.status(t.once(4), 429, retry_after=300)),
    "a page of a proxy": Fault(lambda t: t.answer_with_a_page(2), told=LATER),
    "the header is deleted": Fault(lambda t: setattr(t, "watching", deletes(1))),
    "a card is deleted": Fault(lambda t: setattr(t, "watching", deletes(2))),
    "an answer is deleted": Fault(lambda t: setattr(t, "watching", deletes(3))),
    "the channel is archived": Fault(archive, unarchive, ("rights.slack_archived", "todo.LacksRights")),
    "it is archived on the way": Fault(
        lambda t: setattr(t, "watching", in_the_middle(lambda: archive(t))),
        unarchive,
        ("rights.slack_archived", "todo.LacksRights"),
    ),
    "Rinko is put out": Fault(
        lambda t: t.server.kick(t.room),
        lambda t: t.server.invite(t.ann, t.room),
        ("rights.slack_member", "todo.LacksRights"),
    ),
    "a private channel": Fault(
        lambda t: (setattr(t.room, "kind", "group"), t.server.kick(t.room)),
        lambda t: t.server.invite(t.ann, t.room),
        ("rights.see", "todo.LacksRights"),
    ),
    "the right to read history": Fault(
        lambda t: t.team.scopes.discard("channels:history"),
        lambda t: t.team.scopes.add("channels:history"),
        ("rights.slack_history", "todo.LacksRights"),
    ),
    "threads are locked": Fault(lock_replies, told=("notice.incomplete_todo",), missing=-1),
    "edits are not allowed": Fault(
        lambda t: t.server.faults.refuse(t.in_room("chat.update"), "edit_window_closed", None),
        told=("notice.incomplete_todo",),
    ),
    "all is deleted at once": Fault(
        lambda t: setattr(t, "watching", deletes()), told=("notice.incomplete_todo",), missing=-2
    ),
    "the token is revoked": Fault(
        lambda t: t.server.faults.refuse(lambda _: True, "token_revoked", None),
        lambda t: t.server.faults.ordered.pop(),
    ),
}


def deny(*rights: Can) -> Callable[[DiscordTown], None]:
    def act(town: DiscordTown) -> None:
        for right in rights or (Can(0),):
            town.server.permit(town.room, town.server.bot, deny=right)

    return act


def delete_thread(town: DiscordTown) -> None:
    for thread in town.server.threads(town.room):
        town.server.delete_channel(thread)


def lock_threads(town: DiscordTown) -> None:
    deny(Can.MANAGE_THREADS)(town)
    town.locks = True


def fail(*args: object, after: int = 0) -> Callable[[DiscordTown], None]:
    return lambda t: t.server.fail(t.here, *args, after=after)  # type: ignore[arg-type]


DISCORD: dict[str, Fault] = {
    "an answer is lost": Fault(fail(Lose(), after=2), told=LATER),
    "503 once stored": Fault(fail(Lose(503), after=1), told=LATER),
    "503 before": Fault(fail(Refuse(503), after=1), told=LATER),
    "the connection drops": Fault(fail(Drop(), after=1), told=LATER),
    "429 for minutes": Fault(fail(Refuse(429, retry_after=300, scope="user"), after=3)),
    "an answer that is none": Fault(fail(Lose(200), after=1), told=LATER),
    "the header is deleted": Fault(lambda t: setattr(t, "watching", deletes(1))),
    "a card is deleted": Fault(lambda t: setattr(t, "watching", deletes(2))),
    "an answer is deleted": Fault(lambda t: setattr(t, "watching", deletes(3))),
    "a thread is deleted": Fault(lambda t: setattr(t, "watching", in_the_middle(lambda: delete_thread(t)))),
    "threads are locked": Fault(lock_threads, told=("notice.incomplete_todo",), missing=-1),
    "the channel is deleted": Fault(
        lambda t: t.server.delete_channel(t.room), told=("rights.see", "todo.LacksRights"), missing=-3
    ),
    "it is deleted on the way": Fault(
        lambda t: setattr(t, "watching", in_the_middle(lambda: t.server.delete_channel(t.room))),
        told=("rights.see", "todo.LacksRights"),
        missing=-3,
    ),
    "the right to write": Fault(deny(Can.SEND_MESSAGES), deny(), ("rights.discord_send", "todo.LacksRights")),
    "the right to read history": Fault(
        deny(Can.READ_MESSAGE_HISTORY), deny(), ("rights.discord_history", "todo.LacksRights")
    ),
    "the right to write in threads": Fault(
        lambda t: setattr(t, "watching", in_the_middle(lambda: deny(Can.SEND_MESSAGES_IN_THREADS)(t))),
        lambda t: (setattr(t, "watching", None), deny()(t)),
        ("rights.discord_send_in_threads", "todo.LacksRights"),
    ),
    "all is deleted at once": Fault(
        lambda t: setattr(t, "watching", deletes()), told=("notice.incomplete_todo",), missing=-2
    ),
    "the token is revoked": Fault(
        lambda t: t.server.fail(on(), Refuse(401), times=None), lambda t: t.server.rest.faults.clear()
    ),
}


async def meets(town: Town, fault: Fault) -> list[str]:
    """What is not as it should be once a digest met with a fault, and it was put right."""
    channel = await town.subscribe()
    say = town.schedule.services.say(town.language)
    before = len(town.told())
    fault.begin(town)
    for _ in range(3):
        await town.post(channel)
    wrong = []
    if fault.mend is not None:
        if await town.schedule.services.ledger.finished(channel.place, town.issue.week):
            wrong.append("done before it was put right")
        fault.mend(town)
        await town.post(channel)
    told = town.told()[before:]
    expected = [
        say(key) if key.startswith("rights.") else say(key, week=town.issue.week) for key in fault.told
    ]
    if len(told) != bool(expected) or not all(words in one for words in expected for one in told):
        wrong.append(f"told {told}, not {expected}")
    parts = await town.schedule.services.posting.parts(town.issue, channel)
    answers = sum(part.under is not None for part in parts)
    missing = {-1: None, -2: len(parts), -3: len(parts)}.get(fault.missing, 0)
    finished = await town.schedule.services.ledger.finished(channel.place, town.issue.week) is not None
    if finished != (fault.missing != -3):
        wrong.append(f"finished: {finished}")
    if missing is None:
        missing = len(parts) - sum(town.marks(parts).values())
        if not 0 < missing <= answers:
            wrong.append(f"{missing} of {answers} answers are missing")
    if fault.missing != -3 and not await town.is_whole(channel, missing) and missing != len(parts):
        wrong.append(f"stands there: {town.marks(parts)}")
    return wrong


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackTown]:
    async with slack_town(tmp_path) as town:
        yield town


@pytest.fixture
async def discord(tmp_path: Path) -> AsyncIterator[DiscordTown]:
    async with discord_town(tmp_path) as town:
        yield town


async def test_every_fault_on_slack_has_its_outcome(slack: SlackTown) -> None:
    """One after the other, as setting a workspace up takes longer than they do."""
    await slack.post(await slack.subscribe())
    read = [one.args["limit"] for one in slack.server.calls("conversations.history")]
    assert read == ["200"], "the audit"
    assert not slack.server.calls("conversations.replies")
    wrong = {what: await meets(slack, fault) for what, fault in SLACK.items()}
    assert {what: faults for what, faults in wrong.items() if faults} == {}


async def test_every_fault_on_discord_has_its_outcome(discord: DiscordTown) -> None:
    await discord.post(await discord.subscribe())
    read = [
        one for path in ("*/messages*", "*/threads/active") for one in discord.server.asked(on("GET", path))
    ]
    assert [one.path.rpartition("/")[2] for one in read] == ["messages", "active"], "the audit"
    wrong = {what: await meets(discord, fault) for what, fault in DISCORD.items()}
    assert {what: faults for what, faults in wrong.items() if faults} == {}
