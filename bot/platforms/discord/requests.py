"""What somebody did on Discord, as the table of commands takes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import discord
import structlog

from bot.platforms.conversation import Request, Upload
from digest.errors import RinkoError
from digest.language import of_question
from digest.phrases import Phrases
from digest.places import Place, Subscription

_log = structlog.get_logger(__name__)

PLATFORM = "discord"
DIRECT = "@"
"""What the workspace of direct messages begins with; the person's id follows."""
_OTHERWISE = "en"

Channels = Callable[[Place], Awaitable[Subscription | None]]
"""How a channel is subscribed, None where it is not."""


@dataclass(frozen=True, slots=True)
class Where:
    """A place, and the thread in it."""

    place: Place
    thread: str | None = None

    @property
    def is_direct(self) -> bool:
        """Whether it is somebody's direct messages, which nobody else sees."""
        return self.place.workspace.startswith(DIRECT)


def where(guild: int | None, channel: object, channel_id: int, user: int) -> Where:
    """Pure: where something was done.

    A thread, also a forum's post, belongs to the channel it is in. Direct messages are a workspace
    of their own for each person: what is limited, stored or deleted by workspace never crosses
    from one to another, or into a server; no server's id begins with @.
    """
    if guild is None:
        return Where(Place(PLATFORM, f"{DIRECT}{user}", str(channel_id)))
    if isinstance(channel, discord.Thread):
        return Where(Place(PLATFORM, str(guild), str(channel.parent_id)), str(channel_id))
    return Where(Place(PLATFORM, str(guild), str(channel_id)))


def may_manage(permissions: discord.Permissions, roles: Iterable[discord.Role], admin_role: str) -> bool:
    """Pure: whether somebody is an admin: by "Manage Server", or by a role's name or id."""
    if permissions.administrator or permissions.manage_guild:
        return True
    return bool(admin_role) and any(admin_role in (role.name, str(role.id)) for role in roles)


@dataclass(frozen=True)
class Requests:
    """Makes requests; who is an admin is told by Discord itself with each act."""

    channels: Channels
    phrases: Mapping[str, Phrases]
    admin_role: str

    async def of_interaction(self, interaction: discord.Interaction, upload: Upload | None = None) -> Request:
        """What a command, a button or a form asks."""
        here = self.where_of(interaction)
        user = interaction.user
        roles = user.roles if isinstance(user, discord.Member) else ()
        return Request(
            place=here.place,
            thread=here.thread,
            user=str(user.id),
            language=await self.language(here.place, interaction.locale, interaction.guild_locale),
            is_admin=not here.is_direct and may_manage(interaction.permissions, roles, self.admin_role),
            upload=upload,
            direct=here.is_direct,
        )

    async def of_message(self, message: discord.Message, upload: Upload | None = None) -> Request:
        """What a message asks."""
        here = self.where_of_message(message)
        author = message.author
        is_admin = isinstance(author, discord.Member) and may_manage(
            author.guild_permissions, author.roles, self.admin_role
        )
        return Request(
            place=here.place,
            thread=here.thread,
            user=str(author.id),
            language=await self._language_of(message, here.place),
            is_admin=not here.is_direct and is_admin,
            upload=upload,
            direct=here.is_direct,
        )

    async def _language_of(self, message: discord.Message, place: Place) -> str:
        """The language to answer a message in. Of direct messages nothing tells it but their words."""
        if message.guild is not None:
            return await self.language(place, None, message.guild.preferred_locale)
        written = of_question(message.content, _OTHERWISE)
        return written if written in self.phrases else _OTHERWISE

    @staticmethod
    def where_of(interaction: discord.Interaction) -> Where:
        """Where an interaction was; one with a message that has a thread belongs there, as with a card."""
        channel_id, on = interaction.channel_id or 0, interaction.message
        here = where(interaction.guild_id, interaction.channel, channel_id, interaction.user.id)
        if on is None or here.thread is not None or not on.flags.has_thread:
            return here
        return replace(here, thread=str(on.id))  # a thread has the id of the message it was started from

    @staticmethod
    def where_of_message(message: discord.Message) -> Where:
        """Where a message was written."""
        guild = message.guild.id if message.guild else None
        return where(guild, message.channel, message.channel.id, message.author.id)

    async def language(
        self, place: Place, client: discord.Locale | None, server: discord.Locale | None
    ) -> str:
        """The client's language where Rinko speaks it, else the channel's, else the server's."""
        spoken = self.spoken(client)
        if spoken is None:
            try:
                channel = await self.channels(place)
            except RinkoError as error:  # an act is answered all the same
                _log.warning("channel not looked up", kind=error.kind)
                channel = None
            spoken = channel.language if channel else self.spoken(server)
        return spoken or _OTHERWISE

    def spoken(self, locale: discord.Locale | None) -> str | None:
        """The language of a locale, None where Rinko does not speak it."""
        language = locale.value.partition("-")[0] if locale else ""
        return language if language in self.phrases else None

    def say(self, language: str) -> Phrases:
        """The words in a language."""
        return self.phrases.get(language) or self.phrases[_OTHERWISE]
