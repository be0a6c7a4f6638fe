"""Carries out what people do on Slack: say, press, fill in a form, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

import aiohttp
import structlog
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.platforms.conversation import PANEL_ACTIONS, CommandTable, Request, Upload
from bot.platforms.slack.calls import fault_of
from bot.platforms.slack.files import NotTaken, bring
from bot.platforms.slack.history import Us
from bot.platforms.slack.outlet import PLATFORM, SlackOutlet
from bot.platforms.slack.payloads import (
    ABOUT,
    FORM,
    Pressed,
    Said,
    Where,
    carried,
    is_picture,
    mentioned,
    paper_file,
    words_of,
)
from bot.platforms.slack.people import People, Person
from bot.platforms.slack.replies import SlackReplies
from bot.platforms.slack.tasks import Tasks
from bot.rendering.slack import form_view
from bot.traces import reference
from digest.errors import RinkoError, StoreError
from digest.phrases import Phrases
from digest.places import Place, Subscription
from digest.ports import Clock
from digest.stores import Events, Workspaces

_log = structlog.get_logger(__name__)

_OTHERWISE = "en"
"""What is spoken where neither the person nor the channel has a language that Rinko speaks."""
_QUESTION = "question"
"""The field of the form that asks for a question."""
_TRIGGER_SECONDS = 3.0
"""https://docs.slack.dev/reference/methods/views.open: how long a `trigger_id` can be exchanged."""
_FAULTS = (SlackClientError, aiohttp.ClientError, OSError)
"""What a call may raise; a `TimeoutError` is an `OSError`."""

Answer = Callable[[Request, SlackReplies], Awaitable[None]]


@dataclass(frozen=True)
class Services:
    """All that acts on Slack need."""

    client: AsyncWebClient
    commands: CommandTable
    outlet: SlackOutlet
    people: People
    events: Events
    workspaces: Workspaces
    channels: Callable[[Place], Awaitable[Subscription | None]]
    """How a channel is subscribed, None where it is not."""
    phrases: Mapping[str, Phrases]
    clock: Clock
    upload_bytes: int
    """The largest file that is read."""


