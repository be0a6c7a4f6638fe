"""A local Slack by itself: `python -m tests.servers.slack --port 8082`.

It prints the settings for a bot and the ids of what is there as one JSON document. People act, and what
stands in a channel is read, by requests:

    curl localhost:8082/people/say -d '{"channel": "ID", "text": "<@BOT> why?", "thread": "TS"}'
    curl localhost:8082/people/slash -d '{"channel": "ID", "command": "/ask", "text": "2402.17764 why?"}'
    curl localhost:8082/people/press -d '{"channel": "ID", "message": "TS", "action": "ask"}'
    curl localhost:8082/people/submit -d '{"view": "ID", "values": {"question": "why?"}}'
    curl localhost:8082/people/channel/ID
    curl localhost:8082/people/calls
"""

from __future__ import annotations

import argparse
import asyncio
import json

from aiohttp import web

from tests.servers.slack import Channel, Delivery, Json, Message, NotOffered, SlackServer, shown


class Hands:
    """Lets requests act as one person, who administers the workspace."""

    def __init__(self, server: SlackServer) -> None:
        self.server = server
        self.team = server.workspace()
        self.person = self.team.person("hana", admin=True)
        self.papers = self.team.channel("papers", self.person)

    def routes(self) -> list[web.RouteDef]:
        """Where requests act."""
        return [
            web.post("/people/{act}", self.act),
            web.get("/people/channel/{channel}", self.channel),
            web.get("/people/calls", self.calls),
        ]

    def described(self) -> Json:
        """What a bot needs to know."""
        return {
            "RINKO_SLACK__BOT_TOKEN": self.team.token,
            "RINKO_SLACK__APP_TOKEN": self.server.app_token,
            "RINKO_SLACK__API_URL": self.server.api_url,
            "bot": self.team.bot_user,
            "person": self.person.id,
            "channels": {"papers": self.papers.id, "direct": self.server.state.im(self.person).id},
        }

    async def act(self, request: web.Request) -> web.Response:
        """Do what the person does; what their client would not let them is answered with 400."""
        asked, server, person = json.loads(await request.text()), self.server, self.person
        try:
            match request.match_info["act"]:
                case "say":
                    said = server.say(person, self._place(asked), asked["text"], asked.get("thread"))
                    return web.json_response({"ts": said.ts})
                case "slash":
                    sent = server.slash(person, self._place(asked), asked["command"], asked.get("text", ""))
                case "press":
                    message = self._seen(self._place(asked))[asked["message"]]
                    sent = server.press(person, message, asked["action"], asked.get("choice"))
                case "submit":
                    sent = server.submit(server.state.views[asked["view"]], asked.get("values"))
                case _:
                    return web.Response(status=404)
        except NotOffered as refused:
            return web.Response(status=400, text=str(refused))
        return _told(await server.over(sent))

    def _place(self, asked: Json) -> Channel:
        return self.server.state.channels[asked["channel"]]

    def _seen(self, channel: Channel) -> dict[str, Message]:
        """What the person sees in a channel and its threads, by `ts`."""
        alone = [each for each in self.server.ephemerals(self.person) if each.channel is channel]
        return {each.ts: each for each in [*channel.messages.values(), *alone]}

    async def channel(self, request: web.Request) -> web.Response:
        """What the person sees in a channel, and the modals on their screen."""
        channel = self.server.state.channels[request.match_info["channel"]]
        messages = [
            {"ts": each.ts, "thread_ts": each.thread_ts, "user": each.user, "shown": shown(each)}
            for each in self._seen(channel).values()
        ]
        views = [{"id": each.id, "shown": shown(each), "errors": each.errors} for each in self.server.views]
        return web.json_response({"messages": messages, "views": views})

    async def calls(self, _: web.Request) -> web.Response:
        """Every request of the bot."""
        told = [
            {"method": each.method, "status": each.status, "error": each.error}
            for each in self.server.calls()
        ]
        return web.json_response(told)


def _told(sent: Delivery) -> web.Response:
    return web.json_response(
        {"acknowledged": sent.acknowledged, "failed": sent.failed, "seconds": sent.seconds}
    )


async def serve(port: int) -> None:
    """Serve until stopped."""
    server = SlackServer(port=port)
    hands = Hands(server)
    await server.start(hands.routes())
    print(json.dumps(hands.described(), indent=2), flush=True)  # noqa: T201 - this is its output
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A local Slack.")
    parser.add_argument("--port", type=int, default=8082, help="where to listen; 0 takes a free port")
    asyncio.run(serve(parser.parse_args().port))
