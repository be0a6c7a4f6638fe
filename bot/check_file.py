"""Runs the checks that guard the channel over a file of answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.question_file import read_lines
from digest.checks import Statement, check_pair
from digest.errors import WrongUse
from digest.findings import Finding
from digest.grounding import ground
from digest.models import Coverage, Document, Extent, Passage
from digest.quotes import locate


class _Answer(BaseModel):
    """One line of the file."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str | int
    language: str
    question: str
    answer: str
    quotes: tuple[str, ...]
    passages: tuple[str, ...]


def check_file(path: Path) -> list[dict[str, Any]]:
    """What the checks say of each answer of a file, a JSON object a line.

    Each object holds `id, language, question, answer, quotes[], passages[]`; what is given for
    it is `id, verdict` (`accept` or `reject`) and `reasons[]`. Raises `NotFound` where there is no
    such file, `WrongUse` where it is not of that form.
    """
    return [_judged(entry, number, path) for number, entry in enumerate(read_lines(path), 1)]


def text(verdicts: list[dict[str, Any]]) -> str:
    """The verdicts for a terminal: those rejected with their reasons, and how many there are."""
    lines = [f"{one['id']}: {'; '.join(one['reasons'])}" for one in verdicts if one["reasons"]]
    return "\n".join([*lines, f"{len(verdicts)} answers, {len(lines)} rejected"])


def _judged(entry: Any, number: int, path: Path) -> dict[str, Any]:
    try:
        answer = _Answer.model_validate(entry)
    except ValidationError as error:
        wrong = ", ".join(sorted({str(one["loc"][0]) if one["loc"] else "object" for one in error.errors()}))
        hint = "Each line holds id, language, question, answer, quotes[] and passages[]."
        raise WrongUse(f"Line {number} of {path} is not an answer (see {wrong}).", hint=hint) from None
    found = _findings(answer)
    return {
        "id": answer.id,
        "verdict": "reject" if found else "accept",
        "reasons": [f"{one.check}: {one.detail}" if one.detail else str(one.check) for one in found],
    }


def _findings(answer: _Answer) -> tuple[Finding, ...]:
    passages = tuple(
        Passage(f"p{number}", one, None, ((0, len(one)),)) for number, one in enumerate(answer.passages, 1)
    )
    document = Document(passages, "und", Coverage(Extent.FULL), "html", "-", None)
    named = [(_passage_of(quote, passages), quote) for quote in answer.quotes]
    citations, unfound = ground(document, named)
    quotes = tuple(one.quote for one in citations)
    said = Statement(answer.answer, answer.language, quotes, answer.passages, answer.question)
    return (*unfound, *check_pair(said))


def _passage_of(quote: str, passages: tuple[Passage, ...]) -> str:
    """The passage that a quote stands in, which the file does not say; none where it stands nowhere."""
    return next((one.id for one in passages if locate(quote, one) is not None), "")
