"""Sets messages into the page: the whole channel, a thread, or the one message that changed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from bot.platforms.conversation import Form
from bot.platforms.local.acts import FIELD_LIMIT
from bot.platforms.local.messages import Kept, Messages
from bot.platforms.local.views import (
    Channel,
    heading_of,
    message_view,
    message_views,
    paper_key,
    replies_label,
)
from digest.errors import NotFound
from digest.phrases import Phrases

ROOM = Path(__file__).parent
PAGE_SIZE = 60


@dataclass(frozen=True)
class Pages:
    """Makes the HTML of the local channel."""

    messages: Messages
    phrases: Mapping[str, Phrases]
    channels: Callable[[], Awaitable[Sequence[Channel]]]
    token: str
    upload_bytes: int

    @cached_property
    def _templates(self) -> Environment:
        return Environment(
            loader=FileSystemLoader(ROOM / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def words(self, language: str) -> Phrases:
        """The page's words in a language, in English where there are none."""
        return self.phrases.get(language) or self.phrases["en"]

    def reader_language(self, accepted: str) -> str:
        """The first language of an Accept-Language header that the page has words in, else English.

        It says what comes first, <https://www.rfc-editor.org/rfc/rfc9110#field.accept-language>; a
        channel's own language may not be known.
        """
        tags = (one.split(";")[0].strip().split("-")[0].casefold() for one in accepted.split(","))
        return next((tag for tag in tags if tag in self.phrases), "en")

    async def channel_named(self, name: str | None) -> Channel:
        """A channel by its name, or the first one. Raises `NotFound`."""
        for channel in await self.channels():
            if name in (None, channel.name):
                return channel
        raise NotFound("There is no such channel.")

    async def root(self, message: str) -> tuple[Kept, Channel]:
        """The message a thread hangs under, and its channel. Raises `NotFound`."""
        kept = await self.messages.get(message)
        if kept is None or kept.thread is not None or kept.only_for is not None:
            raise NotFound("There is no such thread.")
        return kept, await self.channel_named(kept.channel)

    async def channel(
        self, channel: Channel, session: str, root: Kept | None = None, before: int | None = None
    ) -> str:
        """The whole page of a channel, with the thread of `root` open beside it."""
        revision = await self.messages.revision()  # first, so that no change is missed
        phrases = self.words(channel.language)
        panel = await self.thread(channel, root, session) if root is not None else Markup()
        return self._templates.get_template("page.html").render(
            channel=channel,
            channels=await self.channels(),
            revision=revision,
            older=await self.older(channel, session, before),
            panel=panel,
            token=self.token,
            words=htmlsafe_json_dumps(self._script_words(phrases)),
            upload_bytes=self.upload_bytes,
            **_said(phrases),
        )

    async def older(self, channel: Channel, session: str, before: int | None = None) -> Markup:
        """A run of the channel's messages, with a link to those before it."""
        phrases = self.words(channel.language)
        kept = await self.messages.channel(channel.name, session, PAGE_SIZE + 1, before)
        more, kept = len(kept) > PAGE_SIZE, kept[-PAGE_SIZE:]
        counts = await self.messages.counts([message.id for message in kept])
        views = message_views(kept, counts, phrases, channel.timezone, session)
        return self._fragment("list.html", phrases, views=views, more=more, channel=channel)

    async def thread(self, channel: Channel, root: Kept, session: str) -> Markup:
        """A thread as the panel shows it: what it hangs under, and all replies."""
        phrases = self.words(channel.language)
        kept = await self.messages.thread(root.id, session)
        total = sum(message.only_for is None for message in kept)
        return self._fragment(
            "thread.html",
            phrases,
            channel=channel,
            root=message_view(root, None, phrases, channel.timezone, session, "t"),
            heading=heading_of(root) or phrases("local.gone"),
            prompt=phrases("local.ask_here" if paper_key(root.part) else "local.reply_here"),
            replies=replies_label(total, phrases),
            views=message_views(kept, {}, phrases, channel.timezone, session, "t"),
        )

    def form(self, channel: Channel, kept: Kept, form: Form) -> Markup:
        """What a button of a message asks for, as the dialog shows it."""
        phrases = self.words(channel.language)
        return self._fragment(
            "form.html",
            phrases,
            form=form,
            about=heading_of(kept),
            about_language=kept.post.language or phrases.language,
            limit=FIELD_LIMIT,
        )

    async def missing(self, channel: Channel) -> str:
        """The page shown where there is nothing."""
        phrases = self.words(channel.language)
        return str(self._fragment("missing.html", phrases, channel=channel))

    def away(self, language: str) -> str:
        """The page shown while the database cannot be used; it looks again by itself."""
        return str(self._fragment("away.html", self.words(language)))

    async def change(self, channel: Channel, kept: Kept, session: str) -> dict[str, Any] | None:
        """What an open page is told of a changed message; None where it may not see it."""
        if not kept.visible_to(session):
            return None
        phrases = self.words(channel.language)
        roots = [kept.thread or kept.id]
        counts = await self.messages.counts(roots)
        count = counts.get(roots[0])
        told: dict[str, Any] = {"id": kept.id, "thread": kept.thread, "position": kept.position}
        if kept.thread is not None:
            root = await self.messages.get(kept.thread)
            if root is not None and not root.deleted:
                view = message_view(root, count, phrases, channel.timezone, session)
                told["link"] = str(self._fragment("link.html", phrases, link=view.thread))
            told["replies"] = replies_label(count.total if count else 0, phrases)
        if kept.deleted and not (kept.thread is None and count is not None and count.people):
            return {**told, "gone": True}
        view = message_view(kept, count, phrases, channel.timezone, session, "t" if kept.thread else "m")
        told["html"] = str(self._fragment("message.html", phrases, message=view))
        if kept.thread is None:
            copy = message_view(kept, None, phrases, channel.timezone, session, "t")
            told["copy"] = str(self._fragment("message.html", phrases, message=copy))
        told["spoken"] = "" if view.growing or view.who == "me" else view.spoken
        told["mine"] = view.who == "me" or view.private
        return told

    def _script_words(self, phrases: Phrases) -> dict[str, str]:
        """The words that the page's script says by itself."""
        return {
            "offline": phrases("local.offline"),
            "new_messages": phrases("local.new_messages"),
            "failed_send": phrases("local.failed_send"),
            "too_large": phrases("local.too_large", megabytes=self.upload_bytes // 1024**2),
        }

    def _fragment(self, template: str, phrases: Phrases, **values: Any) -> Markup:
        return Markup(self._templates.get_template(template).render(**values, **_said(phrases)))  # noqa: S704 - templates escape


def _said(phrases: Phrases) -> dict[str, Any]:
    """How templates say something: `say("send")` is the phrase `local.send`."""
    return {"say": lambda name, **values: phrases(f"local.{name}", **values), "language": phrases.language}
