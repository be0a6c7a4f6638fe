"""A whole digest as one HTML document that reads well on a phone and prints well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bot.rendering.html import HtmlDialect, LinkMap
from bot.rendering.markdown import anchors_of
from digest.places import Part

_TEMPLATES = Path(__file__).with_name("templates")


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the digest in the document."""

    anchor: str
    body: Markup
    thread: bool


def document(
    parts: Sequence[Part],
    link: LinkMap,
    *,
    home: tuple[str, str] | None = None,
    feed: str | None = None,
) -> str:
    """The document; `home` is the address and label of a page of all weeks, `feed` an Atom feed."""
    anchors = anchors_of(parts)
    links = {name: f"#{anchor}" for name, anchor in anchors.items()}
    own = lambda url: url if url.startswith("#") else link(url)  # noqa: E731 - one line is clearer
    sections = []
    for number, part in enumerate(parts):
        dialect = HtmlDialect(heading=1 if number == 0 else 2, link=own)
        body = dialect.fragment(part.post.linked(links))
        sections.append(Section(anchors[part.name], body, part.under is not None))
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        keep_trailing_newline=True,
    )
    return environment.get_template("article.html").render(
        language=parts[0].post.language,
        title=parts[0].post.blocks[0].text,
        sections=sections,
        home=home[0] if home else None,
        home_label=home[1] if home else None,
        feed=feed,
    )
