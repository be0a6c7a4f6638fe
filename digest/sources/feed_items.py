"""Pure: a feed's items and the papers in them; nothing here fetches anything."""

from __future__ import annotations

import io
import re
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.models import Candidate, Paper
from digest.sources import cleaning

_MAX_ITEMS = 2000
_MAX_BODY = 1_000_000
_MAX_NODES = 50_000
_MAX_PIECES = 60
_PAPER_HOSTS = (
    "openreview.net",
    "aclanthology.org",
    "aclweb.org",
    "proceedings.mlr.press",
    "jmlr.org",
    "papers.nips.cc",
    "proceedings.neurips.cc",
    "openaccess.thecvf.com",
    "biorxiv.org",
    "medrxiv.org",
    "dl.acm.org",
    "ieeexplore.ieee.org",
    "link.springer.com",
    "sciencedirect.com",
    "pnas.org",
    "papers.ssrn.com",
    "distill.pub",
    "transformer-circuits.pub",
    "jstage.jst.go.jp",
    "anlp.jp",
)
_PAPER_PATHS = re.compile(
    r"nature\.com/articles/|science\.org/doi/|direct\.mit\.edu/.*article|cell\.com/.*fulltext|"
    r"ai\.meta\.com/research/publications/|research\.google/pubs/|microsoft\.com/.*/publication/"
)
_BARE_WORDS = frozenset(
    (
        *(
            "read",
            "view",
            "see",
            "full",
            "the",
            "this",
            "our",
            "new",
            "original",
            "link",
            "to",
            "download",
            "click",
        ),
        *("open", "paper", "papers", "preprint", "article", "arxiv", "arxiv.org", "abs", "abstract", "pdf"),
        *("html", "doi", "url", "web", "page", "webpage", "here", "more", "source", "at", "on", "in"),
        *("論文", "原文", "リンク", "こちら", "詳細"),
    )
)
_ARXIV_MARK = re.compile(r"\s*\(arXiv:[^()]*\)\s*$", re.IGNORECASE)
_NUMBER = re.compile(r"^\d{1,3}[.)]\s+")
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_BOLD = {"strong", "b"}
_BLOCKS = {"p", "li", "tr"}


@dataclass(frozen=True, slots=True)
class Item:
    """One item of a feed, with the papers it speaks of and the day it was posted."""

    day: date
    candidates: tuple[Candidate, ...]


class NoFeed(Exception):
    """What was fetched is neither RSS nor Atom."""


def parse(body: bytes, address: str) -> tuple[Item, ...]:
    """The dated items of a feed that stands at `address`, in its order. Raises `NoFeed`."""
    # A stream and not bytes, so that the package can take nothing for an address to fetch.
    feed = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    if not feed.entries and not feed.version:
        raise NoFeed
    return tuple(
        Item(day, papers)
        for entry in feed.entries[:_MAX_ITEMS]
        if (day := _day(entry)) and (papers := tuple(_candidates(entry, address)))
    )


def _day(entry: Any) -> date | None:
    """The day an item was posted, in UTC."""
    # Asked as a plain dict, for the package warns where it would take one date for the other.
    when = dict.get(entry, "published_parsed") or dict.get(entry, "updated_parsed")
    try:
        return datetime.fromtimestamp(timegm(when), UTC).date() if when else None
    except (ValueError, OverflowError, OSError):
        return None


def _candidates(entry: Any, address: str) -> Iterator[Candidate]:
    """The papers of an item: the one it is, or those its text links to, or its own page."""
    title = cleaning.title(_ARXIV_MARK.sub("", str(entry.get("title") or "")))
    link = _absolute(str(entry.get("link") or ""), address)
    text = _body(entry)
    if link and is_paper(link):
        if paper := cleaning.paper(link, title):
            yield Candidate(paper, cleaning.without_markup(text, 2000) or None)
        return
    papers = _linked(text, link or address)
    if len(papers) == 1:
        # A post about one paper is titled better than the link in it.
        only = next(iter(papers.values()))
        yield Candidate(replace(only, title=title or only.title))
    elif papers:
        yield from (Candidate(paper) for paper in papers.values())
    elif link and (page := cleaning.paper(link, title)):
        yield Candidate(page, cleaning.without_markup(text, 2000) or None)


