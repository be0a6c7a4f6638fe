"""Measures answers: how many rest on the paper, what the checks took out, and what it cost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.costs import Cost, total
from bot.question_file import AskedPaper, AskedQuestion, read_questions
from bot.services import Services
from digest.errors import CeilingReached, WriterError
from digest.language import by_script, of_question
from digest.models import Claim, Coverage, Document, Extent, Outcome, Paper, Verdict
from digest.numbers import unfounded
from digest.ports import Inquiry, Progress, Step, silent

_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class AnswersReport:
    """What `rinko eval answers` found.

    `shares` gives each verdict's share of the questions in per cent; `dropped` how many claims
    each check took out, beside `claims` that were shown; `exact_numbers` the share of questions
    with numbers in their known answer whose every number stands in ours.
    """

    writer: str
    model: str
    papers: int
    questions: int
    shares: Mapping[str, float]
    stood_in: int
    """Questions that another writer answered, as the configured one could not."""
    failed: int
    """Questions that got no answer at all, because of an error."""
    claims: int
    dropped: Mapping[str, int]
    number_questions: int
    exact_numbers: float | None
    cost: Cost
    seconds: float

    def text(self) -> str:
        """The report in a few lines, for a terminal."""
        lost = sum(self.dropped.values())
        lines = [
            f"{self.writer} {self.model}: {self.questions} questions on {self.papers} papers",
            "answers: " + ", ".join(f"{name} {share:.1f}%" for name, share in self.shares.items()),
            f"claims: {self.claims} shown, {lost} dropped ({_share(lost, self.claims + lost):.1f}%)",
            *(f"  {check}: {count}" for check, count in self.dropped.items()),
        ]
        if self.exact_numbers is not None:
            lines.append(f"exact numbers: {self.exact_numbers:.1f}% of {self.number_questions} questions")
        if self.stood_in or self.failed:
            lines.append(f"answered by extracts instead: {self.stood_in}; failed: {self.failed}")
        lines.append(
            f"calls: {self.cost.calls}, {self.cost.input_tokens:,} tokens in "
            f"({self.cost.cached_tokens:,} cached), {self.cost.output_tokens:,} out"
        )
        if self.cost.cost is not None:
            lines.append(f"cost: {self.cost.cost:.4f} {self.cost.currency}")
        lines.append(f"time: {self.seconds:.1f} s")
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """The report as a JSON document."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Given:
    question: AskedQuestion
    claims: tuple[Claim, ...]
    outcome: Outcome | None


async def answers(path: Path, services: Services, progress: Progress = silent) -> AnswersReport:
    """Ask the configured writer every question of a file, as `question_file` reads it.

    Raises `NotFound` or `WrongUse` for the file, and `CeilingReached` where asking on may not be
    paid for.
    """
    papers = read_questions(path)
    begun, since = time.perf_counter(), services.clock.now()
    given: list[_Given] = []
    for number, paper in enumerate(papers):
        progress(Step("write", f"paper {number + 1}", number, len(papers)))
        given += await _ask_all(paper, number, services)
    cost = total(await services.costs.spending.costs(since), services.costs.currency)
    return _report(services, len(papers), given, cost, time.perf_counter() - begun)


async def _ask_all(paper: AskedPaper, number: int, services: Services) -> list[_Given]:
    """The first question alone, so that the provider has read the paper when the others come."""
    language = by_script(" ".join(passage.text for passage in paper.passages)) or "en"
    document = Document(paper.passages, language, Coverage(Extent.FULL), "html", "-", None)
    about = Paper(f"file:{number}", "", None)
    room = asyncio.Semaphore(_AT_ONCE)

    async def one(question: AskedQuestion) -> _Given:
        async with room:
            spoken = of_question(question.text, language)
            return await _ask(question, Inquiry(question.text, spoken, about, document), services)

    first, *rest = paper.questions
    return [await one(first), *await asyncio.gather(*map(one, rest))]


async def _ask(question: AskedQuestion, inquiry: Inquiry, services: Services) -> _Given:
    claims: list[Claim] = []
    outcome: Outcome | None = None
    try:
        async for step in services.writer.answer(inquiry):
            if isinstance(step, Outcome):
                outcome = step
            else:
                claims.append(step)
    except CeilingReached:
        raise
    except WriterError:
        pass  # counted as failed
    return _Given(question, tuple(claims), outcome)


def _report(
    services: Services, papers: int, given: list[_Given], cost: Cost, seconds: float
) -> AnswersReport:
    outcomes = [one.outcome for one in given if one.outcome is not None]
    verdicts = Counter(one.verdict for one in outcomes)
    dropped = Counter(str(lost.reason) for one in outcomes for lost in one.dropped)
    numbered = [one for one in given if any(map(_has_number, one.question.answers))]
    exact = sum(_exact(one) for one in numbered)
    return AnswersReport(
        writer=services.writer.name,
        model=services.writer.model,
        papers=papers,
        questions=len(given),
        shares={str(verdict): _share(verdicts[verdict], len(given)) for verdict in Verdict},
        stood_in=sum(one.stood_in is not None for one in outcomes),
        failed=len(given) - len(outcomes),
        claims=sum(len(one.claims) for one in given),
        dropped=dict(dropped.most_common()),
        number_questions=len(numbered),
        exact_numbers=_share(exact, len(numbered)) if numbered else None,
        cost=cost,
        seconds=seconds,
    )


def _has_number(answer: str) -> bool:
    return any(character.isdigit() for character in answer)


def _exact(given: _Given) -> bool:
    """Whether all numbers of one of the known answers stand in ours."""
    ours = [claim.text for claim in given.claims]
    known = [answer for answer in given.question.answers if _has_number(answer)]
    return bool(ours) and any(not unfounded(answer, ours) for answer in known)


def _share(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0
