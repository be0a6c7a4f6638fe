"""Which week, paper and answer an admin means: from the value of a button, or from what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from bot.platforms.conversation import Request
from bot.services import Services
from digest.addresses import refer
from digest.compose import display_title
from digest.errors import Ambiguous, NoPaper, NoSuchAnswer, NotBuilt, NotInDigest, NotSubscribed, UnknownPaper
from digest.models import Entry, Issue, Week
from digest.places import Subscription
from digest.searchtext import fold
from digest.weeks import parse_week

_A_WEEK = re.compile(r"\d{4}-?W\d+|\d{4}-\d\d-\d\d", re.IGNORECASE)
_NEAR = 5


@dataclass(frozen=True, slots=True)
class Target:
    """A digest of a channel that an admin acts on."""

    channel: Subscription
    issue: Issue
    key: str | None
    """The paper, where the button named it."""

    @property
    def week(self) -> Week:
        """The week of the digest."""
        return self.issue.week

    def entry(self, words: str) -> Entry:
        """The paper of the button, or else the one that somebody named."""
        if self.key is None:
            return pick_paper(self.issue.entries, words)
        found = next((one for one in self.issue.entries if one.paper.key == self.key), None)
        if found is None:
            raise NotInDigest(values={"text": self.key})
        return found


def value_of(week: Week, key: str | None = None) -> str:
    """The value of a button about a week, or about one paper of it."""
    return f"{week} {key}" if key else str(week)


async def subscribed(services: Services, request: Request) -> Subscription:
    """How this channel is subscribed. Raises `NotSubscribed` where it is not."""
    channel = await services.channels.get(request.place)
    if channel is None:
        raise NotSubscribed(hint="Start with /digest here.")
    return channel


async def target_of(services: Services, value: str, request: Request) -> Target:
    """What a button is about, in the channel where it was pressed. Raises `NotBuilt` or `NotSubscribed`."""
    week, _, key = value.partition(" ")
    channel = await subscribed(services, request)
    return Target(channel, await built(services, parse_week(week), channel), key or None)


async def built(services: Services, week: Week, channel: Subscription) -> Issue:
    """The digest of a week, which was made before. Raises `NotBuilt`."""
    issue = await services.library.issue(services.selection, week, channel.language)
    if issue is None or not issue.complete:
        raise NotBuilt(values={"week": str(week)})
    return issue


def week_and_rest(words: str) -> tuple[str, str]:
    """Pure: the word that is a week, empty where none is, and all other words."""
    rest = words.split()
    week = next((word for word in rest if _A_WEEK.fullmatch(word)), "")
    if week:
        rest.remove(week)
    return week, " ".join(rest)


def pick_paper(entries: Sequence[Entry], words: str) -> Entry:
    """The paper that is meant by its number, counted from 1, its id, address, or part of its title.

    Raises `NoPaper`, `UnknownPaper` or `Ambiguous`.
    """
    said = _plain(words)
    if not said:
        raise NoPaper
    if said.isdecimal() and len(said) < 4 and 0 < int(said) <= len(entries):
        return entries[int(said) - 1]
    reference = refer(said)
    key = reference.key if reference else said
    found = [entry for entry in entries if entry.paper.key == key] or [
        entry for entry in entries if fold(said) in fold(f"{display_title(entry)} {entry.paper.title}")
    ]
    if len(found) == 1:
        return found[0]
    if found:
        near = " / ".join(entry.paper.title for entry in found[:_NEAR])
        raise Ambiguous(f"“{said}” fits several papers: {near}.", values={"text": said, "titles": near})
    raise UnknownPaper(f"No paper is known as “{said}”.", values={"text": said})


def pick_question(entry: Entry, words: str) -> str:
    """The question that is meant by its number, counted from 1, or part of it. Raises `NoSuchAnswer`."""
    said = _plain(words)
    questions = [qa.question for qa in entry.writing.qa] if entry.writing else []
    if said.isdecimal() and len(said) < 4 and 0 < int(said) <= len(questions):
        return questions[int(said) - 1]
    found = [question for question in questions if said and fold(said) in fold(question)]
    if len(found) != 1:
        raise NoSuchAnswer(values={"text": said})
    return found[0]


def _plain(words: str) -> str:
    """What somebody typed, with full-width figures as plain ones and without quotation marks around."""
    return unicodedata.normalize("NFKC", words).strip().strip('"“”「」『』').strip()
