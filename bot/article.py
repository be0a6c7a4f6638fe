"""Finds the faults of a finished article, by kind and place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.article_text import AUTHORS, CATEGORY, PUBLISHED, Pair, Section, read_article
from digest.errors import NotFound, WrongUse
from digest.findings import Check, Finding
from digest.language import by_script
from digest.repetition import repeated, restates
from digest.wording import faults as faults_of_words

__all__ = ["ArticleReport", "Fault", "faults", "read", "read_article"]

MISSING = "missing fact"
"""The kind of fault where an author, a date or a category is not told."""
_FACTS = {AUTHORS: "authors", PUBLISHED: "publication date", CATEGORY: "category"}
_UNTOLD = re.compile(r"(?:不明|未詳|なし|無し|unknown|n/?a|none|null|tbd)?[\s.。\-–—?？]*", re.IGNORECASE)
_KINDS_OF_TEXT = {Check.MARKUP, Check.BROKEN_WORD, Check.PROMPT, Check.CUT_OFF, Check.LANGUAGE}
_KINDS_OF_QUOTE = {Check.MARKUP, Check.BROKEN_WORD}
_KINDS_OF_LIST = {*_KINDS_OF_QUOTE, Check.PROMPT}
"""In what stands before the first paper, as the list of titles."""
_BROKEN_ADDRESS = re.compile(r"https?://[^\s。、」)]*…|https?:(?=[\s。、]|$)")
_PARAGRAPH = 60
_EXCERPT = 60
_MOSTLY = 0.8
_SEVERAL_QUOTES = 5


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an article, and where."""

    kind: str
    """The check, or `missing fact`."""
    line: int
    section: str
    """The title of the paper, empty before the first."""
    question: str | None
    detail: str
    """What the check stumbled on."""
    excerpt: str
    """How the text begins that it stands in."""


@dataclass(frozen=True, slots=True)
class ArticleReport:
    """What `rinko eval article` found."""

    sections: int
    """Papers, or where no facts are told of any, parts with a title."""
    pairs: int
    faults: tuple[Fault, ...]

    def text(self) -> str:
        """The report for a terminal: the kinds with their number, then each fault with its place."""
        counts = Counter(fault.kind for fault in self.faults)
        lines = [f"{self.sections} sections, {self.pairs} questions, {len(self.faults)} faults"]
        lines += [f"{kind:14}{count:>5}" for kind, count in counts.most_common()]
        for fault in self.faults:
            lines += ["", f"line {fault.line}: {fault.kind}: {fault.detail}", f"  in: {fault.section or '-'}"]
            if fault.question:
                lines.append(f"  question: {fault.question}")
            lines.append(f"  text: {fault.excerpt}")
        return "\n".join(lines)

    def document(self) -> dict[str, Any]:
        """The report as a JSON document."""
        return asdict(self)


