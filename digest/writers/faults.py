"""Pure: what went wrong between us and a model's server, told from what the client raised.

Nothing that a server sent stands in an error: what it says is for the log, cleaned and cut.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError, OpenAIError

from digest.errors import ModelRefused, ReplyBroken, TooLongForModel, WriterError
from digest.writers.wire import at

RAISED = (OpenAIError, TimeoutError, ValueError, RecursionError)
"""What may come of a call; the last two of bytes that are no document."""
_UNSENT = (
    httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)  # fmt: skip
_BUSY = {429, 503}
_LONGEST_DETAIL = 200
_MOST_READ = 4_000
_TOO_LONG = re.compile(
    r"context_length_exceeded|string_above_max_length|exceed_context_size|context (?:length|window|size)"
    r"|maximum (?:model|prompt) length|reduce the length|prompt (?:is )?too long|request too large"
    r"|input is too (?:large|long)|input tokens? (?:count )?(?:\(\d+\) )?exceed|max_new_tokens"
    r"|tokens? to keep from the initial prompt",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(
    r"insufficient_quota|billing|exceeded your current quota|credit balance", re.IGNORECASE
)
_KEY = re.compile(r"\b(?:sk|key|pk|bearer)[-_ ][^\s\"',;]{6,}", re.IGNORECASE)
_WORD = re.compile(r"[^\s\"',;:()\[\]{}<>]{6,}")


class Passing(Exception):
    """A fault that may pass; `wait` is the seconds that the server asks to be left alone for."""

    def __init__(self, message: str, hint: str, wait: float | None = None) -> None:
        self.hint, self.wait = hint, wait
        super().__init__(message)


class NotTaken(Exception):
    """A request that was refused, perhaps only for how it was put."""

    def __init__(self, complaint: str, refusal: ModelRefused) -> None:
        self.complaint, self.refusal = complaint, refusal
        super().__init__("the request was refused")


Failure = Passing | NotTaken | WriterError


@dataclass(frozen=True, slots=True)
class Fault:
    """One failure, and what it means for what the call took."""

    failure: Failure
    reached: bool = True
    """Whether a model may have worked on it."""
    answered: bool = False
    """Whether the server sent an error in place of a reply, so that none was written."""
    detail: str = ""
    """What the server said, as it came: for the log alone, cleaned."""


def fault_of(error: BaseException, model: str, seconds: float, now: datetime) -> Fault:
    """What one of `RAISED` means."""
    if isinstance(error, APIStatusError):
        return status_fault(error.status_code, said(error), model, wait=_wait(error.response.headers, now))
    if isinstance(error, APITimeoutError | TimeoutError) and not isinstance(error.__cause__, _UNSENT):
        return Fault(
            Passing(f"did not answer within {seconds:g} seconds", "A longer time is set by llm.seconds.")
        )
    if isinstance(error, UnicodeEncodeError) or isinstance(error.__cause__, httpx2.LocalProtocolError):
        refusal = ModelRefused("The key holds characters that no key has.", hint="Check llm.api_key.")
        return Fault(refusal, reached=False)
    if isinstance(error, APIConnectionError):
        if isinstance(error.__cause__, _UNSENT):
            hint = "Check that it runs, and llm.base_url."
            return Fault(Passing("could not be reached", hint), reached=False)
        return Fault(Passing("broke the connection", "Look at its log."))
    if isinstance(error, APIError):  # in the middle of a stream
        return error_fault(error.body if isinstance(error.body, Mapping) else {"message": said(error)}, model)
    return Fault(no_reply(), answered=True)


def no_reply() -> ReplyBroken:
    """The error for what is no reply at all."""
    return ReplyBroken(
        "The model's server did not send a reply but something else.",
        hint="Check llm.base_url, which usually ends in /v1.",
    )


def error_fault(error: Mapping[str, Any], model: str) -> Fault:
    """What an error means that came in place of a reply, by a server that said all was well."""
    code, text = error.get("code"), str(error)[:_MOST_READ]
    if type(code) is int and 400 <= code < 600:
        return status_fault(code, text, model)
    if _TOO_LONG.search(text):
        return Fault(TooLongForModel(), answered=True, detail=text)
    return Fault(Passing("failed", "Look at its log."), answered=True, detail=text)


def status_fault(status: int, text: str, model: str, wait: float | None = None) -> Fault:
    """What an HTTP status means, with what the server said."""
    if status == 413 or _TOO_LONG.search(text):
        # By the minute, too much is asked for at a time, and waiting does not make it less.
        return Fault(TooLongForModel(), reached=False, detail=text)
    if status == 429 and _NO_MONEY.search(text):
        refusal = ModelRefused(
            "The model's server says that its account is used up.", hint="Look at the account's billing."
        )
        return Fault(refusal, reached=False, detail=text)
    if status in _BUSY:
        failure = Passing(f"is busy (HTTP {status})", "Try again later.", wait)
        return Fault(failure, reached=False, detail=text)
    if status in (408, 409) or status >= 500:
        failure = Passing(f"failed (HTTP {status})", "Try again later, or look at its log.", wait)
        return Fault(failure, answered=True, detail=text)
    refusal = _refusal(status, model)
    failed = NotTaken(text, refusal) if status in (400, 422) else refusal
    return Fault(failed, reached=False, detail=text)


def _refusal(status: int, model: str) -> ModelRefused:
    """A refusal that stays one, with what to do about it."""
    if status == 401:
        return ModelRefused("The model's server does not accept the key.", hint="Check llm.api_key.")
    if status == 403:
        return ModelRefused(
            "The model's server does not allow this.",
            hint=f"Check that the key of llm.api_key may use the model “{model}”.",
        )
    if status == 404:
        return ModelRefused(
            f"The model's server knows no model “{model}”, or is not at this address.",
            hint="Check llm.model, and llm.base_url, which usually ends in /v1.",
        )
    if status < 400:
        return ModelRefused(
            f"The model's server points to another address (HTTP {status}), which is not followed.",
            hint="Set llm.base_url to the address that it answers at itself.",
        )
    return ModelRefused(
        f"The model's server refused the request (HTTP {status}).",
        hint="The log holds what it said; llm.output_tokens may be more than the model can write.",
    )


def said(error: APIError) -> str:
    """What the server said of a fault, of bounded length and without what it repeats of the request."""
    body = error.message if error.body is None else error.body
    if isinstance(body, Mapping) and isinstance(body.get("detail"), list):
        body = [(at(one, "loc"), at(one, "msg")) for one in body["detail"]]
    return " ".join(str(part)[:_MOST_READ] for part in (error.code, error.param, body) if part)


def cleaned(text: str, secret: str) -> str:
    """A server's words for the log: one short line, without anything of the key in it."""
    line = " ".join("".join(one if one.isprintable() else " " for one in text[:_MOST_READ]).split())
    line = _KEY.sub("[key]", line)
    if secret:
        line = line.replace(secret, "[key]")
        line = _WORD.sub(lambda word: "[key]" if word[0].strip(".*…") in secret else word[0], line)
    return line if len(line) <= _LONGEST_DETAIL else f"{line[:_LONGEST_DETAIL]}…"


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """The seconds that a server asks to be left alone for, if it names them."""
    exact = headers.get("retry-after-ms", "")
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", exact):
        return float(exact) / 1000
    named = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(?:\.\d+)?", named):
        return float(named)
    try:
        moment = parsedate_to_datetime(named)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
