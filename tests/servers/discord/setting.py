"""How a server is set up and changed: guilds, people, channels, and what they may do."""

from __future__ import annotations

from tests.servers.discord.permissions import EVERYONE
from tests.servers.discord.posting import set_archived, tell_channel
from tests.servers.discord.routes_guilds import direct_channel
from tests.servers.discord.routes_threads import close
from tests.servers.discord.state import Channel, Guild, Kind, Member, Role, User
from tests.servers.discord.wire import guild_created_json, role_json
from tests.servers.discord.world import World


class Setting:
    """What there is for people to be in; what changes is told to those connected."""

    world: World

    def guild(
        self, name: str = "Reading circle", *, locale: str = "en-US", bot_permissions: int = 0
    ) -> Guild:
        """A server that the bot is in, with the permissions its invitation gave it beside everyone's."""
        world, now = self.world, self.world.now()
        owner = self.user(f"owner of {name}")
        guild = Guild(world.new_guild_id(), name, owner.id, locale, now)
        guild.roles[guild.id] = Role(guild.id, "@everyone", EVERYONE, position=0)
        managed = Role(world.new_id(), world.bot.name, bot_permissions, managed=True)
        guild.roles[managed.id] = managed
        guild.members[owner.id] = Member(owner, [], now)
        guild.members[world.bot.id] = Member(world.bot, [managed.id], now)
        world.guilds[guild.id] = guild
        self._tell_guild(guild)
        return guild

    def _tell_guild(self, guild: Guild) -> None:
        created = guild_created_json(self.world, guild, every_member=False)
        self.world.events.dispatch("GUILD_CREATE", created, guild=guild)

    def user(self, name: str, *, locale: str = "en-US") -> User:
        """A person who is nowhere yet."""
        made = User(self.world.new_id(), name, locale=locale)
        self.world.users[made.id] = made
        return made

    def member(self, guild: Guild, user: User | str, *, locale: str = "en-US", permissions: int = 0) -> User:
        """Somebody in a guild, with permissions of their own beside everyone's."""
        person = self.user(user, locale=locale) if isinstance(user, str) else user
        guild.members[person.id] = Member(person, [], self.world.now())
        if permissions:
            guild.members[person.id].roles.append(self.role(guild, person.name, permissions).id)
        return person

    def role(self, guild: Guild, name: str, permissions: int = 0, *, mentionable: bool = False) -> Role:
        """A role, which nobody has yet."""
        role = Role(self.world.new_id(), name, permissions, mentionable=mentionable)
        guild.roles[role.id] = role
        self._tell_role("GUILD_ROLE_CREATE", guild, role)
        return role

    def give_role(self, guild: Guild, user: User, role: Role) -> None:
        """Give somebody a role."""
        guild.members[user.id].roles.append(role.id)

    def _tell_role(self, event: str, guild: Guild, role: Role) -> None:
        data = {"guild_id": str(guild.id), "role": role_json(role, self.world.bot)}
        self.world.events.dispatch(event, data, guild=guild)

    def everyone_may(self, guild: Guild, permissions: int) -> None:
        """Set what `@everyone` may do in a guild."""
        role = guild.roles[guild.id]
        role.permissions = permissions
        self._tell_role("GUILD_ROLE_UPDATE", guild, role)

    def text_channel(self, guild: Guild, name: str = "papers") -> Channel:
        """A channel for messages and threads."""
        return self._new_channel(guild, name, Kind.TEXT)

    def forum(
        self, guild: Guild, name: str = "papers", *, tags: tuple[str, ...] = (), requires_tag: bool = False
    ) -> Channel:
        """A forum with these tags."""
        ids = {self.world.new_id(): tag for tag in tags}
        return self._new_channel(guild, name, Kind.FORUM, tags=ids, requires_tag=requires_tag)

    def _new_channel(
        self,
        guild: Guild,
        name: str,
        kind: Kind,
        *,
        tags: dict[int, str] | None = None,
        requires_tag: bool = False,
    ) -> Channel:
        made = Channel(self.world.new_id(), kind, name, guild, tags=tags or {}, requires_tag=requires_tag)
        made.position = len(self.world.channels)
        self.world.channels[made.id] = made
        tell_channel(self.world, "CHANNEL_CREATE", made)
        return made

    def permit(self, channel: Channel, who: User | Role | Guild, *, allow: int = 0, deny: int = 0) -> None:
        """Set what somebody, a role or everyone (a guild) may do in a channel."""
        channel.overwrites[who.id] = (allow, deny)
        tell_channel(self.world, "CHANNEL_UPDATE", channel)

    def dm(self, user: User) -> Channel:
        """The direct conversation between somebody and the bot."""
        return direct_channel(self.world, user)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Archive a thread."""
        thread.locked = locked
        set_archived(self.world, thread, archived=True)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel or thread, and the threads in it."""
        close(self.world, channel)

    def remove_bot(self, guild: Guild) -> None:
        """Take the bot out of a guild."""
        guild.has_bot = False
        guild.members.pop(self.world.bot.id, None)
        self.world.events.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild=guild)

    def outage(self, guild: Guild, *, over: bool = False) -> None:
        """Let a guild be out of reach for a while, or (`over`) be back."""
        guild.available = over
        if over:
            self._tell_guild(guild)
        else:
            self.world.events.dispatch(
                "GUILD_DELETE", {"id": str(guild.id), "unavailable": True}, guild=guild
            )
