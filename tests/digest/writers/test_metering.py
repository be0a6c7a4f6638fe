"""What calls take is reserved, settled and stopped, whatever becomes of them; and nothing leaks."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from digest.accounts import Ceiling, Usage
from digest.errors import CeilingReached, ModelRefused, ReplyBroken, StoreError, WriterError
from digest.spending import Budget, Tokens, cost
from digest.store.engine import Database
from digest.store.others import SqlSpending
from digest.tokens import estimate
from digest.writers.chat import Call, Chat, ModelServer, Turn
from digest.writers.metering import Meter
from tests.clocks import ManualClock
from tests.digest.writers.desk import ASKED, KEY, PRICE, QUESTION, REPLY, Desk, desk
from tests.servers.llm import MODEL, Asked, Breaks, Fails, Garbage, Happening, Refuses, Says, Stalls

PAPER = "We read the paper from its beginning to its end. " * 400
LONG = replace(QUESTION, turns=(Turn("system", "You reply in JSON."), Turn("user", PAPER)))


async def streamed(chat: Chat, call: Call = QUESTION) -> str:
    async with aclosing(chat.stream(call)) as pieces:
        return "".join([piece async for piece in pieces])


# ------------------------------------------------------------------------- settling


@pytest.mark.parametrize("way", ["whole", "stream"])
async def test_a_call_counts_what_the_server_says_it_took(database: Database, way: str) -> None:
    async with desk(database, lambda _: REPLY) as at:
        for _ in range(2):
            await (at.chat.complete(LONG) if way == "whole" else streamed(at.chat, LONG))
        first, second = sorted(await at.usages(), key=lambda usage: usage.cached_tokens)
        assert first.input_tokens == second.input_tokens == at.model.asked[0].input_tokens
        assert (first.cached_tokens, second.cached_tokens) == (0, at.model.asked[1].cached_tokens)
        assert second.cached_tokens > 4_000
        assert first.output_tokens + second.output_tokens == at.model.output_tokens
    for usage in (first, second):
        assert (usage.settled, usage.estimated) == (True, False)
        tokens = Tokens(usage.input_tokens, usage.output_tokens, usage.cached_tokens)
        assert usage.cost == cost(tokens, PRICE)
        assert (usage.purpose, usage.model, usage.subject) == ("summary", MODEL, "arxiv:2402.00001")
    assert second.cost < first.cost  # type: ignore[operator]  # both have a cost, as was seen above


STRANGE: list[Any] = [
    None,
    {},
    {"prompt_tokens": -5, "completion_tokens": 3},
    {"prompt_tokens": 10**30, "completion_tokens": 1},
    {"prompt_tokens": "9", "completion_tokens": 1},
    {"prompt_tokens": True, "completion_tokens": True},
    {"prompt_tokens": 0, "completion_tokens": 0},
    {"prompt_tokens": 5.5, "completion_tokens": 1},
]


@pytest.mark.parametrize("way", ["whole", "stream"])
@pytest.mark.parametrize("usage", STRANGE)
async def test_where_a_server_cannot_count_the_tokens_are_estimated(
    database: Database, way: str, usage: Any
) -> None:
    async with desk(database, [Says(REPLY, usage=usage)]) as at:
        await (at.chat.complete(QUESTION) if way == "whole" else streamed(at.chat))
        counted = await at.usage()
    assert counted.estimated
    assert counted.settled
    assert counted.output_tokens == estimate(REPLY)
    assert 0 < counted.input_tokens - sum(estimate(turn.text) for turn in QUESTION.turns) < 80  # the schema


async def test_no_more_can_be_cached_than_was_read(database: Database) -> None:
    told = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": {"cached_tokens": 900}}
    async with desk(database, [Says(REPLY, usage=told)]) as at:
        await at.chat.complete(QUESTION)
        assert (await at.usage()).cached_tokens == 9


async def test_every_attempt_that_reached_the_model_counts(database: Database) -> None:
    steps: list[Happening] = [Fails(429), Fails(500), Breaks(), REPLY]
    async with desk(database, steps) as at:
        await at.chat.complete(QUESTION)
        failed, broken, done = sorted(await at.usages(), key=lambda usage: (usage.at, usage.id))
    assert [one.estimated for one in (failed, broken, done)] == [True, True, False]
    assert failed.output_tokens == 0
    assert broken.output_tokens == 500  # nobody knows how much was written


@pytest.mark.parametrize("fault", [Fails(400), Fails(401), Fails(404), Fails(413), Fails(422)])
async def test_what_the_server_refused_counts_nothing(database: Database, fault: Happening) -> None:
    async with desk(database, [fault]) as at:
        with pytest.raises(WriterError):
            await at.chat.complete(QUESTION)
        assert await at.usages() == ()


async def test_a_price_that_is_not_known_is_no_cost(database: Database) -> None:
    async with desk(database, [REPLY], price=None) as at:
        await at.chat.complete(QUESTION)
        assert (await at.usage()).cost is None


async def test_a_store_that_fails_at_the_end_does_not_cost_the_reply(database: Database) -> None:
    class Forgetful(SqlSpending):
        """Cannot be written to once the call is made."""

        async def settle(self, usage: Usage) -> None:
            raise StoreError("The disk is full; nothing was changed.")

    async with desk(database, [REPLY]) as at:
        spending = Forgetful(database)
        meter = Meter(spending, at.clock, Budget(), PRICE, MODEL)
        chat = Chat(at.chat.server, meter, at.clock)
        with capture_logs() as logs:
            assert (await chat.complete(QUESTION)).text == REPLY
        await chat.aclose()
        assert "model call not settled" in [line["event"] for line in logs]
        assert not (await at.usage()).settled  # what was reserved goes on counting


# ------------------------------------------------------------------------- ceilings

CEILINGS: list[tuple[Budget, str, str, str]] = [
    (Budget(day_tokens=400), "day", "llm.day_tokens", "2024-03-06T00:00:00+00:00"),
    (Budget(week_tokens=400), "week", "llm.week_tokens", "2024-03-11T00:00:00+00:00"),
    (Budget(user_day_tokens=400), "user_day", "llm.user_day_tokens", "2024-03-06T00:00:00+00:00"),
    (Budget(day_cost=0.003), "day", "llm.day_cost", "2024-03-06T00:00:00+00:00"),
    (Budget(week_cost=0.003), "week", "llm.week_cost", "2024-03-11T00:00:00+00:00"),
]


@pytest.mark.parametrize("way", ["whole", "stream"])
@pytest.mark.parametrize(("budget", "name", "setting", "until"), CEILINGS)
async def test_a_call_that_would_pass_a_ceiling_is_not_made_and_it_is_said_which(
    database: Database, way: str, budget: Budget, name: str, setting: str, until: str
) -> None:
    async with desk(database, [], budget=budget) as at:
        with pytest.raises(CeilingReached) as raised:
            await (at.chat.complete(ASKED) if way == "whole" else streamed(at.chat, ASKED))
        assert at.model.calls == 0
        assert await at.usages() == ()
    error = raised.value
    assert (error.values["ceiling"], error.values["until"]) == (name, until)
    assert setting in str(error.hint)
    assert f"{until[:10]} 00:00 UTC" in str(error.hint)
    assert ("0.003 USD" if "cost" in setting else "400 tokens") in error.message


async def until_stopped(at: Desk, call: Call) -> None:
    """Call until a ceiling stops it."""
    with suppress(CeilingReached):
        for _ in range(50):
            await at.chat.complete(call)
        pytest.fail("no ceiling stopped it")


async def test_a_ceiling_is_counted_anew_the_next_day(database: Database) -> None:
    async with desk(database, lambda _: REPLY, budget=Budget(day_tokens=800)) as at:
        await until_stopped(at, QUESTION)
        calls = at.model.calls
        assert calls > 1
        at.clock.advance(days=1)
        await at.chat.complete(QUESTION)
        assert at.model.calls == calls + 1


async def test_a_quota_is_one_persons_and_not_the_digests(database: Database) -> None:
    async with desk(database, lambda _: REPLY, budget=Budget(user_day_tokens=800)) as at:
        await until_stopped(at, ASKED)
        await at.chat.complete(replace(ASKED, asker="ben"))
        await at.chat.complete(QUESTION)


async def test_many_calls_at_once_never_pass_a_ceiling(database: Database) -> None:
    budget = Budget(day_tokens=6_000)
    seen: list[int] = []

    async def script(_: Asked) -> Happening:
        seen.append(await at.spending.tokens(at.clock.now() - timedelta(days=1)))
        return Says(REPLY)

    async with desk(database, script, budget=budget, server={"at_once": 40}) as at:
        done = await asyncio.gather(*(at.chat.complete(QUESTION) for _ in range(60)), return_exceptions=True)
    assert max(seen) <= 6_000
    refused = [one for one in done if isinstance(one, CeilingReached)]
    assert refused
    assert len(refused) + at.model.calls == 60


async def test_a_repeated_attempt_that_would_pass_a_ceiling_is_not_made(database: Database) -> None:
    async with desk(database, lambda _: Breaks(), budget=Budget(day_tokens=1_100)) as at:
        with pytest.raises(CeilingReached):
            await at.chat.complete(QUESTION)
        assert at.model.calls == 1


async def test_a_reservation_left_behind_weighs_on_its_own_day_alone(database: Database) -> None:
    budget = Budget(day_tokens=1_000, week_tokens=100_000)
    async with desk(database, lambda _: REPLY, budget=budget) as at:
        left = Usage("left", "summary", MODEL, at.clock.now(), 600, 300)
        await at.spending.reserve(left, ())
        with pytest.raises(CeilingReached):
            await at.chat.complete(QUESTION)
        at.clock.advance(days=1)
        await at.chat.complete(QUESTION)
        assert left in await at.usages()


# --------------------------------------------------------------------- cancellation


class Gate(SqlSpending):
    """A store that waits at one of its methods until the test lets it go on."""

    def __init__(self, database: Database, method: str) -> None:
        super().__init__(database)
        object.__setattr__(self, "method", method)
        object.__setattr__(self, "reached", asyncio.Event())
        object.__setattr__(self, "go", asyncio.Event())

    method: str
    reached: asyncio.Event
    go: asyncio.Event

    async def _wait(self, method: str) -> None:
        if method == self.method:
            self.reached.set()
            await self.go.wait()

    async def reserve(self, usage: Usage, ceilings: Any) -> Ceiling | None:
        passed = await super().reserve(usage, ceilings)
        await self._wait("reserve")
        return passed

    async def settle(self, usage: Usage) -> None:
        await self._wait("settle")
        await super().settle(usage)


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()


async def nothing_left(at: Desk, before: set[asyncio.Task[Any]]) -> None:
    """No request goes on, no connection is busy, and no task is there but the server's own."""
    await asyncio.wait_for(at.model.idle.wait(), 5)
    pool = at.chat._client._client._transport._pool  # type: ignore[attr-defined]  # there is no public view of it
    assert all(connection.is_idle() or connection.is_closed() for connection in pool.connections)
    ours = {task for task in asyncio.all_tasks() - before if "RequestHandler" not in repr(task.get_coro())}
    assert not ours


