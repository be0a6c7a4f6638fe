"""Pure: the shapes that replies are asked for in, and the taking apart of what comes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from digest.errors import ReplyBroken
from digest.writers.drafts import (
    CitationDraft,
    ClaimDraft,
    PairDraft,
    RepairDraft,
    SentenceDraft,
    Standing,
    SummaryDraft,
)
from digest.writers.fencing import visible
from digest.writers.salvage import Salvage, Value, objects

# --------------------------------------------------------------------------- shapes

Schema = Mapping[str, Any]


def _object(**properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Schema = {"type": "string"}
_IDS = _list(_TEXT)
_SENTENCE = _object(text=_TEXT, passage_ids=_IDS)
_CITATIONS = _list(_object(passage_id=_TEXT, quote=_TEXT))

PAPER_SCHEMA = _object(
    title_translated=_TEXT,
    gist=_SENTENCE,
    summary=_list(_SENTENCE),
    abstract_translated=_TEXT,
    tags=_IDS,
    questions=_list(_object(question=_TEXT, answer=_TEXT, citations=_CITATIONS)),
)
"""One shape for the summary, the questions and their repair; what a task does not ask for is empty.

OpenAI puts the schema before the prompt, so that calls with different ones share no cached text.
"""
OVERVIEW_SCHEMA = _object(lines=_list(_object(text=_TEXT, paper_ids=_IDS)))
ANSWER_SCHEMA = _object(
    standing={"type": "string", "enum": [standing.value for standing in Standing]},
    claims=_list(_object(text=_TEXT, citations=_CITATIONS)),
)

# --------------------------------------------------------------------------- replies

T = TypeVar("T")
D = TypeVar("D")


@dataclass(frozen=True, slots=True)
class Parsed(Generic[T]):
    """What a reply held; not `complete` where it broke off or parts of it did not fit."""

    draft: T
    complete: bool


def parse_summary(reply: str) -> Parsed[SummaryDraft]:
    """What a reply to the summary task holds. Raises `ReplyBroken` where that is nothing."""
    return _parsed(reply, _SUMMARY_FIELDS, _summary)


def parse_pairs(reply: str) -> Parsed[tuple[PairDraft, ...]]:
    """The pairs of a reply to the questions task. Raises `ReplyBroken` where there is no list of them."""
    return _parsed(reply, ("questions",), lambda found: found.items("questions", _pair))


def parse_repair(reply: str) -> Parsed[RepairDraft]:
    """What a reply to the repair task holds. Raises `ReplyBroken` where that is nothing."""
    fields = (*_SUMMARY_FIELDS, "questions")

    def repair(found: _Fields) -> RepairDraft:
        return RepairDraft(_summary(found), found.items("questions", _pair))

    return _parsed(reply, fields, repair)


def parse_overview(reply: str) -> Parsed[tuple[SentenceDraft, ...]]:
    """The lines of an overview. Raises `ReplyBroken` where there is no list of them."""
    return _parsed(reply, ("lines",), lambda found: found.items("lines", _line))


class ClaimScanner:
    """Takes an answer apart while it comes; it never raises, whatever comes."""

    def __init__(self) -> None:
        self.standing: Standing | None = None
        """What the model says of the question, as soon as it is known."""
        self._reply = Salvage()
        self._given = 0
        self._sound = True

    def feed(self, piece: str) -> tuple[ClaimDraft, ...]:
        """The claims that this piece completes."""
        self._reply.feed(piece)
        return self._new()

    def finish(self) -> tuple[ClaimDraft, ...]:
        """The claims that only the end completes; to be called once the reply has ended."""
        self._reply.finish()
        return self._new()

    @property
    def complete(self) -> bool:
        """Whether a whole answer came, with its standing and every claim as it should be."""
        return self._reply.closed and self._sound and self.standing is not None

    def _new(self) -> tuple[ClaimDraft, ...]:
        root = self._reply.root
        found = root if isinstance(root, dict) else {"claims": root}
        if self.standing is None:
            self.standing = _standing(found.get("standing"))
        claims = found.get("claims")
        items = claims if isinstance(claims, list) else []
        drafts = [_claim(item) for item in items[self._given :]]
        self._given = max(self._given, len(items))
        self._sound = self._sound and None not in drafts
        return tuple(draft for draft in drafts if draft is not None)


# --------------------------------------------------------------------------- fields

_SUMMARY_FIELDS = ("title_translated", "gist", "summary", "abstract_translated", "tags")
_ITEMS = {"questions": "question", "lines": "text"}
"""What the items of a list hold, by which a bare list is known."""
_MOST = 24
"""Items of one list that are read: more than is ever asked for."""
_TRIES = 4
_PIECE = 10_000
_AROUND = ('""', "“”", "「」", "『』", "''", "‘’")
_LINE_ID = re.compile(r"\s*\[p\d+\]\s*")
_ID = re.compile(r"\s*[\[(（【]?\s*(?P<kind>[pa]?)\s*(?P<number>\d{1,5})\s*[\])）】]?\s*", re.IGNORECASE)


class _Fields:
    """The fields of a reply, taken as what they should be, and whether they were that."""

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = values
        self.sound = True

    def text(self, name: str) -> str:
        """A text; empty where there is none."""
        value = self._values.get(name)
        self.sound = self.sound and (value is None or isinstance(value, str))
        return _text(value)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, also where it came as one text with commas."""
        value = self._values.get(name)
        found = re.split(r"[,、，]", value) if isinstance(value, str) else self._list(value)
        return tuple(text for text in map(_text, found) if text)

    def items(self, name: str, take: Callable[[Value], D | None]) -> tuple[D, ...]:
        """A list of things; those that lack something are left out."""
        value = self._values.get(name)
        drafts = [take(item) for item in ([value] if isinstance(value, dict | str) else self._list(value))]
        self.sound = self.sound and None not in drafts
        return tuple(draft for draft in drafts if draft is not None)

    def one(self, name: str, take: Callable[[Value], D | None]) -> D | None:
        """One thing, None where there is none."""
        return take(self._values.get(name))

    def _list(self, value: Value) -> Sequence[Value]:
        self.sound = self.sound and (value is None or isinstance(value, list))
        return value[:_MOST] if isinstance(value, list) else []


