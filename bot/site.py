"""All weeks as a static web site: an index, a page a week, and an Atom feed."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from xml.etree import ElementTree

from bot.export import LinkTo
from bot.rendering import article
from bot.services import Services
from digest.layout import item, text, title
from digest.models import Issue
from digest.phrases import Phrases
from digest.places import Part
from digest.posts import Post, Span

_ATOM = "http://www.w3.org/2005/Atom"
_FEED = "feed.xml"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML cannot hold: <https://www.w3.org/TR/xml/#charsets>."""


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    body: str


async def write_site(services: Services, link: LinkTo, language: str, folder: Path) -> int:
    """Write the site of one language into a folder; how many weeks it has."""
    say = services.say(language)
    weeks = await services.library.weeks(services.selection, language)
    issues = [await services.corrected(await services.archive.issue(week, language)) for week in weeks]
    composer = services.posting.document_composer(language, "qa")
    home = ("index.html", say("site.home"))
    pages = [_Page("index.html", _index(issues, say, link)), _Page(_FEED, _feed(issues, say))]
    for issue in issues:
        body = article.document(composer.parts(issue), link, home=home, feed=_FEED)
        pages.append(_Page(f"{issue.week}.html", body))
    await asyncio.to_thread(_write, folder, pages)
    return len(issues)


def _index(issues: Sequence[Issue], say: Phrases, link: LinkTo) -> str:
    """The list of weeks with their papers."""
    blocks = [title(say("site.home"))]
    for issue in issues:
        page = f"{issue.week}.html"
        heading = say("site.week", days=say.days(issue.start, issue.end))
        titles = say("list.separator").join(entry.paper.title for entry in issue.entries)
        blocks += [item(Span(heading, url=page, strong=True)), text(titles)]
    if not issues:
        blocks.append(text(say("papers.none")))
    pages = {f"{issue.week}.html" for issue in issues}
    own = lambda url: url if url in pages else link(url)  # noqa: E731 - one line is clearer
    return article.document([Part("index", Post(say.language, tuple(blocks)))], own, feed=_FEED)


def _feed(issues: Sequence[Issue], say: Phrases) -> str:
    """The weeks as an Atom feed (RFC 4287); the same weeks always give the same bytes."""
    ElementTree.register_namespace("", _ATOM)
    feed = ElementTree.Element(f"{{{_ATOM}}}feed")
    newest = max((issue.end for issue in issues), default=None)
    _add(feed, "id", "urn:rinko:digests")
    _add(feed, "title", say("site.home"))
    _add(feed, "updated", _moment(newest or datetime(2000, 1, 1, tzinfo=UTC).date()))
    author = ElementTree.SubElement(feed, f"{{{_ATOM}}}author")
    _add(author, "name", "Rinko")
    for issue in issues:
        entry = ElementTree.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(entry, "id", f"urn:rinko:digest:{issue.selection}:{issue.week}:{issue.language}")
        _add(entry, "title", say("digest.title", days=say.days(issue.start, issue.end)))
        _add(entry, "updated", _moment(issue.end))
        ElementTree.SubElement(entry, f"{{{_ATOM}}}link", href=f"{issue.week}.html")
        _add(entry, "summary", "\n".join(issue.overview))
    ElementTree.indent(feed)
    return ElementTree.tostring(feed, encoding="unicode", xml_declaration=True) + "\n"


def _add(parent: ElementTree.Element, name: str, words: str) -> None:
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = _NOT_XML.sub("", words)


def _moment(day: date) -> str:
    return datetime.combine(day, time(), UTC).isoformat()


def _write(folder: Path, pages: Sequence[_Page]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        (folder / page.name).write_text(page.body, encoding="utf-8")