@pytest.mark.parametrize("way", ["whole", "stream"])
async def test_cancelled_while_the_model_thinks_it_counts_what_it_may_have_taken(
    database: Database, way: str
) -> None:
    thinking = asyncio.Event()

    def script(_: Asked) -> Happening:
        thinking.set()
        return Stalls()

    async with desk(database, script) as at:
        before = asyncio.all_tasks()
        work = at.chat.complete(QUESTION) if way == "whole" else streamed(at.chat)
        task = asyncio.create_task(work)
        await thinking.wait()
        await cancelled(task)
        usage = await at.usage()
        assert (usage.settled, usage.estimated, usage.output_tokens) == (True, True, 500)
        await nothing_left(at, before)


async def test_cancelled_in_the_middle_of_a_stream_it_counts_what_came(database: Database) -> None:
    came = asyncio.Event()

    async def read() -> None:
        async with aclosing(at.chat.stream(QUESTION)) as pieces:
            async for _ in pieces:
                came.set()

    async with desk(database, [Stalls(REPLY, after=1)]) as at:
        before = asyncio.all_tasks()
        task = asyncio.create_task(read())
        await came.wait()
        await cancelled(task)
        usage = await at.usage()
        assert (usage.settled, usage.estimated) == (True, True)
        assert usage.output_tokens == estimate(REPLY[:12])
        await nothing_left(at, before)


