"""What a digest costs goes by its papers and languages, not by how many channels and processes there are."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.bot.support import channel_messages, opened
from tests.papers import ENGLISH
from tests.servers.arxiv import ArxivServer, ServedPaper
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Asked, Says, ScriptedModel

PAPERS = 1
SUBMITTED = datetime(2026, 3, 4, 12, tzinfo=UTC)


@dataclass
class Outside:
    """arXiv and a model, and what they were asked."""

    arxiv: ArxivServer
    model: ScriptedModel = field(init=False)
    asked: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.model = ScriptedModel(self._reply)

    def _reply(self, asked: Asked) -> Says:
        self.asked[asked.body["response_format"]["json_schema"]["name"]] += 1
        return Says(honest_reply(asked.body))

    def settings(self, languages: Sequence[str]) -> str:
        """Channels in these languages, of an installation that knows no other servers."""
        channels = "".join(
            f'[[channels]]\nplatform = "local"\nchannel = "c{number}"\nlanguage = "{language}"\n'
            for number, language in enumerate(languages)
        )
        return (
            f"[fetch]\nallow_private = true\n[digest]\npapers = {PAPERS}\n"
            f'[arxiv]\napi_url = "{self.arxiv.api_url}"\nsite_url = "{self.arxiv.url}"\n'
            f'[llm]\nmodel = "{MODEL}"\nbase_url = "{self.model.url}"\napi_key = "sk-test"\n'
            f'[[sources]]\nkind = "arxiv"\nquery = "cat:cs.CL"\n{channels}'
        )

    async def spent(self, folder: Path, languages: Sequence[str], processes: int = 1) -> dict[str, int]:
        """What it takes to post the week to channels in these languages, by what was asked for."""
        self.asked.clear()
        self.arxiv.queries.clear()
        self.arxiv.asked.clear()
        folder.mkdir()  # noqa: ASYNC240
        async with AsyncExitStack() as stack:
            opening = (opened(folder, self.settings(languages)) for _ in range(processes))
            apps = [(await stack.enter_async_context(one))[0] for one in opening]
            await asyncio.gather(*(app.schedule.post_what_is_due() for app in apps))
            for number in range(len(languages)):
                assert len(await channel_messages(apps[0], f"c{number}")) == 1 + PAPERS
        return {**self.asked, "arXiv": len(self.arxiv.queries), "documents": len(self.arxiv.asked)}


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    async with AsyncExitStack() as stack:
        arxiv = ArxivServer()
        text = "".join(f"<p>{sentence}</p>" for _, sentence in ENGLISH)
        for number in range(PAPERS):
            title = f"LampNet {number}: Reading Lamps That Learn"
            page = f"<html><body><article><h1>{title}</h1>{text}</article></body></html>"
            arxiv.add(ServedPaper(f"2603.0000{number}", title, versions=(SUBMITTED,), html=page))
        await arxiv.start()
        stack.push_async_callback(arxiv.stop)
        made = Outside(arxiv)
        await stack.enter_async_context(made.model)
        yield made


async def test_channels_and_processes_share_all_costs_and_a_language_only_writes_anew(
    outside: Outside, tmp_path: Path
) -> None:
    one = await outside.spent(tmp_path / "one", ["en"])
    assert one["paper"] == PAPERS
    assert await outside.spent(tmp_path / "many", ["en"] * 12, processes=3) == one
    written = {name: 2 * count for name, count in one.items() if name not in ("arXiv", "documents")}
    assert await outside.spent(tmp_path / "two", ["en", "ja"] * 6) == {**one, **written}
