"""Reads files of papers with questions, by which retrieval and answers are measured."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digest.errors import NotFound, WrongUse
from digest.models import Passage
from digest.reading.blocks import Block
from digest.reading.passages import passages

_NO_TEXT = re.compile(r"\s*(?:yes|no|unanswerable|none|n/a)?\W*\s*", re.IGNORECASE)
_NOT_TEXT = "FLOAT SELECTED"
_LONGEST_TITLE = 90


@dataclass(frozen=True)
class AskedQuestion:
    """A question with the paragraphs that hold its evidence and the answers people gave."""

    text: str
    evidence: tuple[str, ...]
    answers: tuple[str, ...]
    """Without yes, no and unanswerable, which are no text to be found."""


@dataclass(frozen=True)
class AskedPaper:
    """A paper's passages and the questions on it."""

    passages: tuple[Passage, ...]
    questions: tuple[AskedQuestion, ...]


def read_questions(path: Path) -> tuple[AskedPaper, ...]:
    """The papers of a file, a JSON object a line.

    Each holds `full_text` (a line a heading or paragraph) and `qas`, each with `question`,
    `answers` and `evidence` (`raw` paragraphs). Raises `NotFound` where there is no such file,
    `WrongUse` where it is not of that form.
    """
    return tuple(_paper(entry, number, path) for number, entry in enumerate(read_lines(path), 1))


def read_lines(path: Path) -> list[Any]:
    """The JSON documents of a file, one a line. Raises `NotFound` or `WrongUse`."""
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} cannot be read as text: {error}.") from None
    try:
        entries = [json.loads(line) for line in lines if line.strip()]
    except json.JSONDecodeError as error:
        raise WrongUse(f"{path} is not JSON, an object a line: {error}.") from None
    if not entries:
        raise WrongUse(f"{path} is empty.")
    return entries


def _paper(entry: Mapping[str, Any], number: int, path: Path) -> AskedPaper:
    try:
        found = passages(_blocks(entry["full_text"]))
        questions = tuple(_question(item) for item in entry["qas"])
    except (AttributeError, KeyError, TypeError):
        raise WrongUse(
            f"Line {number} of {path} is not a paper with questions.",
            hint="It needs full_text, and qas with question, answers and evidence.",
        ) from None
    if not found:
        raise WrongUse(f"The paper on line {number} of {path} has no text.")
    return AskedPaper(found, questions)


def _question(item: Mapping[str, Any]) -> AskedQuestion:
    evidence = [
        paragraph
        for one in item.get("evidence") or ()
        for paragraph in one["raw"]
        if paragraph.strip() and _NOT_TEXT not in paragraph and not _is_title(paragraph)
    ]
    answers = [answer for answer in item["answers"] if not _NO_TEXT.fullmatch(answer)]
    return AskedQuestion(item["question"], tuple(dict.fromkeys(evidence)), tuple(answers))


def _blocks(text: str) -> list[Block]:
    """The paragraphs of a text under their headings, a line each."""
    blocks: list[Block] = []
    section: str | None = None
    for line in filter(None, map(str.strip, text.splitlines())):
        if _is_title(line):
            section = line
        else:
            blocks.append(Block(line, section))
    return blocks


def _is_title(line: str) -> bool:
    """Whether a line is a heading: short, begun with a capital, and not ended as a sentence is."""
    line = line.strip()
    short = len(line) < _LONGEST_TITLE and len(line.split()) <= 12
    return short and line[:1].isupper() and line[-1] not in ".:;,?!"