async def test_a_stream_that_is_closed_early_ends_the_call(database: Database) -> None:
    async with desk(database, lambda _: Stalls(REPLY, after=2), server={"at_once": 1}) as at:
        before = asyncio.all_tasks()
        for _ in range(3):  # each needs the room that the one before it had
            async with aclosing(at.chat.stream(QUESTION)) as pieces:
                assert await anext(pieces) == REPLY[:12]
        assert len(await at.usages()) == 3
        assert all(usage.settled for usage in await at.usages())
        await nothing_left(at, before)


async def test_cancelled_before_its_turn_it_counts_nothing(database: Database) -> None:
    thinking, go = asyncio.Event(), asyncio.Event()

    def script(_: Asked) -> Happening:
        thinking.set()
        return Says(REPLY, wait=go)

    async with desk(database, script, server={"at_once": 1}) as at:
        first = asyncio.create_task(at.chat.complete(QUESTION))
        await thinking.wait()
        waiting = asyncio.create_task(at.chat.complete(QUESTION))
        await asyncio.sleep(0)
        await cancelled(waiting)
        go.set()
        await first
        assert at.model.calls == 1
        assert (await at.usage()).settled


async def test_cancelled_between_two_attempts_it_counts_the_first(database: Database) -> None:
    class Patient(ManualClock):
        """Waits until it is cancelled."""

        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            asleep.set()
            await asyncio.Event().wait()

    asleep = asyncio.Event()
    async with desk(database, [Fails(500)], clock=Patient()) as at:
        before = asyncio.all_tasks()
        task = asyncio.create_task(at.chat.complete(QUESTION))
        await asleep.wait()
        await cancelled(task)
        assert (await at.usage()).settled
        await nothing_left(at, before)


