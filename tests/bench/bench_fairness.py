"""Measures what a digest that is being built costs whoever asks a question meanwhile."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from pathlib import Path
from statistics import median

import pytest

from bot.app import App
from bot.platforms.conversation import Upload
from config.settings import SAMPLE
from digest.places import Place
from tests.bench.bench_llm import build
from tests.bench.model_process import model_process
from tests.bot.support import TIDE, Person, opened
from tests.servers.llm import MODEL

pytestmark = [pytest.mark.bench, pytest.mark.timeout(300)]

QUESTION = "How many ports are in the data?"
SECONDS = 1.0
"""What the model takes for a reply."""
KNOWN, NEW = "a paper that is known", "a paper that is new"
PDF = (SAMPLE / "tide-lm.pdf").read_bytes()


async def answered(app: App, kind: str, number: int) -> float:
    """Seconds until a question is answered in whole."""
    # In a workspace of its own, as answers are shared within one.
    person = Person(app, place=Place("local", f"{kind} {number}", "papers"))
    began = time.perf_counter()
    if kind == KNOWN:
        talk = await person.says(f"/ask {TIDE} {QUESTION}")
    else:
        talk = await person.says(f"/ask {QUESTION}", upload=Upload(f"{number}.pdf", PDF))
    assert talk.ended()
    return time.perf_counter() - began


async def test_questions_take_as_long_as_without_a_digest(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with model_process(SECONDS) as url:
        settings = f'[llm]\nmodel = "{MODEL}"\nbase_url = "{url}"\napi_key = "sk-test"'
        for name in ("before", "now"):
            (tmp_path / name).mkdir()
        async with opened(tmp_path / "before", settings) as (app, _):
            await build(app)  # so that the model takes its seconds, and no work of its own
            await asyncio.gather(*(answered(app, kind, 0) for kind in (KNOWN, NEW)))
        async with opened(tmp_path / "now", settings) as (app, _):
            gc.collect()
            gc.freeze()
            (listing,) = await app.services.posting.weekly.sources[0].listings(None)
            paper = next(one.paper for one in listing.candidates if one.paper.key == TIDE)
            await app.services.library.keep_paper(paper)
            await app.services.readings.read(paper)
            idle = {kind: [await answered(app, kind, number) for number in range(3)] for kind in (KNOWN, NEW)}
            busy: dict[str, list[float]] = {KNOWN: [], NEW: []}
            building = asyncio.create_task(build(app))
            number = 10
            while not building.done():
                number += 1
                found = await asyncio.gather(*(answered(app, kind, number) for kind in busy))
                for kind, seconds in zip(busy, found, strict=True):
                    busy[kind].append(seconds)
            await building
            gc.unfreeze()
    with capfd.disabled():
        for kind, found in busy.items():
            line = f"{kind}: {median(idle[kind]):.2f} s without a digest, {max(found):.2f} s at most with one"
            sys.stdout.write(f"\n{line} ({len(found)} questions)\n")
    for kind, found in busy.items():
        assert max(found) <= 1.5 * median(idle[kind]) + 0.5
