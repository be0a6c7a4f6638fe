"""Pure: text, links and addresses from outside, made fit to be shown: no markup, no control characters."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from digest.addresses import Reference, refer
from digest.models import Link, Paper

TITLE_LENGTH = 300
LABEL_LENGTH = 60
TEXT_LENGTH = 20_000
_ADDRESS_LENGTH = 2000

_ELEMENTS = (
    "a abbr article aside b big blockquote body br center code del details dd div dl dt em figure font "
    "footer h1 h2 h3 h4 h5 h6 head header hr html i iframe img ins kbd li link main mark meta nav object ol "
    "p pre q s samp script section small source span strike strong style sub summary sup svg table tbody td "
    "tfoot th thead title tr tt u ul var video"
).replace(" ", "|")
# Only HTML's own elements are markup: `<RET>` or `<think>` in a title is a token a paper speaks of.
# Lengths are bounded so that no text, however made, takes long to clean.
_TAG = re.compile(
    rf"<!--.{{0,1000}}?-->|</?(?:{_ELEMENTS})(?:[\s/][^<>]{{0,5000}})?>", re.IGNORECASE | re.DOTALL
)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,30});", re.IGNORECASE)
_CODE = re.compile(r"(`{1,3})(.{1,500}?)\1")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_STARS = re.compile(r"\*{1,3}(?=\S)(.{1,500}?)(?<=\S)\*{1,3}")
_UNDERLINES = re.compile(r"(?<!\w)_{1,3}(?=\S)(.{1,500}?)(?<=\S)_{1,3}(?!\w)")
_LOOSE_BOLD = re.compile(r"\*\*+|(?<!\S)__+|__+(?!\S)")
_MARKDOWN_LINK = re.compile(
    r"!?\[(?P<label>[^\[\]\n]*)\]\s?\(\s*<?(?P<url>[^\s()<>\[\]]*(?:\([^\s()]*\)[^\s()<>\[\]]*)*)>?"
    r"(?:\s+\"[^\"\n]*\")?\s*(?P<closed>\))?"
)
_HTTP = re.compile(r"\s*<?https?:", re.IGNORECASE)
_BROKEN_SCHEME = re.compile(r"^h?t{1,3}p(?P<s>s?):?/+", re.IGNORECASE)


class MarkdownLink(NamedTuple):
    """A link as Markdown writes it, with the span of text it takes."""

    label: str
    url: str | None
    """None where it leads nowhere."""
    start: int
    end: int


def plain(text: str, limit: int = TEXT_LENGTH) -> str:
    """One line of text without control, invisible and direction characters, at most `limit` long."""
    visible = "".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text[: limit * 4])
    visible = "".join(c for c in visible if unicodedata.category(c) not in {"Cf", "Co", "Cs", "Cn"})
    folded = " ".join(visible.split())
    return folded if len(folded) <= limit else folded[: limit - 1].rstrip() + "…"


def without_markup(text: str, limit: int = TEXT_LENGTH) -> str:
    """Text without Markdown and HTML: the words a reader would see."""
    kept = _MARKDOWN_LINK.sub(lambda m: m["label"], text[: limit * 10])
    kept = _CODE.sub(lambda m: m[2], kept)
    kept = _TAG.sub(" ", kept)
    # Entities may hide more tags. One without its semicolon is none: `&noteId` is no `¬eId`.
    kept = _TAG.sub(" ", _ENTITY.sub(lambda m: html.unescape(m[0]), kept))
    for emphasis in (_STARS, _UNDERLINES, _STARS):
        kept = emphasis.sub(lambda m: m[1], kept)
    return plain(_ESCAPED.sub(r"\1", _LOOSE_BOLD.sub("", kept)), limit)


def title(text: str) -> str:
    """A title without markup, and without the dash or colon that set it off from what followed."""
    return re.sub(r"^[\s|:–—-]+(?=\w)|[\s|:–—-]+$", "", without_markup(text, TITLE_LENGTH))


def cleaned_address(text: object) -> str | None:
    """The http(s) address meant by `text`, common slips mended; None for anything else.

    Mended are a scheme that is missing, doubled or lacks its colon.
    """
    if not isinstance(text, str):
        return None
    url = text.strip().strip("<>").strip().replace("&amp;", "&")
    if not url or len(url) > _ADDRESS_LENGTH or re.search(r"[\s\x00-\x1f\x7f\"<>\\^`{}|]", url):
        return None
    url = re.sub(r"^(?:h?t{1,3}ps?:?/+)+(?=h?ttps?:?/+)", "", url, flags=re.IGNORECASE)
    if broken := _BROKEN_SCHEME.match(url):
        url = f"http{broken['s'].lower()}://{url[broken.end() :]}"
    elif re.match(r"(?:[a-z0-9-]+\.)+[a-z]{2,}(?:[/?#]|$)", url, re.IGNORECASE):
        url = f"https://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return None
    fits = parts.scheme in {"http", "https"} and ("." in host or host == "localhost") and not parts.username
    return url if fits else None


def reference(text: str) -> Reference | None:
    """What an arXiv id, DOI or address refers to, as `digest.addresses.refer`, but never an error."""
    try:
        # An old arXiv id such as cs.AI/0601001 would pass for an address without its scheme.
        if not _HTTP.match(text) and (found := refer(plain(text, _ADDRESS_LENGTH))):
            return found
        mended = cleaned_address(text)
        return refer(mended) if mended else None
    except ValueError:
        return None


def markdown_links(text: str) -> tuple[MarkdownLink, ...]:
    """Every link written as `[label](address)`, also where the closing bracket was forgotten."""
    found = []
    for match in _MARKDOWN_LINK.finditer(text):
        url = match["url"] if match["closed"] else match["url"].rstrip(".,;:_*|")
        label = without_markup(match["label"], LABEL_LENGTH)
        found.append(MarkdownLink(label, cleaned_address(url), match.start(), match.end()))
    return tuple(found)


def links(pairs: Iterable[tuple[str, str | None]]) -> tuple[Link, ...]:
    """Links for showing: those that lead nowhere and repetitions left out, an empty label filled."""
    found: dict[str, Link] = {}
    for label, url in pairs:
        if url and (cleaned := cleaned_address(url)) and cleaned not in found:
            found[cleaned] = Link(
                without_markup(label, LABEL_LENGTH) or urlsplit(cleaned).hostname or cleaned, cleaned
            )
    return tuple(found.values())


def paper(address: str, title: str, links: tuple[Link, ...] = ()) -> Paper | None:
    """The paper at an address, as far as a list knows it; None where the address leads nowhere.

    Its key is the address in one spelling; what a reader opens is the address as it was printed.
    """
    found = reference(address)
    if found is None:
        return None
    url, pdf_url = found.url, found.pdf_url
    if not found.key.startswith("arxiv:") and (printed := cleaned_address(address)):
        url, pdf_url = printed, printed if pdf_url else None
    return Paper(found.key, title or found.key, url, pdf_url, found.version, links=links)


def day(text: object) -> date | None:
    """The day an ISO 8601 date or time names; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