async def gated(
    database: Database, method: str, script: Happening, then: Callable[[Desk, Gate], Awaitable[None]]
) -> None:
    async with desk(database, [script]) as at:
        gate = Gate(database, method)
        chat = Chat(at.chat.server, Meter(gate, at.clock, Budget(), PRICE, MODEL), at.clock)
        task = asyncio.create_task(chat.complete(QUESTION))
        await gate.reached.wait()
        task.cancel()
        await asyncio.sleep(0)
        gate.go.set()
        with suppress(asyncio.CancelledError):
            await task
        assert task.cancelled()
        await then(at, gate)
        await chat.aclose()


async def test_cancelled_while_it_reserves_it_counts_nothing(database: Database) -> None:
    async def then(at: Desk, _: Gate) -> None:
        assert await at.usages() == ()
        assert at.model.calls == 0

    await gated(database, "reserve", REPLY, then)


async def test_cancelled_while_it_settles_it_settles(database: Database) -> None:
    async def then(at: Desk, _: Gate) -> None:
        usage = await at.usage()
        assert (usage.settled, usage.estimated) == (True, False)

    await gated(database, "settle", REPLY, then)


# -------------------------------------------------------------------- log and secrets


async def test_each_request_is_one_line_without_what_was_said(database: Database) -> None:
    async with desk(database, [Fails(500, "secret words of the server"), REPLY]) as at:
        with capture_logs() as logs:
            await at.chat.complete(QUESTION)
    lines = [line for line in logs if line["event"] == "model asked"]
    assert [(line["attempt"], line["ended"]) for line in lines] == [(1, "Passing"), (2, "done")]
    asked = at.model.asked[1]
    told = {
        "purpose": "summary",
        "subject": "arxiv:2402.00001",
        "input_tokens": asked.input_tokens,
        "output_tokens": estimate(REPLY),
        "cached_tokens": 0,
        "seconds": 0.0,
        "settled": True,
        "estimated": False,
    }
    assert told.items() <= lines[1].items()
    for said in ("What does the paper say", "Lamps learn"):
        assert said not in str(logs)


