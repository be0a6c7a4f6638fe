"""Reads web pages: papers as LaTeXML writes them, and any other page by its main text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.errors import NoText
from digest.models import Coverage, Document, Extent
from digest.reading.blocks import Block
from digest.reading.language import language_of
from digest.reading.lines import clean
from digest.reading.markup import bounded, decoded, formulas, unseen_characters, without_hidden
from digest.reading.passages import passages
from digest.reading.wire import Order, Reading

_REFERENCES = re.compile(
    r"[\d.\s]*(?:references|bibliography|works cited|参考文献|引用文献)\s*", re.IGNORECASE
)
_LABEL = re.compile(r"(?:Table|Figure|Fig\.|Algorithm|Listing|図|表)\s*[A-Z]?\d+", re.IGNORECASE)
_FEWEST_LETTERS = 80


def read_html(data: bytes, order: Order) -> Reading:
    """A web page as a document, and where it says that the paper's PDF is.

    Raises `TooDemanding`; a page without text of its own is a reading with `NoText`.
    """
    text, marks = unseen_characters(bounded(decoded(data, order.content_type)))
    tree = LexborHTMLParser(text)
    facts = _Facts(tree)
    pdf = facts.first("citation_pdf_url")
    pdf_url = urljoin(order.url or "", pdf) if pdf else None
    formulas(tree)
    hidden = marks + without_hidden(tree)
    paper = tree.css_first("article.ltx_document, .ltx_page_main .ltx_document, .ltx_document")
    blocks = list(_paper_blocks(paper)) if paper is not None else _page_blocks(tree)
    title = _text(paper.css_first(".ltx_title_document")) if paper is not None else facts.title()
    title = title or facts.title()
    # what stands under the title alone stands in no section
    blocks = [replace(block, section=None) if title and block.section == title else block for block in blocks]
    chosen = passages(blocks)
    if sum(c.isalnum() for passage in chosen for c in passage.text) < _FEWEST_LETTERS:
        return Reading(None, NoText("The page holds no text of its own to read."), pdf_url)
    own = [block.text for block in blocks if block.section == "Abstract"]
    document = Document(
        passages=chosen,
        language=language_of("\n".join(block.text for block in blocks[:60])),
        coverage=Coverage(Extent.FULL),
        media="html",
        version=order.version,
        url=order.url,
        title=title,
        authors=facts.authors(),
        published=facts.published(),
        abstract="\n".join(own) or facts.first("citation_abstract"),
        hidden_characters=hidden,
    )
    return Reading(document, None, pdf_url)


class _Facts:
    """What the head of a page states about it."""

    def __init__(self, tree: LexborHTMLParser) -> None:
        self._tree = tree
        self._metas: dict[str, list[str]] = {}
        for node in tree.css("meta[content]"):
            name = (node.attributes.get("name") or node.attributes.get("property") or "").lower()
            value = clean(node.attributes.get("content") or "")
            if name and value:
                self._metas.setdefault(name, []).append(value)
        self._linked = next(_linked_data(tree), {})

    def first(self, *names: str) -> str | None:
        """The first value of the first of these names that has one."""
        return next((self._metas[name][0] for name in names if name in self._metas), None)

    def title(self) -> str | None:
        """The page's title, as it says itself."""
        heading = self._tree.css_first("h1")
        return (
            self.first("citation_title", "dc.title", "og:title", "twitter:title")
            or _text(heading)
            or _text(self._tree.css_first("title"))
            or None
        )

    def authors(self) -> tuple[str, ...] | None:
        """The authors, where the page names them one by one."""
        many = self._metas.get("citation_author") or self._metas.get("dc.creator")
        if many:
            return tuple(_forename_first(name) for name in many)
        linked = self._linked.get("author")
        people = linked if isinstance(linked, list) else [linked]
        names = [p["name"] for p in people if isinstance(p, dict) and isinstance(p.get("name"), str)]
        one = self.first("author")
        if names:
            return tuple(clean(name) for name in names)
        return (one,) if one and len(one) < 80 and "," not in one and "://" not in one else None

    def published(self) -> date | None:
        """The day of publication, where the page states it."""
        linked = self._linked.get("datePublished")
        stated = self.first(
            "citation_publication_date", "citation_date", "citation_online_date", "article:published_time",
            "dc.date", "date",
        ) or (linked if isinstance(linked, str) else None)  # fmt: skip
        match = re.match(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})", stated or "")
        try:
            return date(int(match[1]), int(match[2]), int(match[3])) if match else None
        except ValueError:
            return None


