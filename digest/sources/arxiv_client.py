"""The `arxiv` package with what it lacks: a timeout, our User-Agent, one pace, and backoff that obeys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import arxiv  # type: ignore[import-untyped]  # the package has annotations but no marker that says so
import requests
import stamina

from digest.errors import SourceError
from digest.ports import Clock

API_URL = "https://export.arxiv.org/api/query"
_MAX_BYTES = 32 * 1024 * 1024
_PIECE = 64 * 1024


class Refused(Exception):
    """arXiv could not make sense of something it was asked, or we not of its answer."""


class _Passing(Exception):
    """A fault that may pass; `retry_after` is what the header of that name said."""

    def __init__(self, message: str, retry_after: str | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


class _OnePageOnly(Exception):
    """The package wants to ask for a second page by itself, out of turn."""


@dataclass(frozen=True, slots=True)
class ArxivLimits:
    """How arXiv is asked. Times are seconds.

    `interval` is the least time between two requests, however many parts of Rinko ask. A wait
    that arXiv names is obeyed; one over `longest_wait` is an error instead.
    """

    user_agent: str
    api_url: str = API_URL
    interval: float = 3.0
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    total_seconds: float = 120.0
    attempts: int = 4
    longest_wait: float = 120.0


@dataclass(frozen=True, slots=True)
class ArxivEntry:
    """One entry of arXiv's answer; `id` is without version."""

    id: str
    version: str | None
    title: str
    authors: tuple[str, ...]
    published: date
    updated: date
    categories: tuple[str, ...]
    """The primary one first."""
    abstract: str
    has_pdf: bool


class ArxivClient:
    """One pace and one connection to the arXiv API, to be shared by all who ask it."""

    def __init__(self, limits: ArxivLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._session = _Bounded(limits)
        self._turn = asyncio.Lock()
        self._not_before: datetime | None = None

    async def by_id(self, ids: Sequence[str]) -> tuple[ArxivEntry, ...]:
        """The entries of these ids, with version or without, in one request. Raises as `search`."""
        return await self._retried(arxiv.Search(id_list=list(ids), max_results=len(ids)))

    async def search(self, query: str, most: int) -> tuple[ArxivEntry, ...]:
        """At most so many entries for a query, the most relevant first, in one request.

        Raises `Refused` where arXiv does not understand the request or its answer cannot be
        read, and `SourceError` where it does not answer.
        """
        return await self._retried(arxiv.Search(query=query, max_results=most))

    def close(self) -> None:
        """Close the connection."""
        self._session.close()

    async def _retried(self, search: Any) -> tuple[ArxivEntry, ...]:
        """One request, and some more where the fault may pass."""
        try:
            # No wait between attempts here: all waiting is done by the shared pace.
            async for attempt in stamina.retry_context(
                on=lambda error: 0.0 if isinstance(error, _Passing) else False,
                attempts=self._limits.attempts,
                timeout=None,
            ):
                with attempt:
                    return await self._in_turn(search, attempt.num)
        except _Passing as error:
            raise SourceError(f"arXiv: {error}.", hint="Try again in a few minutes.") from error
        raise SourceError("arXiv did not answer.")

    async def _in_turn(self, search: Any, attempt: int) -> tuple[ArxivEntry, ...]:
        """One request, when its turn has come and the last one is long enough ago."""
        async with self._turn:
            if self._not_before and (wait := (self._not_before - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(min(wait, self._limits.longest_wait))
            pause = self._limits.interval
            try:
                async with asyncio.timeout(self._limits.total_seconds):
                    return await asyncio.to_thread(self._ask, search)
            except TimeoutError:
                raise _Passing(f"no answer within {self._limits.total_seconds:g} seconds") from None
            except _Passing as error:
                pause = self._pause_after(error, attempt)
                raise
            finally:
                self._not_before = self._clock.now() + timedelta(seconds=pause)

    def _pause_after(self, error: _Passing, attempt: int) -> float:
        """The seconds to leave arXiv alone: those it named, else doubling with each attempt."""
        named = _seconds(error.retry_after, self._clock.now())
        if named is not None and named > self._limits.longest_wait:
            raise SourceError(
                f"arXiv asks to be left alone for {named:.0f} seconds.", hint="Try again after that time."
            ) from error
        backoff = self._limits.interval * 2**attempt
        return max(self._limits.interval, backoff if named is None else named)

    def _ask(self, search: Any) -> tuple[ArxivEntry, ...]:
        """One request, in a thread of its own."""
        client = arxiv.Client(page_size=search.max_results, delay_seconds=0, num_retries=0)
        client.query_url_format = self._limits.api_url.replace("{", "{{").replace("}", "}}") + "?{}"
        client._session = self._session  # The package offers no other way to a timeout.
        self._session.asked = False
        found: list[ArxivEntry] = []
        with _faults(), suppress(_OnePageOnly):
            found.extend(entry for result in client.results(search) if (entry := _entry(result)))
        return tuple(found)


class _Bounded:
    """What the package takes for a session: ours, with our User-Agent, limits and no proxies."""

    def __init__(self, limits: ArxivLimits) -> None:
        self.asked = False
        self._limits = limits
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.max_redirects = 3

    def get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Fetch one address; a busy server is `_Passing`, and the package's User-Agent is not sent."""
        if self.asked:
            raise _OnePageOnly
        self.asked = True
        response = self._session.get(
            url,
            headers={**headers, "user-agent": self._limits.user_agent},
            timeout=(self._limits.connect_seconds, self._limits.read_seconds),
            stream=True,
        )
        with response:
            if response.status_code in {429, 503}:
                raise _Passing(
                    f"it is busy (HTTP {response.status_code})", response.headers.get("Retry-After")
                )
            body = bytearray()
            for piece in response.iter_content(_PIECE):
                body += piece
                if len(body) > _MAX_BYTES:
                    raise _Passing("its answer was too long")
            response._content = bytes(body)  # requests itself has no cap on what it reads
        return response

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


@contextmanager
def _faults() -> Iterator[None]:
    """Say what went wrong in our own terms."""
    try:
        yield
    except arxiv.HTTPError as error:
        if error.status >= 500:
            raise _Passing(f"it failed (HTTP {error.status})") from error
        raise Refused(f"HTTP {error.status}") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema) as error:
        raise SourceError(
            "arXiv's address is not one that can be asked.", hint="Check arxiv.api_url in the settings."
        ) from error
    except (requests.RequestException, OSError) as error:
        raise _Passing(f"it did not answer ({type(error).__name__})") from error
    except ValueError as error:  # A date that is none fails the package's reading of the whole answer.
        raise Refused(str(error)) from error


def _entry(result: Any) -> ArxivEntry | None:
    """A result of the package in our own terms; None where it is an error message made an entry."""
    short_id = str(result.entry_id).partition("/abs/")[2]
    if not short_id:
        return None
    bare, mark, version = short_id.rpartition("v")
    versioned = bool(mark) and version.isdigit()
    return ArxivEntry(
        id=bare if versioned else short_id,
        version=f"v{version}" if versioned else None,
        title=result.title,
        authors=tuple(author.name for author in result.authors),
        published=result.published.date(),
        updated=result.updated.date(),
        categories=tuple(dict.fromkeys(c for c in (result.primary_category, *result.categories) if c)),
        abstract=result.summary,
        has_pdf=result.pdf_url is not None,
    )


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """The seconds a Retry-After header names, as a number or as a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