def read(path: Path) -> ArticleReport:
    """Look through an article in a file.

    Raises `NotFound` where there is no such file, `WrongUse` where it is no text or empty.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (FileNotFoundError, IsADirectoryError):
        raise NotFound(f"There is no file {path}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise WrongUse(f"{path} cannot be read as text: {error}.") from None
    if not text.strip():
        raise WrongUse(f"{path} is empty.")
    sections = read_article(text)
    told = sum(map(_is_paper, sections)) or sum(bool(section.title) for section in sections)
    return ArticleReport(told, sum(len(section.pairs) for section in sections), faults(text))


def faults(text: str) -> tuple[Fault, ...]:
    """The faults of an article, in the order of their lines."""
    sections = read_article(text)
    language = _language(sections)
    original = _language_of_quotes(sections, language)
    factual = any(section.title and _FACTS.keys() & section.facts.keys() for section in sections)
    found = [
        fault
        for section in sections
        for fault in (
            *_missing(section, factual=factual),
            *_in_lines(section, language, original, tells=not factual or _is_paper(section)),
            *_in_pairs(section, language),
        )
    ]
    return tuple(sorted(found, key=lambda fault: fault.line))


def _language(sections: Sequence[Section]) -> str:
    """What an article is written in: what its questions are asked in, else most of its own text."""
    asked = [pair.question for section in sections for pair in section.pairs]
    own = asked or [line.text for section in sections for line in section.lines if not line.quoted]
    spoken = Counter(by_script(one) or "en" for one in own)
    return spoken.most_common(1)[0][0] if spoken else "en"


def _is_paper(section: Section) -> bool:
    return bool(section.title and (_FACTS.keys() & section.facts.keys() or section.pairs))


def _language_of_quotes(sections: Sequence[Section], language: str) -> str | None:
    """The language that originals beside translations are in; None where there are none."""
    quotes = [line.text for section in sections for line in section.lines if line.quoted]
    spoken = Counter(by_script(quote) or "en" for quote in quotes)
    if len(quotes) < _SEVERAL_QUOTES:
        return None
    first, count = spoken.most_common(1)[0]
    return first if first != language and count >= _MOSTLY * len(quotes) else None


def _missing(section: Section, *, factual: bool) -> Iterator[Fault]:
    """The facts that are not told of a paper, where the article tells such facts at all."""
    if not factual or not _is_paper(section):
        return
    for name, words in _FACTS.items():
        if _UNTOLD.fullmatch(told := section.facts.get(name, "")):
            yield Fault(MISSING, section.line, section.title, None, words, told or section.title[:_EXCERPT])


def _in_lines(section: Section, language: str, original: str | None, *, tells: bool) -> Iterator[Fault]:
    """The faults of running text; where a section `tells` of no paper, those that a list may have."""
    for line in section.lines:
        kinds = _KINDS_OF_TEXT if section.title and tells else _KINDS_OF_LIST
        kinds = _KINDS_OF_QUOTE if line.quoted else kinds
        spoken = (by_script(line.text) or language) if line.quoted else language
        if line.quoted and original and spoken == language:
            finding = Finding(Check.LANGUAGE, line.text[:_EXCERPT])
            yield _fault(finding, line.number, section, None, line.text)
        prose = len(line.text) >= _PARAGRAPH
        if line.text.endswith((":", "：")):  # a list follows
            kinds = kinds - {Check.CUT_OFF}
        for finding in faults_of_words(line.text, spoken, sentence=prose):
            if finding.check in kinds and (prose or finding.check not in {Check.LANGUAGE, Check.CUT_OFF}):
                yield _fault(finding, line.number, section, None, line.text)
        if broken := _BROKEN_ADDRESS.search(line.text):
            yield _fault(Finding(Check.LINK, broken[0]), line.number, section, None, line.text)


def _in_pairs(section: Section, language: str) -> Iterator[Fault]:
    for pair in section.pairs:
        for finding in faults_of_words(pair.question, language, sentence=False):
            named = finding.check is Check.LANGUAGE and finding.detail in section.title
            if finding.check is not Check.LINK and not named:
                yield _fault(finding, pair.line, section, pair, pair.question)
        for finding in faults_of_words(pair.answer, language):
            extracted = pair.extract and finding.check not in _KINDS_OF_QUOTE | {Check.EMPTY}
            if finding.check is not Check.LINK and not extracted:
                yield _fault(finding, pair.answer_line, section, pair, pair.answer)
        empty = not pair.answer.strip("。. ") or _UNTOLD.fullmatch(pair.answer)
        if not pair.extract and not empty and restates(pair.question, pair.answer):
            yield _fault(Finding(Check.RESTATES), pair.answer_line, section, pair, pair.answer)
    yield from _repetitions(section)


def _repetitions(section: Section) -> Iterator[Fault]:
    """Each answer that says what earlier ones say, once, with the lines of those."""
    earlier_lines: dict[int, list[int]] = {}
    for later, earlier in repeated([pair.answer for pair in section.pairs]):
        earlier_lines.setdefault(later, []).append(section.pairs[earlier].answer_line)
    for later, lines in earlier_lines.items():
        pair = section.pairs[later]
        detail = f"as line {', '.join(map(str, lines))}"
        yield _fault(Finding(Check.REPEATS, detail), pair.answer_line, section, pair, pair.answer)


def _fault(finding: Finding, line: int, section: Section, pair: Pair | None, text: str) -> Fault:
    question = pair.question if pair else None
    return Fault(finding.check, line, section.title, question, finding.detail, text[:_EXCERPT])
