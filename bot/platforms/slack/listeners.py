"""Hears what people do on Slack, acknowledges it at once, and hands it on."""

from __future__ import annotations

import re
from dataclasses import dataclass

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.platforms.conversation import ASK_ACTION
from bot.platforms.slack.acts import Acts
from bot.platforms.slack.payloads import (
    ABOUT,
    FORM,
    Json,
    Pressed,
    Where,
    brought,
    link_of,
    pressed,
    said,
    words_of,
)

_log = structlog.get_logger(__name__)

_ANY = re.compile(".*")


@dataclass(frozen=True)
class Listeners:
    """Everything that the bot hears."""

    acts: Acts

    def listen(self, app: AsyncApp) -> None:
        """Register with bolt. What nothing else takes is acknowledged, or Slack would send it again."""
        app.command(_ANY)(self.command)
        app.action(_ANY)(self.button)
        app.shortcut(_ANY)(self.shortcut)
        app.view(_ANY)(self.modal)
        app.options(_ANY)(self.nothing)
        app.event("message")(self.message)
        app.event("app_mention")(self.message)
        app.event("app_home_opened")(self.opened)
        app.event("app_uninstalled")(self.left)
        app.event("tokens_revoked")(self.left)
        app.event(_ANY)(self.anything)

    async def command(self, ack: AsyncAck, body: Json) -> None:
        """`/ask`, `/papers`, `/digest`."""
        await ack()
        line = f"{body['command']} {words_of(body.get('text') or '', self.acts.us.user)}".strip()
        where, url = Where(body["channel_id"]), body.get("response_url") or ""
        self.acts.command(body["user_id"], where, line, body["trigger_id"], url)

    async def message(self, event: Json) -> None:
        """A mention, a direct message, or a message in the thread of one of the bot's."""
        one = said(event, self.acts.us.user)
        if one is None:
            return
        if one.to_bot:
            self.acts.say(one)
        elif one.under_bot and not one.to_others:
            self.acts.overhear(one)

    async def button(self, ack: AsyncAck, body: Json, action: Json) -> None:
        """A button."""
        await ack()
        one = pressed(body, action)
        if one is not None:
            self.acts.press(one)

    async def shortcut(self, ack: AsyncAck, body: Json) -> None:
        """What the menu of a message calls "Ask about this paper"."""
        await ack()
        if body.get("type") != "message_action":
            return
        message, bot = body["message"], self.acts.us.user
        thread = message.get("thread_ts")
        ours = bot in {message.get("user"), message.get("parent_user_id")}
        where = Where(body["channel"]["id"], thread or (message["ts"] if ours else None), thread)
        about = "" if ours else link_of(message.get("text") or "") or ""
        self.acts.ask_about(Pressed(where, body["user"]["id"], ASK_ACTION, about, body["trigger_id"]))

    async def modal(self, ack: AsyncAck, body: Json) -> None:
        """A form, filled in."""
        await ack()
        callback = body["view"].get("callback_id")
        if body.get("type") == "view_submission" and callback in {FORM, ABOUT}:
            begun, filled = brought(body)
            self.acts.submit(begun, filled, about=callback == ABOUT)

    async def opened(self, event: Json) -> None:
        """The messages with the bot were opened."""
        if event.get("tab") == "messages":
            self.acts.offer(event["user"], event["channel"])

    async def left(self, event: Json) -> None:
        """The app was removed from the workspace."""
        if event["type"] == "app_uninstalled" or (event.get("tokens") or {}).get("bot"):
            self.acts.leave()

    async def anything(self, event: Json) -> None:
        """Acknowledged by bolt, and otherwise of no concern."""
        _log.debug("slack event passed over", kind=event.get("type"))

    async def nothing(self, ack: AsyncAck) -> None:
        """No menu of ours asks for options."""
        await ack(options=[])