def _linked_data(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """The JSON-LD descriptions of articles in a page."""
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            found = json.loads(node.text(deep=True))
        except (ValueError, RecursionError):
            continue
        for each in found if isinstance(found, list) else [found]:
            if isinstance(each, dict) and "datePublished" in each:
                yield each


def _forename_first(name: str) -> str:
    """`Okada, Mei` as `Mei Okada`."""
    last, comma, first = name.partition(", ")
    return f"{first} {last}" if comma and "," not in first else name


def _text(node: LexborNode | None) -> str:
    """The text of a node in one line."""
    return clean(node.text(deep=True)) if node is not None else ""


def _classes(node: LexborNode) -> set[str]:
    """The classes of a node."""
    return set((node.attributes.get("class") or "").split())


def _paper_blocks(paper: LexborNode) -> Iterator[Block]:
    """The blocks of a LaTeXML document, without its bibliography; notes come after what they note."""
    for node in paper.css(".ltx_bibliography, .ltx_authors, .ltx_dates, .ltx_page_footer, .ltx_ERROR, nav"):
        node.decompose()
    notes: list[str] = []
    for node in paper.css(".ltx_note"):
        content = node.css_first(".ltx_note_content")
        notes.append(_text(content))
        node.decompose()
    section: str | None = None
    for node in paper.traverse(include_text=False):
        classes = _classes(node)
        if "ltx_title" in classes and "ltx_title_document" not in classes:
            section = "Abstract" if "ltx_title_abstract" in classes else _text(node).rstrip(".") or section
        elif "ltx_figure" in classes or "ltx_table" in classes or "ltx_float" in classes:
            yield from _float_blocks(node, section)
        elif _is_paragraph(classes, node) and (text := _text(node)):
            yield Block(text, section)
    for note in notes:
        if note:
            yield Block(note, "Footnotes", apart=True)


def _is_paragraph(classes: set[str], node: LexborNode) -> bool:
    """Whether a node holds a paragraph or a displayed formula, outside of figures and tables."""
    if not classes & {"ltx_p", "ltx_equation", "ltx_equationgroup"}:
        return False
    around = node.parent
    while around is not None:
        inner = _classes(around)
        if inner & {"ltx_figure", "ltx_table", "ltx_float", "ltx_p", "ltx_equationgroup"}:
            return False
        around = around.parent
    return True


def _float_blocks(node: LexborNode, section: str | None) -> Iterator[Block]:
    """A figure or table: its caption, then its rows."""
    caption = node.css_first(".ltx_caption")
    told = _text(caption)
    label = _LABEL.match(told)
    name = label[0] if label else section
    if told:
        yield Block(told, name, apart=True)
    for row in node.css("tr"):
        cells = [text for cell in row.css("td, th") if (text := _text(cell))]
        if len(cells) > 1:
            yield Block(" | ".join(cells), name, apart=True)


def _page_blocks(tree: LexborHTMLParser) -> list[Block]:
    """The blocks of the main text of any page."""
    import trafilatura  # a paper's child does not load it

    found = trafilatura.bare_extraction(
        tree.html or "",
        favor_precision=True,
        include_comments=False,
        include_tables=True,
        with_metadata=False,
    )
    body = getattr(found, "body", None)
    if body is None:
        return []
    blocks: list[Block] = []
    section: str | None = None
    left_out = False
    for node in body.iter("head", "p", "item", "quote", "code", "row", "list"):
        text = clean(" ".join(node.itertext()) if node.tag == "row" else "".join(node.itertext()))
        if node.tag == "head":
            section, left_out = text or section, bool(_REFERENCES.fullmatch(text))
        elif text and not left_out and not _is_inside(node) and node.tag != "list":
            blocks.append(Block(text, section, apart=node.tag in {"row", "code"}))
    return blocks


def _is_inside(node: Any) -> bool:
    """Whether a node's text was already taken with that of one around it."""
    return any(around.tag in {"p", "item", "quote", "code", "row"} for around in node.iterancestors())