ECHOES: list[Happening] = [
    Fails(401, f"Incorrect API key provided: {KEY}. You can find yours at …"),
    Fails(500, f"Bearer {KEY} rejected"),
    Fails(400, f"bad key {KEY[3:14]}"),
    Garbage(f"<html>{KEY}</html>".encode(), "text/html"),
    Breaks(),
    Refuses(KEY),
]


@pytest.mark.parametrize("fault", ECHOES)
async def test_the_key_is_in_no_error_and_no_log(database: Database, fault: Happening) -> None:
    async with desk(database, lambda _: fault, server={"attempts": 2}) as at:
        with capture_logs() as logs, pytest.raises(WriterError) as raised:
            await at.chat.complete(QUESTION)
        shown = "".join(traceback.format_exception(raised.value)) + str(logs) + repr(at.chat.server)
        assert KEY not in shown
        assert KEY[3:14] not in shown


async def test_what_a_server_says_is_cut_and_cleaned_for_the_log(database: Database) -> None:
    async with desk(database, [Fails(400, "\x1b[31mred\r\nline <@everyone> " + "x" * 5_000)]) as at:
        with capture_logs() as logs, pytest.raises(ModelRefused) as raised:
            await at.chat.complete(QUESTION)
    (detail,) = [line["detail"] for line in logs if "detail" in line]
    assert len(detail) < 250
    assert detail.isprintable()
    assert "red" not in str(raised.value)


@pytest.mark.parametrize("key", ["schlüssel", "two\nlines", "日本語"])
async def test_a_key_that_cannot_be_one_is_named_and_not_shown(database: Database, key: str) -> None:
    async with desk(database, [], server={"api_key": key}) as at:
        with pytest.raises(ModelRefused, match="key") as raised:
            await at.chat.complete(QUESTION)
        assert key not in str(raised.value)
        assert await at.usages() == ()


async def test_a_server_without_keys_gets_none_of_anyones(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    async with desk(database, [REPLY], key=None, server={"api_key": ""}) as at:
        await at.chat.complete(QUESTION)
        assert "sk-of-somebody-else" not in str(at.model.asked[0].headers)


async def test_a_redirect_takes_neither_key_nor_paper_elsewhere(database: Database) -> None:
    async with desk(database, [REPLY]) as elsewhere:
        fault = Fails(307, headers={"Location": f"{elsewhere.model.url}/chat/completions"})
        async with desk(database, [fault]) as at:
            with pytest.raises(ModelRefused, match="points to another address"):
                await at.chat.complete(QUESTION)
        assert elsewhere.model.calls == 0


def test_a_server_does_not_show_its_key() -> None:
    assert KEY not in repr(ModelServer(MODEL, api_key=KEY))


async def test_faults_in_streams_are_settled_too(database: Database) -> None:
    async with desk(database, [Breaks(REPLY, after=1)]) as at:
        with pytest.raises(ReplyBroken):
            await streamed(at.chat)
        assert (await at.usage()).output_tokens == estimate(REPLY[:12])
