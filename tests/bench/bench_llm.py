"""Measures a week written by a model: calls, tokens, time beside the longest chain, and the loop."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

import pytest

from bot.app import App
from bot.commands import Commands
from digest.models import Document, Issue, Week
from digest.posts import Post
from digest.tokens import estimate
from tests.bench.model_process import model_process
from tests.bot.support import TIDE, Person, Talk, _Heard, opened
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Says, ScriptedModel

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

SECONDS = 1.0
CHAIN = 3
"""The longest chain of calls: a paper's summary, its questions, and the week's overview."""


def say(line: str) -> None:
    """Print a figure."""
    sys.stdout.write(line + "\n")


@dataclass
class Stall:
    """The longest that the loop kept someone waiting who asked to be woken at once."""

    longest: float = 0.0

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            task.cancel()

    async def _watch(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            self.longest = max(self.longest, time.perf_counter() - began - 0.005)


@asynccontextmanager
async def papers_read(folder: Path, url: str, *, long: bool = True) -> AsyncIterator[App]:
    """The sample week with all papers read, so that only writing is left to do.

    The sample's papers are short; `long` ones have the text of all ten, each from another place on,
    and so the length of a usual paper.
    """
    extra = f'[llm]\nmodel = "{MODEL}"\nbase_url = "{url}"\napi_key = "sk-test"'
    async with opened(folder, extra) as (app, clock):
        weekly = app.services.posting.weekly
        papers = [one.paper for one in (await weekly.sources[0].listings(None))[0].candidates]
        read = [await weekly.readings.read_what_there_is(paper) for paper in papers]
        for place, paper in enumerate(papers if long else ()):
            document = joined([*read[place:], *read[:place]])
            await app.services.library.keep_document(paper, document, clock.now())
        yield app


def joined(documents: Sequence[Document]) -> Document:
    """One document with the passages of all, under the first one's name."""
    passages = [
        replace(passage, id=f"p{number}")
        for number, passage in enumerate(chain.from_iterable(one.passages for one in documents), 1)
    ]
    return replace(documents[0], passages=tuple(passages))


async def build(app: App) -> tuple[Issue, float]:
    began = time.perf_counter()
    issue = await app.services.posting.weekly.build(Week(2026, 10), "ja")
    return issue, time.perf_counter() - began


async def documents(app: App, issue: Issue) -> list[Document]:
    return [await app.services.readings.read(entry.paper) for entry in issue.entries]


def tokens_of(documents: Sequence[Document]) -> int:
    """What the papers take, each sentence once."""
    total = 0
    for document in documents:
        sentences = dict.fromkeys(
            passage.text[start:end] for passage in document.passages for start, end in passage.sentences
        )
        total += estimate("\n".join(sentences))
    return total


@pytest.mark.parametrize(("caches", "most"), [(True, 1.3), (False, 2.3)])
async def test_calls_and_tokens(
    tmp_path: Path, caches: bool, most: float, capfd: pytest.CaptureFixture[str]
) -> None:
    for long in (False, True):
        folder = tmp_path / str(long)
        folder.mkdir()
        async with (
            ScriptedModel(lambda asked: Says(honest_reply(asked.body)), caches=caches) as model,
            papers_read(folder, model.url, long=long) as app,
        ):
            issue, _ = await build(app)
            papers = tokens_of(await documents(app, issue))
            pairs = [len(entry.writing.qa) if entry.writing else 0 for entry in issue.entries]
            ratio = model.uncached_tokens / papers
            with capfd.disabled():
                say(f"\n{'usual' if long else 'short'} papers, prompts {'' if caches else 'not '}cached:")
                say(f"{len(pairs)} papers, {sum(pairs)} Q&A, {model.calls} calls (21 allowed)")
                say(f"uncached input {model.uncached_tokens} tokens, papers {papers}: {ratio:.2f} times")
            assert model.calls <= 21
    assert ratio <= most


@pytest.fixture
async def warm(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[App]:
    """The papers read, and a model of its own that has been asked all of it before."""
    with model_process(request.param) as url:
        for name in ("before", "now"):
            (tmp_path / name).mkdir()
        async with papers_read(tmp_path / "before", url) as app:
            await build(app)
        async with papers_read(tmp_path / "now", url) as app:
            gc.collect()
            gc.freeze()  # as `rinko run` does once all is put together
            yield app
            gc.unfreeze()


@pytest.mark.parametrize("warm", [SECONDS], indirect=True)
async def test_time_beside_the_longest_chain_and_the_loop(
    warm: App, capfd: pytest.CaptureFixture[str]
) -> None:
    idle, busy = Stall(), Stall()
    async with idle.watched():
        await asyncio.sleep(CHAIN * SECONDS)
    async with busy.watched():
        _, seconds = await build(warm)
    ratio = seconds / (CHAIN * SECONDS)
    with capfd.disabled():
        say(f"\ncalls of {SECONDS} s: {seconds:.2f} s, {ratio:.2f} times the longest chain of {CHAIN}")
        say(f"stall: {1000 * busy.longest:.1f} ms, idle {1000 * idle.longest:.1f} ms")
    assert ratio <= 1.2
    assert busy.longest - idle.longest <= 0.05


@pytest.mark.parametrize("warm", [0.3], indirect=True)
async def test_questions_are_acknowledged_while_a_week_is_written(
    warm: App, capfd: pytest.CaptureFixture[str]
) -> None:
    idle = [await acknowledged(warm, f"idle{number}") for number in range(100)]
    building = asyncio.create_task(build(warm))
    busy = []
    while not building.done():
        busy.append(await acknowledged(warm, f"busy{len(busy)}"))
    await building
    with capfd.disabled():
        say(
            f"\nacknowledged p99: {1000 * p99(busy):.0f} ms while writing ({len(busy)} questions), "
            f"{1000 * p99(idle):.0f} ms idle"
        )
    assert p99(busy) - p99(idle) <= 0.1


class _Acknowledged(Talk):
    """Tells the moment when something is shown first."""

    def stream(self, *, only_for_asker: bool) -> _Heard:
        heard = super().stream(only_for_asker=only_for_asker)
        show = heard.show

        async def showing(post: Post) -> None:
            await show(post)
            self.first.set()

        heard.show = showing  # type: ignore[method-assign]  # the stream itself stays the real one
        return heard

    first: asyncio.Event


async def acknowledged(app: App, user: str) -> float:
    """Seconds until a question is answered by a first word; the answer itself is not waited for."""
    person = Person(app, user)
    talk = _Acknowledged(app, person.request())
    talk.first = asyncio.Event()
    began = time.perf_counter()
    line = f"/ask {TIDE} What does it do for {user}?"
    asking = asyncio.create_task(Commands(app.services).run(line, talk.request, talk))
    await talk.first.wait()
    seconds = time.perf_counter() - began
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    return seconds


def p99(values: Sequence[float]) -> float:
    return sorted(values)[int(0.99 * (len(values) - 1))]
