"""A small bot on the real discord.py, and plain requests, to try the local Discord with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
from discord import app_commands

from tests.clocks import RunningClock
from tests.servers.discord import Channel, DiscordServer, Interaction, User

QUICK = 0.05
"""How long discord.py waits for guilds after the last one came, before it is ready."""
INTENTS = discord.Intents(guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True)


class Words(app_commands.Translator):
    """Knows the Japanese for one name."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, _: app_commands.TranslationContextTypes
    ) -> str | None:
        return "質問" if (locale, string.message) == (discord.Locale.japanese, "question") else None


class Form(discord.ui.Modal, title="Ask"):
    question: discord.ui.TextInput[Form] = discord.ui.TextInput(label="Question", custom_id="question")

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"asked: {self.question.value}", ephemeral=True)


class Bot(discord.Client):
    """Answers `/ask`, `/keep` (a file) and the button `ask`, and remembers what it was told."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("guild_ready_timeout", QUICK)
        super().__init__(intents=options.pop("intents", INTENTS), **options)
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.reacted: list[str] = []
        self.events: list[str] = []
        self._add_commands()

    def _add_commands(self) -> None:
        @self.tree.command(description="Ask about a paper")
        async def ask(interaction: discord.Interaction, paper: str, question: str) -> None:
            await interaction.response.defer(thinking=True, ephemeral=paper == "secret")
            await interaction.edit_original_response(content=f"{paper}: {question}")
            await interaction.followup.send("and more", ephemeral=True)

        @ask.autocomplete("paper")
        async def papers(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
            return [app_commands.Choice(name=f"{typed} laws", value="2001.08361")]

        @self.tree.command(description="Keep a file")
        @app_commands.default_permissions(manage_guild=True)
        async def keep(interaction: discord.Interaction, file: discord.Attachment) -> None:
            body = await file.read()
            await interaction.response.send_message(f"{file.filename}: {len(body)}")

    async def before_identify_hook(self, *_: object, **__: object) -> None:
        """Do not wait five seconds before beginning anew."""

    async def setup_hook(self) -> None:
        await self.tree.set_translator(Words())
        await self.tree.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.author != self.user:
            self.heard.append(message)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        self.reacted.append(str(payload.emoji))

    async def on_interaction(self, interaction: discord.Interaction) -> None:
        if interaction.type is discord.InteractionType.component:
            await interaction.response.send_modal(Form())

    async def on_ready(self) -> None:
        self.events.append("ready")

    async def on_resumed(self) -> None:
        self.events.append("resumed")

    async def on_guild_remove(self, _: discord.Guild) -> None:
        self.events.append("removed")


@asynccontextmanager
async def logged_in(server: DiscordServer, client: discord.Client | None = None) -> AsyncIterator[Any]:
    """The bot (or another client), ready; closed afterwards."""
    with server.used_by_discord_py():
        bot = client or Bot()
        running = asyncio.create_task(bot.start(server.token))
        ready = asyncio.create_task(bot.wait_until_ready())
        try:
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(running, return_exceptions=True)


class Api:
    """Plain requests as the bot, without a library that waits or repeats."""

    def __init__(self, server: DiscordServer, session: aiohttp.ClientSession) -> None:
        self.server = server
        self.headers: dict[str, str] = {}
        self._session = session

    async def __call__(
        self, method: str, path: str, body: object = None, *, token: str | None = None, **more: Any
    ) -> tuple[int, Any]:
        """The status and the JSON of the answer."""
        own = {"Authorization": f"Bot {token or self.server.token}"}
        url = self.server.api_url + path
        async with self._session.request(method, url, json=body, headers=own, **more) as response:
            self.headers = dict(response.headers)
            is_json = response.headers.get("Content-Type") == "application/json"
            return response.status, await response.json() if is_json else None

    async def post(self, channel: int, **body: object) -> tuple[int, Any]:
        """Send a message."""
        return await self("POST", f"/channels/{channel}/messages", body)


def card(*components: dict[str, Any], text: str = "# A card") -> dict[str, Any]:
    """A message of components only."""
    inside = [{"type": 10, "content": text}, *components]
    return {"flags": 1 << 15, "components": [{"type": 17, "components": inside}]}


def button(custom_id: str = "ask", label: str = "Ask") -> dict[str, Any]:
    """A row with a button."""
    return {"type": 1, "components": [{"type": 2, "style": 1, "label": label, "custom_id": custom_id}]}


def ahead(server: DiscordServer, **by: float) -> None:
    """Move the server's clock on by `timedelta(**by)`."""
    assert isinstance(server.clock, RunningClock)
    server.clock.advance(**by)


def texts(server: DiscordServer, channel: Channel) -> list[str]:
    """What stands in a channel."""
    return [message.text for message in server.messages(channel)]


COMMAND: dict[str, Any] = {
    "name": "ask",
    "description": "Ask",
    "options": [{"type": 3, "name": "q", "description": "Q"}],
}


async def asked(server: DiscordServer, api: Api, channel: Channel, user: User) -> Interaction:
    """Somebody has used a command."""
    await api("PUT", f"/applications/{server.bot.id}/commands", [COMMAND])
    return server.slash(user, channel, "ask", q="why?")


async def answer(api: Api, interaction: Interaction, kind: int, **data: Any) -> tuple[int, Any]:
    """Acknowledge an interaction."""
    body = {"type": kind, "data": data} if data else {"type": kind}
    path = f"/interactions/{interaction.id}/{interaction.token}/callback"
    return await api("POST", f"{path}?with_response=1", body)


async def thread_under(api: Api, channel: Channel, name: str = "Q&A") -> tuple[int, int]:
    """A message and the thread under it, by their ids."""
    _, message = await api.post(channel.id, content="a paper")
    path = f"/channels/{channel.id}/messages/{message['id']}/threads"
    status, thread = await api("POST", path, {"name": name})
    assert status == 201
    return int(message["id"]), int(thread["id"])
