"""A post as a safe, semantic HTML fragment; it never splits and never invents a link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from markupsafe import Markup

from digest.mathtext import pieces
from digest.posts import Block, BlockKind, Button, Post, Span

LinkMap = Callable[[str], str | None]
"""Gives the address a page may link to for one that is not http(s), or None for no link."""

_NUMBERED = re.compile(r"\s*(\d{1,3})[.)．]\s+")
_BUTTON = Markup('<button type="button" class="button" data-action="{}" data-value="{}"{}>{}</button>')
_WEB = re.compile(r"https?://[^\s/]", re.IGNORECASE)


def no_links(_: str) -> str | None:
    """A link map that knows no address of its own."""
    return None


@dataclass(frozen=True, slots=True)
class HtmlDialect:
    """How posts are set: the level of their titles, and addresses that only this page knows."""

    heading: int = 2
    link: LinkMap = no_links
    inside: tuple[str, ...] = ("#",)
    """How addresses within this page begin; all others open beside it."""
    short: Mapping[str, str] = field(default_factory=dict)
    """Shorter labels by action; the whole label stays the button's name for those who hear it."""

    def fragment(self, post: Post) -> Markup:
        """The post's blocks without its buttons; the caller's element carries `post.language`."""
        groups = [
            self._group(kind, tuple(blocks), post.language)
            for kind, blocks in groupby(post.blocks, key=lambda block: block.kind)
        ]
        return _join(groups)

    def buttons(self, buttons: Sequence[Button]) -> Markup:
        """The buttons of a post, empty where there are none."""
        if not buttons:
            return Markup()
        return _wrap("div", "buttons", _join(self._button(button) for button in buttons))

    def _button(self, button: Button) -> Markup:
        shown, name = self.short.get(button.action), Markup()
        if shown is not None and shown in button.label and shown != button.label:
            name = Markup(' aria-label="{}" title="{}"').format(button.label, button.label)
        else:
            shown = button.label
        return _BUTTON.format(button.action, button.value, name, shown)

    def _group(self, kind: BlockKind, blocks: tuple[Block, ...], language: str) -> Markup:
        if kind is BlockKind.FACT:
            return _wrap("dl", "facts", _join(self._fact(block, language) for block in blocks))
        if kind is BlockKind.ITEM:
            return self._list(blocks, language)
        return _join(self._block(block, language) for block in blocks)

    def _block(self, block: Block, language: str) -> Markup:
        match block.kind:
            case BlockKind.TITLE:
                return _wrap(f"h{self.heading}", "title", self._spans(block.spans, language))
            case BlockKind.HEADING:
                return _wrap(f"h{self.heading + 1}", "heading", self._spans(block.spans, language))
            case BlockKind.QUESTION:
                return _wrap(f"h{self.heading + 2}", "question", self._spans(block.spans, language))
            case BlockKind.QUOTE:
                return self._quote(block, language)
            case BlockKind.NOTE:
                return _wrap("p", "note", self._spans(block.spans, language))
            case _:
                return _wrap("p", "text", self._spans(block.spans, language))

    def _fact(self, block: Block, language: str) -> Markup:
        if not block.spans:
            return Markup()
        label, *values = block.spans
        label = replace(label, text=label.text.rstrip(" 　:：") or label.text, strong=False)
        values = _trim(values)
        return Markup("<div><dt>{}</dt><dd>{}</dd></div>").format(
            self._span(label, language), self._spans(values, language)
        )

    def _list(self, blocks: tuple[Block, ...], language: str) -> Markup:
        """A list; it counts where its items are numbered, or each begins with a title."""
        numbers = [_NUMBERED.match(block.spans[0].text) if block.spans else None for block in blocks]
        start = int(numbers[0][1]) if numbers[0] else 0
        ordered = all(m is not None and int(m[1]) == start + i for i, m in enumerate(numbers))
        items = []
        for block, number in zip(blocks, numbers, strict=True):
            spans = block.spans
            if ordered and number is not None:  # the list itself counts
                spans = (replace(spans[0], text=spans[0].text[number.end() :]), *spans[1:])
            items.append(_wrap("li", "", self._spans(spans, language)))
        if not ordered and len(blocks) > 1 and all(block.spans and block.spans[0].strong for block in blocks):
            ordered, start = True, 1
        if ordered:
            return Markup('<ol class="items" start="{}">{}</ol>').format(start, _join(items))
        return _wrap("ul", "items", _join(items))

    def _quote(self, block: Block, language: str) -> Markup:
        """The quoted words, then in a `<cite>` where they stand: from the first link on, or the last span."""
        last = max(1, len(block.spans) - 1)
        cut = next((i for i, span in enumerate(block.spans) if i and self._href(span)), last)
        words, source = block.spans[:cut], block.spans[cut:]
        inner = Markup("<p>{}</p>").format(self._spans(words, language))
        if source:
            inner += Markup('<cite lang="{}">{}</cite>').format(language, self._spans(source, language))
        languages = {span.language for span in words if span.language}
        if len(languages) == 1 and all(span.language or not span.text.strip() for span in words):
            return Markup('<blockquote class="quote" lang="{}">{}</blockquote>').format(
                languages.pop(), inner
            )
        return _wrap("blockquote", "quote", inner)

    def _spans(self, spans: Sequence[Span], language: str) -> Markup:
        return _join(self._span(span, language) for span in spans)

    def _span(self, span: Span, language: str) -> Markup:
        shown = _text(span.text)
        if span.strong:
            shown = Markup("<strong>{}</strong>").format(shown)
        other = span.language if span.language and span.language != language else None
        href = self._href(span)
        if href is None:
            return Markup('<span lang="{}">{}</span>').format(other, shown) if other else shown
        lang = Markup(' lang="{}"').format(other) if other else Markup()
        away = not href.startswith(self.inside)
        where = Markup(' target="_blank" rel="noopener noreferrer"') if away else Markup()
        return Markup('<a href="{}"{}{}>{}</a>').format(href, lang, where, shown)

    def _href(self, span: Span) -> str | None:
        if not span.url:
            return None
        if _WEB.match(span.url):
            return span.url
        return self.link(span.url)


def _text(text: str) -> Markup:
    """Text with its line breaks and formulas set."""
    return _join(
        Markup('<span class="maths">{}</span>').format(piece.text)
        if piece.maths
        else Markup("<br>").join(piece.text.split("\n"))
        for piece in pieces(text)
    )


def _trim(values: Sequence[Span]) -> list[Span]:
    """A fact's values without the colon that parts them from the label in plain text."""
    if not values:
        return []
    first = replace(values[0], text=values[0].text.lstrip(" 　:："))
    return [first, *values[1:]] if first.text else list(values[1:])


def _wrap(tag: str, name: str, inner: Markup) -> Markup:
    opening = Markup('<{} class="{}">').format(tag, name) if name else Markup("<{}>").format(tag)
    return opening + inner + Markup("</{}>").format(tag)


def _join(parts: Iterable[Markup]) -> Markup:
    return Markup().join(parts)
