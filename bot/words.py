"""What went wrong, and when something is, in the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from digest.accounts import JournalEntry
from digest.errors import CeilingReached, FetchError, LacksRights, ReadingError, RinkoError
from digest.layout import clip, item, text
from digest.phrases import Phrases
from digest.places import Subscription
from digest.posts import Block, Span
from digest.weeks import parse_post_time, zone

_VALUE_CHARACTERS = 400
"""An error's phrase repeats no more than this of what somebody typed."""


def error_words(error: RinkoError, say: Phrases) -> str:
    """An error in the reader's language: the most exact phrase there is for it."""
    if isinstance(error, (FetchError, ReadingError)):
        family = "FetchError" if isinstance(error, FetchError) else "ReadingError"
        known = say.has(f"reasons.{error.kind}")
        return say(f"errors.{family}", reason=say(f"reasons.{error.kind if known else 'other'}"))
    values = {name: clip(value, _VALUE_CHARACTERS) for name, value in error.values.items()}
    if isinstance(error, CeilingReached):
        until = datetime.fromisoformat(values["until"].removesuffix(" UTC"))
        values["ceiling"] = say(f"ceilings.{values['ceiling']}")
        values["until"] = f"{say.date(until.date())} {until:%H:%M}"
    if isinstance(error, LacksRights):
        values["rights"] = say("list.separator").join(rights_words(values["rights"].split(","), say))
    for kind in type(error).__mro__:
        if say.has(f"errors.{kind.__name__}"):
            return say(f"errors.{kind.__name__}", **{"hint": error.hint or "", "week": "", **values})
    return say("commands.failed")


def rights_words(names: Sequence[str], say: Phrases) -> list[str]:
    """Rights by their names of `rights.*`, each with what to click."""
    return [say(f"rights.{name}") if say.has(f"rights.{name}") else name for name in names]


def lacking_blocks(names: Sequence[str], say: Phrases) -> list[Block]:
    """What keeps the bot from posting in a channel, a line each; nothing where nothing does."""
    lines = [item(Span(words)) for words in rights_words(names, say)]
    return [text(say("here.lacking")), *lines] if lines else []


def todo_words(kind: str, say: Phrases) -> str:
    """What an admin can do about a failure of this kind."""
    return say(f"todo.{kind}") if say.has(f"todo.{kind}") else say("todo.other")


def failure_kind(entry: JournalEntry) -> str:
    """The kind of error that a line of the journal tells of."""
    return entry.detail.partition(":")[0]


def post_time_in_words(channel: Subscription, say: Phrases) -> str:
    """When a channel gets the digest, as the language says it."""
    post_time = parse_post_time(channel.post_at)
    weekday = say.list("date.weekdays_long")[post_time.day]
    return say(
        "status.schedule_value", weekday=weekday, time=f"{post_time.at:%H:%M}", timezone=channel.timezone
    )


def moment_words(moment: datetime, timezone: str, say: Phrases) -> dict[str, str]:
    """A moment as `date` and `time` of a phrase, in the channel's time zone."""
    local = moment.astimezone(zone(timezone))
    return {"date": say.date(local.date()), "time": f"{local:%H:%M}"}
