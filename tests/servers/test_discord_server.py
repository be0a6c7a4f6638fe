"""The real discord.py on the local Discord: logging in, commands, cards, threads, forms, shards."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.servers.discord import Can, DiscordServer, Flag, Intent, Lose, NotOffered, Upload, on
from tests.servers.on_discord.support import INTENTS, QUICK, Bot, ahead, logged_in


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(check_answers=True) as server:
        server.behaviour.rates["post"] = (5, 0.3)
        yield server


def a_card() -> discord.ui.LayoutView:
    view = discord.ui.LayoutView(timeout=None)
    pdf: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(label="PDF", url="https://x.example")
    ask: discord.ui.Button[discord.ui.LayoutView] = discord.ui.Button(label="Ask", custom_id="ask")
    section = discord.ui.Section[discord.ui.LayoutView](discord.ui.TextDisplay("要約。"), accessory=pdf)
    row = discord.ui.ActionRow[discord.ui.LayoutView](ask)
    title = discord.ui.TextDisplay[discord.ui.LayoutView]("# 論文")
    separator = discord.ui.Separator[discord.ui.LayoutView]()
    return view.add_item(discord.ui.Container(title, section, separator, row, id=2_000_000_007))


async def test_a_client_logs_in_and_its_commands_are_there_in_both_languages(server: DiscordServer) -> None:
    server.text_channel(server.guild())
    async with logged_in(server) as bot:
        assert bot.user.name == "Rinko"
        assert [channel.name for channel in bot.guilds[0].text_channels] == ["papers"]
    (ask, keep) = server.world.commands[None]
    assert ask["options"][1]["name_localizations"] == {"ja": "質問"}
    assert keep["default_member_permissions"] == str(int(Can.MANAGE_GUILD))


async def test_a_slash_command_is_acknowledged_then_edited_then_followed_up(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana", locale="ja")
    async with logged_in(server):
        asked = server.slash(hana, channel, "ask", paper="2402.17764", question="なぜ？")
        await server.until(lambda: len(server.replies(asked)) == 2)
    reply, more = server.replies(asked)
    assert (reply.text, reply.ephemeral_for) == ("2402.17764: なぜ？", None)
    assert (more.text, more.ephemeral_for) == ("and more", hana)
    assert asked.took is not None
    assert asked.took < 1
    assert server.messages(channel) == [reply]
    assert server.messages(channel, seen_by=hana) == [reply, more]


async def test_a_hidden_reply_is_seen_by_the_asker_only(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server):
        asked = server.slash(hana, channel, "ask", paper="secret", question="?")
        assert (await server.replied(asked)).ephemeral_for is hana
    assert server.messages(channel) == []


async def test_an_option_is_completed(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server):
        typed = await server.answered(server.autocomplete(hana, channel, "ask", "paper", "scaling"))
    assert typed.choices == [{"name": "scaling laws", "value": "2001.08361"}]


async def test_a_file_given_to_a_command_can_be_fetched(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    admin = server.member(guild, "ken", permissions=Can.MANAGE_GUILD)
    async with logged_in(server):
        kept = server.slash(admin, channel, "keep", file=Upload("a.pdf", b"%PDF-1.7"))
        assert (await server.replied(kept)).text == "a.pdf: 8"


async def test_commands_are_offered_by_permission_and_can_be_forced(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server):
        with pytest.raises(NotOffered, match="not offered to hana"):
            server.slash(hana, channel, "keep", file=Upload("a", b""))
        with pytest.raises(NotOffered, match="question must be given"):
            server.slash(hana, channel, "ask", paper="x")
        with pytest.raises(NotOffered, match="no command 'digest'"):
            server.slash(hana, channel, "digest here")
        forced = server.slash(hana, channel, "keep", force=True, file=Upload("a", b"12"))
        assert (await server.replied(forced)).text == "a: 2"


async def test_a_button_opens_a_form_and_the_form_is_answered(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server) as bot:
        await bot.get_channel(channel.id).send(view=a_card())
        (message,) = server.messages(channel)
        pressed = await server.answered(server.press(hana, message, "ask"))
        sent = server.submit_modal(hana, pressed, question="how large?")
        reply = await server.replied(sent)
        with pytest.raises(NotOffered, match="must be filled in"):
            server.submit_modal(hana, pressed)
    assert (reply.text, reply.ephemeral_for) == ("asked: how large?", hana)


async def test_a_card_is_posted_silently_with_a_thread_under_it(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    async with logged_in(server) as bot:
        none = discord.AllowedMentions.none()
        posted = await bot.get_channel(channel.id).send(view=a_card(), silent=True, allowed_mentions=none)
        thread = await posted.create_thread(name="質問と回答", auto_archive_duration=10080)
        await thread.send("Q1")
        kept = [message async for message in bot.get_channel(channel.id).history()]
        inside = [message.type async for message in thread.history()]
    (message,) = server.messages(channel)
    assert message.is_v2
    assert message.silent
    assert message.allowed_mentions == {"parse": []}
    assert message.text.splitlines()[:2] == ["# 論文", "要約。"]
    assert message.thread is not None
    assert (message.thread.id, message.thread.name) == (message.id, "質問と回答")
    assert message.components[0]["id"] == kept[0].components[0].id == 2_000_000_007
    assert kept[0].nonce is None
    assert inside == [discord.MessageType.default, discord.MessageType.thread_starter_message]


async def test_a_forum_post_has_its_tags_and_its_first_message(server: DiscordServer) -> None:
    forum = server.forum(server.guild(), tags=("cs.CL", "cs.CV"))
    async with logged_in(server) as bot:
        channel = bot.get_channel(forum.id)
        made = await channel.create_thread(
            name="論文", view=a_card(), applied_tags=[channel.available_tags[1]]
        )
        assert made.thread.id == made.message.id
    (thread,) = server.threads(forum)
    assert [forum.tags[tag] for tag in thread.applied_tags] == ["cs.CV"]
    (call,) = server.asked(on("POST", "/channels/*/threads"))
    assert "nonce" not in call.json["message"]


async def test_mentions_come_with_their_words_and_other_messages_without(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server) as bot:
        server.say(hana, channel, "hello all")
        server.say(hana, channel, "why?", mentions_bot=True)
        server.say(hana, server.dm(hana), "in private")
        await server.until(lambda: len(bot.heard) == 3)
        words = [message.content for message in bot.heard]
    assert words == ["", f"{server.bot.mention} why?", "in private"]


async def test_all_words_come_where_the_intent_is_on_and_asked_for() -> None:
    async with DiscordServer(privileged=Intent.MESSAGE_CONTENT) as server:
        channel = server.text_channel(guild := server.guild())
        hana = server.member(guild, "hana")
        intents = INTENTS | discord.Intents(message_content=True)
        async with logged_in(server, Bot(intents=intents)) as bot:
            server.say(hana, channel, "hello all")
            await server.until(lambda: bot.heard)
            assert bot.heard[0].content == "hello all"
            assert bot.application.flags.gateway_message_content_limited


async def test_an_intent_that_is_not_switched_on_is_refused(server: DiscordServer) -> None:
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with logged_in(server, Bot(intents=INTENTS | discord.Intents(message_content=True))):
            pass


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    with server.used_by_discord_py():
        async with Bot() as bot:
            with pytest.raises(discord.LoginFailure):
                await bot.start("another token")


async def test_a_reaction_and_a_direct_message_are_told(server: DiscordServer) -> None:
    channel = server.text_channel(guild := server.guild())
    hana = server.member(guild, "hana")
    async with logged_in(server) as bot:
        message = await bot.get_channel(channel.id).send("+1?")
        await message.add_reaction("👍")
        server.react(hana, server.messages(channel)[0], "👎")
        await server.until(lambda: bot.reacted == ["👍", "👎"])
        await (await bot.fetch_user(hana.id)).send("a word with you")
        assert [message.text for message in server.messages(server.dm(hana))] == ["a word with you"]
        hana.takes_messages = False
        with pytest.raises(discord.Forbidden, match="50007"):
            await (await bot.fetch_user(hana.id)).send("and another")


async def test_files_are_uploaded(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    async with logged_in(server) as bot:
        file = discord.File(io.BytesIO(b"log"), "log.txt", description="the log")
        message = await bot.get_channel(channel.id).send("here", file=file)
        assert await message.attachments[0].read() == b"log"
    (attachment,) = server.messages(channel)[0].attachments
    assert (attachment.upload.name, attachment.description) == ("log.txt", "the log")


async def test_a_429_that_was_not_announced_is_waited_for(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    server.behaviour.rates["post"] = (2, 0.2)
    async with logged_in(server) as bot:
        server.rest.rates.passes("used up by others", "post", str(channel.id), counts=False)
        server.rest.rates.passes("used up by others", "post", str(channel.id), counts=False)
        await bot.get_channel(channel.id).send("late")
    (refusal,) = server.too_many
    assert refusal.scope == "user"
    assert server.avoidable == [refusal]
    first, second = server.asked(on("POST", "/channels/*/messages"))
    assert (first.status, second.status) == (429, 200)
    assert second.at - first.at >= 0.1


async def test_discord_py_keeps_to_the_announced_limits(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    server.behaviour.rates["post"] = (5, 0.2)
    async with logged_in(server) as bot:
        for number in range(11):
            await bot.get_channel(channel.id).send(str(number))
    assert len(server.messages(channel)) == 11
    assert server.too_many == []


async def test_a_long_wait_for_threads_is_an_error_where_the_client_wants_it(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    server.limit_threads(300, after=1)
    async with logged_in(server, Bot(max_ratelimit_timeout=30)) as bot:
        place = bot.get_channel(channel.id)
        await (await place.send("one")).create_thread(name="one")
        second = await place.send("two")
        with pytest.raises(discord.RateLimited) as raised:
            await second.create_thread(name="two")
        assert 299 < raised.value.retry_after <= 300
        await place.send("messages go on")
        ahead(server, seconds=301)
        await second.create_thread(name="two")
    assert [refusal.scope for refusal in server.too_many] == ["shared"]
    assert server.avoidable == []


async def test_a_500_after_storing_leaves_one_message_by_its_nonce(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    server.fail(on("POST", "/channels/*/messages"), Lose(500))
    async with logged_in(server) as bot:
        await bot.get_channel(channel.id).send("once")
    assert [call.status for call in server.asked(on("POST", "/channels/*/messages"))] == [500, 200]
    assert [message.text for message in server.messages(channel)] == ["once"]


async def test_guilds_are_parted_between_shards() -> None:
    class Sharded(discord.AutoShardedClient):
        heard: list[tuple[int, str]]

        async def before_identify_hook(self, *_: object, **__: object) -> None:
            """Wait for nothing."""

        async def on_message(self, message: discord.Message) -> None:
            assert message.guild
            self.heard.append((message.guild.shard_id, message.content))

    async with DiscordServer() as server:
        server.behaviour.shards = 2
        places = [server.text_channel(server.guild(name)) for name in ("one", "two")]
        client = Sharded(intents=INTENTS, guild_ready_timeout=QUICK)
        client.heard = []
        async with logged_in(server, client):
            assert sorted(client.shards) == [0, 1]
            for place in places:
                assert place.guild
                hana = server.member(place.guild, "hana")
                server.say(hana, place, place.guild.name, mentions_bot=True)
            await server.until(lambda: len(client.heard) == 2)
        assert [shard for shard, _ in sorted(client.heard)] == [0, 1]


async def test_flags_of_a_message_are_kept_as_they_were_asked(server: DiscordServer) -> None:
    channel = server.text_channel(server.guild())
    async with logged_in(server) as bot:
        place = bot.get_channel(channel.id)
        await place.send("https://a.example", suppress_embeds=True)
        await place.send("https://a.example")
    quiet, loud = server.messages(channel)
    assert quiet.flags & Flag.SUPPRESS_EMBEDS
    assert (quiet.previews_links, loud.previews_links) == (False, True)


async def test_the_server_runs_by_itself_for_a_bot_in_another_process() -> None:
    alone = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.servers.discord", "--port", "0", stdout=asyncio.subprocess.PIPE
    )  # fmt: skip
    try:
        assert alone.stdout
        told = json.loads(await alone.stdout.readuntil(b"\n}\n"))
        api, channel = told["RINKO_DISCORD__API_URL"], told["channels"]["papers"]
        people = api.removesuffix("/api/v10") + "/people"
        async with aiohttp.ClientSession() as session:
            say = {"channel": channel, "text": "why?", "mentions_bot": True}
            await session.post(f"{people}/say", json=say)
            auth = {"Authorization": f"Bot {told['RINKO_DISCORD__TOKEN']}"}
            body = {"content": "because"}
            await session.post(f"{api}/channels/{channel}/messages", json=body, headers=auth)
            async with session.get(f"{people}/channel/{channel}") as answer:
                shown = [message["text"].split()[-1] for message in await answer.json()]
            refused = await session.post(f"{people}/slash", json={"channel": channel, "command": "ask"})
        assert shown == ["why?", "because"]
        assert refused.status == 400
    finally:
        alone.kill()
        await alone.wait()