def _parsed(reply: str, fields: Sequence[str], take: Callable[[_Fields], T]) -> Parsed[T]:
    """What a reply holds of some fields, in the first object that has any of them."""
    for salvage in _salvaged(reply):
        found = _holding(salvage.root, fields)
        if found is not None:
            told = _Fields(found)
            draft = take(told)
            return Parsed(draft, salvage.closed and told.sound)
    raise ReplyBroken


def _salvaged(reply: str) -> Iterator[Salvage]:
    """What can be read as JSON in a reply, one root after the other."""
    for _ in range(_TRIES):
        salvage = Salvage()
        for start in range(0, len(reply), _PIECE):
            salvage.feed(reply[start : start + _PIECE])
        salvage.finish()
        yield salvage
        if salvage.root is None:
            return
        reply = salvage.rest


def _holding(root: Value, fields: Sequence[str]) -> Mapping[str, Value] | None:
    """The object that has some of the fields: the root, one below it, or a bare list that is one."""
    for found in objects(root):
        if any(name in found for name in fields):
            return found
        for inner in found.values():
            if isinstance(inner, dict) and any(name in inner for name in fields):
                return inner
    bare = isinstance(root, list) and len(fields) == 1
    told = any(_ITEMS[fields[0]] in found for found in objects(root)) if bare else False
    return {fields[0]: root} if told else None


def _summary(found: _Fields) -> SummaryDraft:
    return SummaryDraft(
        title_translated=found.text("title_translated"),
        gist=found.one("gist", _sentence) or SentenceDraft("", ()),
        summary=found.items("summary", _sentence),
        abstract_translated=found.text("abstract_translated"),
        tags=found.texts("tags"),
    )


def _sentence(value: Value) -> SentenceDraft | None:
    return _with_ids(value, "passage_ids", "p")


def _line(value: Value) -> SentenceDraft | None:
    return _with_ids(value, "paper_ids", "a")


def _with_ids(value: Value, name: str, kind: str) -> SentenceDraft | None:
    if isinstance(value, str):
        value = {"text": value}
    if not isinstance(value, dict) or not _text(value.get("text")):
        return None
    ids = _Fields(value).texts(name)
    return SentenceDraft(_text(value["text"]), tuple(dict.fromkeys(_id(one, kind) for one in ids)))


def _pair(value: Value) -> PairDraft | None:
    if not isinstance(value, dict):
        return None
    question, answer = _text(value.get("question")), _text(value.get("answer"))
    return PairDraft(question, answer, _citations(value)) if question and answer else None


def _claim(value: Value) -> ClaimDraft | None:
    text = _text(value.get("text")) if isinstance(value, dict) else ""
    return ClaimDraft(text, _citations(value)) if text and isinstance(value, dict) else None


def _citations(value: Mapping[str, Value]) -> tuple[CitationDraft, ...]:
    found = [
        CitationDraft(_id(_text(one.get("passage_id")), "p"), _quote(_text(one.get("quote"))))
        for one in objects(value.get("citations"))
    ]
    return tuple(dict.fromkeys(found[:_MOST]))


def _standing(value: Value) -> Standing | None:
    told = re.sub(r"[\W_]+", " ", _text(value)).strip().lower()
    return next((standing for standing in Standing if standing == told), None)


def _text(value: Value) -> str:
    return visible(value).strip() if isinstance(value, str) else ""


def _id(value: str, kind: str) -> str:
    """An id as we issue it, from one that came with brackets, or as a bare number."""
    match = _ID.fullmatch(value)
    return f"{match['kind'].lower() or kind}{int(match['number'])}" if match else value


def _quote(value: str) -> str:
    """A quote without the id of its line, and without quotation marks around it."""
    plain = _LINE_ID.sub("", value)
    if len(plain) > 1 and plain[0] + plain[-1] in _AROUND and not set(plain[1:-1]) & {plain[0], plain[-1]}:
        return plain[1:-1].strip()
    return plain
