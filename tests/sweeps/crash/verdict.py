"""Pure: what stands on a server against what a digest should be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

HEADER = "header"


@dataclass(frozen=True)
class Shown:
    """A message as the server has it, with what stands in its thread, in order."""

    name: str
    """The part it is, by the mark on it; empty where it has none that is known."""
    text: str
    """What a reader sees."""
    address: str
    links: tuple[str, ...] = ()
    """Addresses it leads to, in order."""
    thread: tuple[Shown, ...] = ()


@dataclass(frozen=True)
class Wanted:
    """A digest: the messages of the channel with those of their threads, by name and in order."""

    threads: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def names(self) -> list[str]:
        """All parts."""
        return [name for root, replies in self.threads for name in (root, *replies)]


@dataclass(frozen=True)
class Verdict:
    """What is wrong with what stands there, as names of parts."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    disordered: tuple[str, ...] = ()
    """Threads that are out of order, or `channel`; and parts that stand in another thread than theirs."""
    unlinked: tuple[str, ...] = ()
    """Cards to which the header does not lead."""
    altered: tuple[str, ...] = ()
    """Parts that show something else than in a run in which nothing happened, or belong to nothing."""

    @property
    def good(self) -> bool:
        """Whether the digest is there, whole and once."""
        return self == Verdict()


def judge(wanted: Wanted, shown: Sequence[Shown], texts: Mapping[str, str]) -> Verdict:
    """Hold what stands in a channel against what is wanted; `texts` are the texts of a clean run."""
    every = list(_walk(shown))
    counts = Counter(one.name for one in every)
    homes = {name: root for root, replies in wanted.threads for name in replies}
    misplaced = [
        one.name
        for root in shown
        for one in (root, *root.thread)
        if one.name in wanted.names and homes.get(one.name) != (None if one is root else root.name)
    ]
    return Verdict(
        lost=tuple(name for name in wanted.names if not counts[name]),
        doubled=tuple(name for name in wanted.names for _ in range(counts[name] - 1)),
        disordered=(*misplaced, *_disordered(wanted, shown)),
        unlinked=_unlinked(wanted, shown),
        altered=tuple(
            one.name or one.text[:40] for one in every if one.name not in texts or texts[one.name] != one.text
        ),
    )


def texts_of(shown: Sequence[Shown]) -> dict[str, str]:
    """What each part shows."""
    return {one.name: one.text for one in _walk(shown)}


def _walk(shown: Sequence[Shown]) -> Iterator[Shown]:
    for root in shown:
        yield root
        yield from root.thread


def _disordered(wanted: Wanted, shown: Sequence[Shown]) -> list[str]:
    """Where parts stand in another order than the wanted one, whatever is lost or doubled."""
    found = [] if _in_order([name for name, _ in wanted.threads], shown) else ["channel"]
    replies = dict(wanted.threads)
    return found + [root.name for root in shown if not _in_order(replies.get(root.name, ()), root.thread)]


def _in_order(names: Sequence[str], shown: Sequence[Shown]) -> bool:
    places = [names.index(one.name) for one in shown if one.name in names]
    return places == sorted(places)


def _unlinked(wanted: Wanted, shown: Sequence[Shown]) -> tuple[str, ...]:
    """Cards that the header does not lead to; `order` where it leads to all of them, but otherwise."""
    cards = [name for name, _ in wanted.threads if name != HEADER]
    addresses = {one.address: one.name for one in shown}
    headers = [one for one in shown if one.name == HEADER]
    if not headers:
        return tuple(cards)
    led = [addresses[link] for link in headers[0].links if link in addresses]
    return () if led == cards else tuple(set(cards).difference(led)) or ("order",)
