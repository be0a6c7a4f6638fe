"""Interactions on the local Discord: in time, once, within limits."""

from __future__ import annotations

from typing import Any

from tests.servers.discord import (
    Channel,
    DiscordServer,
    Interaction,
    User,
)
from tests.servers.on_discord.support import COMMAND, Api, ahead, answer, asked, button, card, texts


def hook(server: DiscordServer, interaction: Interaction, rest: str = "") -> str:
    return f"/webhooks/{server.bot.id}/{interaction.token}{rest}"


async def test_an_interaction_is_acknowledged_in_time_and_once(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    late = await asked(server, api, channel, hana)
    ahead(server, seconds=3.1)
    assert (await answer(api, late, 4, content="A"))[1]["code"] == 10062
    prompt = server.slash(hana, channel, "ask")
    assert (await api("POST", hook(server, prompt), {"content": "too early"}))[1]["code"] == 10015
    assert (await answer(api, prompt, 4, content="A"))[0] == 200
    assert (await answer(api, prompt, 4, content="A"))[1]["code"] == 40060
    assert texts(server, channel) == ["A"]
    assert (await answer(api, server.slash(hana, channel, "ask"), 7, content="A"))[1]["code"] == 50035


async def test_a_token_lives_for_a_quarter_of_an_hour(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    interaction = await asked(server, api, channel, hana)
    await answer(api, interaction, 5)
    assert server.replies(interaction) == []
    original = hook(server, interaction, "/messages/@original")
    assert (await api("PATCH", original, {"content": "A"}))[0] == 200
    ahead(server, minutes=15, seconds=1)
    status, body = await api("PATCH", original, {"content": "B"})
    assert (status, body["code"]) == (401, 50027)
    assert texts(server, channel) == ["A"]


async def test_the_first_follow_up_takes_the_place_of_thinking(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    interaction = await asked(server, api, channel, hana)
    await answer(api, interaction, 5, flags=64)
    for text in ("first", "second"):
        await api("POST", hook(server, interaction), {"content": text})
    shown = [(message.text, message.ephemeral_for) for message in server.replies(interaction)]
    assert shown == [("first", hana), ("second", None)]
    assert interaction.original
    hidden = f"/channels/{channel.id}/messages/{interaction.original.id}"
    assert (await api("GET", hidden))[1]["code"] == 10008
    assert (await api("DELETE", hook(server, interaction, "/messages/@original")))[0] == 204
    assert [message.text for message in server.replies(interaction)] == ["second"]


async def test_a_button_s_message_is_updated_in_place(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    await api.post(channel.id, **card(button("next")))
    (message,) = server.messages(channel)
    assert (await answer(api, server.press(hana, message, "next"), 6))[0] == 200
    pressed = server.press(hana, message, "next")
    status, told = await answer(api, pressed, 7, **card(button("next"), text="# Page 2"))
    assert (status, told["resource"]["type"]) == (200, 7)
    assert texts(server, channel) == ["# Page 2\nAsk"]
    assert server.replies(pressed) == []


async def test_forms_and_choices_have_limits(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    interaction = await asked(server, api, channel, hana)
    field = {"type": 1, "components": [{"type": 4, "custom_id": "q", "style": 1, "label": "Q"}]}
    for title, fields in (("x" * 46, [field]), ("Ask", [field] * 6), ("Ask", [field, field])):
        status, _ = await answer(api, interaction, 9, custom_id="f", title=title, components=fields)
        assert status == 400
    server.take_violations()
    assert (await answer(api, interaction, 9, custom_id="f", title="Ask", components=[field]))[0] == 200
    sent = server.submit_modal(hana, interaction, q="how?")
    assert sent.data["components"][0]["components"][0]["value"] == "how?"


async def test_commands_have_limits_and_keep_their_ids(server: DiscordServer, api: Api) -> None:
    path = f"/applications/{server.bot.id}/commands"
    first = (await api("PUT", path, [COMMAND]))[1][0]["id"]
    other = {**COMMAND, "name": "papers", "name_localizations": {"ja": "論文"}}
    assert [each["id"] for each in (await api("PUT", path, [other, COMMAND]))[1]][1] == first
    assert "name_localizations" not in (await api("GET", path))[1][0]
    wrong: list[list[dict[str, Any]]] = [
        [{**COMMAND, "name": "Ask"}],
        [{**COMMAND, "description": "x" * 101}],
        [{**COMMAND, "name_localizations": {"jp": "質問"}}],
        [COMMAND, COMMAND],
        [
            {
                **COMMAND,
                "options": [COMMAND["options"][0], {**COMMAND["options"][0], "name": "r", "required": True}],
            }
        ],
    ]
    assert [(await api("PUT", path, commands))[0] for commands in wrong] == [400] * len(wrong)
    server.take_violations()
