"""Pure: the small pieces that posts are laid out from, and keeping them within limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from digest.models import Dropped
from digest.phrases import Phrases
from digest.posts import Block, BlockKind, Limits, Span

_SENTENCE_END = re.compile(r"[。．！？]|[.!?](?=\s|$)")
_JOINER = "\u200d"


def title(text: str, *, url: str | None = None, language: str | None = None) -> Block:
    """The title of a post."""
    return Block(BlockKind.TITLE, (Span(text, url=url, language=language),))


def heading(text: str) -> Block:
    """A heading inside a post."""
    return Block(BlockKind.HEADING, (Span(text),))


def text(body: str, *, language: str | None = None, strong: bool = False) -> Block:
    """A paragraph."""
    return Block(BlockKind.TEXT, (Span(body, language=language, strong=strong),))


def note(body: str) -> Block:
    """A remark in small print."""
    return Block(BlockKind.NOTE, (Span(body),))


def fact(phrases: Phrases, label: str, *values: Span) -> Block:
    """A fact with its label, the phrase of that name, and the colon that the language writes."""
    return Block(BlockKind.FACT, (Span(phrases(label) + phrases("list.colon"), strong=True), *values))


def item(*spans: Span) -> Block:
    """An item of a list."""
    return Block(BlockKind.ITEM, spans)


def joined(spans: Iterable[Span], separator: str) -> tuple[Span, ...]:
    """Spans with a separator between them."""
    result: list[Span] = []
    for span in spans:
        if result:
            result.append(Span(separator))
        result.append(span)
    return tuple(result)


def clip(body: str, most: int) -> str:
    """At most `most` characters of a text, cut after a sentence or else between words.

    Never cuts between a character and what combines with it; a cut is marked with `…`, except
    after a whole sentence.
    """
    if len(body) <= most:
        return body
    if most <= 1:
        return "…"[:most]
    end = _last_sentence_end(body, most)
    if end >= most // 2 and end > 0:
        return body[:end]
    cut = most - 1
    space = body.rfind(" ", 0, cut + 1)
    if space > cut * 3 // 4:
        cut = space
    while cut > 0 and _continues(body, cut):
        cut -= 1
    return body[:cut].rstrip() + "…"


def _last_sentence_end(body: str, most: int) -> int:
    """Where the last sentence that ends within `most` characters does, or 0.

    Looked for in the whole text: the point of `3.5` ends no sentence where the text is cut there.
    """
    ends = (match.end() for match in _SENTENCE_END.finditer(body, 0, most + 1))
    return max((end for end in ends if end <= most and not _continues(body, end)), default=0)


def _continues(body: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    here, before = body[at], body[at - 1]
    return (
        unicodedata.combining(here) != 0
        or unicodedata.category(here) in {"Mn", "Me", "Mc"}
        or here == _JOINER
        or before == _JOINER
        or "\ufe00" <= here <= "\ufe0f"
        or "\U0001f3fb" <= here <= "\U0001f3ff"
        or "\U000e0020" <= here <= "\U000e007f"
        or "\u1160" <= here <= "\u11ff"
        or ("\U0001f1e6" <= here <= "\U0001f1ff" and "\U0001f1e6" <= before <= "\U0001f1ff")
    )


def length(blocks: Iterable[Block], limits: Limits) -> int:
    """What blocks take of a post's characters, as the platform counts them."""
    return sum(limits.cost(block) for block in blocks)


def fits(blocks: Sequence[Block], limits: Limits) -> bool:
    """Whether blocks make one post within the limits."""
    return (
        length(blocks, limits) <= limits.characters
        and len(blocks) <= limits.blocks
        and all(len(block.text) <= limits.block_characters for block in blocks)
    )


def shortened(block: Block, most: int) -> Block:
    """The block with at most `most` characters, its spans clipped from the longest on.

    A span that nothing is left of goes, so that no platform shows a link without words.
    """
    while len(block.text) > most:
        spans = block.spans
        longest = max(range(len(spans)), key=lambda i: len(spans[i].text))
        target = len(spans[longest].text) - (len(block.text) - most)
        clipped = clip(spans[longest].text, max(0, target))
        if len(clipped) >= len(spans[longest].text):
            clipped = spans[longest].text[:-1]
        rest = (replace(spans[longest], text=clipped),) if clipped or longest == 0 else ()
        block = replace(block, spans=(*spans[:longest], *rest, *spans[longest + 1 :]))
    return block


def squeezed(blocks: Sequence[Block], limits: Limits) -> tuple[Block, ...]:
    """Blocks made to fit one post: the longest blocks are clipped first, the last left out last."""
    kept = [shortened(block, limits.block_characters) for block in blocks[: limits.blocks]]
    costs = [limits.cost(block) for block in kept]
    while (excess := sum(costs) - limits.characters) > 0:
        longest = max(range(len(kept)), key=lambda i: len(kept[i].text))
        size = len(kept[longest].text)
        if size <= _SHORTEST:
            kept.pop()
            costs.pop()
            continue
        kept[longest] = shortened(kept[longest], max(_SHORTEST, size - excess, size * 3 // 4))
        costs[longest] = limits.cost(kept[longest])
    return tuple(kept)


_SHORTEST = 24


def packed(groups: Sequence[Sequence[Block]], limits: Limits) -> tuple[tuple[Block, ...], ...]:
    """Groups of blocks put into as few posts as the limits allow; no group is cut in two."""
    posts: list[tuple[Block, ...]] = []
    current: tuple[Block, ...] = ()
    for group in groups:
        if current and fits((*current, *group), limits):
            current = (*current, *group)
            continue
        if current:
            posts.append(current)
        current = tuple(group) if fits(group, limits) else squeezed(group, limits)
    if current:
        posts.append(current)
    return tuple(posts)


def reason_words(say: Phrases, kind: str | None) -> str:
    """Why something did not work, by the `kind` of its error."""
    return say(f"reasons.{kind}") if say.has(f"reasons.{kind}") else say("reasons.other")


def dropped_words(say: Phrases, dropped: Dropped) -> str:
    """Why something a model wrote was left out, in words."""
    name = f"checks.{dropped.reason.replace(' ', '_')}"
    return say(name, detail=dropped.detail) if say.has(name) else dropped.reason
