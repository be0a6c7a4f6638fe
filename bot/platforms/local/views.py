"""Pure: a kept message as one session's page shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from markupsafe import Markup

from bot.platforms.conversation import ASK_ACTION
from bot.platforms.local.messages import RINKO, Count, Kept
from bot.rendering.html import HtmlDialect
from digest.phrases import Phrases
from digest.posts import BlockKind
from digest.weeks import zone

_SAMPLE = re.compile(r"sample:(?P<name>[\w.\-]{1,128})(?P<fragment>#[\w=&.,\-]{1,64})?", re.ASCII)
_INSIDE = re.compile(r"/(?:c|thread)/[\w.\-%]{1,192}(?:#[mt]-[0-9a-f]{1,32})?", re.ASCII)
_CARD = "card/"
_SPOKEN = 160
_SETTLED = timedelta(minutes=30)
"""Changes sooner than this belong to the posting, as the header's links do."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that the page offers."""

    name: str
    title: str
    language: str
    timezone: str = "UTC"

    @property
    def url(self) -> str:
        """Its address on the page."""
        return f"/c/{quote(self.name, safe='')}"


@dataclass(frozen=True, slots=True)
class ThreadLink:
    """The way into a message's thread."""

    url: str
    label: str
    total: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as the template shows it."""

    id: str
    anchor: str
    position: int
    kind: str
    """`card`, `header`, `qa` or another first part of its part's name; empty without one."""
    author: str
    who: str
    """`rinko`, `me` or `other`."""
    private: bool
    growing: bool
    gone: bool
    edited: bool
    language: str
    iso: str
    time: str
    day: str
    day_label: str
    body: Markup
    buttons: Markup
    thread: ThreadLink | None
    spoken: str
    """What is read out when it appears."""


def page_link(url: str) -> str | None:
    """The address on this page of a link that is not on the web: a sample, or another message."""
    if match := _SAMPLE.fullmatch(url):
        name = match["name"]
        return None if name.startswith(".") else f"/sample/{name}{match['fragment'] or ''}"
    return url if _INSIDE.fullmatch(url) else None


def body_dialect(phrases: Phrases) -> HtmlDialect:
    """How posts are set on the page, where a card's Ask button need not name its paper again."""
    short = {ASK_ACTION: phrases("local.ask")}
    return HtmlDialect(heading=3, link=page_link, inside=("#", "/c/", "/thread/"), short=short)


def paper_key(part: str | None) -> str | None:
    """The paper whose card a part is, if it is one."""
    return part.removeprefix(_CARD) if part and part.startswith(_CARD) else None


def own_thread(kept: Kept) -> str | None:
    """The thread that what is done with a message's buttons belongs to: on a card, the card's own."""
    return kept.thread or (kept.id if paper_key(kept.part) is not None else None)


def heading_of(kept: Kept) -> str:
    """What a message is called in a list or a title: its first heading, or how it begins."""
    kinds = {BlockKind.TITLE, BlockKind.HEADING}
    named = [block.text for block in kept.post.blocks if block.kind in kinds]
    return " ".join((named[0] if named else kept.post.text).split())[:200]


def message_view(
    kept: Kept, count: Count | None, phrases: Phrases, timezone: str, session: str, prefix: str = "m"
) -> MessageView:
    """One message for one session; `prefix` tells the thread's copy from the channel's."""
    who = "rinko" if kept.author == RINKO else "me" if kept.author == session else "other"
    at = kept.created.astimezone(zone(timezone))
    author = phrases(f"local.author_{who}")
    dialect = body_dialect(phrases)
    return MessageView(
        id=kept.id,
        anchor=f"{prefix}-{kept.id}",
        position=kept.position,
        kind=(kept.part or "").partition("/")[0],
        author=author,
        who=who,
        private=kept.only_for is not None,
        growing=kept.growing,
        gone=kept.deleted,
        edited=kept.part is not None and kept.edited is not None and kept.edited - kept.created > _SETTLED,
        language=kept.post.language or phrases.language,
        iso=at.isoformat(timespec="minutes"),
        time=phrases("local.time", hour=at.hour, minute=at.minute),
        day=at.date().isoformat(),
        day_label=phrases.date(at.date()),
        body=dialect.fragment(kept.post),
        buttons=dialect.buttons(kept.post.buttons),
        thread=thread_link(kept, count or Count(), phrases) if prefix == "m" else None,
        spoken=phrases("local.spoken", author=author, text=_shortened(kept.post.text)),
    )


def message_views(
    messages: Sequence[Kept],
    counts: Mapping[str, Count],
    phrases: Phrases,
    timezone: str,
    session: str,
    prefix: str = "m",
) -> tuple[MessageView, ...]:
    """A run of messages, each as `message_view` has it."""
    return tuple(
        message_view(kept, counts.get(kept.id), phrases, timezone, session, prefix) for kept in messages
    )


def thread_link(kept: Kept, count: Count, phrases: Phrases) -> ThreadLink | None:
    """The way into the thread, for a card and for what has replies."""
    if kept.thread is not None or kept.only_for is not None:
        return None
    if not count.total and (kept.deleted or paper_key(kept.part) is None):
        return None
    return ThreadLink(f"/thread/{kept.id}", replies_label(count.total, phrases), count.total)


def replies_label(total: int, phrases: Phrases) -> str:
    """How many replies there are, in words."""
    if not total:
        return phrases("local.reply_none")
    return phrases("local.reply_one" if total == 1 else "local.reply_many", count=total)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SPOKEN else line[:_SPOKEN] + "…"