def is_paper(url: str) -> bool:
    """Whether an address is, by its looks, a paper's."""
    found = cleaning.reference(url)
    if found is None:
        return False
    parts = urlsplit(found.url)
    host = (parts.hostname or "").removeprefix("www.")
    return (
        found.key.startswith("arxiv:")
        or found.pdf_url is not None
        or host == "doi.org"
        or (len(parts.path) > 1 and any(host == h or host.endswith(f".{h}") for h in _PAPER_HOSTS))
        or _PAPER_PATHS.search(host + parts.path) is not None
    )


def _body(entry: Any) -> str:
    """The longest text of an item."""
    texts = [str(part.get("value") or "") for part in entry.get("content") or ()]
    texts.append(str(entry.get("summary") or ""))
    return max(texts, key=len)[:_MAX_BODY]


def _linked(text: str, base: str) -> dict[str, Paper]:
    """The papers a text links to, by key, each under the best name the text has for it."""
    found: dict[str, Paper] = {}
    names = _Names()
    body = LexborHTMLParser(text).body if text.strip() else None
    for node in islice(body.traverse(), _MAX_NODES) if body else ():
        names.see(node)
        url = _target(node, base)
        if url and is_paper(url):
            paper = cleaning.paper(url, names.of(node))
            if paper and (paper.key not in found or _unnamed(found[paper.key])):
                found[paper.key] = paper
    return found


def _target(node: LexborNode, base: str) -> str | None:
    """Where a node links to."""
    href = node.attributes.get("href") if node.tag == "a" else None
    return _absolute(href, base) if href else None


def _absolute(link: str, base: str) -> str | None:
    """A link as a full address."""
    try:
        return cleaning.cleaned_address(urljoin(base, link.strip())) if link.strip() else None
    except ValueError:
        return None


def _unnamed(paper: Paper) -> bool:
    """Whether a paper has only its key for a title."""
    return paper.title == paper.key


class _Names:
    """What a text calls the papers it links to: the link's words, or what was set off before it."""

    def __init__(self) -> None:
        self._heading = ""
        self._bold = ""

    def see(self, node: LexborNode) -> None:
        """Take note of a node, in reading order."""
        if node.tag in _HEADINGS:
            self._heading, self._bold = _said(node), ""
        elif node.tag in _BOLD:
            self._bold = _said(node) or self._bold
        elif node.tag in _BLOCKS:
            self._bold = ""

    def of(self, link: LexborNode) -> str:
        """The name of the paper a link leads to; a heading names one paper only."""
        if said := _said(link):
            return said
        name = self._bold or self._heading
        self._bold = self._heading = ""
        return name


def _said(node: LexborNode) -> str:
    """The words of a node, unless they say no more than “read the paper”."""
    # Not all of the node's text: elements nested a thousandfold would be read a thousand times.
    pieces = (part.text_content or "" for part in islice(node.traverse(include_text=True), _MAX_PIECES))
    words = _NUMBER.sub("", cleaning.title(" ".join(pieces)[:2000]))
    return "" if _is_bare(words) else words


def _is_bare(words: str) -> bool:
    """Whether a link's words name nothing: “read the paper”, “PDF”, an address, a number."""
    if re.match(r"(?:https?:|doi\.org|arxiv\.org/|arxiv:)\S*$", words, re.IGNORECASE):
        return True
    said = {word.strip("[]()<>:：→»›….,!|-") for word in words.lower().split()}
    return all(word in _BARE_WORDS or not re.search(r"[^\W\d]", word) for word in said)
