"""Runs a writer against a model that misbehaves, and looks at all that a reader would see."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from digest.models import Citation, Claim, Document, Outcome, Paper, Writing
from digest.ports import Inquiry
from digest.repetition import repeated, restates
from tests.digest.writers.llm_room import Room, room
from tests.papers import ENGLISH, JAPANESE, PAPER, document
from tests.servers.honest import KINDS, honest_reply, misbehave
from tests.servers.llm import Asked, Breaks, Fails, Happening, Says, Stalls

TRANSPORT = ("429", "500", "stall", "broken stream")
ALL_KINDS = (*KINDS, *TRANSPORT)
_QUESTIONS = (
    "How many households were there?",
    "What does LampNet do?",
    "読書灯はどのくらい無駄な光を減らしましたか?",
    "どのデータで評価しましたか?",
)
_AT_ONCE = 8


@dataclass
class Cases:
    """What came of the cases of one kind."""

    kind: str
    run: int = 0
    misbehaved: int = 0
    """Cases whose replies really were made bad."""
    leaks: list[str] = field(default_factory=list)
    """What reached a reader and must not have, with the case's seed."""
    shown: int = 0
    """Statements that were shown in all, so that it is seen that not all is thrown away."""


@dataclass
class _Case:
    """One case: bad replies made from its seed, and what was planted in them."""

    kind: str
    seed: int
    planted: set[str] = field(default_factory=set)
    bad: int = 0

    def __post_init__(self) -> None:
        self.rng = Random(f"{self.kind} {self.seed}")

    def happening(self, asked: Asked) -> Happening:
        """The first replies are bad; some models mend their ways when asked again, some do not."""
        reply = honest_reply(asked.body)
        if self.bad and self.rng.random() < 0.5:
            return Says(reply)
        self.bad += 1
        half = Says(reply).text[: self.rng.randrange(1, len(reply))]
        if self.kind == "429":
            return Fails(429, headers={"Retry-After": str(self.rng.randint(0, 200))})
        if self.kind == "500":
            return Fails(self.rng.choice((500, 502, 503, 529)), "secret of the server")
        if self.kind == "stall":
            return Stalls(half, after=self.rng.randint(0, 40))
        if self.kind == "broken stream":
            return Breaks(half, after=self.rng.randint(0, 40))
        wrong = misbehave(self.kind, reply, self.rng)
        self.planted |= {one for one in wrong.planted if one not in _EVERYTHING}
        return Says(wrong.text, finish="length" if self.kind == "cut-off" else "stop")


_EVERYTHING = " ".join(text for _, text in (*ENGLISH, *JAPANESE))


async def run_kind(kind: str, count: int, folder: Path, first: int = 0) -> Cases:
    """Run so many cases of one kind, some side by side; each has a writer's whole way to go.

    `first` is the seed of the first case: others show other cases.
    """
    cases = Cases(kind)
    turn = asyncio.Semaphore(_AT_ONCE)
    running: dict[str, _Case] = {}

    def script(asked: Asked) -> Happening:
        return running[_number(asked)].happening(asked)

    async with room(folder, script, remember=1, seconds=0.25 if kind == "stall" else 30.0) as one:

        async def run(seed: int) -> None:
            async with turn:
                case = running[str(seed)] = _Case(kind, seed)
                await _judge(case, one, cases)
                del running[str(seed)]

        async with asyncio.TaskGroup() as group:
            for seed in range(first, first + count):
                group.create_task(run(seed))
    return cases


def _number(asked: Asked) -> str:
    """The case that a request belongs to stands in the paper's title."""
    found = re.search(r"case (\d+)", asked.messages[1]["content"])
    assert found
    return found[1]


async def _judge(case: _Case, one: Room, cases: Cases) -> None:
    read = document() if case.seed % 3 else document(JAPANESE, "ja")
    about = Paper(f"arxiv:{case.seed}", f"{PAPER.title} case {case.seed}", PAPER.url, abstract=ENGLISH[0][1])
    language = "ja" if case.seed % 2 else "en"
    if case.seed % 4 < 2:
        question = _QUESTIONS[case.seed % len(_QUESTIONS)]
        inquiry = Inquiry(question, language, about, read)
        steps = [step async for step in one.writer.answer(inquiry)]
        shown = list(_of_answer(steps, case.kind))
        answers = [step.text for step in steps if isinstance(step, Claim) and not step.extract]
        citations = [cited for step in steps if isinstance(step, Claim) for cited in step.citations]
        pairs = [(question, answer) for answer in answers]
    else:
        writing = await one.writer.write(about, read, language)
        shown = list(_of_writing(writing, case.kind))
        answers = [] if writing.extract else [pair.answer for pair in writing.qa]
        citations = [cited for pair in writing.qa for cited in pair.citations]
        pairs = [] if writing.extract else [(pair.question, pair.answer) for pair in writing.qa]
    cases.run += 1
    cases.misbehaved += bool(case.bad)
    cases.shown += len(answers)
    faults = [f"planted: {planted}" for planted in case.planted if _seen(planted, shown)]
    faults += [f"quote: {cited}" for cited in citations if not _stands(cited, read)]
    faults += [f"repeated: {answers[later]}" for later, _ in repeated(answers)]
    faults += [f"restates: {question} {answer}" for question, answer in pairs if restates(question, answer)]
    faults += [f"secret: {text}" for text in shown if "secret of the server" in text or "sk-test" in text]
    cases.leaks += [f"{case.kind} {case.seed} ({language}): {fault}" for fault in faults]


_NAMED = {"made-up number", "made-up quote", "unknown passage id", "repeated answers"}
"""Kinds whose fault may be named to admins, who are told what was dropped and why."""


def _of_answer(steps: list[Claim | Outcome], kind: str) -> Iterator[str]:
    for step in steps:
        named = isinstance(step, Outcome) and kind in _NAMED
        yield from _texts(asdict(replace(step, dropped=()) if named else step))


def _of_writing(writing: Writing, kind: str) -> Iterator[str]:
    yield from _texts(asdict(replace(writing, dropped=()) if kind in _NAMED else writing))


def _texts(value: Any) -> Iterator[str]:
    """Every text of plain values, as a reader would see it."""
    if isinstance(value, str):
        yield " ".join(value.replace("\u200b", "").split())
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)


def _seen(planted: str, shown: list[str]) -> bool:
    return any(planted in text for text in shown)


def _stands(cited: Citation, read: Document) -> bool:
    passage = read.by_id.get(cited.passage_id)
    start = passage.text.find(cited.quote) if passage else -1
    return passage is not None and start >= 0 and bool(cited.quote) and cited.page == passage.page_at(start)
