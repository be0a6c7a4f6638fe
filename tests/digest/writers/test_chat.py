"""What is asked of a model, what comes back, and what is done where that goes wrong."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from digest.errors import ModelRefused, ModelUnreachable, ReplyBroken, TooLongForModel, WriterError
from digest.store.engine import Database
from digest.writers.chat import Call, Chat, ModelServer, Turn
from tests.digest.writers.desk import ASKED, QUESTION, REPLY, SCHEMA, Desk, desk
from tests.servers.llm import (
    MODEL,
    WORDINGS,
    Asked,
    Breaks,
    Fails,
    Garbage,
    Happening,
    Refuses,
    Says,
    Stalls,
)


async def streamed(chat: Chat, call: Call = QUESTION, into: list[str] | None = None) -> list[str]:
    """The pieces of a stream; `into` has them also where it breaks."""
    found = [] if into is None else into
    async with aclosing(chat.stream(call)) as pieces:
        async for piece in pieces:
            found.append(piece)
    return found


async def either(at: Desk, way: str) -> str:
    """The reply, whole or in pieces."""
    if way == "whole":
        return (await at.chat.complete(QUESTION)).text
    return "".join(await streamed(at.chat))


WAYS = pytest.mark.parametrize("way", ["whole", "stream"])


# ------------------------------------------------------------------------ requests


@WAYS
async def test_a_request_holds_the_turns_and_the_schema_and_nothing_about_chance(
    database: Database, way: str
) -> None:
    async with desk(database, [REPLY]) as at:
        assert await either(at, way) == REPLY
        (asked,) = at.model.asked
    assert asked.messages == [{"role": turn.role, "content": turn.text} for turn in QUESTION.turns]
    assert asked.body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "summary", "schema": SCHEMA, "strict": True},
    }
    assert asked.output_cap == 500
    assert not {"temperature", "top_p", "seed", "user"} & asked.body.keys()


async def test_a_call_may_have_a_shorter_reply_than_the_server_gives(database: Database) -> None:
    async with desk(database, [REPLY]) as at:
        await at.chat.complete(replace(QUESTION, output_tokens=77))
        assert at.model.asked[0].output_cap == 77


async def test_pieces_come_as_they_are_written(database: Database) -> None:
    async with desk(database, [Stalls(REPLY, after=2)]) as at, aclosing(at.chat.stream(QUESTION)) as pieces:
        assert [await anext(pieces), await anext(pieces)] == [REPLY[:12], REPLY[12:24]]
        assert at.model.under_way == 1


WRAPPED = [
    f"```json\n{REPLY}\n```",
    f"```\n{REPLY}```\nI hope this helps!",
    f'<think>The reader wants {{"gist"}} or ```.</think>\n\n```json\n{REPLY}\n```\n',
    f"\n<thinking>\nHm.\n</thinking>{REPLY}\n",
    f"  {REPLY}",
]


@WAYS
@pytest.mark.parametrize("text", WRAPPED)
@pytest.mark.parametrize("piece", [1, 5, 1000])
async def test_thoughts_and_fences_are_taken_off(database: Database, way: str, text: str, piece: int) -> None:
    async with desk(database, [Says(text, piece=piece)]) as at:
        assert (await either(at, way)).strip() == REPLY


@WAYS
async def test_thoughts_in_a_field_of_their_own_are_paid_for_and_not_shown(
    database: Database, way: str
) -> None:
    async with desk(database, [Says(REPLY, thoughts="Let me see. " * 20)]) as at:
        assert await either(at, way) == REPLY
        assert (await at.usage()).output_tokens > 60


# -------------------------------------------------------------------- what servers lack

NO_SCHEMA = [
    WORDINGS["json_schema"],
    "This model does not support response format `json_schema`.",
    "Failed to parse grammar",
    "{'loc': ['body', 'response_format'], 'msg': 'Extra inputs are not permitted'}",
    "Unsupported parameter",
]


@WAYS
@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("wording", NO_SCHEMA)
async def test_a_server_without_schemas_is_asked_for_json_and_told_the_schema(
    database: Database, way: str, status: int, wording: str
) -> None:
    async with desk(
        database, lambda _: REPLY, refuses=["json_schema"], refusal_status=status,
        wordings={"json_schema": wording},
    ) as at:  # fmt: skip
        for _ in range(2):
            assert await either(at, way) == REPLY
        assert [one.format for one in at.model.asked] == ["json_object", "json_object"]
        assert len(at.model.refused) == 1
        last = at.model.asked[0].messages[-1]["content"]
    assert last.startswith(QUESTION.turns[-1].text)
    assert json.dumps(SCHEMA) in last
    assert len(at.model.asked[0].messages) == len(QUESTION.turns)


@WAYS
async def test_a_server_with_neither_is_asked_for_plain_text(database: Database, way: str) -> None:
    async with desk(database, lambda _: REPLY, refuses=["json_schema", "json_object"]) as at:
        for _ in range(3):
            assert await either(at, way) == REPLY
        assert {one.format for one in at.model.asked} == {None}
        assert len(at.model.refused) == 2
        assert "JSON Schema" in at.model.asked[0].text


async def test_ten_calls_that_learn_at_once_give_up_no_more_than_is_refused(database: Database) -> None:
    refuses = ["json_schema", "max_tokens", "stream_options"]
    async with desk(database, lambda _: REPLY, refuses=refuses) as at:
        await asyncio.gather(*(streamed(at.chat) for _ in range(10)))
        assert {one.format for one in at.model.asked} == {"json_object"}
        assert all("max_completion_tokens" in one.body for one in at.model.asked)
        before = len(at.model.refused)
        await asyncio.gather(*(streamed(at.chat) for _ in range(10)))
        assert len(at.model.refused) == before <= 30


@pytest.mark.parametrize("refused", ["max_tokens", "max_completion_tokens"])
async def test_the_limit_of_a_reply_is_named_as_the_server_wants_it(database: Database, refused: str) -> None:
    async with desk(database, lambda _: REPLY, refuses=[refused]) as at:
        for _ in range(2):
            await at.chat.complete(QUESTION)
        assert [one.output_cap for one in at.model.asked] == [500, 500]
        assert all(refused not in one.body for one in at.model.asked)
        assert len(at.model.refused) <= 1


async def test_without_any_limit_on_the_reply_nothing_is_asked(database: Database) -> None:
    async with desk(database, lambda _: REPLY, refuses=["max_tokens", "max_completion_tokens"]) as at:
        with pytest.raises(ModelRefused):
            await at.chat.complete(QUESTION)
        assert not at.model.asked


async def test_a_server_without_stream_options_is_not_asked_what_a_stream_took(database: Database) -> None:
    async with desk(database, lambda _: REPLY, refuses=["stream_options"]) as at:
        for _ in range(2):
            assert "".join(await streamed(at.chat)) == REPLY
        assert len(at.model.refused) == 1
        assert all(usage.estimated for usage in await at.usages())


# ------------------------------------------------------------------------- retries


@WAYS
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7.0), ({"retry-after-ms": "2500"}, 2.5), ({"Retry-After": "date"}, 60.0)],
)
async def test_a_busy_server_is_left_alone_for_as_long_as_it_asks(
    database: Database, way: str, headers: dict[str, str], seconds: float
) -> None:
    async with desk(database, lambda asked: steps[asked.number]) as at:
        if headers.get("Retry-After") == "date":
            moment = at.clock.now() + timedelta(seconds=60)
            headers = {"Retry-After": format_datetime(moment, usegmt=True)}
        steps: list[Happening] = [Fails(429, headers=headers), Fails(503, headers=headers), REPLY]
        assert await either(at, way) == REPLY
        assert len(at.clock.slept) == 2
        assert seconds <= at.clock.slept[0] <= seconds + 1


async def test_a_wait_that_is_too_long_is_an_error_that_says_so(database: Database) -> None:
    async with desk(database, [Fails(429, headers={"Retry-After": "3600"})]) as at:
        with pytest.raises(ModelUnreachable, match="3600 seconds") as raised:
            await at.chat.complete(QUESTION)
        assert raised.value.hint
        assert at.clock.slept == []


@WAYS
async def test_a_failing_server_is_tried_again_with_growing_pauses(database: Database, way: str) -> None:
    steps: list[Happening] = [Fails(500), Fails(502), Fails(529), REPLY]
    async with desk(database, steps) as at:
        assert await either(at, way) == REPLY
        low = [0.5, 1.0, 2.0]
        assert all(least <= slept <= 2 * least for least, slept in zip(low, at.clock.slept, strict=True))


@WAYS
@pytest.mark.parametrize(
    "fault", [Fails(429), Fails(500), Fails(503, body=b"<html>down</html>"), Breaks(after=0)]
)
async def test_after_all_attempts_it_is_said_that_the_server_cannot_be_reached(
    database: Database, way: str, fault: Happening
) -> None:
    async with desk(database, lambda _: fault, server={"attempts": 3}) as at:
        with pytest.raises(ModelUnreachable, match="3 times") as raised:
            await either(at, way)
        assert at.model.calls == 3
        assert raised.value.hint


@WAYS
async def test_a_broken_connection_is_tried_again_where_nothing_was_shown(
    database: Database, way: str
) -> None:
    async with desk(database, [Breaks(after=0), REPLY]) as at:
        assert await either(at, way) == REPLY


@WAYS
async def test_a_silent_server_is_given_up_after_its_time(database: Database, way: str) -> None:
    async with desk(database, lambda _: Stalls(), server={"seconds": 0.1, "attempts": 2}) as at:
        with pytest.raises(ModelUnreachable, match=r"0\.1 seconds"):
            await either(at, way)
        assert at.model.calls == 2


@WAYS
async def test_a_server_that_is_not_there_is_named_as_such_and_counts_nothing(
    database: Database, way: str
) -> None:
    async with desk(database, [], server={"base_url": "http://127.0.0.1:9/v1"}) as at:
        with pytest.raises(ModelUnreachable, match="could not be reached") as raised:
            await either(at, way)
        assert "llm.base_url" in str(raised.value.hint)
        assert await at.usages() == ()


# ------------------------------------------------------------------------ refusals


@WAYS
@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "llm.api_key"), (403, "may use the model"), (404, "llm.base_url"), (400, "log"), (405, "log"),
        (307, "llm.base_url"),
    ],
)  # fmt: skip
async def test_a_refusal_says_what_to_look_at_and_is_not_tried_again(
    database: Database, way: str, status: int, hint: str
) -> None:
    fault = Fails(status, "nope <script>", headers={"Location": "http://127.0.0.1:9/elsewhere"})
    async with desk(database, lambda _: fault) as at:
        with pytest.raises(ModelRefused) as raised:
            await either(at, way)
        assert hint in str(raised.value.hint)
        assert "nope" not in str(raised.value)
        assert at.model.calls == 1
        assert await at.usages() == ()


async def test_an_account_that_is_used_up_is_not_tried_again(database: Database) -> None:
    fault = Fails(429, "You exceeded your current quota.", code="insufficient_quota")
    async with desk(database, [fault]) as at:
        with pytest.raises(ModelRefused, match="used up"):
            await at.chat.complete(QUESTION)


@WAYS
@pytest.mark.parametrize("filtered", [False, True])
async def test_a_model_that_will_not_reply_has_refused_and_is_paid(
    database: Database, way: str, filtered: bool
) -> None:
    async with desk(database, [Refuses(filtered=filtered)]) as at:
        with pytest.raises(ModelRefused):
            await either(at, way)
        assert at.model.calls == 1
        assert (await at.usage()).settled


TOO_LONG = [
    (400, "This model's maximum context length is 8192 tokens. However, you asked for 9000 tokens."),
    (400, "Your input exceeds the context window of this model. Please adjust your input and try again."),
    (400, "The decoder prompt (length 12345) is longer than the maximum model length of 8192."),
    (400, "the request exceeds the available context size. try increasing the context size"),
    (400, "'max_tokens' is too large: 8192. This model's maximum context length is 4096"),
    (
        400,
        "Trying to keep the first 5000 tokens when context the overflows, with context length of only 4096.",
    ),
    (400, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length"),
    (400, "prompt is too long: 210000 tokens > 200000 maximum"),
    (400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    (500, "the input length exceeds the context length"),
    (422, "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4097"),
    (413, "Payload Too Large"),
    (429, "Request too large for gpt-4 on tokens per min (TPM): Limit 10000, Requested 15000."),
]


@WAYS
@pytest.mark.parametrize(("status", "text"), TOO_LONG)
async def test_a_text_that_is_too_long_is_told_from_other_faults(
    database: Database, way: str, status: int, text: str
) -> None:
    async with desk(database, [Fails(status, text)]) as at:
        with pytest.raises(TooLongForModel):
            await either(at, way)
        assert at.model.calls == 1


async def test_the_code_for_too_long_a_text_is_enough(database: Database) -> None:
    async with desk(database, [Fails(400, "No.", code="context_length_exceeded")]) as at:
        with pytest.raises(TooLongForModel):
            await at.chat.complete(QUESTION)


async def test_what_a_server_repeats_of_the_paper_is_not_taken_for_its_reason(database: Database) -> None:
    detail = [{"loc": ["body", "top_k"], "msg": "wrong", "input": "maximum context length, response_format"}]
    async with desk(database, [Fails(422, body=json.dumps({"detail": detail}).encode())]) as at:
        with pytest.raises(ModelRefused):
            await at.chat.complete(QUESTION)
        assert at.model.calls == 1


# ------------------------------------------------------------------------- replies


def document(**changes: Any) -> bytes:
    choice = {"index": 0, "message": {"role": "assistant", "content": REPLY}, "finish_reason": "stop"}
    return json.dumps({"id": "1", "object": "chat.completion", "choices": [choice], **changes}).encode()


BROKEN = [
    Garbage(),
    Garbage(b"<html>Log in, please</html>", "text/html"),
    Garbage(b"[" * 200_000),
    Garbage(b"null"),
    Garbage(b'"text"'),
    Garbage(b"{}"),
    Garbage(document(choices=[])),
    Garbage(document(choices=7)),
    Garbage(document(choices=[None])),
    Garbage(document(choices=[{"message": "text"}])),
    Garbage(document(choices=[{"message": {"content": ["x"]}}])),
    Says(""),
    Says("<think>It goes on and on"),
]


@pytest.mark.parametrize("fault", BROKEN)
async def test_what_is_no_reply_is_named_so(database: Database, fault: Happening) -> None:
    async with desk(database, [fault]) as at:
        with pytest.raises(ReplyBroken):
            await at.chat.complete(QUESTION)
        assert (await at.usage()).settled


EVENTS = [
    b"data: \xff\xfe\n\n",
    b"data: {broken\n\n",
    b"data: 5\n\ndata: null\n\ndata: []\n\n",
    b'data: {"choices": 3}\n\ndata: {"choices": [null]}\n\ndata: {"choices": [{"delta": "x"}]}\n\n',
    b'data: {"choices": [{"delta": {"content": 5}, "finish_reason": "stop"}]}\n\ndata: [DONE]\n\n',
    b"data: [DONE]\n\n",
    b"<html>Log in, please</html>",
    b"",
]


@pytest.mark.parametrize("data", EVENTS)
async def test_a_stream_of_other_things_is_no_reply(database: Database, data: bytes) -> None:
    async with desk(database, lambda _: Garbage(data, "text/event-stream"), server={"attempts": 2}) as at:
        with pytest.raises(WriterError):
            await streamed(at.chat)
        assert all(usage.settled for usage in await at.usages())


async def test_a_whole_reply_says_that_it_was_cut_off(database: Database) -> None:
    async with desk(database, [Says("{" + "word " * 900), Says(REPLY)]) as at:
        cut = await at.chat.complete(QUESTION)
        assert cut.cut_off
        assert cut.text.startswith("{word")
        assert not (await at.chat.complete(QUESTION)).cut_off


async def test_a_stream_that_is_cut_off_breaks_at_its_end(database: Database) -> None:
    pieces: list[str] = []
    async with desk(database, [Says("{" + "word " * 900)]) as at:
        with pytest.raises(ReplyBroken, match="cut off after 500 tokens"):
            await streamed(at.chat, into=pieces)
        assert len("".join(pieces)) > 1000
        assert not (await at.usage()).estimated


@pytest.mark.parametrize(
    "fault",
    [
        Breaks(REPLY, after=2),
        Breaks(REPLY, after=2, error={"message": "overloaded"}),
        Says(REPLY, finish=None),
    ],
)
async def test_a_stream_that_breaks_keeps_what_it_gave_and_is_not_begun_anew(
    database: Database, fault: Happening
) -> None:
    pieces: list[str] = []
    async with desk(database, [fault]) as at:
        with pytest.raises(ReplyBroken):
            await streamed(at.chat, into=pieces)
        assert REPLY.startswith("".join(pieces))
        assert pieces
        assert at.model.calls == 1
        assert (await at.usage()).estimated


async def test_a_stream_may_also_say_that_the_text_was_too_long(database: Database) -> None:
    fault = Breaks(after=0, error={"code": 400, "message": "exceeds the available context size"})
    async with desk(database, [fault]) as at:
        with pytest.raises(TooLongForModel):
            await streamed(at.chat)


async def test_an_error_with_a_status_of_success_is_an_error(database: Database) -> None:
    error = {"error": {"code": 502, "message": "Provider returned error"}}
    async with desk(database, [Garbage(json.dumps(error).encode()), REPLY]) as at:
        assert (await at.chat.complete(QUESTION)).text == REPLY
        assert len(at.clock.slept) == 1


async def test_a_stream_that_drips_ends_at_its_time(database: Database) -> None:
    fault = Says("{" + "word " * 400, piece=1, drip=0.02)
    pieces: list[str] = []
    async with desk(database, [fault], server={"seconds": 0.3}) as at:
        with pytest.raises(ReplyBroken, match=r"0\.3 seconds"):
            await streamed(at.chat, into=pieces)
        assert 1 <= len(pieces) < 40
        assert (await at.usage()).estimated


async def test_time_that_the_reader_of_a_stream_takes_is_not_the_servers(database: Database) -> None:
    async with desk(database, [Says(REPLY)], server={"seconds": 0.3}) as at:
        pieces = []
        async for piece in at.chat.stream(QUESTION):
            await asyncio.sleep(0.1)
            pieces.append(piece)
        assert "".join(pieces) == REPLY


@pytest.mark.parametrize(
    "data",
    [
        document(choices=[{"message": {"content": "x" * 9_000}, "finish_reason": "stop"}]),
        b"[" + b" " * 4_000_000,
    ],
)
async def test_more_than_was_asked_for_is_not_taken(database: Database, data: bytes) -> None:
    async with desk(database, [Garbage(data)]) as at:
        with pytest.raises(ReplyBroken, match="more than"):
            await at.chat.complete(QUESTION)


@pytest.mark.parametrize("line", [b"data: " + b"x" * 4_000_000, b": keep-alive\n\n" * 400_000])
async def test_a_stream_without_end_is_cut(database: Database, line: bytes) -> None:
    async with desk(database, [Garbage(line, "text/event-stream")]) as at:
        with pytest.raises(ReplyBroken, match="more than"):
            await streamed(at.chat)


# ------------------------------------------------------------------------- at once


async def test_no_more_calls_are_under_way_than_allowed(database: Database) -> None:
    full = asyncio.Event()

    def script(_: Asked) -> Happening:
        if at.model.under_way == 3:
            full.set()
        return Says(REPLY, wait=full)

    async with desk(database, script, server={"at_once": 3}) as at:
        await asyncio.gather(*(at.chat.complete(QUESTION) for _ in range(10)))
        assert at.model.most_at_once == 3


async def test_askers_do_not_wait_behind_a_digest(database: Database) -> None:
    go, full = asyncio.Event(), asyncio.Event()

    def script(asked: Asked) -> Happening:
        if at.model.under_way == 2:
            full.set()
        return Says(REPLY, wait=None if "asker" in asked.text else go)

    async with desk(database, script, server={"at_once": 2}) as at:
        digest = [asyncio.create_task(at.chat.complete(QUESTION)) for _ in range(6)]
        await full.wait()
        asker = replace(ASKED, turns=(Turn("user", "The asker wants JSON."),))
        assert (await asyncio.wait_for(at.chat.complete(asker), 5)).text == REPLY
        assert "".join(await asyncio.wait_for(streamed(at.chat, asker), 5)) == REPLY
        assert not any(task.done() for task in digest)
        go.set()
        await asyncio.gather(*digest)


# --------------------------------------------------------------------------- check


@pytest.mark.parametrize("models", [(MODEL,), (f"{MODEL}:latest", "other")])
async def test_a_listed_model_is_found_without_a_call(database: Database, models: tuple[str, ...]) -> None:
    async with desk(database, [], models=models) as at:
        await at.chat.check()
        assert at.model.calls == 0


async def test_a_server_without_a_list_is_asked_something_small(database: Database) -> None:
    async with desk(database, ["OK"], lists_models=False) as at:
        await at.chat.check()
        usage = await at.usage()
        assert (usage.purpose, usage.settled, usage.subject) == ("check", True, None)
        assert usage.input_tokens < 50


async def test_a_model_that_is_not_there_is_named_with_those_that_are(database: Database) -> None:
    async with desk(database, [], models=("small", "large\x1b[31m")) as at:
        with pytest.raises(ModelRefused, match=f"no model “{MODEL}”") as raised:
            await at.chat.check()
        assert "It lists: small, large [31m." in str(raised.value.hint)


async def test_a_wrong_key_is_found_and_not_shown(database: Database) -> None:
    async with desk(database, [], server={"api_key": "sk-wrong-and-secret"}) as at:
        with pytest.raises(ModelRefused, match="does not accept the key") as raised:
            await at.chat.check()
        assert "sk-wrong" not in str(raised.value)


async def test_a_server_that_is_away_is_found(database: Database) -> None:
    async with desk(database, [], server={"base_url": "http://127.0.0.1:9/v1"}) as at:
        with pytest.raises(ModelUnreachable):
            await at.chat.check()


async def test_no_base_url_is_openai(database: Database) -> None:
    async with desk(database, [], server={"base_url": None}) as at:
        assert ModelServer("m").base_url is None
        assert str(at.chat._client.base_url) == "https://api.openai.com/v1/"
