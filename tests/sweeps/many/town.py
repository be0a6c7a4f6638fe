"""Slack, Discord, arXiv and a model in a process of their own, told by requests what to do and to tell.

    python -m tests.sweeps.many.town '{"slack": 10, "discord": 10}'

It prints the settings for Rinko and the places that there are as one line of JSON, and serves until its
standard input ends.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from config.settings import SAMPLE
from digest.places import Place
from digest.weeks import latest_ended
from tests.papers import ENGLISH
from tests.servers import discord, slack
from tests.servers.arxiv import ArxivServer, ServedPaper
from tests.servers.discord import Can, DiscordServer
from tests.servers.discord.components import walk
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Asked, Says, ScriptedModel
from tests.servers.slack import SlackServer

_ON_DISCORD = re.compile(r"https://discord\.com/channels/[0-9/]+")
_PAIR = "question"
_PAIRS = 8
"""Questions and answers that the model writes for a paper."""


@dataclass(frozen=True)
class Plan:
    """What a town has. Seconds are what an answer of a platform, and of the model, takes at least."""

    slack: int = 0
    discord: int = 0
    papers: int = 1
    seconds: float = 0.0
    model_seconds: float = 0.5
    global_rate: int = 50
    """Requests in a second that Discord takes in all."""


@dataclass(frozen=True)
class Stands:
    """A message as it stands there: its mark, its address, where it leads, and its thread."""

    mark: str
    address: str
    links: tuple[str, ...] = ()
    thread: tuple[Stands, ...] = ()


@dataclass
class Town:
    """All servers."""

    plan: Plan
    slack: SlackServer = field(default_factory=SlackServer)
    discord: DiscordServer = field(default_factory=lambda: DiscordServer(document=None))
    arxiv: ArxivServer = field(default_factory=ArxivServer)
    model: ScriptedModel = field(init=False)
    asked: Counter[str] = field(default_factory=Counter)
    """Requests to the model, by what for."""

    async def start(self) -> None:
        """Furnish the servers, and listen."""
        plan = self.plan
        self.model = ScriptedModel(self._reply, seconds_per_call=plan.model_seconds, remember=1)
        self.team = self.slack.workspace()
        self.person = self.team.person("hana", admin=True)
        self.rooms = [self.team.channel(f"papers-{one}", self.person) for one in range(plan.slack)]
        self.discord.behaviour.global_rate = (plan.global_rate, 1.0)
        guilds = [self.discord.guild(bot_permissions=Can.MANAGE_THREADS) for _ in range(plan.discord)]
        self.channels = [self.discord.text_channel(guild) for guild in guilds]
        self.members = [self.discord.member(guild, "hana", locale="ja") for guild in guilds[:1]]
        if plan.seconds:
            self.slack.faults.at("before_store", lambda _: True, self._take_time, times=None)
            self.discord.before_store(self._take_time)
        self.arxiv.add(*_papers(plan.papers))
        for server in (self.slack, self.discord, self.arxiv, self.model):
            await server.start()

    async def _take_time(self, _: object) -> None:
        await asyncio.sleep(self.plan.seconds)

    def _reply(self, asked: Asked) -> Says:
        """An honest reply, with fewer questions than it might have: messages cost time here."""
        form = asked.body["response_format"]["json_schema"]["name"]
        self.asked[form] += 1
        told = json.loads(honest_reply(asked.body))
        for name, value in told.items() if isinstance(told, dict) else ():
            if isinstance(value, list) and value and isinstance(value[0], dict) and _PAIR in value[0]:
                told[name] = value[:_PAIRS]
        return Says(json.dumps(told, ensure_ascii=False), piece=400)

    # ------------------------------------------------------------------ what Rinko needs

    def described(self) -> dict[str, Any]:
        """Settings, and places."""
        return {
            "settings": _toml(
                slack={
                    "bot_token": self.team.token,
                    "app_token": self.slack.app_token,
                    "api_url": self.slack.api_url,
                },
                discord={
                    "token": self.discord.token,
                    "api_url": self.discord.api_url,
                    "gateway_url": self.discord.gateway_url,
                },
                arxiv={"api_url": self.arxiv.api_url, "site_url": self.arxiv.url},
                llm={"model": MODEL, "base_url": self.model.url, "api_key": "sk-test"},
            ),
            "places": [str(place) for place in self.places()],
        }

    def places(self) -> list[Place]:
        """Every channel, those of both platforms in turn."""
        made = [Place("slack", self.team.id, one.id) for one in self.rooms]
        made += [Place("discord", str(one.guild.id), str(one.id)) for one in self.channels if one.guild]
        return sorted(made, key=lambda place: place.channel[-3:])

    # -------------------------------------------------------------------- what can be seen

    def shown(self) -> dict[str, list[dict[str, Any]]]:
        """What stands in every channel, by place."""
        by_channel: dict[int, list[discord.Message]] = {}
        for message in self.discord.world.messages.values():
            if not message.deleted:
                by_channel.setdefault(message.channel.id, []).append(message)
        stands: dict[str, list[Stands]] = {}
        for room in self.rooms:
            stands[f"slack/{self.team.id}/{room.id}"] = [
                _on_slack(one, self.slack.thread(room, one.ts)) for one in self.slack.messages(room)
            ]
        for channel in self.channels:
            assert channel.guild
            stands[f"discord/{channel.guild.id}/{channel.id}"] = [
                _on_discord(one, by_channel.get(one.id, ())) for one in by_channel.get(channel.id, ())
            ]
        return {place: [asdict(one) for one in found] for place, found in stands.items()}

    def posted(self) -> int:
        """How many messages stand there."""
        on_discord = sum(bool(one.components) for one in self.discord.world.messages.values())
        return on_discord + sum(len(room.messages) for room in self.rooms)

    def counts(self) -> dict[str, Any]:
        """What was asked of every server so far, and what stands there."""
        calls = [call.status for call in self.slack.calls()] + [call.status for call in self.discord.calls]
        began = [call.at for call in self.discord.calls] or [0.0]
        return {
            "requests": len(calls),
            "refused": sum(status == 429 for status in calls),
            "posted": self.posted(),
            "discord_seconds": max(began) - min(began),
            "heard": bool(self.slack.sockets.connections and self.discord.world.commands),
            "model": dict(self.asked),
            "arxiv": len(self.arxiv.queries),
            "documents": len(self.arxiv.asked),
            "documents_again": len(self.arxiv.asked) - len(set(self.arxiv.asked)),
            "slack": Counter(f"{call.method} {call.status}" for call in self.slack.calls()),
            "discord": Counter(f"{call.method} {call.route} {call.status}" for call in self.discord.calls),
            "crashes": self.discord.rest.crashes,
        }

    def routes(self) -> list[web.RouteDef]:
        """The requests that it is told by."""

        async def shown(_: web.Request) -> web.Response:
            return web.json_response(self.shown())

        async def counts(_: web.Request) -> web.Response:
            return web.json_response(self.counts())

        async def posted(_: web.Request) -> web.Response:
            return web.json_response(self.posted())

        async def ask(request: web.Request) -> web.Response:
            words = await request.text()
            platform = request.match_info["platform"]
            told = await (self._ask_slack(words) if platform == "slack" else self._ask_discord(words))
            return web.json_response(told)

        return [
            web.get("/shown", shown),
            web.get("/counts", counts),
            web.get("/posted", posted),
            web.post("/ask/{platform}", ask),
        ]

    # ------------------------------------------------------------------------- questions

    async def _ask_slack(self, words: str) -> dict[str, float | None]:
        """Seconds until a question was acknowledged, and until its answer stood there."""
        began = time.monotonic()
        before = len(self.slack.ephemerals(self.person))
        sent = self.slack.slash(self.person, self.rooms[0], "/ask", words)
        await self.slack.over(sent)
        acknowledged = sent.seconds

        def answered() -> bool:
            new = self.slack.ephemerals(self.person)[before:]
            return any(block["type"] == "actions" for one in new for block in one.blocks)

        await self.slack.until(answered, within=60)
        return {"acknowledged": acknowledged, "answered": time.monotonic() - began}

    async def _ask_discord(self, words: str) -> dict[str, float | None]:
        began = time.monotonic()
        paper, _, question = words.partition(" ")
        asked = self.discord.slash(self.members[0], self.channels[0], "ask", paper=paper, question=question)
        await self.discord.answered(asked)

        def answered() -> bool:
            return any("rk:helpful:" in str(one.components) for one in self.discord.replies(asked))

        await self.discord.until(answered, seconds=60)
        return {"acknowledged": asked.took, "answered": time.monotonic() - began}


def _on_slack(message: slack.Message, thread: Sequence[slack.Message]) -> Stands:
    metadata = message.metadata or {}
    address = f"/archives/{message.channel.id}/p{message.ts.replace('.', '')}"
    links = tuple(link[link.index("/archives/") :] for link in _urls(message.blocks) if "/archives/" in link)
    mark = str(metadata.get("event_payload", {}).get("mark", ""))
    return Stands(mark, address, links, tuple(_on_slack(one, ()) for one in thread))


def _on_discord(message: discord.Message, thread: Sequence[discord.Message]) -> Stands:
    guild = message.channel.guild
    address = f"https://discord.com/channels/{guild.id if guild else ''}/{message.channel.id}/{message.id}"
    mark = " ".join(str(component.get("id", 0)) for _, component in list(walk(message.components))[:2])
    said = [one for one in thread if one.components]  # others say that the thread was begun
    return Stands(
        mark, address, tuple(_ON_DISCORD.findall(message.text)), tuple(_on_discord(one, ()) for one in said)
    )


def _urls(value: Any) -> Iterator[str]:
    """The addresses in blocks, in order."""
    if isinstance(value, dict):
        if isinstance(value.get("url"), str):
            yield value["url"]
        value = list(value.values())
    for one in value if isinstance(value, list) else ():
        yield from _urls(one)


def _papers(count: int) -> Iterator[ServedPaper]:
    """Papers submitted in the week that ended last."""
    day = latest_ended(datetime.now(UTC)).start
    submitted = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    for number in range(count):
        text = "".join(f"<p>{sentence}</p>" for _, sentence in ENGLISH)
        yield ServedPaper(
            f"2611.0{number:04}",
            f"LampNet {number}: Reading Lamps That Learn",
            versions=(submitted + timedelta(hours=number),),
            pdf=(SAMPLE / "tide-lm.pdf").read_bytes() if number == 0 else None,
            html=f"<html><body><article><h1>LampNet {number}</h1>{text}</article></body></html>",
        )


def _toml(**sections: dict[str, str]) -> str:
    return "\n".join(
        f"[{name}]\n" + "\n".join(f'{key} = "{value}"' for key, value in pairs.items())
        for name, pairs in sections.items()
    )


async def serve(plan: Plan) -> None:
    """Serve until standard input ends."""
    town = Town(plan)
    await town.start()
    app = web.Application()
    app.router.add_routes(town.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(json.dumps({"url": url, **town.described()}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(Plan(**json.loads(sys.argv[1]))))
