"""A local server that speaks as Slack does: Web API, Socket Mode, and what people do in their clients.

The real slack-bolt and slack-sdk talk to it; nothing in them is replaced but the address:

    server = SlackServer()                       # or SlackServer(clock), which tests turn by hand
    await server.start()
    team = server.workspace()
    mori = team.person("mori", admin=True)
    papers = team.channel("papers", mori)        # the bot is in it; bot=False leaves it outside

    client = AsyncWebClient(token=team.token, base_url=server.api_url)
    handler = AsyncSocketModeHandler(AsyncApp(client=client), server.app_token)
    await handler.connect_async()
    await server.sockets.connected()

    asked = await server.over(server.slash(mori, papers, "/ask", "2402.17764 何が新しいのですか"))
    assert asked.acknowledged and asked.seconds < 3
    await server.until(lambda: server.messages(papers))
    card = server.messages(papers)[0]
    assert shown(card) == "…" and not server.pinged()
    server.press(mori, card, "ask")
    await server.until(lambda: server.views)
    server.submit(server.views[0], {"question": "限界は？"})

    server.faults.lose_answer("chat.postMessage")             # stored, and the connection cut
    server.faults.status("chat.postMessage", 503, times=2)
    server.faults.at("after_store", "chat.postMessage", lambda call: child.kill())
    server.sockets.twice = True                               # every event comes twice
    await server.sockets.refresh()                            # asked to reconnect
    server.sockets.deafen(); server.sockets.drop()            # and not asked

It keeps what is said as Slack keeps it: text escaped, links in `<>`, blocks filled in, metadata whose type
holds a dot lost, a reply to a deleted message put into the channel. It refuses what Slack refuses, with its
errors (`blocks.py` has the limits of Block Kit), and is as slow (`limits.py`). The log is `server.calls()`.
The server lives in the loop that started it; a bot that is to be killed is a child process of that one.
"""

from __future__ import annotations

from tests.servers.slack.deliveries import Connection, Delivery
from tests.servers.slack.faults import Call, Faults
from tests.servers.slack.limits import Limits
from tests.servers.slack.nouns import Channel, Json, Message, User, View, Workspace
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
    "SlackServer",
    "User",
    "View",
    "Workspace",
    "shown",
]
