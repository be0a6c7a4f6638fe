"""What the local Discord takes and refuses of messages: limits, permissions, time."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest

from tests.servers.discord import (
    EVERYONE,
    Can,
    Channel,
    DiscordServer,
    User,
)
from tests.servers.on_discord.support import Api, ahead, button, card, texts


async def test_outer_whitespace_goes_and_an_empty_message_is_refused(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    assert (await api.post(channel.id, content="\n 論文　です \n"))[1]["content"] == "論文　です"
    status, body = await api.post(channel.id, content="  \n")
    assert (status, body["code"]) == (400, 50006)


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2001},
        {"content": "😀" * 2001},
        {"embeds": [{"title": "x" * 257}]},
        {"embeds": [{"description": "x" * 4097}]},
        {"embeds": [{"description": "x" * 4000}, {"description": "x" * 2001}]},
        {"embeds": [{"fields": [{"name": "n", "value": "v"}] * 26}]},
        {"embeds": [{"fields": [{"name": "n", "value": "x" * 1025}]}]},
        {"embeds": [{"description": "x"}] * 11},
        {"content": "x", "components": [button()] * 6},
        {"content": "x", "components": [button("a"), button("a")]},
        {"content": "x", "components": [button("a" * 101)]},
        {"content": "x", "components": [button("a", "x" * 81)]},
        {"content": "x", "components": [{"type": 10, "content": "no flag"}]},
        {"content": "x", "flags": 1 << 6},
        {"content": "x", "nonce": "n" * 26},
        {"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}},
        {**card(), "content": "beside"},
        {**card(), "embeds": [{"description": "beside"}]},
        card(text="x" * 4001),
        card(*[{"type": 10, "content": "x"}] * 39),
        card(button(), button()),
    ],
    ids=lambda body: "-".join(body)[:30],
)
async def test_what_passes_a_limit_is_refused(
    server: DiscordServer, api: Api, channel: Channel, body: dict[str, Any]
) -> None:
    status, answer = await api.post(channel.id, **body)
    assert (status, answer["code"], server.messages(channel)) == (400, 50035, [])
    server.take_violations()


@pytest.mark.parametrize(
    "body",
    [
        {"content": "x" * 2000},
        {"content": "😀" * 2000},
        {"embeds": [{"title": "x" * 256, "description": "x" * 4096}]},
        {"content": "x", "components": [button("a" * 100, "x" * 80)] + [button(str(n)) for n in range(4)]},
        card(text="x" * 4000),
        card(*[{"type": 10, "content": "x"}] * 38),
        {"content": "x", "nonce": "n" * 25},
    ],
    ids=lambda body: "-".join(body)[:30],
)
async def test_what_just_keeps_a_limit_is_taken(
    server: DiscordServer, api: Api, channel: Channel, body: dict[str, Any]
) -> None:
    assert (await api.post(channel.id, **body))[0] == 200


async def test_ids_of_components_come_back_and_the_rest_are_numbered(api: Api, channel: Channel) -> None:
    body = card({"type": 10, "id": 2**31 - 1, "content": "marked"})
    _, answer = await api.post(channel.id, **body)
    container = answer["components"][0]
    assert [container["id"], *(each["id"] for each in container["components"])] == [1, 2, 2**31 - 1]


async def test_the_flag_of_components_cannot_be_taken_back(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    _, message = await api.post(channel.id, **card())
    path = f"/channels/{channel.id}/messages/{message['id']}"
    assert (await api("PATCH", path, {"content": "plain", "components": []}))[0] == 400
    assert (await api("PATCH", path, {"flags": 0, "content": "plain"}))[0] == 400
    status, edited = await api("PATCH", path, {"components": card(text="# New")["components"]})
    assert (status, edited["flags"]) == (200, 1 << 15)
    assert texts(server, channel) == ["# New"]


async def test_a_plain_message_becomes_a_card_only_without_its_content(api: Api, channel: Channel) -> None:
    _, message = await api.post(channel.id, content="plain")
    path = f"/channels/{channel.id}/messages/{message['id']}"
    assert (await api("PATCH", path, card()))[0] == 400
    assert (await api("PATCH", path, {**card(), "content": None}))[0] == 200


async def test_who_is_called_depends_on_allowed_mentions(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    assert channel.guild
    ken = server.member(channel.guild, "ken")
    role = server.role(channel.guild, "readers", mentionable=True)
    server.give_role(channel.guild, ken, role)
    text = f"{hana.mention} <@&{role.id}> @everyone"
    everyone = {m.user for m in channel.guild.members.values()} - {server.bot}
    cases: list[tuple[dict[str, Any], set[User]]] = [
        ({}, everyone),
        ({"allowed_mentions": {"parse": []}}, set()),
        ({"allowed_mentions": {"parse": ["users"]}}, {hana}),
        ({"allowed_mentions": {"parse": ["roles"]}}, {ken}),
        ({"allowed_mentions": {"users": [str(hana.id)], "roles": [str(role.id)]}}, {hana, ken}),
    ]
    for more, _ in cases:
        await api.post(channel.id, content=text, **more)
    assert [message.pinged for message in server.messages(channel)] == [called for _, called in cases]
    await api.post(channel.id, **card(text=text))
    assert server.messages(channel)[-1].pinged == everyone
    assert not server.messages(channel)[-1].silent


async def test_a_nonce_is_remembered_for_two_minutes_and_is_in_no_history(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    first = await api.post(channel.id, content="one", nonce="n1", enforce_nonce=True)
    again = await api.post(channel.id, content="one", nonce="n1", enforce_nonce=True)
    assert first[1]["id"] == again[1]["id"]
    assert first[1]["nonce"] == "n1"
    ahead(server, seconds=121)
    forgotten = await api.post(channel.id, content="one", nonce="n1", enforce_nonce=True)
    assert forgotten[1]["id"] != first[1]["id"]
    _, history = await api("GET", f"/channels/{channel.id}/messages")
    assert [message.get("nonce") for message in history] == [None, None]


async def test_a_nonce_that_is_not_enforced_doubles(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    for _ in range(2):
        await api.post(channel.id, content="one", nonce="n1")
    assert texts(server, channel) == ["one", "one"]


async def test_history_lags_and_is_empty_without_its_right(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    server.behaviour.history_lag = 2.0
    _, sent = await api.post(channel.id, content="new")
    path = f"/channels/{channel.id}/messages"
    assert (await api("GET", path))[1] == []
    assert (await api("GET", f"{path}/{sent['id']}"))[0] == 200
    ahead(server, seconds=2)
    assert len((await api("GET", path))[1]) == 1
    server.permit(channel, server.bot, deny=Can.READ_MESSAGE_HISTORY)
    assert await api("GET", path) == (200, [])
    assert (await api("GET", f"{path}/{sent['id']}"))[0] == 403


async def test_history_is_read_by_pages(server: DiscordServer, api: Api, channel: Channel) -> None:
    ids = [(await api.post(channel.id, content=str(number)))[1]["id"] for number in range(6)]
    path = f"/channels/{channel.id}/messages"

    async def read(query: str) -> list[str]:
        return [message["content"] for message in (await api("GET", f"{path}?{query}"))[1]]

    assert await read("limit=2") == ["5", "4"]
    assert await read(f"limit=2&before={ids[4]}") == ["3", "2"]
    assert await read(f"limit=2&after={ids[1]}") == ["3", "2"]
    assert await read(f"limit=3&around={ids[2]}") == ["3", "2", "1"]
    assert (await api("GET", f"{path}?limit=101"))[0] == 400
    server.take_violations()


async def test_others_messages_are_not_edited_and_deleted_only_by_right(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    message = server.say(hana, channel, "mine")
    path = f"/channels/{channel.id}/messages/{message.id}"
    status, body = await api("PATCH", path, {"content": "yours"})
    assert (status, body["code"]) == (403, 50005)
    assert (await api("DELETE", path))[1]["code"] == 50013
    server.permit(channel, server.bot, allow=Can.MANAGE_MESSAGES)
    assert (await api("DELETE", path))[0] == 204
    assert (await api("DELETE", path))[1]["code"] == 10008


async def test_files_that_are_too_large_are_refused(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content": "x"}')
    server.behaviour.file_bytes = 100
    form.add_field("files[0]", io.BytesIO(bytes(101)), filename="a.pdf")
    status, body = await api("POST", f"/channels/{channel.id}/messages", data=form)
    assert (status, body["code"]) == (413, 40005)


@pytest.mark.parametrize(
    ("denied", "code"),
    [(Can.VIEW_CHANNEL, 50001), (Can.SEND_MESSAGES, 50013), (Can.EMBED_LINKS, 50013)],
)
async def test_permissions_are_computed_and_kept(
    server: DiscordServer, api: Api, channel: Channel, denied: Can, code: int
) -> None:
    assert channel.guild
    body = {"embeds": [{"title": "x"}]}
    server.everyone_may(channel.guild, EVERYONE & ~denied)
    assert (await api.post(channel.id, **body))[1]["code"] == code
    server.permit(channel, channel.guild, allow=denied)
    assert (await api.post(channel.id, **body))[0] == 200
    server.permit(channel, server.bot, deny=denied)
    assert (await api.post(channel.id, **body))[1]["code"] == code


async def test_an_administrator_may_everything(server: DiscordServer, api: Api) -> None:
    guild = server.guild("strict", bot_permissions=Can.ADMINISTRATOR)
    server.everyone_may(guild, 0)
    assert (await api.post(server.text_channel(guild).id, content="x"))[0] == 200


async def test_what_does_not_exist_is_unknown(server: DiscordServer, api: Api, channel: Channel) -> None:
    assert (await api.post(4, content="x"))[1]["code"] == 10003
    assert (await api("GET", "/guilds/4"))[1]["code"] == 10004
    assert (await api("GET", f"/channels/{channel.id}/messages/4"))[1]["code"] == 10008
    assert (await api("GET", "/users/4"))[1]["code"] == 10013
    server.delete_channel(channel)
    assert (await api.post(channel.id, content="x"))[1]["code"] == 10003


async def test_the_doctor_s_questions_are_answered(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    assert channel.guild
    guild = channel.guild.id
    paths = ["/users/@me", "/applications/@me", "/users/@me/guilds", "/gateway/bot", f"/guilds/{guild}"]
    paths += [f"/guilds/{guild}/channels", f"/guilds/{guild}/roles", f"/guilds/{guild}/threads/active"]
    paths += [f"/guilds/{guild}/members/{server.bot.id}", f"/guilds/{guild}/members/{hana.id}"]
    paths += [
        f"/channels/{channel.id}",
        f"/users/{hana.id}",
        f"/channels/{channel.id}/threads/archived/public",
    ]
    assert [path for path in paths if (await api("GET", path))[0] != 200] == []
    assert (await api("GET", f"/guilds/{guild}/members?limit=10"))[1]["code"] == 50001
    assert (await api("GET", "/users/@me", token="wrong"))[0] == 401
