"""The local channel as an outlet: posts become messages that open pages show at once."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.platforms.local.messages import RINKO, Draft, Kept, Messages
from digest.errors import DeliveryError, NotFound, ThreadGone
from digest.places import Message, PartKey, Place
from digest.ports import Clock
from digest.posts import Limits, Post

PLATFORM = "local"
WORKSPACE = "-"
LIMITS = Limits(
    characters=20_000,
    blocks=200,
    block_characters=8_000,
    buttons=10,
    button_label=80,
    call_seconds=5.0,
    threads_ask=True,
)


def local_place(channel: str) -> Place:
    """The place of a local channel."""
    return Place(PLATFORM, WORKSPACE, channel)


def new_id() -> str:
    """A message's id: 64 random bits, so that an address does not give its neighbours away."""
    return secrets.token_hex(8)


def address(kept: Kept) -> str:
    """Where the page shows a message."""
    return f"/thread/{kept.thread}#t-{kept.id}" if kept.thread else f"/c/{kept.channel}#m-{kept.id}"


def excess(post: Post, limits: Limits) -> str | None:
    """Pure: which limit a post passes, or None if it may be shown."""
    if len(post.text) > limits.characters:
        return f"more than {limits.characters} characters"
    if len(post.blocks) > limits.blocks:
        return f"more than {limits.blocks} blocks"
    if any(len(block.text) > limits.block_characters for block in post.blocks):
        return f"a block of more than {limits.block_characters} characters"
    if len(post.buttons) > limits.buttons:
        return f"more than {limits.buttons} buttons"
    if any(len(button.label) > limits.button_label for button in post.buttons):
        return f"a button label of more than {limits.button_label} characters"
    return None


def _check(post: Post) -> None:
    if too_much := excess(post, LIMITS):
        raise DeliveryError(f"The post is too large for the local channel: {too_much}.")


@dataclass(frozen=True)
class LocalOutlet:
    """Shows posts in the local channel, whichever process they come from."""

    messages: Messages
    clock: Clock

    @property
    def limits(self) -> Limits:
        """What one message may hold."""
        return LIMITS

    async def prepare(self, under: Message) -> None:
        """Nothing: a thread is there with its first message."""

    async def send(self, key: PartKey, post: Post, under: Message | None = None) -> Message:
        """Post a new message. Raises `ThreadGone` where what it hangs under is gone."""
        _check(post)
        if under is not None:
            root = await self.messages.get(under.id)
            if root is None or root.deleted:
                raise ThreadGone
        kept = await self.messages.insert(
            Draft(
                id=new_id(),
                channel=key.place.channel,
                author=RINKO,
                post=post,
                created=self.clock.now(),
                thread=under.id if under else None,
                mark=str(key),
                part=key.name,
            )
        )
        return await self._message(kept)

    async def edit(self, message: Message, post: Post) -> Message:
        """Show `post` in place of what the message showed. Raises `NotFound` if it is gone."""
        _check(post)
        kept = await self.messages.update(message.id, post, self.clock.now())
        if kept is None:
            raise NotFound("The message to be changed is gone.")
        return await self._message(kept)

    async def find(
        self,
        keys: Collection[PartKey],
        under: Message | None = None,
        since: datetime | None = None,  # noqa: ARG002 - marks are looked up, whatever their age
        until: datetime | None = None,  # noqa: ARG002
    ) -> Mapping[PartKey, tuple[Message, ...]]:
        """By key, all messages that carry its mark, oldest first."""
        found = await self.messages.marked([str(key) for key in keys], under.id if under else None)
        counts = await self.messages.counts([kept.id for kept in found])
        messages: dict[PartKey, tuple[Message, ...]] = dict.fromkeys(keys, ())
        by_mark = {str(key): key for key in keys}
        for kept in found:
            total = counts[kept.id].total if kept.id in counts else 0
            one = replace(await self._message(kept), replies=0, in_thread=total)
            messages[by_mark[kept.mark or ""]] += (one,)
        return messages

    async def replies(self, message: Message) -> int:
        """How many messages people wrote in the thread of a message."""
        counts = await self.messages.counts([message.id])
        return counts[message.id].people if message.id in counts else 0

    async def remove(self, message: Message) -> None:
        """Delete one of the bot's own messages; people's are left, and one gone is no error."""
        kept = await self.messages.get(message.id)
        if kept is not None and kept.author == RINKO:
            await self.messages.delete(message.id, self.clock.now())

    async def lacking(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing: the page is the bot's own."""
        return ()

    async def locate(self, channel: str) -> Place:
        """The place of a local channel."""
        return local_place(channel)

    async def unheard(self, place: Place) -> tuple[str, ...]:  # noqa: ARG002 - the same everywhere
        """Nothing: all that is written on the page is heard."""
        return ()

    async def name(self, place: Place) -> str:
        """The channel's name, which is its id."""
        return place.channel

    async def private(self, place: Place, user: str) -> Place | None:  # noqa: ARG002
        """Nowhere: whoever is on the page is a session, which may be gone."""
        return None

    def stream(self, place: Place, thread: str | None, only_for: str | None) -> LocalStream:
        """A growing message in a thread, for everyone or for one person only."""
        return LocalStream(self.messages, self.clock, place, thread, only_for)

    async def _message(self, kept: Kept) -> Message:
        return await to_message(self.messages, kept)


async def to_message(messages: Messages, kept: Kept) -> Message:
    """A kept message as the spine knows it."""
    counts = await messages.counts([kept.id])
    replies = counts[kept.id].people if kept.id in counts else 0
    return Message(kept.id, local_place(kept.channel), kept.thread, address(kept), replies)


class LocalStream:
    """A message that grows; with `message` an existing one is taken over instead of a new one."""

    def __init__(
        self,
        messages: Messages,
        clock: Clock,
        place: Place,
        thread: str | None,
        only_for: str | None,
        message: str | None = None,
    ) -> None:
        self._messages = messages
        self._clock = clock
        self._place = place
        self._thread = thread
        self._only_for = only_for
        self._message = message

    async def show(self, post: Post) -> None:
        """Show this in place of what was shown before."""
        await self._put(post, growing=True)

    async def finish(self, post: Post) -> Message:
        """Show this for good."""
        return await to_message(self._messages, await self._put(post, growing=False))

    async def _put(self, post: Post, *, growing: bool) -> Kept:
        """Change the message, or make it: at first, and again where it was dismissed meanwhile."""
        _check(post)
        now = self._clock.now()
        if self._message is not None:
            kept = await self._messages.update(self._message, post, now, growing=growing)
            if kept is not None:
                return kept
        self._message = new_id()
        return await self._messages.insert(
            Draft(
                id=self._message,
                channel=self._place.channel,
                author=RINKO,
                post=post,
                created=now,
                thread=self._thread,
                only_for=self._only_for,
                growing=growing,
            )
        )
