"""A local model in a process of its own, so that its work is not counted as ours.

It remembers what it replied to a prompt, the marks of the prompt aside: once it was asked
everything, a reply takes the seconds it is told to take and next to no work.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tests.servers.honest import honest_reply
from tests.servers.llm import Asked, Says, ScriptedModel

_MARK = re.compile(r"<text-(\w+)>")


async def serve(seconds: float) -> None:
    """Serve until standard input ends; `seconds` is what a reply takes the second time."""
    replies: dict[str, str] = {}

    async def script(asked: Asked) -> Says:
        began = asyncio.get_running_loop().time()
        mark = _MARK.search(asked.text)
        prompt = asked.text.replace(mark[1], "") if mark else asked.text
        if prompt not in replies:
            replies[prompt] = honest_reply(asked.body)
        else:
            await asyncio.sleep(seconds - (asyncio.get_running_loop().time() - began))
        return Says(replies[prompt], piece=400)

    async with ScriptedModel(script, remember=1) as model:
        sys.stdout.write(model.url + "\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


@contextmanager
def model_process(seconds: float) -> Iterator[str]:
    """The address of a model in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.model_process", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    with process, process.stdin:  # it serves until its standard input is closed
        yield process.stdout.readline().strip()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
