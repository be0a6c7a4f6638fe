"""Threads and forum posts on the local Discord."""

from __future__ import annotations

from tests.servers.discord import (
    Can,
    Channel,
    DiscordServer,
    Kind,
    User,
)
from tests.servers.on_discord.support import Api, ahead, thread_under


async def test_a_thread_has_its_messages_id_and_there_is_only_one(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    message, thread = await thread_under(api, channel)
    assert message == thread
    again = await api("POST", f"/channels/{channel.id}/messages/{message}/threads", {"name": "Q&A"})
    assert again[1]["code"] == 160004
    server.permit(channel, server.bot, deny=Can.CREATE_PUBLIC_THREADS)
    _, other = await api.post(channel.id, content="another paper")
    refused = await api("POST", f"/channels/{channel.id}/messages/{other['id']}/threads", {"name": "Q&A"})
    assert refused[1]["code"] == 50013


async def test_writing_in_threads_needs_a_right_of_its_own(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    _, thread = await thread_under(api, channel)
    server.permit(channel, server.bot, deny=Can.SEND_MESSAGES)
    assert (await api.post(thread, content="A"))[0] == 200
    server.permit(channel, server.bot, deny=Can.SEND_MESSAGES_IN_THREADS)
    assert (await api.post(thread, content="A"))[1]["code"] == 50013


async def test_in_an_archived_thread_nothing_changes_until_somebody_writes(
    server: DiscordServer, api: Api, channel: Channel, hana: User
) -> None:
    _, thread = await thread_under(api, channel)
    _, answer = await api.post(thread, content="A")
    path = f"/channels/{thread}/messages/{answer['id']}"
    server.archive(server.world.channels[thread])
    assert (await api("PATCH", path, {"content": "B"}))[1]["code"] == 50083
    assert (await api("DELETE", path))[1]["code"] == 50083
    assert (await api("PUT", f"{path}/reactions/%F0%9F%91%8D/@me"))[1]["code"] == 50083
    assert (await api("PATCH", f"/channels/{thread}", {"name": "new"}))[1]["code"] == 50083
    await api.post(thread, content="more")
    assert (await api("PATCH", path, {"content": "B"}))[0] == 200
    server.archive(server.world.channels[thread], locked=True)
    assert (await api.post(thread, content="more"))[1]["code"] == 160005


async def test_a_thread_is_archived_when_nobody_writes_for_its_time(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    _, thread = await thread_under(api, channel)
    ahead(server, minutes=4321)
    _, shown = await api("GET", f"/channels/{thread}")
    assert shown["thread_metadata"]["archived"]
    assert channel.guild
    assert (await api("GET", f"/guilds/{channel.guild.id}/threads/active"))[1]["threads"] == []
    listed = await api("GET", f"/channels/{channel.id}/threads/archived/public")
    assert [each["id"] for each in listed[1]["threads"]] == [str(thread)]


async def test_a_thread_without_a_message_is_private_unless_asked_for(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    path = f"/channels/{channel.id}/threads"
    assert (await api("POST", path, {"name": "a"}))[1]["type"] == Kind.PRIVATE_THREAD
    assert (await api("POST", path, {"name": "b", "type": 11}))[1]["type"] == Kind.PUBLIC_THREAD
    assert [message.type for message in server.messages(channel)] == [18]
    assert (await api("POST", path, {"name": "x" * 101}))[0] == 400
    server.take_violations()


async def test_a_forum_takes_posts_only_with_their_tags_and_no_nonce(
    server: DiscordServer, api: Api, channel: Channel
) -> None:
    assert channel.guild
    forum = server.forum(channel.guild, tags=("NLP",), requires_tag=True)
    path, (tag,) = f"/channels/{forum.id}/threads", forum.tags
    first = {"content": "a paper", "nonce": "n1", "enforce_nonce": True}
    body = {"name": "a paper", "message": first, "applied_tags": [str(tag)]}
    made = [await api("POST", path, body) for _ in range(2)]
    assert [status for status, _ in made] == [201, 201]
    assert made[0][1]["id"] == made[0][1]["message"]["id"]
    assert len(server.threads(forum)) == 2
    assert (await api("POST", path, {**body, "applied_tags": []}))[1]["code"] == 40067
    assert (await api("POST", path, {**body, "applied_tags": ["4"]}))[1]["code"] == 50035
    assert (await api("POST", path, {**body, "message": {"content": " "}}))[1]["code"] == 50006
    assert (await api.post(forum.id, content="beside"))[1]["code"] == 50008
    assert len(server.threads(forum)) == 2
