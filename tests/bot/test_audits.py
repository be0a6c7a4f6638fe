"""What may still come is looked for later; waits and failures are written down, and not again and again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App
from bot.audits import Audits
from bot.platforms.local.messages import Draft, Kept
from bot.platforms.local.outlet import LocalOutlet, new_id
from bot.platforms.local.sql_messages import SqlMessages
from bot.posting import UNTIL
from bot.schedule import RETRY_DELIVERY, Schedule
from digest.delivery import AUDIT_AFTER
from digest.errors import DeliveryError, PlaceUnavailable, Postponed, RinkoError
from digest.models import Week
from digest.places import Message, PartKey, Place
from digest.posts import Post
from tests.bot.support import TUESDAY, Person, channel_messages, opened
from tests.clocks import ManualClock

PLACE = Place("local", "-", "papers")
W10 = Week(2026, 10)
SETTINGS = "[digest]\npapers = 1\n"


@dataclass(frozen=True)
class Moody(LocalOutlet):
    """A local channel that refuses what it is told to refuse."""

    refuses: list[RinkoError] = field(default_factory=list)
    """The next threads that are opened, and histories that are read, end so."""

    async def prepare(self, under: Message) -> None:
        if self.refuses:
            raise self.refuses.pop(0)

    async def find(self, keys, under=None, since=None, until=None):  # type: ignore[no-untyped-def]  # as above
        if self.refuses:
            raise self.refuses.pop(0)
        return await super().find(keys, under, since, until)


def moody(app: App, clock: ManualClock) -> tuple[Schedule, Moody]:
    """The bot with such a channel in place of its own."""
    outlet = Moody(SqlMessages(app.database), clock)
    services = app.services
    posting = replace(services.posting, outlets={**services.posting.outlets, "local": outlet})
    return replace(app.schedule, services=replace(services, posting=posting)), outlet


async def late_copy(schedule: Schedule, outlet: Moody, at: datetime) -> None:
    """A header that was given up appears beside the one that was posted in its place."""
    key = PartKey(PLACE, W10, "header")
    await schedule.services.ledger.doubt(key, at)
    await outlet.send(key, Post("ja", ()))


async def late_card(schedule: Schedule, outlet: Moody, card: Kept) -> Message:
    """A copy of a card appears, and somebody replies to it."""
    key, now = PartKey(PLACE, W10, card.part or ""), schedule.services.clock.now()
    await schedule.services.ledger.doubt(key, now - AUDIT_AFTER)
    late = await outlet.send(key, Post("ja", ()))
    await outlet.messages.insert(
        Draft(new_id(), PLACE.channel, "a-person", Post("ja", ()), now, thread=late.id)
    )
    return late


async def test_a_copy_that_comes_late_is_taken_away_after_ten_minutes(tmp_path: Path) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        audits = Audits(schedule.services)
        await schedule.post_what_is_due()
        before = await channel_messages(app)
        await late_copy(schedule, outlet, clock.now())
        assert await audits.due() == ()
        clock.advance(seconds=AUDIT_AFTER.total_seconds())
        (job,) = await audits.due()
        outlet.refuses.append(DeliveryError("no answer"))
        await audits.run(job)
        assert await audits.due() == ()
        clock.advance(seconds=AUDIT_AFTER.total_seconds())
        assert await audits.due() == (job,)
        await audits.run(job)
        assert await channel_messages(app) == before
        clock.advance(hours=1)
        assert await audits.due() == ()


async def test_a_late_card_that_people_replied_to_gets_the_answers_and_the_text(tmp_path: Path) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        await schedule.post_what_is_due()
        _, card = await channel_messages(app)
        before = await outlet.messages.thread(card.id, "nobody")
        late = await late_card(schedule, outlet, card)
        (job,) = await Audits(schedule.services).due()
        await Audits(schedule.services).run(job)
        header, kept = await channel_messages(app)
        assert (kept.id, kept.post) == (late.id, card.post)
        _, *answers = await outlet.messages.thread(late.id, "nobody")
        assert [one.post for one in answers] == [one.post for one in before]
        assert await outlet.messages.thread(card.id, "nobody") == ()
        links = [span.url for block in header.post.blocks for span in block.spans if span.url]
        assert links == [late.url]


async def test_a_channel_that_cannot_be_seen_is_audited_later_but_not_for_ever(tmp_path: Path) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        audits = Audits(schedule.services)
        await schedule.post_what_is_due()
        before = await channel_messages(app)
        await late_copy(schedule, outlet, clock.now() - AUDIT_AFTER)
        (job,) = await audits.due()
        outlet.refuses.append(PlaceUnavailable("The connection is not there yet."))
        await audits.run(job)
        clock.advance(hours=1)
        assert await audits.due() == (job,)
        await audits.run(job)
        assert await channel_messages(app) == before
        await late_copy(schedule, outlet, clock.now())
        clock.advance(days=app.services.grace.days + 1)
        outlet.refuses.append(PlaceUnavailable("The channel is gone."))
        await audits.run(job)
        clock.advance(hours=1)
        assert await audits.due() == ()


async def test_what_an_audit_took_away_is_posted_by_the_next_where_the_first_was_ended(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        await schedule.post_what_is_due()
        _, card = await channel_messages(app)
        before = await outlet.messages.thread(card.id, "nobody")
        late = await late_card(schedule, outlet, card)
        await schedule.services.posting.delivery.audit(outlet, PLACE, W10)  # and here the process ends
        (job,) = await Audits(schedule.services).due()
        await Audits(schedule.services).run(job)
        _, kept = await channel_messages(app)
        assert (kept.id, kept.post) == (late.id, card.post)
        _, *answers = await outlet.messages.thread(late.id, "nobody")
        assert [one.post for one in answers] == [one.post for one in before]
        clock.advance(hours=1)
        assert await Audits(schedule.services).due() == ()


async def test_a_repost_that_was_ended_is_finished_after_ten_minutes(tmp_path: Path) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        services = schedule.services
        await schedule.post_what_is_due()
        before = await channel_messages(app)
        (subscribed,) = await services.channels.all()

        class Ended(BaseException):
            """The process ends."""

        async def end(*_: object) -> None:
            raise Ended

        ends = replace(outlet)
        object.__setattr__(ends, "send", end)
        posting = replace(services.posting, outlets={**services.posting.outlets, "local": ends})
        with pytest.raises(Ended):
            await posting.post(W10, subscribed, fresh=True)
        assert await channel_messages(app) == ()
        clock.advance(seconds=AUDIT_AFTER.total_seconds())
        (job,) = await Audits(services).due()
        await Audits(services).run(job)
        after = await channel_messages(app)
        assert [one.part for one in after] == [one.part for one in before]
        clock.advance(hours=1)
        (job,) = await Audits(services).due()  # the header was looked for, and so doubted anew
        await Audits(services).run(job)
        assert await channel_messages(app) == after
        clock.advance(hours=1)
        assert await Audits(services).due() == ()


async def test_a_wait_is_told_in_the_status(tmp_path: Path) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        until = TUESDAY + timedelta(minutes=5)
        outlet.refuses.append(Postponed(until))
        await schedule.post_what_is_due()
        posted, wait = await app.services.journal.latest(str(PLACE), 2)
        assert (wait.act, wait.detail) == ("wait", f"{UNTIL}{until.isoformat()}")
        assert (wait.at, wait.week, wait.failed) == (TUESDAY, W10, False)
        assert (posted.act, posted.at) == ("posted", until)
        assert "the platform’s limit holds up the rest" in (await Person(app).says("/digest status")).text


@pytest.mark.parametrize(("minutes", "lines"), [(40, 1), (70, 2)])
async def test_what_fails_alike_is_written_down_once_an_hour(
    tmp_path: Path, minutes: int, lines: int
) -> None:
    async with opened(tmp_path, SETTINGS) as (app, clock):
        schedule, outlet = moody(app, clock)
        for _ in range(minutes // int(RETRY_DELIVERY.total_seconds() / 60)):
            outlet.refuses[:] = [DeliveryError("no answer")]
            await schedule.post_what_is_due()
            clock.advance(seconds=RETRY_DELIVERY.total_seconds())
        entries = await app.services.journal.latest(str(PLACE), 100)
        assert [entry.failed for entry in entries] == [True] * lines
        outlet.refuses.clear()
        await schedule.post_what_is_due()
        assert await app.services.ledger.finished(PLACE, W10)
