"""Answers to admins that may be long or have many buttons, and long work that is watched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from bot.platforms.conversation import Replies, Request
from digest.layout import note, packed, text
from digest.phrases import Phrases
from digest.ports import Progress, Step, Stream
from digest.posts import Block, Button, Limits, Post

T = TypeVar("T")


def posts_of(
    language: str, blocks: Sequence[Block], buttons: Sequence[Button], limits: Limits, more: Block
) -> list[Post]:
    """As few posts as hold all blocks, the buttons under the last; `more` heads buttons that are too many."""
    bodies = packed([[block] for block in blocks], limits)
    groups = [buttons[at : at + limits.buttons] for at in range(0, len(buttons), limits.buttons)] or [()]
    posts = [Post(language, body) for body in bodies[:-1]]
    posts.append(Post(language, bodies[-1], tuple(groups[0])))
    return [*posts, *(Post(language, (more,), tuple(group)) for group in groups[1:])]


async def tell(replies: Replies, posts: Sequence[Post], first: Stream | None = None) -> None:
    """Answer the asker alone; the first post ends a stream that shows something already."""
    for number, post in enumerate(posts):
        stream = first if first is not None and number == 0 else replies.stream(only_for_asker=True)
        await stream.finish(post)


async def tell_line(replies: Replies, request: Request, words: str, *buttons: Button) -> None:
    """Answer the asker alone with one line."""
    await tell(replies, [Post(request.language, (text(words),), buttons)])


async def watched(stream: Stream, say: Phrases, opening: str, work: Callable[[Progress], Awaitable[T]]) -> T:
    """Do long work and show how far it is. Showing never holds the work up."""
    news = asyncio.Event()
    steps: list[Step] = []

    def progress(step: Step) -> None:
        steps.append(step)
        news.set()

    async def show() -> None:
        while True:
            await news.wait()
            news.clear()
            step = steps[-1]
            values = {"done": step.done, "total": step.total, "subject": step.subject}
            blocks = (text(opening), note(say(f"post.step_{step.name}", **values)))
            await stream.show(Post(say.language, blocks))

    await stream.show(Post(say.language, (text(opening),)))
    showing = asyncio.create_task(show())
    try:
        return await work(progress)
    finally:
        showing.cancel()
        await asyncio.gather(showing, return_exceptions=True)
