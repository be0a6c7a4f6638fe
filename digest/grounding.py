"""Pure: quotes to citations; what is shown is the source's own span, with our page and link."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from digest.citing import cite
from digest.findings import Check, Finding
from digest.models import Citation, Document, Passage
from digest.quotes import locate

LONGEST_QUOTE = 600
"""Most characters of a quote that is shown; a longer one is cut at the end of a sentence."""
_SHORT = 16
"""Characters below which a quote is shown with the sentence around it."""
_EXCERPT = 60


def ground(
    document: Document, quotes: Sequence[tuple[str, str]]
) -> tuple[tuple[Citation, ...], tuple[Finding, ...]]:
    """The citations of `(passage id, quote)` pairs, and what is wrong with those that have none.

    A quote is looked for in the passage it names and in those beside it, which share a sentence
    with it; anywhere else in the paper it does not count. Two of the same are one.
    """
    found: dict[Citation, None] = {}
    wrong: list[Finding] = []
    for passage_id, quote in quotes:
        citation = _citation(document, passage_id, quote)
        if citation is None:
            wrong.append(Finding(Check.QUOTE, quote.strip()[:_EXCERPT] or passage_id))
        else:
            found[citation] = None
    if not found and not wrong:
        wrong.append(Finding(Check.QUOTE))
    return tuple(found), tuple(wrong)


def _citation(document: Document, passage_id: str, quote: str) -> Citation | None:
    for passage in _around(document, passage_id.strip().strip("[]")):
        span = locate(quote, passage)
        if span is not None and (shown := _shown(passage, *span)) is not None:
            return cite(document, passage, *shown)
    return None


def _around(document: Document, passage_id: str) -> Sequence[Passage]:
    """The passage of an id and its neighbours, itself first; none for an id we did not issue."""
    place = next((n for n, one in enumerate(document.passages) if one.id == passage_id), None)
    if place is None:
        return ()
    beside = document.passages[max(0, place - 1) : place + 2]
    return (document.passages[place], *(one for one in beside if one.id != passage_id))


def _shown(passage: Passage, start: int, end: int) -> tuple[int, int] | None:
    """The span to show: a scrap with its sentence, too long a one cut, None where neither works."""
    inside = [one for one in passage.sentences if one[0] < end and one[1] > start]
    if end - start < _SHORT and inside:
        if passage.text.count(passage.text[start:end]) > 1 and len(passage.sentences) > 1:
            return None
        start, end = min(start, inside[0][0]), max(end, inside[-1][1])
    if end - start > LONGEST_QUOTE:
        ends = [stop for _, stop in inside if stop - start <= LONGEST_QUOTE and stop > start]
        end = max(ends, default=start + LONGEST_QUOTE)
        while end < len(passage.text) and passage.text[end - 1 : end + 1].isalnum() and end > start + 1:
            end -= 1  # not in the middle of a word or a number
    return start, end


def sources_of(document: Document, passage_ids: Sequence[str]) -> tuple[str, ...]:
    """The texts of the passages named, each with its neighbours; unknown ids give nothing."""
    named = (_around(document, one.strip().strip("[]")) for one in passage_ids)
    return tuple(dict.fromkeys(passage.text for passage in chain.from_iterable(named)))
