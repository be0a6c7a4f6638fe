"""Commands, completion, buttons and forms on Discord: acknowledged at once, then carried out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import discord
import structlog
from discord import InteractionType, app_commands

from bot.platforms.conversation import PANEL_ACTIONS, CommandTable, Form, line_of
from bot.platforms.discord import commands
from bot.platforms.discord.custom_ids import CustomIds, action_of
from bot.platforms.discord.replies import Replies, Setting, Work
from bot.platforms.discord.requests import Requests
from bot.platforms.discord.tokens import First, InteractionReplies
from bot.platforms.discord.uploads import NotTaken, bring, of_option
from bot.platforms.discord.work import Once, UnderWay
from bot.rendering.discord import form_modal, mark_in, too_large, view_of
from digest.errors import DeliveryError, RinkoError
from digest.ports import Clock, Outlet
from digest.posts import Post

_log = structlog.get_logger(__name__)

_FORM_SECONDS = 2.0
"""Discord waits three seconds for a form; sending it takes some of them."""
_ALREADY = 40060
"""Interaction has already been acknowledged: by us, where the answer to that was lost."""
_FAILURES = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
_STALE = ("", "")
"""The action of a button that means nothing any more; the table says so."""


@dataclass(frozen=True)
class Interactions:
    """Answers what people do with commands, buttons and forms."""

    table: CommandTable
    requests: Requests
    outlet: Outlet
    custom_ids: CustomIds
    once: Once
    under_way: UnderWay
    clock: Clock
    upload_bytes: int

    async def handle(self, interaction: discord.Interaction) -> None:
        """Answer one interaction; those of other kinds are not ours."""
        data: Mapping[str, Any] = interaction.data or {}
        match interaction.type:
            case InteractionType.autocomplete:
                await self._complete(interaction, data)
            case InteractionType.application_command:
                await self._command(interaction, data)
            case InteractionType.component:
                await self._button(interaction, str(data.get("custom_id")))
            case InteractionType.modal_submit:
                await self._form(interaction, data)
            case _:
                _log.info("interaction of another kind", kind=interaction.type.name)

    # ------------------------------------------------------------------ commands

    async def _complete(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        """Offer papers while somebody types; nothing where that fails, for typing goes on."""
        asked = commands.used(data, self.table.rows)
        choices: list[app_commands.Choice[str]] = []
        if asked is not None and asked.focused is not None:
            line = asked.start + asked.filled.get(asked.focused, "")
            try:
                found = await self.table.completions(line, await self.requests.of_interaction(interaction))
                made = commands.choices_of(found, asked.start)
                choices = [app_commands.Choice(name=one["name"], value=one["value"]) for one in made]
            except RinkoError as error:
                _log.info("not completed", kind=error.kind)
        try:
            await interaction.response.autocomplete(choices)
        except _FAILURES as error:  # with the next letter it is asked again
            _log.debug("completion came too late", error=type(error).__name__)

    async def _command(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        """Carry out a command; a question about the paper of a thread is answered there for all."""
        asked = commands.used(data, self.table.rows)
        here = self.requests.where_of(interaction)
        line = line_of(asked.row, asked.filled) if asked else f"/{data.get('name')}"
        file = of_option(data, asked.attachment) if asked else None

        async def work(replies: Replies) -> None:
            request = replies.setting.request
            if file is not None:
                try:
                    upload = await bring(file, interaction.client.http.get_from_cdn, self.upload_bytes)
                except NotTaken as error:
                    await replies.tell(error.phrase, **error.values)
                    return
                request = replace(request, upload=upload)
            if asked is not None and asked.asks_here:
                await self.table.ask(asked.words, request, replies)
            else:
                await self.table.run(line, request, replies)

        is_open = here.is_direct or (here.thread is not None and asked is not None and asked.asks_here)
        await self._carry_out(interaction, First.OPEN if is_open else First.HIDDEN, work)

    # ------------------------------------------------------------------- buttons

    async def _button(self, interaction: discord.Interaction, custom_id: str) -> None:
        """Open the form that a button asks for, or carry it out."""
        try:
            action, value = await self.custom_ids.meaning(custom_id) or _STALE
            form = await self._asked(interaction, action, value)
        except (RinkoError, TimeoutError) as error:
            _log.warning("button not understood", error=str(error) or type(error).__name__)
            await self._carry_out(interaction, self._first(interaction, custom_id), _fail)
            return
        if form is not None:
            await self._open(interaction, form, custom_id)
            return

        async def work(replies: Replies) -> None:
            await self.table.press(action, value, replies.setting.request, replies)

        await self._carry_out(interaction, self._first(interaction, custom_id), work)

    async def _asked(self, interaction: discord.Interaction, action: str, value: str) -> Form | None:
        async with asyncio.timeout(_FORM_SECONDS):
            request = await self.requests.of_interaction(interaction)
            return await self.table.form(action, value, request)

    async def _open(self, interaction: discord.Interaction, form: Form, custom_id: str) -> None:
        """Show a form, which carries the id of its button: sent, it says what it was for."""
        try:
            await interaction.response.send_modal(form_modal(form, custom_id))
        except _FAILURES as error:
            if not (isinstance(error, discord.HTTPException) and error.code == _ALREADY):
                _log.warning("form not shown", error=str(error) or type(error).__name__)

    async def _form(self, interaction: discord.Interaction, data: Mapping[str, Any]) -> None:
        """Carry out a button whose form was filled in."""
        filled = dict(_inputs(data.get("components", [])))
        custom_id = str(data.get("custom_id"))

        async def work(replies: Replies) -> None:
            action, value = await self.custom_ids.meaning(custom_id) or _STALE
            await self.table.submit(action, value, filled, replies.setting.request, replies)

        await self._carry_out(interaction, self._first(interaction, custom_id), work)

    def _first(self, interaction: discord.Interaction, custom_id: str) -> First:
        """Where the first answer to a button or a form stands: in a message that only its reader sees.

        In direct messages those are the answers; the parts of a digest and what is read on stay as
        they are.
        """
        direct = self.requests.where_of(interaction).is_direct
        message = interaction.message
        if message is None or action_of(custom_id) in PANEL_ACTIONS:
            return First.OPEN if direct else First.HIDDEN
        if not direct:
            return First.PRESSED if message.flags.ephemeral else First.HIDDEN
        return First.PRESSED if mark_in(message.components) is None else First.OPEN

    # ----------------------------------------------------------------- all alike

    async def _carry_out(self, interaction: discord.Interaction, first: First, work: Work) -> None:
        """Acknowledge an act and do it, if it was not taken up before."""
        is_new, acknowledged = await asyncio.gather(
            self.once.first_time("interaction", interaction.id), _acknowledge(interaction, first)
        )
        if not is_new:
            return
        request = await self.requests.of_interaction(interaction)
        direct = self.requests.where_of(interaction).is_direct
        setting = Setting(request, self.outlet, self.clock, self.requests.say(request.language), direct)
        replies = InteractionReplies(setting, interaction, first, self._view)
        if not acknowledged:
            replies.bury()
        await self.under_way.carry_out(replies, work)

    async def _view(self, post: Post) -> discord.ui.LayoutView:
        if too_large(post):
            raise DeliveryError("The answer is too large for a message on Discord.")
        return view_of(post, await self.custom_ids.of(post.buttons))


async def _acknowledge(interaction: discord.Interaction, first: First) -> bool:
    """Tell Discord that an act was heard; whether its token can be used."""
    try:
        if first is First.PRESSED:
            await interaction.response.defer()
        else:
            await interaction.response.defer(ephemeral=first is First.HIDDEN, thinking=True)
    except discord.HTTPException as error:
        if error.code != _ALREADY:
            _log.warning("not acknowledged", status=error.status, code=error.code)
            return False
    except _FAILURES as error:  # it may have come: the first answer will tell
        _log.warning("acknowledgement in doubt", error=type(error).__name__)
    return True


async def _fail(replies: Replies) -> None:
    await replies.tell("commands.failed")


def _inputs(components: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """What was written into a form, by the names of its fields."""
    for outer in components:
        for one in (outer.get("component"), *outer.get("components", ())):
            if one is not None and "value" in one:
                yield one["custom_id"], one["value"]
