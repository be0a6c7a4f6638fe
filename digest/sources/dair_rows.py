"""Pure: one row of DAIR.AI's tables: the paper's title, the list's words on it, its links."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from digest.models import Candidate, Paper
from digest.sources import cleaning
from digest.sources.cleaning import MarkdownLink

_NUMBER = re.compile(r"\s*(?:\*\*\s*)?(?:\d{1,3}\s*[).:]|[●•*-](?=\s))\s*")
_BOLD = re.compile(r"\s*(\*{2,6}|_{2,6})(?P<title>.{1,1000}?)\1(?![*_])")
# Where a title without bold ends: the first dash between spaces, wide gap, or line break.
_TITLE_END = re.compile(r"\s+[-–—―]+\s+|\s{2,}|\s*<br\s*/?>|\s+[-–—]+$|\s*●", re.IGNORECASE)
_GAP_AND_SENTENCE = re.compile(r"\s{2,}(?=[A-Z])")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")
_DESCRIPTION_START = re.compile(r"^[\s:*_–—―-]+(?=\S)")
_CELL = re.compile(r"(?<!\\)\|")
_BESIDE_LINKS = re.compile(r"\band\b|[\s,;:._*/&+|()-]+")
# Tables are padded with spaces, thousands at times; two are kept, for they may end a title.
_GAP = re.compile(r"\s{2,}")
_LINE_LENGTH = 50_000
_TALK_HOSTS = ("twitter.com", "x.com", "t.co", "linkedin.com", "youtube.com", "youtu.be", "threads.net")
_PREFERRED = (
    r"paper\b|papers\b|pdf\b|arxiv\b|preprint\b",
    r".*\b(?:report|system card|model card|book|article|whitepaper|white paper|survey|thesis)\b",
    r"project\b|(?:research )?(?:blog|post|page|website|announcement|release)\b",
    r"(?!tweet\b|video\b|demo\b|thread\b).*",
    r"(?!tweet\b).*",
    r".*",
)


def row(line: str, nowhere: str) -> Candidate | None:
    """The paper of one table row, or None where the line is no such row.

    `nowhere` is the key of a paper whose row has no link that leads anywhere.
    """
    text, link_cell = _cells(_GAP.sub("  ", line[:_LINE_LENGTH]))
    if not _is_content(text):
        return None
    title, description, in_text = _title(text)
    links = cleaning.markdown_links(link_cell) + in_text
    if not title and not links:
        return None
    kept = cleaning.links((link.label, link.url) for link in links)
    best = _paper_link(cleaning.markdown_links(link_cell), in_text)
    words = cleaning.without_markup(description) or None
    paper = cleaning.paper(best, title, kept) if best else None
    return Candidate(paper or Paper(key=nowhere, title=title or nowhere, url=None, links=kept), words)


def _cells(line: str) -> tuple[str, str]:
    """The text of a row and its links; a pipe may also stand in the text itself."""
    cells = _CELL.split(line.strip())
    while len(cells) > 1 and not cells[0].strip():
        cells.pop(0)
    while len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    start = len(cells)
    while start > 1 and _holds_only_links(cells[start - 1]):
        start -= 1
    if start == len(cells) > 1 and cleaning.markdown_links(cells[-1]):
        start -= 1
    return "|".join(cells[:start]).strip(), " ".join(cells[start:])


def _holds_only_links(cell: str) -> bool:
    """Whether nothing but links, or nothing at all, stands in a cell."""
    rest, at = "", 0
    for link in cleaning.markdown_links(cell):
        rest += cell[at : link.start]
        at = link.end
    return not _BESIDE_LINKS.sub("", rest + cell[at:])


def _is_content(text: str) -> bool:
    """Whether a first cell is a paper's, not a table's heading or rule."""
    words = re.sub(r"[\s*_:|-]+", " ", text).strip().lower()
    return bool(words) and not re.fullmatch(r"(?:(?:papers?|titles?|links?) ?)+", words)


def _title(text: str) -> tuple[str, str, tuple[MarkdownLink, ...]]:
    """The title, what is said after it, and the links that stand in the text."""
    links = cleaning.markdown_links(text)
    rest = text[number.end() :] if (number := _NUMBER.match(text)) else text
    if number and "**" in number.group() and not rest.lstrip().startswith("**"):
        rest = "**" + rest  # The number stood inside the bold.
    if (bold := _BOLD.match(rest)) and cleaning.title(bold["title"]):
        return cleaning.title(bold["title"]), _DESCRIPTION_START.sub("", rest[bold.end() :]), links
    rest = rest.strip()
    linked = cleaning.markdown_links(rest)
    if linked and linked[0].start == 0 and linked[0].label:
        return cleaning.title(linked[0].label), _DESCRIPTION_START.sub("", rest[linked[0].end :]), links
    end = _plain_title_end(rest)
    if end is None or not cleaning.title(rest[: end.start()]):
        return cleaning.title(rest), "", links
    return cleaning.title(rest[: end.start()]), _DESCRIPTION_START.sub("", rest[end.end() :]), links


def _plain_title_end(text: str) -> re.Match[str] | None:
    """Where a title without bold ends.

    A list that sets titles off by a dash goes on in lower case; one that does so by a gap begins
    a sentence, and may have had a dash in the title.
    """
    end = _TITLE_END.search(text)
    gap = _GAP_AND_SENTENCE.search(text, 0, cleaning.TITLE_LENGTH // 2)
    if end and gap and end.start() < gap.start() and text[end.end() : end.end() + 1].isupper():
        return gap
    if end is None and len(text) > cleaning.TITLE_LENGTH // 2:
        return _SENTENCE_END.search(text)
    return end


def _paper_link(in_cell: tuple[MarkdownLink, ...], in_text: tuple[MarkdownLink, ...]) -> str | None:
    """The link that is most likely the paper's own.

    One labelled as the paper; else one to arXiv; else by its label, a report before a project
    page before a demo, in either cell; a tweet only where there is nothing else.
    """
    leading = [(link.label.lower(), link.url) for link in in_cell if link.url]
    others = [(link.label.lower(), link.url) for link in in_text if link.url]
    for label, url in leading:
        if re.match(_PREFERRED[0], label) and not _is_talk(url):
            return url
    for _, url in leading + others:
        if (found := cleaning.reference(url)) and found.key.startswith("arxiv:"):
            return url
    for pattern in _PREFERRED:
        for group in (leading, others):
            for label, url in group:
                if re.match(pattern, label) and not _is_talk(url):
                    return url
    return (leading + others)[0][1] if leading or others else None


def _is_talk(url: str) -> bool:
    """Whether an address is a post or a video about a paper, not the paper."""
    host = (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("mobile.")
    return host in _TALK_HOSTS
