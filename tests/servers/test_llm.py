"""The local model refuses what the real API refuses, and counts as it counts."""

from __future__ import annotations

from typing import Any

import pytest
from openai import AsyncOpenAI, BadRequestError, NotFoundError

from digest.tokens import estimate
from tests.servers.llm import MODEL, Says, ScriptedModel

CLOSED = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
STRICT = {**CLOSED, "additionalProperties": False}


def schema(inner: Any) -> dict[str, Any]:
    named = {"name": "a", "schema": inner, "strict": True}
    return {"response_format": {"type": "json_schema", "json_schema": named}}


def asking(text: str = "Reply in JSON.", **changes: Any) -> dict[str, Any]:
    return {"model": MODEL, "messages": [{"role": "user", "content": text}], **changes}


REFUSED: list[dict[str, Any]] = [
    asking(messages=[]),
    asking(messages=[{"role": "robot", "content": "x"}]),
    asking(messages=[{"role": "user", "content": None}]),
    asking(max_tokens=5, max_completion_tokens=5),
    asking(max_tokens=0),
    asking(stream_options={"include_usage": True}),
    asking("No such word.", response_format={"type": "json_object"}),
    asking(response_format={"type": "xml"}),
    asking(extra_body={"top_secret": 1}),
    asking(**schema(CLOSED)),
    asking(**schema({**STRICT, "required": []})),
    asking(**schema({"type": "array", "items": {"type": "string"}})),
    asking(**schema({**STRICT, "properties": {"a": {}}})),
    asking(**schema({**STRICT, "properties": {"a": {"type": "array", "items": CLOSED}}})),
]


@pytest.mark.parametrize("request_", REFUSED)
async def test_what_the_api_does_not_take_is_refused(request_: dict[str, Any]) -> None:
    async with (
        ScriptedModel() as model,
        AsyncOpenAI(api_key="k", base_url=model.url, max_retries=0) as client,
    ):
        with pytest.raises(BadRequestError):
            await client.chat.completions.create(**request_)
        assert len(model.refused) == 1
        assert model.calls == 0


async def test_another_model_is_not_known() -> None:
    async with (
        ScriptedModel() as model,
        AsyncOpenAI(api_key="k", base_url=model.url, max_retries=0) as client,
    ):
        with pytest.raises(NotFoundError):
            await client.chat.completions.create(**{**asking(), "model": "other"})


async def test_what_begins_alike_is_read_from_the_cache_and_the_schema_stands_first() -> None:
    paper = "This is what the paper says. " * 500
    requests = [
        asking(f"{paper} First."), asking(f"{paper} Second."), asking(f"Not alike. {paper}"),
        asking(f"{paper} Third.", **schema(STRICT)), asking(f"{paper} Fourth.", **schema(STRICT)),
        asking("Short."), asking("Short."),
    ]  # fmt: skip
    async with ScriptedModel(lambda _: "{}") as model, AsyncOpenAI(api_key="k", base_url=model.url) as client:
        for one in requests:
            await client.chat.completions.create(**one)
        cached = [asked.cached_tokens > 0.9 * estimate(paper) for asked in model.asked]
        assert cached == [False, True, False, False, True, False, False]
        assert model.uncached_tokens + model.cached_tokens == model.input_tokens


async def test_a_reply_is_cut_at_the_limit_of_tokens() -> None:
    async with (
        ScriptedModel([Says("word " * 100)]) as model,
        AsyncOpenAI(api_key="k", base_url=model.url) as client,
    ):
        reply = await client.chat.completions.create(**asking(max_tokens=10))
        assert reply.choices[0].finish_reason == "length"
        assert estimate(reply.choices[0].message.content or "") == 10
