"""How an act is answered on Slack: in its thread for all, or where only the asker sees it."""

from __future__ import annotations

from dataclasses import replace

from bot.platforms.conversation import Request
from bot.platforms.slack.command_answers import CommandAnswer
from bot.platforms.slack.outlet import SlackOutlet
from bot.platforms.slack.payloads import Where
from bot.platforms.slack.response_urls import ResponseUrl, UrlStream, Watched
from digest.ports import Clock, Stream
from digest.posts import Block, BlockKind, Post, Span


class SlackReplies:
    """`bot.platforms.conversation.Replies` for one act.

    What is only for the asker goes through the interaction's response URL, which works also where the
    bot is no member, and beyond its five uses as an ephemeral message. In direct messages with the bot
    all else is an ordinary message: nobody else is there, and an ephemeral one is gone on a reload.
    Two people's direct messages look the same to a command, so that what is private stays with the URL.
    """

    def __init__(
        self,
        outlet: SlackOutlet,
        clock: Clock,
        request: Request,
        where: Where,
        url: str = "",
        *,
        command: bool = False,
        replaces: bool = False,
    ) -> None:
        """Answer one act, of which `url` is the response URL.

        With `command` what is said through it stays and more comes after it; with `replaces` it takes the
        place of what was acted on.
        """
        self._outlet = outlet
        self._clock = clock
        self._request = request
        self._where = where
        self._url = ResponseUrl(url, clock)
        self._command = command
        # On a message that everyone sees, the URL's "original" is that message: it must not be replaced.
        self._replaces = replaces
        self._streams: list[CommandAnswer | UrlStream | Watched] = []

    def stream(self, *, only_for_asker: bool) -> Stream:
        """A new message that grows, in the thread of the request if it has one."""
        made: CommandAnswer | UrlStream | Watched
        if only_for_asker and self._command:
            made = CommandAnswer(self._url, self._request.place, self._clock, self._ephemeral)
            self._command = False
        elif only_for_asker and self._replaces:
            made = UrlStream(self._url, self._request.place, self._clock, self._ephemeral)
            self._replaces = False
        else:
            made = self._watched(only_for_asker=only_for_asker)
        self._streams.append(made)
        return made

    def _watched(self, *, only_for_asker: bool) -> Watched:

        async def otherwise(post: Post) -> None:
            await self._url.send(post, replace=False, for_all=not only_for_asker)

        stream = self._ephemeral() if only_for_asker else self._open()
        return Watched(stream, otherwise, self._request.place)

    def _ephemeral(self) -> Stream:
        if self._where.is_direct:
            return self._open()
        return self._outlet.stream(self._request.place, self._where.private_thread, self._request.user)

    def _open(self) -> Stream:
        return self._outlet.stream(self._request.place, self._where.thread, None, reader=self._request.user)

    async def tell(self, words: str) -> None:
        """Say one line, to the asker alone. Raises `DeliveryError`."""
        post = Post(self._request.language, (Block(BlockKind.NOTE, (Span(words),)),))
        await self.stream(only_for_asker=True).finish(post)

    async def end(self, words: str) -> None:
        """Add a line to all that still grows; where nothing does, tell the asker. Raises `DeliveryError`."""
        block = Block(BlockKind.NOTE, (Span(words),))
        growing = [stream for stream in self._streams if stream.unfinished is not None]
        for stream in growing:
            if (post := stream.unfinished) is not None:
                await stream.finish(replace(post, blocks=(*post.blocks, block)))
        if not growing:
            await self.tell(words)
