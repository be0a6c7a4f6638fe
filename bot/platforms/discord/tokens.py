"""Answers through an interaction: hidden or open, in place, and by messages once its token is dead."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import Enum, auto

import aiohttp
import discord
import structlog

from bot.platforms.discord.replies import DirectStream, Growing, OpenStream, Replies, Setting
from bot.platforms.pace import PacedStream
from digest.errors import DeliveryError
from digest.places import Message
from digest.ports import Stream
from digest.posts import Block, BlockKind, Post, Span

_log = structlog.get_logger(__name__)

EVERY_SECONDS = 1.0
"""Edits of one answer come no faster."""
TOKEN_LIFE = timedelta(minutes=14, seconds=30)
"""A token holds for 15 minutes (interactions/receiving-and-responding#followup-messages)."""
_DEAD_TOKEN = {50027, 10015}
"""Invalid Webhook Token, Unknown Webhook: the token has run out."""
_GONE = 10008
"""Unknown Message: a hidden one that its reader dismissed."""
_NOBODY = discord.AllowedMentions.none()

View = Callable[[Post], Awaitable[discord.ui.LayoutView]]
"""A post as Discord shows it."""


class First(Enum):
    """What the acknowledgement left for the first answer."""

    HIDDEN = auto()
    """“Thinking…”, which only the asker sees."""
    OPEN = auto()
    """“Thinking…”, which everyone there sees."""
    PRESSED = auto()
    """The message whose button was pressed, which only the asker sees."""
    TAKEN = auto()
    """Nothing: it is used, or was deleted."""


class TokenDead(DeliveryError):
    """The interaction can no longer be answered."""


class InteractionReplies(Replies):
    """Answers to a command, a button or a form."""

    def __init__(self, setting: Setting, interaction: discord.Interaction, first: First, view: View) -> None:
        super().__init__(setting)
        self.interaction = interaction
        self.view = view
        self.first = first
        self.settling = asyncio.Lock()
        self._dies = setting.clock.now() + TOKEN_LIFE

    @property
    def alive(self) -> bool:
        """Whether the token may still be used."""
        return self.setting.clock.now() < self._dies

    def bury(self) -> None:
        """Use the token no more."""
        self._dies = self.setting.clock.now()

    def _begin(self, *, only_for_asker: bool) -> Growing:
        if only_for_asker or self.setting.direct:
            return TokenStream(self, hidden=not self.setting.direct)
        if self.first is First.OPEN:
            return TokenStream(self, hidden=False)
        if self.setting.request.thread not in (None, str(self.interaction.channel_id)):
            return OpenStream(self.setting.everyone(), after=self._point_to)
        return OpenStream(self.setting.everyone(), before=self.close)

    async def _point_to(self, answer: Message) -> None:
        """Lead the asker from where they asked to the thread that the answer stands in."""
        async with self.settling:
            if self.first is not First.HIDDEN:
                return
            self.first = First.TAKEN
            words = Span(self.setting.say("chat.open_thread"), url=answer.url)
            post = Post(self.setting.request.language, (Block(BlockKind.TEXT, (words,)),))
            try:
                view = await self.view(post)
                await self.interaction.edit_original_response(view=view, allowed_mentions=_NOBODY)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                _log.info("asker not led to the answer", error=type(error).__name__)

    async def close(self) -> None:
        """Take a “thinking…” away that nothing took the place of."""
        async with self.settling:
            if self.first in (First.HIDDEN, First.OPEN):
                await self.drop_first()

    async def drop_first(self) -> None:
        """Delete the “thinking…”; where that fails, Discord ends it by itself."""
        self.first = First.TAKEN
        try:
            await self.interaction.delete_original_response()
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            _log.info("acknowledgement not taken away", error=type(error).__name__)


class TokenStream:
    """One answer through the token; past the token's life it goes on as an ordinary message."""

    def __init__(self, replies: InteractionReplies, *, hidden: bool) -> None:
        self._replies = replies
        self._hidden = hidden
        self._paced = PacedStream(self._put, replies.setting.clock, EVERY_SECONDS)
        self._late: Growing | None = None
        self._original = False
        self._message: discord.Message | None = None

    @property
    def unfinished(self) -> Post | None:
        """What it shows, or is about to."""
        return self._late.unfinished if self._late else self._paced.unfinished

    async def show(self, post: Post) -> None:
        """Show this soon in place of what was shown before."""
        await self._now().show(post)

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        try:
            return await self._now().finish(post)
        except TokenDead:
            return await self._now().finish(post)

    def _now(self) -> Stream:
        """What shows it now."""
        if self._late is None and not self._replies.alive:
            self._late = self._go_on()
        return self._late or self._paced

    def _go_on(self) -> Growing:
        """What is used past the token's life. A hidden message can be changed by it alone."""
        setting = self._replies.setting
        if self._hidden:
            return DirectStream(setting)
        if self._message is None:
            return OpenStream(setting.everyone())
        known = self._known(self._message)
        return PacedStream(lambda post: setting.outlet.edit(known, post), setting.clock, EVERY_SECONDS)

    async def _put(self, post: Post) -> Message:
        view = await self._replies.view(post)
        try:
            message = await self._through_token(view)
        except discord.HTTPException as error:
            if error.code in _DEAD_TOKEN:
                self._replies.bury()
                raise TokenDead("The interaction can no longer be answered.") from None
            raise DeliveryError(f"Discord refused an answer: {error.status}, code {error.code}.") from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise DeliveryError("Discord did not say whether an answer came.") from error
        self._message = message
        return self._known(message)

    async def _through_token(self, view: discord.ui.LayoutView) -> discord.Message:
        try:
            if self._message is not None:
                return await self._edit(self._message, view)
        except discord.NotFound as error:
            if error.code != _GONE:
                raise
            self._original = False  # its reader dismissed it: the answer comes anew
        async with self._replies.settling:
            self._original = await self._claims_first()
            if self._original:
                return await self._original_shows(view)
            return await self._replies.interaction.followup.send(
                view=view, ephemeral=self._hidden, allowed_mentions=_NOBODY, wait=True
            )

    async def _claims_first(self) -> bool:
        """Whether this is what takes the place of the acknowledgement.

        A hidden answer after an open “thinking…” would be open as well: the acknowledgement goes first.
        """
        replies, mine = self._replies, {First.PRESSED, First.HIDDEN if self._hidden else First.OPEN}
        if replies.first in mine:
            replies.first = First.TAKEN
            return True
        if replies.first in (First.HIDDEN, First.OPEN):
            await replies.drop_first()
        return False

    async def _edit(self, message: discord.Message, view: discord.ui.LayoutView) -> discord.Message:
        if self._original:
            return await self._original_shows(view)
        return await message.edit(view=view, allowed_mentions=_NOBODY)

    async def _original_shows(self, view: discord.ui.LayoutView) -> discord.Message:
        return await self._replies.interaction.edit_original_response(view=view, allowed_mentions=_NOBODY)

    def _known(self, message: discord.Message) -> Message:
        request = self._replies.setting.request
        return Message(str(message.id), request.place, request.thread, message.jump_url)
