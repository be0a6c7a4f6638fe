"""The local Discord's own answers, which its server holds against Discord's document as they go out."""

from __future__ import annotations

import io
from typing import Any

import aiohttp
import pytest

from tests.servers.discord import Can, Channel, DiscordServer
from tests.servers.on_discord.support import COMMAND, Api, answer, card

PICTURE = {"url": "https://a.example/x.png"}
THUMBNAIL = {"type": 11, "media": PICTURE}
MENU = {"type": 3, "custom_id": "s", "options": [{"label": "a", "value": "a"}], "placeholder": "p"}
FULL_CARD = {
    "flags": 1 << 15,
    "components": [
        {"type": 12, "items": [{"media": PICTURE}]},
        {"type": 9, "components": [{"type": 10, "content": "x"}], "accessory": THUMBNAIL},
        {"type": 1, "components": [MENU]},
        {"type": 1, "components": [{"type": 5, "custom_id": "u"}]},
        {"type": 14},
        {"type": 17, "accent_color": 5, "components": [{"type": 10, "content": "x"}]},
    ],
}
FULL_EMBED = {
    "title": "t",
    "description": "d",
    "url": "https://a.example",
    "color": 3,
    "timestamp": "2024-01-01T00:00:00+00:00",
    "footer": {"text": "f"},
    "author": {"name": "a"},
    "image": PICTURE,
    "fields": [{"name": "n", "value": "v"}],
}


@pytest.fixture
def channel(server: DiscordServer) -> Channel:
    return server.text_channel(server.guild(bot_permissions=Can.ADMINISTRATOR))


async def got(api: Api, method: str, path: str, body: object = None) -> Any:
    status, told = await api(method, path, body)
    assert status < 300, told
    return told


async def test_all_that_a_message_can_be_made_of(server: DiscordServer, api: Api, channel: Channel) -> None:
    messages = f"/channels/{channel.id}/messages"
    await got(api, "POST", messages, FULL_CARD)
    plain = await got(api, "POST", messages, {"content": "x", "embeds": [FULL_EMBED]})
    await got(api, "POST", messages, {"content": "re", "message_reference": {"message_id": plain["id"]}})
    reactions = f"{messages}/{plain['id']}/reactions/%F0%9F%91%8D"
    await got(api, "PUT", f"{reactions}/@me")
    await got(api, "GET", reactions)
    await got(api, "GET", f"{messages}/{plain['id']}")
    await got(api, "DELETE", f"{reactions}/@me")
    await got(api, "GET", messages)
    assert channel.guild
    hana = server.member(channel.guild, "hana")
    private = await got(api, "POST", "/users/@me/channels", {"recipient_id": str(hana.id)})
    await got(api, "POST", f"/channels/{private['id']}/messages", {"content": "hello"})
    await got(api, "GET", f"/channels/{private['id']}")
    await got(api, "POST", f"/channels/{channel.id}/typing")


async def test_a_file_shown_by_a_component_has_its_address(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    form = aiohttp.FormData(quote_fields=False)
    shown = '{"flags": 32768, "components": [{"type": 13, "file": {"url": "attachment://a.pdf"}}]}'
    form.add_field("payload_json", shown)
    form.add_field("files[0]", io.BytesIO(b"%PDF"), filename="a.pdf")
    status, message = await api("POST", f"/channels/{channel.id}/messages", data=form)
    assert status == 200
    assert message["components"][0]["file"]["url"] == server.messages(channel)[0].attachments[0].url


async def test_all_that_can_be_done_with_threads(server: DiscordServer, api: Api, channel: Channel) -> None:
    assert channel.guild
    hana = server.member(channel.guild, "hana")
    _, message = await api.post(channel.id, content="a paper")
    thread = await got(api, "POST", f"/channels/{channel.id}/messages/{message['id']}/threads", {"name": "t"})
    path = f"/channels/{thread['id']}"
    members = f"{path}/thread-members"
    for method, rest in (("GET", ""), ("PUT", f"/{hana.id}"), ("GET", f"/{hana.id}"), ("DELETE", "/@me")):
        await got(api, method, members + rest)
    await got(api, "PUT", f"{members}/@me")
    await got(api, "PATCH", path, {"name": "new", "archived": True})
    await got(api, "PATCH", path, {"archived": False, "locked": True, "auto_archive_duration": 60})
    await got(api, "GET", f"{path}/messages")
    await got(api, "DELETE", path)
    forum = server.forum(channel.guild, tags=("cs.CL",))
    first = {"name": "p", "message": card(), "applied_tags": [str(tag) for tag in forum.tags]}
    post = await got(api, "POST", f"/channels/{forum.id}/threads", first)
    await got(api, "PATCH", f"/channels/{post['id']}", {"applied_tags": []})
    await got(api, "GET", f"/channels/{post['id']}")
    await got(api, "PATCH", f"/channels/{channel.id}", {"topic": "papers"})
    await got(api, "DELETE", f"/channels/{channel.id}")
    await got(api, "DELETE", f"/users/@me/guilds/{channel.guild.id}")


async def test_commands_of_a_guild_and_of_a_message_s_menu(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    assert channel.guild
    hana = server.member(channel.guild, "hana")
    path = f"/applications/{server.bot.id}/guilds/{channel.guild.id}/commands"
    await got(api, "PUT", path, [COMMAND, {"name": "Ask about", "type": 3}])
    await got(api, "GET", f"{path}?with_localizations=true")
    used = server.use_on(hana, server.say(hana, channel, "a paper"), "Ask about")
    assert (await answer(api, used, 5, flags=64))[0] == 200
    original = f"/webhooks/{server.bot.id}/{used.token}/messages/@original"
    await got(api, "GET", original)
    await got(api, "PATCH", original, card())
