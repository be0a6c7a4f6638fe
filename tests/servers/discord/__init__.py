"""A local Discord that the real discord.py talks to: stateful, and unkind where the real one is.

    async with DiscordServer(privileged=Intent.MESSAGE_CONTENT) as server:
        guild = server.guild("Reading circle", bot_permissions=Can.MANAGE_THREADS)
        papers = server.text_channel(guild, "papers")
        hana = server.member(guild, "hana", locale="ja", permissions=Can.MANAGE_GUILD)

        with server.used_by_discord_py():               # or give server.api_url, .gateway_url, .token
            ...                                         # a client logs in and syncs its commands
        asked = server.slash(hana, papers, "ask", paper="2402.17764", question="なぜ？")
        reply = await server.replied(asked)             # hidden replies are seen here, too
        again = server.press(hana, reply, "ask:2402.17764")
        server.submit_modal(hana, await server.answered(again), question="How large?")
        server.say(hana, papers, "and why?", mentions_bot=True)
        await server.until(lambda: len(server.messages(papers)) == 2)

        server.fail(on("POST", "/channels/*/messages"), Lose())       # stored, and the answer lost
        server.limit_threads(300, after=3)                            # a shared 429 on the fourth
        server.after_store(lambda call: os.kill(bot, SIGKILL))        # crash at a chosen point
        server.gateway.drop()                                         # a broken connection
        server.behaviour.history_lag = 2.0
        server.clock.advance(minutes=3)                               # the nonces are forgotten
        assert not server.avoidable                                   # no 429 that could be kept clear of

`server.calls` is every request with its time and answer. Leaving the server fails the test where a
request was against Discord's own OpenAPI document; `take_violations()` is for tests that mean it.
Times go by `server.clock` (real time that can be advanced, or a `ManualClock`), but rate limits,
whose waits are real: make them short with `server.behaviour.rates["post"] = (5, 0.1)`.

What cannot be done in a person's client raises `NotOffered`. Ids are as old as the clock says.

discord.py waits two seconds for guilds before it is ready and five before it begins anew: a client
made with `guild_ready_timeout=0.05` and a `before_identify_hook` that does nothing saves the time.
"""

from tests.servers.discord.faults import (
    Call,
    Drop,
    Dropped,
    Failed,
    Fault,
    Lose,
    Refuse,
    Stall,
    on,
)
from tests.servers.discord.gateway import Gateway
from tests.servers.discord.offered import NotOffered
from tests.servers.discord.permissions import EVERYONE, Can
from tests.servers.discord.rates import TooMany
from tests.servers.discord.server import TOKEN, DiscordServer
from tests.servers.discord.state import (
    Channel,
    Flag,
    Guild,
    Intent,
    Interaction,
    Kind,
    Message,
    Role,
    Upload,
    User,
)
from tests.servers.discord.world import Behaviour

__all__ = [
    "EVERYONE", "TOKEN", "Behaviour", "Call", "Can", "Channel", "DiscordServer", "Drop", "Dropped", "Failed",
    "Fault", "Flag",
    "Gateway", "Guild", "Intent", "Interaction", "Kind", "Lose", "Message", "NotOffered", "Refuse", "Role",
    "Stall", "TooMany", "Upload", "User", "on",
]  # fmt: skip
