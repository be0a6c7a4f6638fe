"""A local Discord by itself: `python -m tests.servers.discord --port 8081`.

It prints the settings for a bot and the ids of what is there as one JSON document. People act, and
what stands in a channel is read, by requests:

    curl localhost:8081/people/say -d '{"channel": "ID", "text": "why?", "mentions_bot": true}'
    curl localhost:8081/people/slash -d '{"channel": "ID", "command": "ask", "options": {"paper": "…"}}'
    curl localhost:8081/people/press -d '{"message": "ID", "custom_id": "ask:1"}'
    curl localhost:8081/people/channel/ID
    curl localhost:8081/people/calls
"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any

from aiohttp import web

from tests.servers.discord import Can, Channel, DiscordServer, Intent, Message, NotOffered, User


class Desk:
    """Lets requests act as one person, who may manage the guild."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        guild = server.guild(bot_permissions=Can.MANAGE_THREADS | Can.MANAGE_MESSAGES)
        self.places = [server.text_channel(guild), server.forum(guild, "posts", tags=("cs.CL", "cs.CV"))]
        self.person: User = server.member(guild, "hana", locale="ja", permissions=Can.MANAGE_GUILD)
        self.guild = guild

    def routes(self) -> list[web.RouteDef]:
        """Where requests act."""
        return [
            web.post("/people/{act}", self.act),
            web.get("/people/channel/{channel}", self.channel),
            web.get("/people/calls", self.calls),
        ]

    def described(self) -> dict[str, Any]:
        """What a bot needs to know."""
        server = self.server
        return {
            "RINKO_DISCORD__TOKEN": server.token,
            "RINKO_DISCORD__API_URL": server.api_url,
            "RINKO_DISCORD__GATEWAY_URL": server.gateway_url,
            "guild": str(self.guild.id),
            "channels": {place.name: str(place.id) for place in self.places},
            "person": str(self.person.id),
        }

    async def act(self, request: web.Request) -> web.Response:
        """Do what the person does; what their client would not let them is answered with 400."""
        asked, server = json.loads(await request.text()), self.server
        try:
            match request.match_info["act"]:
                case "say":
                    mentions = asked.get("mentions_bot", False)
                    done = server.say(
                        self.person, self._place(asked), asked["text"], mentions_bot=mentions
                    ).id
                case "slash":
                    options = asked.get("options", {})
                    done = server.slash(self.person, self._place(asked), asked["command"], **options).id
                case "press":
                    message = server.world.messages[int(asked["message"])]
                    done = server.press(self.person, message, asked["custom_id"]).id
                case _:
                    return web.Response(status=404)
        except NotOffered as refused:
            return web.Response(status=400, text=str(refused))
        return web.json_response({"id": str(done)})

    def _place(self, asked: dict[str, Any]) -> Channel:
        return self.server.world.channels[int(asked["channel"])]

    async def channel(self, request: web.Request) -> web.Response:
        """What the person sees in a channel."""
        place = self.server.world.channels[int(request.match_info["channel"])]
        return web.json_response([_shown(m) for m in self.server.messages(place, seen_by=self.person)])

    async def calls(self, _: web.Request) -> web.Response:
        """Every request of the bot."""
        return web.json_response(
            [{"request": str(call), "status": call.status} for call in self.server.calls]
        )


def _shown(message: Message) -> dict[str, Any]:
    thread = str(message.thread.id) if message.thread else None
    return {"id": str(message.id), "author": message.author.name, "text": message.text, "thread": thread}


async def serve(port: int) -> None:
    """Serve until stopped."""
    server = DiscordServer(port=port, privileged=Intent.MESSAGE_CONTENT)
    desk = Desk(server)
    await server.start(desk.routes())
    print(json.dumps(desk.described(), indent=2), flush=True)  # noqa: T201 - this is its output
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="A local Discord.")
    parser.add_argument("--port", type=int, default=8081, help="where to listen; 0 takes a free port")
    asyncio.run(serve(parser.parse_args().port))
