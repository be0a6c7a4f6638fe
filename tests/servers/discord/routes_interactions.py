"""Interactions answered over HTTP: acknowledged within seconds, and then for a quarter of an hour."""

from __future__ import annotations

import time
from typing import Any

from tests.servers.discord import errors
from tests.servers.discord.components import check_modal
from tests.servers.discord.faults import Call
from tests.servers.discord.limits import ON_CREATE, check_message
from tests.servers.discord.posting import Draft, change, remove, send
from tests.servers.discord.routes import NOTHING, Answer, Route, number
from tests.servers.discord.state import Flag, Interaction, Message
from tests.servers.discord.wire_messages import message_json
from tests.servers.discord.world import World

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
_ANSWERS = {
    COMMAND: (MESSAGE, DEFER, MODAL),
    COMPONENT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE, MODAL),
    AUTOCOMPLETE: (CHOICES,),
    SUBMIT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE),
}
_ALLOWED = ON_CREATE | Flag.EPHEMERAL


def callback(world: World, call: Call) -> Answer:
    interaction = world.interactions.get(number(call.ids["interaction"]))
    if interaction is None or interaction.token != call.ids["token"]:
        raise errors.unknown_interaction()
    if interaction.answer is not None:
        raise errors.Refused(400, 40060, "Interaction has already been acknowledged.")
    if world.now() > interaction.created + world.behaviour.acknowledge_within:
        raise errors.unknown_interaction()
    kind, data = call.json["type"], call.json.get("data") or {}
    updates = kind in (DEFER_UPDATE, UPDATE)
    if kind not in _ANSWERS[interaction.type] or (updates and interaction.source is None):
        form = errors.Form()
        form.wrong("type", "BASE_TYPE_CHOICES", "This cannot answer such an interaction.")
        form.done()
    _carry_out(world, interaction, kind, data, call)
    interaction.answer = kind
    interaction.took = time.monotonic() - interaction.began
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return NOTHING
    return Answer(_callback_json(world, interaction))


def _carry_out(world: World, interaction: Interaction, kind: int, data: dict[str, Any], call: Call) -> None:
    if kind in (MESSAGE, DEFER):
        flags = data.get("flags") or 0
        check_message(data, flags=flags, allowed=_ALLOWED, files=call.files.values())
        flags |= Flag.LOADING if kind == DEFER else 0
        body = {} if kind == DEFER else data
        interaction.original = _reply(world, interaction, body, flags, call)
    elif kind == UPDATE:
        assert interaction.source
        interaction.original = interaction.source
        change(world, interaction.source, data, call.files)
    elif kind == DEFER_UPDATE:
        interaction.original = interaction.source
    elif kind == CHOICES:
        _check_choices(data.get("choices") or [])
        interaction.choices = data.get("choices") or []
    else:
        form = errors.Form()
        check_modal(form, data)
        form.done()
        interaction.modal = data


def _check_choices(choices: list[dict[str, Any]]) -> None:
    form = errors.Form()
    if len(choices) > 25:
        form.wrong("data.choices", "BASE_TYPE_MAX_LENGTH", "Must be 25 or fewer in length.")
    for place, choice in enumerate(choices):
        for name in ("name", "value"):
            form.at_most(f"data.choices.{place}.{name}", choice.get(name), 100)
            if choice.get(name) == "":
                form.wrong(f"data.choices.{place}.{name}", "BASE_TYPE_REQUIRED", "This field is required")
    form.done()


def _reply(world: World, interaction: Interaction, body: dict[str, Any], flags: int, call: Call) -> Message:
    """A message that answers an interaction; it needs no permission to be sent."""
    kind = 0
    reference = None
    if interaction.type == COMMAND:
        kind = 23 if interaction.data.get("target_id") else 20
    elif interaction.source:
        kind, reference = 19, (interaction.source.channel.id, interaction.source.id)
    draft = Draft(
        world.bot,
        body,
        call.files,
        flags=flags,
        type=kind,
        reference=reference,
        interaction=interaction,
        ephemeral_for=interaction.user if flags & Flag.EPHEMERAL else None,
    )
    return send(world, interaction.channel, draft)


