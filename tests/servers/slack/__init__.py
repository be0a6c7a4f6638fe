"""A local server that speaks as Slack does: Web API, Socket Mode, and what people do in their clients.

The real slack-bolt and slack-sdk talk to it; nothing in them is replaced but the address:

    async with SlackServer() as server:              # SlackServer(clock) takes a ManualClock
        team = server.workspace()
        mori = team.person("mori", admin=True)
        papers = team.channel("papers", mori)        # the bot is in it; bot=False leaves it outside

        app = AsyncApp(client=AsyncWebClient(token=team.token, base_url=server.api_url))
        async with connected(server, app):           # from apps.py; or give server.app_token to a bot
            asked = await server.over(server.slash(mori, papers, "/ask", "2402.17764 何が新しい？"))
            assert asked.acknowledged and asked.seconds < 3
            await server.until(lambda: server.messages(papers))
            card = server.messages(papers)[0]
            assert shown(card) == "…" and not server.pinged()
            server.press(mori, card, "ask")
            await server.until(lambda: server.views)
            server.submit(server.views[0], {"question": "限界は？"})

            server.faults.lose_answer("chat.postMessage")         # stored, and the connection cut
            server.faults.status("chat.postMessage", 503, times=2)
            server.faults.at("after_store", "chat.postMessage", lambda call: child.kill())
            server.sockets.twice = True                           # every event comes twice
            await server.sockets.refresh()                        # asked to reconnect
            server.sockets.deafen(); server.sockets.drop()        # and not asked
            server.clock.advance(seconds=4)                       # what is not acknowledged comes again

It keeps what is said as Slack keeps it: text escaped, links in `<>`, blocks filled in, metadata whose type
holds a dot lost, a reply to a deleted message put into the channel. It refuses what Slack refuses, with its
errors (`blocks.py` has the limits of Block Kit), and is as slow (`limits.py`). The log is `server.calls()`.
What a person's client does not let through raises `NotOffered`.

Times go by `server.clock`, and so do the limits. The server lives in the loop that started it; a bot that is
to be killed is a child process of that one. `python -m tests.servers.slack` runs one by itself.
"""

from __future__ import annotations

from tests.servers.slack.deliveries import Connection, Delivery
from tests.servers.slack.faults import Call, Faults
from tests.servers.slack.limits import Limits
from tests.servers.slack.nouns import Channel, Json, Message, User, View, Workspace
from tests.servers.slack.offered import NotOffered
from tests.servers.slack.server import SlackServer
from tests.servers.slack.shown import shown

__all__ = [
    "Call",
    "Channel",
    "Connection",
    "Delivery",
    "Faults",
    "Json",
    "Limits",
    "Message",
    "NotOffered",
    "SlackServer",
    "User",
    "View",
    "Workspace",
    "shown",
]
