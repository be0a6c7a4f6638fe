"""Pure: a paper's text as a model is given it, whole where it fits and else by its sections."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

from digest.errors import TooLongForModel
from digest.models import Document, Passage
from digest.tokens import estimate
from digest.writers.fencing import clean
from digest.writers.kinds import Kind, kinds, titles

_HEADROOM = 1.3
"""How far a whole paper may come above the estimate of its tokens.

Less than for a single passage (`tokens.HEADROOM`), as formulas and tables are a small part of a
whole paper; a text that is too long all the same is halved once, when the model says so.
"""
_TURNS = (Kind.INTRODUCTION, Kind.METHOD, Kind.RESULTS, Kind.LIMITATIONS, Kind.CONCLUSION)
"""What most questions are about: these take turns, a passage each, until the room is full."""
_AFTER = (Kind.OTHER, Kind.RELATED, Kind.APPENDIX)
_ABSTRACT_SHARE = 0.25
"""How much of the room the abstract may take from the passages that fit a question."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """The text of a paper for a model, and what of the paper it is."""

    text: str
    """Passages as `[p12] …`, one a line, under `# headings`; each sentence once."""
    passages: tuple[Passage, ...]
    sections: tuple[str, ...] = ()
    """The sections it was taken from; empty where it is the whole text."""

    @property
    def tokens(self) -> int:
        """How many tokens to reckon with."""
        return _tokens(self.text)


def fit(document: Document, room: int) -> Fitted:
    """As much of a document as fits `room` tokens, in reading order.

    Of one that is too long: the abstract, then introduction, method, results, limitations and
    conclusion by turns, then the rest, with related work and appendices last. Raises
    `TooLongForModel` where not even one passage fits.
    """
    whole = Fitted(_rendered(document.passages), document.passages)
    if whole.tokens <= room:
        return whole
    of = kinds(document.passages)
    by_kind = {kind: [i for i, one in enumerate(of) if one is kind] for kind in Kind}
    choice = _Choice(document.passages, room)
    choice.add_all(by_kind[Kind.ABSTRACT])
    left = choice.add_by_turns([by_kind[kind] for kind in _TURNS])
    for kind in _AFTER:
        left = left or choice.add_all(by_kind[kind])
    return choice.fitted(document)


def fit_for_question(document: Document, ranked: Sequence[Passage], room: int) -> Fitted:
    """The whole document where it fits, else its abstract and the best passages that fit.

    `ranked` is best first. Raises `TooLongForModel` where not even one passage fits.
    """
    whole = Fitted(_rendered(document.passages), document.passages)
    if whole.tokens <= room:
        return whole
    places = {passage.id: place for place, passage in enumerate(document.passages)}
    abstract = [i for i, kind in enumerate(kinds(document.passages)) if kind is Kind.ABSTRACT]
    choice = _Choice(document.passages, room)
    choice.add_all(abstract, share=_ABSTRACT_SHARE)
    choice.add_any(places[passage.id] for passage in ranked if passage.id in places)
    return choice.fitted(document)


def halved(document: Document, fitted: Fitted, ranked: Sequence[Passage] = ()) -> Fitted:
    """Half as much text, for the one retry where a model says that the text was too long."""
    room = fitted.tokens // 2
    return fit_for_question(document, ranked, room) if ranked else fit(document, room)


class _Choice:
    """Passages chosen so far, and the room that is left."""

    def __init__(self, passages: Sequence[Passage], room: int) -> None:
        self._passages = passages
        self._room = self._left = room
        self._taken: set[int] = set()
        self._sections: set[str | None] = {None}

    def add(self, place: int, least: float = 0.0) -> bool:
        """Take a passage if it leaves as much room as `least`; whether it is taken now."""
        if place in self._taken:
            return True
        passage = self._passages[place]
        before = self._passages[place - 1] if place - 1 in self._taken else None
        cost = _tokens(_line(passage, before))
        if passage.section not in self._sections:
            cost += _tokens(_heading(passage))
        if self._left - cost < least:
            return False
        self._left -= cost
        self._taken.add(place)
        self._sections.add(passage.section)
        return True

    def add_all(self, places: Iterable[int], share: float = 1.0) -> bool:
        """Take passages in order until one does not fit that share of all room; whether one did not."""
        return not all(self.add(place, self._room * (1 - share)) for place in places)

    def add_any(self, places: Iterable[int]) -> None:
        """Take each passage that fits."""
        for place in places:
            self.add(place)

    def add_by_turns(self, queues: Sequence[Sequence[int]]) -> bool:
        """Take one passage of each queue in turn; a queue ends where one does not fit; whether any did."""
        waiting = [queue for queue in queues if queue]
        ended = False
        while waiting:
            going_on = [queue for queue in waiting if self.add(queue[0])]
            ended = ended or len(going_on) < len(waiting)
            waiting = [queue[1:] for queue in going_on if len(queue) > 1]
        return ended

    def fitted(self, document: Document) -> Fitted:
        """What was chosen, in reading order. Raises `TooLongForModel` where it is nothing."""
        taken = tuple(self._passages[place] for place in sorted(self._taken))
        if not taken:
            raise TooLongForModel
        named = tuple(clean(title) for title in titles(document.passages, taken))
        return Fitted(_rendered(taken), taken, named or (_stretch(taken, len(self._passages)),))


def _stretch(taken: Sequence[Passage], total: int) -> str:
    """Which part of a text without headings was taken, by its pages where it has any."""
    pages = [page for passage in taken for _, page in passage.pages]
    return f"pp. {min(pages)}–{max(pages)}" if pages else f"{len(taken)}/{total}"


def _rendered(passages: Sequence[Passage]) -> str:
    lines: list[str] = []
    before: Passage | None = None
    for passage in passages:
        if passage.section and (before is None or passage.section != before.section):
            lines.append(_heading(passage))
        lines.append(_line(passage, before))
        before = passage
    return "\n".join(lines)


def _heading(passage: Passage) -> str:
    return f"# {clean(passage.section or '')}"


def _line(passage: Passage, before: Passage | None) -> str:
    """A passage behind its id, without the sentence that the passage before it ended with."""
    start = 0
    if before is not None and before.section == passage.section and _overlap(before, passage):
        start = passage.sentences[0][1]
    return f"[{passage.id}] {clean(passage.text[start:])}"


def _overlap(before: Passage, passage: Passage) -> bool:
    if not before.sentences or len(passage.sentences) < 2:
        return False
    (first, last), (start, end) = before.sentences[-1], passage.sentences[0]
    return before.text[first:last] == passage.text[start:end]


def _tokens(text: str) -> int:
    return ceil(estimate(text) * _HEADROOM)