def _callback_json(world: World, interaction: Interaction) -> dict[str, Any]:
    told: dict[str, Any] = {"id": str(interaction.id), "type": interaction.type}
    told["channel_id"] = str(interaction.channel.id)
    if interaction.channel.guild:
        told["guild_id"] = str(interaction.channel.guild.id)
    original, kind = interaction.original, interaction.answer
    if original is None:
        return {"interaction": told}
    told["response_message_id"] = str(original.id)
    told["response_message_loading"] = bool(original.flags & Flag.LOADING)
    told["response_message_ephemeral"] = original.ephemeral_for is not None
    if kind not in (MESSAGE, UPDATE):
        return {"interaction": told}
    return {"interaction": told, "resource": {"type": kind, "message": message_json(world, original)}}


# -------------------------------------------------------------- after the acknowledgement


def _live(world: World, call: Call) -> Interaction:
    """The interaction of a token that still holds."""
    if number(call.ids["webhook"]) != world.bot.id:
        raise errors.unknown_webhook()
    for interaction in world.interactions.values():
        if interaction.token == call.ids["token"]:
            if world.now() > interaction.created + world.behaviour.token_life:
                raise errors.Refused(401, 50027, "Invalid Webhook Token")
            if interaction.answer is None:
                raise errors.unknown_webhook()
            return interaction
    raise errors.Refused(401, 50027, "Invalid Webhook Token")


def _asked(world: World, call: Call) -> tuple[Interaction, Message]:
    """The message of an interaction that is asked for, its first answer or a later one."""
    interaction = _live(world, call)
    mine = [m for m in (interaction.original, *interaction.followups) if m]
    if call.ids["message"] == "@original":
        mine, wanted = mine[:1] if interaction.original else [], None
    else:
        wanted = number(call.ids["message"])
    for message in mine:
        if not message.deleted and wanted in (None, message.id):
            return interaction, message
    raise errors.unknown_message()


def read(world: World, call: Call) -> Answer:
    return Answer(message_json(world, _asked(world, call)[1]))


def edit(world: World, call: Call) -> Answer:
    message = _asked(world, call)[1]
    if message.channel.archived:
        raise errors.thread_archived()
    change(world, message, call.json, call.files)
    return Answer(message_json(world, message))


def delete(world: World, call: Call) -> Answer:
    remove(world, _asked(world, call)[1])
    return NOTHING


def follow_up(world: World, call: Call) -> Answer:
    """A further message. The first after "thinking" takes that one's place, hidden if that was."""
    interaction = _live(world, call)
    flags = call.json.get("flags") or 0
    check_message(call.json, flags=flags, allowed=_ALLOWED, files=call.files.values())
    waiting = interaction.original
    if waiting and not waiting.deleted and waiting.flags & Flag.LOADING:
        body = call.json | {"flags": flags & ~Flag.EPHEMERAL & ~Flag.SUPPRESS_NOTIFICATIONS}
        change(world, waiting, body, call.files)
        return Answer(message_json(world, waiting))
    message = _reply(world, interaction, call.json, flags, call)
    interaction.followups.append(message)
    return Answer(message_json(world, message))


_HOOK = "/webhooks/{webhook}/{token}"
_ONE = _HOOK + "/messages/{message}"

ROUTES = (
    Route("POST", "/interactions/{interaction}/{token}/callback", callback, open=True),
    Route("POST", _HOOK, follow_up, "webhook", open=True),
    Route("GET", _ONE, read, "webhook", open=True),
    Route("PATCH", _ONE, edit, "webhook", open=True),
    Route("DELETE", _ONE, delete, "webhook", open=True),
)
