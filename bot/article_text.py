"""Reads a finished article: its papers with their facts, and the questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

AUTHORS, PUBLISHED, CATEGORY = "authors", "published", "category"

_LABELS = {
    AUTHORS: "著者名?|執筆者|Authors?",
    PUBLISHED: "発行日|公開日|発表日|投稿日|出版日|掲載日|日付|Published|Publication date|Date",
    CATEGORY: "カテゴリー?|分野|Categor(?:y|ies)|Subjects?",
    "": (
        "最終更新日|更新日|Updated|Last updated|URL|リンク|論文リンク|タグ|Tags|原題|Original title"
        "|さらに読む|Read more"
    ),
}
_FACT = re.compile(
    rf"^(?:[-*・•]\s*)?(?:{'|'.join(f'({labels})' for labels in _LABELS.values())})\s*[:：]\s*(.*)$",
    re.IGNORECASE,
)
_QUESTION = re.compile(r"^(?:Q|質問|問)\s?\d{0,3}\s?[.:：．)]\s*(\S.*)$")
_ANSWER = re.compile(r"^(?:A|回答|答え?)\s?\d{0,3}\s?[.:：．)]\s*(.*)$")
_HEADING = re.compile(r"^(#{1,6})\s+(.*)$")
_PART = re.compile(
    r"(?:概要|要旨|要約|論文紹介|論文要旨|論文要約|論文リンク|さらに読む|原文|Q\s?&\s?A|Summary|Abstract|Overview|Introduction"
    r"|Paper|Read more|Questions)\s*(?:\(.{1,10}\)|（.{1,10}）)?\s*[:：]?",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"^(?:\s*>\s?|\s{4,}(?=\S))")
_BULLET = re.compile(r"^\s*(?:[-*•・]\s+|\d{1,2}[.)]\s+)")
_TAGS = re.compile(r"(?:\s+#[^\s#]+)+\s*$")
_EXTRACT = re.compile(r"原文抜粋|原文のまま|in the paper.s (?:own )?words|excerpt", re.IGNORECASE)
_ADDRESS = re.compile(r"<?https?://\S+>?$")
_LONGEST_TITLE = 200
_PARAGRAPH = 150
_FAR = 12


@dataclass(frozen=True, slots=True)
class Line:
    """A line of running text, without the marks of the article's own layout."""

    number: int
    text: str
    quoted: bool = False
    """Set apart, as the original beside a translation."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and its answer; `extract` where the answer is a quotation of the paper."""

    line: int
    question: str
    answer_line: int
    answer: str
    extract: bool = False


@dataclass(frozen=True)
class Section:
    """A paper's part of an article; what stands before the first has no title."""

    title: str
    line: int
    facts: dict[str, str] = field(default_factory=dict)
    """What is told of the paper, by `AUTHORS`, `PUBLISHED` and `CATEGORY`; others under their label."""
    lines: tuple[Line, ...] = ()
    pairs: tuple[Pair, ...] = ()


def read_article(text: str) -> list[Section]:
    """The sections of an article, as plain text or Markdown, in their order."""
    raw = text.replace("\r\n", "\n").split("\n")
    markdown = any(_HEADING.match(line) for line in raw)
    lines = [_unmarked(line) if markdown else line for line in raw]
    starts = [place for place in range(len(lines)) if _is_title(lines, place, markdown=markdown)]
    bounds = [*starts, len(lines)]
    sections = []
    if any(line.strip() for line in lines[: bounds[0]]):
        sections.append(_section("", 0, lines, 0, bounds[0]))
    for start, end in zip(starts, bounds[1:], strict=True):
        title = _HEADING.sub(r"\2", lines[start]).strip()
        sections.append(_section(title, start + 1, lines, start + 1, end))
    return sections


def _unmarked(line: str) -> str:
    """A line of Markdown without the marks within it; those at its beginning stay."""
    line = re.sub(r"<a id=\"[^\"]*\"></a>", "", line)
    line = re.sub(r"\[\([^\]]*\)\]\(<[^>]*>\)", "", line)
    line = re.sub(r"(?<!\\)\[((?:\\.|[^\[\]\\])*)\]\((?:<[^>]*>|[^()\s]*)\)", r"\1", line)
    line = re.sub(r"(?<!\\)\*\*((?:\\.|[^*\\])+)\*\*", r"\1", line)
    line = re.sub(r"^(\s*)\*((?:\\.|[^*\\])+)\*\s*$", r"\1\2", line)
    return re.sub(r"\\([\\`*_\[\]<>|#~+=.)-])", r"\1", line)


def _is_title(lines: Sequence[str], place: int, *, markdown: bool) -> bool:
    """Whether a paper begins with this line."""
    line = lines[place].strip()
    heading = _HEADING.match(lines[place])
    if markdown:
        return bool(heading and len(heading[1]) <= 3 and not _PART.fullmatch(heading[2].strip()))
    if not line or len(line) > _LONGEST_TITLE or _QUOTED.match(lines[place]):
        return False
    if _PART.fullmatch(line) or any(
        one.match(line) for one in (_FACT, _QUESTION, _ANSWER, _BULLET, _ADDRESS)
    ):
        return False
    after = [_FACT.match(one.strip()) for one in lines[place + 1 : place + 3]]
    if after and after[0] and (after[0][1] or all(after)):
        return True
    before = not place or not lines[place - 1].strip()
    apart = place + 1 >= len(lines) or not lines[place + 1].strip()
    if not before or not apart:
        return False
    following = next((one.strip() for one in lines[place + 1 : place + _FAR] if one.strip()), "")
    if _PART.fullmatch(following):
        return True
    return len(following) >= _PARAGRAPH > len(line) and not line.endswith(("。", "."))


def _section(title: str, line: int, lines: Sequence[str], start: int, end: int) -> Section:
    facts: dict[str, str] = {}
    texts: list[Line] = []
    pairs: list[Pair] = []
    extract = False
    for place in range(start, end):
        quoted = _QUOTED.match(lines[place]) is not None
        text = _TAGS.sub("", _QUOTED.sub("", lines[place]).strip())
        if _PART.fullmatch(_HEADING.sub(r"\2", text)) or _EXTRACT.match(text):
            extract = bool(_EXTRACT.match(text))
            continue
        if not text:
            continue
        if not quoted and (question := _QUESTION.match(text)):
            pairs.append(Pair(place + 1, question[1], place + 1, ""))
        elif pairs and not quoted and (answer := _ANSWER.match(text)):
            pairs[-1] = Pair(pairs[-1].line, pairs[-1].question, place + 1, answer[1])
        elif pairs:
            pairs[-1] = _continued(pairs[-1], text, place + 1, quoted=quoted)
        elif fact := _FACT.match(text):
            _tell(facts, fact)
        elif "…" in text or not _ADDRESS.match(text):
            texts.append(Line(place + 1, _BULLET.sub("", text), quoted or extract))
    return Section(title, line, facts, tuple(texts), tuple(pairs))


def _continued(pair: Pair, text: str, line: int, *, quoted: bool) -> Pair:
    """A pair with one more line; a quotation is its answer only where there is no other."""
    if quoted and pair.answer and not pair.extract:
        return pair
    if not pair.answer:
        return Pair(pair.line, pair.question, line, text, extract=quoted)
    return Pair(pair.line, pair.question, pair.answer_line, f"{pair.answer}\n{text}", pair.extract)


def _tell(facts: dict[str, str], fact: re.Match[str]) -> None:
    for place, name in enumerate(_LABELS, 1):
        if fact[place]:
            facts.setdefault(name or fact[place], fact[len(_LABELS) + 1].strip())
