"""A question does not wait for a digest, however much of the model and of the reader that takes."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.platforms.conversation import Upload
from config.settings import SAMPLE
from digest.models import Week
from tests.bot.support import TIDE, Person, opened
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Asked, Happening, Says, ScriptedModel

BROUGHT = Upload("brought.pdf", (SAMPLE / "purl.pdf").read_bytes())
AT_ONCE = 2


class SlowWithDigests:
    """A model that says nothing on a digest until it is told to; `full` when all its calls wait."""

    def __init__(self) -> None:
        self.full, self.released = asyncio.Event(), asyncio.Event()
        self.waiting = 0

    async def __call__(self, asked: Asked) -> Happening:
        if asked.body["response_format"]["json_schema"]["name"] != "answer":
            self.waiting += 1
            if self.waiting == AT_ONCE:
                self.full.set()
            await self.released.wait()
        return Says(honest_reply(asked.body))


async def test_questions_are_answered_while_a_digest_takes_all_of_the_model(tmp_path: Path) -> None:
    script = SlowWithDigests()
    async with ScriptedModel(script) as model:
        llm = f'[llm]\nmodel = "{MODEL}"\nbase_url = "{model.url}"\napi_key = "sk-test"\nat_once = {AT_ONCE}'
        settings = f"[digest]\npapers = 4\n[reading]\nat_once = 1\n{llm}"
        async with opened(tmp_path, settings) as (app, _):
            digest = asyncio.create_task(app.services.posting.weekly.build(Week(2026, 10), "en"))
            await script.full.wait()
            known = await Person(app, "ann").says(f"/ask {TIDE} How many ports are in the data?")
            brought = await Person(app, "ben").says("/ask How many needles are used?", upload=BROUGHT)
            assert known.ended()
            assert brought.ended()
            assert (script.waiting, model.under_way) == (AT_ONCE, AT_ONCE)
            script.released.set()
            issue = await digest
    assert issue.complete
    assert all(entry.writing for entry in issue.entries)