@dataclass(frozen=True)
class Acts:
    """Every act in one workspace; none waits for what it begins."""

    us: Us
    services: Services
    tasks: Tasks = field(default_factory=Tasks)

    def command(self, user: str, where: Where, line: str, trigger: str, url: str) -> None:
        """A command line that was typed."""

        async def answer(request: Request, replies: SlackReplies) -> None:
            await self.services.commands.run(line, request, replies)

        self._begin(user, where, trigger, answer, url=url, command=True)

    def say(self, one: Said, *, addressed: bool = True) -> None:
        """A message to the bot: a command line, or a question; `addressed` to it, or said in its thread."""

        async def answer(request: Request, replies: SlackReplies) -> None:
            await self._answer(one, replace(request, addressed=addressed), replies)

        # A mention comes as two events, with ids of their own: the message is what is answered once.
        self._begin(one.user, one.where, f"{one.where.channel}/{one.ts}", answer)

    def overhear(self, one: Said) -> None:
        """A message to nobody in one of the bot's threads: a question where the channel wants it so."""

        async def work() -> None:
            channel = await self.services.channels(self._place(one.where))
            if channel is not None and channel.follow_ups == "all":
                self.say(one, addressed=False)

        self.tasks.begin(work)

    def press(self, one: Pressed) -> None:
        """A button: its form is opened, or it acts at once."""

        async def answer(request: Request, replies: SlackReplies) -> None:
            await self.services.commands.press(one.action, one.value, request, replies)

        async def work() -> None:
            if not await self._open_form(one, FORM):
                self._begin_pressed(one, answer)

        self.tasks.begin(work)

    def ask_about(self, one: Pressed) -> None:
        """The shortcut of a message: asks for a question, and knows by its value what it is about."""

        async def work() -> None:
            await self._open_form(one, ABOUT)

        self.tasks.begin(work)

    def submit(self, begun: Pressed, filled: Mapping[str, str], *, about: bool) -> None:
        """A form, filled in; with `about` that of the shortcut."""

        async def answer(request: Request, replies: SlackReplies) -> None:
            if about:
                line = f"{begun.value} {filled.get(_QUESTION, '')}".strip()
                await self.services.commands.ask(line, request, replies)
            else:
                await self.services.commands.submit(begun.action, begun.value, filled, request, replies)

        self._begin_pressed(begun, answer)

    def offer(self, user: str, channel: str) -> None:
        """Offer whoever opened the bot's messages what may be said there."""

        async def work() -> None:
            say = self._say(await self._request(user, Where(channel)))
            prompts = [
                {"title": say("chat.offer_papers"), "message": "/papers"},
                {"title": say("chat.offer_help"), "message": "/help"},
            ]
            offer = self.services.client.assistant_threads_setSuggestedPrompts
            try:
                await offer(channel_id=channel, prompts=prompts)
            except _FAULTS as error:
                _log.info("slack offers no prompts", reason=fault_of(error))

        self.tasks.begin(work)

    def leave(self) -> None:
        """The bot was removed from the workspace; its data go after the set time."""
        services = self.services

        async def work() -> None:
            await services.workspaces.leave(PLATFORM, self.us.team, services.clock.now())
            with suppress(RinkoError):  # the connection stays: only a call finds out that the token does not
                await services.outlet.calls.call(services.client.auth_test)

        self.tasks.begin(work)

    # ----------------------------------------------------------------------- carried out

    async def _answer(self, one: Said, request: Request, replies: SlackReplies) -> None:
        names = {user: (await self._person(user)).name for user in mentioned(one.text) - {self.us.user}}
        words, commands = words_of(one.text, self.us.user, names), self.services.commands
        try:
            request = replace(request, upload=await self._upload(one, words))
        except NotTaken as error:
            if request.addressed:
                await replies.tell(self._say(request)(error.phrase, **error.values))
            return
        if words.startswith("/"):
            await commands.run(words, request, replies)
        elif not (words or request.upload or one.where.thread):
            await commands.run("/help", request, replies)
        else:
            await commands.ask(words, request, replies)

    async def _upload(self, one: Said, words: str) -> Upload | None:
        """The PDF that a message brings. Raises `NotTaken`; pictures beside words are passed over."""
        file = paper_file(one.files)
        if file is not None:
            return await bring(self.services.client, file, self.services.upload_bytes)
        if one.files and not (words and all(is_picture(each) for each in one.files)):
            raise NotTaken("chat.not_pdf")
        return None

    async def _open_form(self, one: Pressed, callback: str) -> bool:
        """Open a button's form, within the three seconds that its trigger lives; False if it has none."""
        services = self.services
        request = await self._request(one.user, one.where)
        form = await services.commands.form(one.action, one.value, request)
        if form is None:
            return False
        view = form_view(form, callback, carried(one))
        try:
            async with asyncio.timeout(_TRIGGER_SECONDS):
                await services.client.views_open(trigger_id=one.trigger, view=view)
        except _FAULTS as error:
            reason = fault_of(error)
            _log.warning("slack opened no dialog", reason=reason)
            if reason != "exchanged_trigger_id":  # that one is open: the press came twice
                replies = SlackReplies(services.outlet, services.clock, request, one.where, one.url)
                await self._end(replies, self._say(request)("chat.not_opened"))
        return True

    def _begin_pressed(self, one: Pressed, answer: Answer) -> None:
        """What a button does; on a panel that only its presser sees, it says so after the panel."""
        stays = one.replaces and one.action in PANEL_ACTIONS
        replaces = one.replaces and not stays
        self._begin(one.user, one.where, one.trigger, answer, url=one.url, command=stays, replaces=replaces)

    def _begin(
        self,
        user: str,
        where: Where,
        event: str,
        answer: Answer,
        *,
        url: str = "",
        command: bool = False,
        replaces: bool = False,
    ) -> None:
        """Carry something out once, however often Slack sends it."""
        services = self.services

        async def work() -> None:
            # Looked up before anything else: what comes a second time takes nobody's turn.
            if not await self._first_time(event):
                return
            request = await self._request(user, where)
            # What answers a command, and what takes its place, is for one person in direct messages, too.
            request = replace(request, alone=where.is_direct and not (command or replaces))
            replies = SlackReplies(
                services.outlet, services.clock, request, where, url, command=command, replaces=replaces
            )
            with self.tasks.turn(user) as granted:
                await self._carry_out(answer if granted else self._refuse, request, replies)

        self.tasks.begin(work)

    async def _first_time(self, event: str) -> bool:
        """Whether Slack sends something for the first time; where that cannot be told it is answered."""
        name = f"{PLATFORM}/{self.us.team}/{event}"
        try:
            return await self.services.events.once(name, self.services.clock.now())
        except StoreError as error:
            _log.warning("event not recorded", error=str(error))
            return True

    async def _refuse(self, request: Request, replies: SlackReplies) -> None:
        await replies.tell(self._say(request)("chat.busy"))

    async def _carry_out(self, answer: Answer, request: Request, replies: SlackReplies) -> None:
        try:
            await answer(request, replies)
        except asyncio.CancelledError:
            await self._end(replies, self._say(request)("chat.interrupted"))
            raise
        except Exception:  # noqa: BLE001 - the last line of defence: whoever asked reads one line
            _log.exception("slack act failed", place=str(request.place))
            await self._end(replies, self._say(request)("commands.broke", reference=reference()))

    async def _end(self, replies: SlackReplies, words: str) -> None:
        try:
            await replies.end(words)
        except RinkoError as error:
            _log.warning("slack took no last line", kind=error.kind)

    # ----------------------------------------------------------------------------- told

    async def _request(self, user: str, where: Where) -> Request:
        """The act as the table of commands takes it."""
        place = self._place(where)
        person = await self._person(user)
        language = person.language
        if language is None:
            language = await self._channel_language(place)
        return Request(place, where.thread, user, language, person.is_admin, timezone=person.timezone)

    async def _channel_language(self, place: Place) -> str:
        try:
            channel = await self.services.channels(place)
        except StoreError:
            return _OTHERWISE
        return channel.language if channel is not None else _OTHERWISE

    async def _person(self, user: str) -> Person:
        return await self.services.people.get(user, self.us.team)

    def _place(self, where: Where) -> Place:
        return Place(PLATFORM, self.us.team, where.channel)

    def _say(self, request: Request) -> Phrases:
        return self.services.phrases.get(request.language) or self.services.phrases[_OTHERWISE]
