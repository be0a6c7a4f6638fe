"""What people write to Rinko on Discord: mentions, direct messages, and questions in papers' threads."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

import discord
import structlog

from bot.platforms.conversation import CommandTable
from bot.platforms.discord.replies import MessageReplies, Replies, Setting
from bot.platforms.discord.requests import Requests
from bot.platforms.discord.uploads import NotTaken, bring, of_message
from bot.platforms.discord.work import Once, UnderWay
from digest.ports import Clock, Outlet

_log = structlog.get_logger(__name__)

_NAMED = re.compile(r"<(?:(@[!&]?|#)(\d+)|a?:(\w+):\d+)>")
"""People, roles, channels and emoji of a server, as a message's content holds them."""
_BY_PEOPLE = (discord.MessageType.default, discord.MessageType.reply)


@dataclass(frozen=True)
class Messages:
    """Answers messages that speak to Rinko; all others are left alone, and those of bots always."""

    client: discord.Client
    hears_all: Callable[[], bool]
    """Whether Discord tells the words of messages that do not mention Rinko."""
    table: CommandTable
    requests: Requests
    outlet: Outlet
    once: Once
    under_way: UnderWay
    clock: Clock
    upload_bytes: int

    async def handle(self, message: discord.Message) -> None:
        """Answer one message, if it is for Rinko."""
        me = self.client.user
        if me is None or message.author.bot or message.webhook_id or message.type not in _BY_PEOPLE:
            return
        role = _role_of(message, me.id)
        addressed = message.guild is None or role is not None or _mentions(message, me.id)
        if not (addressed or await self._is_follow_up(message, me.id)):
            return
        if not await self.once.first_time("message", message.id):
            return
        message = await self._in_known_channel(message)
        request = replace(await self.requests.of_message(message), addressed=addressed)
        say = self.requests.say(request.language)
        setting = Setting(request, self.outlet, self.clock, say, direct=message.guild is None)
        text = _words_of(message, me.id, role)
        file = of_message(message.attachments)

        async def work(replies: Replies) -> None:
            asked = request
            if role is not None and not (text or file):
                await replies.tell("chat.role")
                return
            if file is not None:
                try:
                    upload = await bring(file, self.client.http.get_from_cdn, self.upload_bytes)
                except NotTaken as error:
                    await replies.tell(error.phrase, **error.values)
                    return
                asked = replace(request, upload=upload)
            answer = self.table.run if text.startswith("/") else self.table.ask
            await answer(text, asked, replies)

        await self.under_way.carry_out(MessageReplies(setting), work)

    async def _is_follow_up(self, message: discord.Message, me: int) -> bool:
        """Whether a message without a mention is a question: in a thread of Rinko's own, where all are.

        What calls others by name is said to them, and what has no word in it, as a smile, asks nothing.
        """
        thread = message.channel
        if not isinstance(thread, discord.Thread) or thread.owner_id != me or not self.hears_all():
            return False
        says = any(map(str.isalnum, _NAMED.sub("", message.content)))
        if message.mentions or not (says or of_message(message.attachments)):
            return False
        channel = await self.requests.channels(self.requests.where_of_message(message).place)
        return channel is not None and channel.follow_ups == "all"

    async def _in_known_channel(self, message: discord.Message) -> discord.Message:
        """The message with its channel as it is, where the library knew the channel's id alone.

        Only so can a thread's channel be told.
        """
        if message.guild is None or not isinstance(message.channel, discord.PartialMessageable):
            return message
        try:
            channel = await self.client.fetch_channel(message.channel.id)
        except discord.HTTPException as error:
            _log.warning("channel not found", status=error.status)
            return message
        if isinstance(channel, discord.Thread):
            message.channel = channel
        return message


def _mentions(message: discord.Message, me: int) -> bool:
    """Whether it calls Rinko by name; answering one of its messages with a ping does, too."""
    return any(user.id == me for user in message.mentions)


def _role_of(message: discord.Message, me: int) -> int | None:
    """The role of Rinko's own that a message calls: it has Rinko's name, and is easily taken for it."""
    own = (role.id for role in message.role_mentions if role.tags and role.tags.bot_id == me)
    return next(own, None)


def _words_of(message: discord.Message, me: int, role: int | None) -> str:
    """The words as they are read: others by their names, Rinko's own left out.

    ／ as Japanese keyboards write it is / too.
    """
    names = {str(user.id): user.display_name for user in message.mentions}

    def named(found: re.Match[str]) -> str:
        mark, number, emoji = found.groups()
        if emoji is not None or number in (str(me), str(role)):
            return " "
        return f"@{names[number]}" if mark != "#" and number in names else found[0]

    text = _NAMED.sub(named, message.content).strip()
    return f"/{text[1:]}" if text.startswith("／") else text
