"""`/digest here` and `stop`, pause and resume: whether and how a channel gets the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time

from bot.panels import tell, tell_line
from bot.platforms.conversation import Replies, Request
from bot.services import Services
from bot.targets import subscribed, value_of
from bot.words import lacking_blocks, moment_words, post_time_in_words, rights_words
from digest.errors import NotATimeZone, NotUnderstood
from digest.layout import note, text
from digest.models import SAMPLE_SELECTION, Week
from digest.phrases import Phrases
from digest.places import Subscription
from digest.posts import Block, Button, Post
from digest.weeks import day_of, next_posting, parse_post_time, plain_times, zone, zone_named

_DEFAULT_TIME, _DEFAULT_ZONE = "tue 09:00", "Asia/Tokyo"
_LISTED_AT = {"dair": time(15)}
"""When sources of a kind usually have a week's list, in UTC on the Monday after the week."""


@dataclass(frozen=True)
class Subscribing:
    """The acts that change how a channel is subscribed."""

    services: Services

    async def here(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest here [DAY] [TIME] [ZONE] [ja|en] [qa|bilingual] [approval=on] [follow-ups=all]`."""
        services = self.services
        known = await services.channels.get(request.place)
        chosen = _chosen(words, self._start(known, request), services.phrases)
        await services.access.admin(request, "here", words)
        since = known.since if known and not known.paused else services.clock.now()
        chosen = replace(chosen, since=since, contact=request.user, paused=False, from_file=False)
        await services.channels.set(chosen)
        say = services.say(request.language)
        blocks, buttons = await self._what_comes(chosen, say)
        await tell(replies, [Post(request.language, tuple(blocks), tuple(buttons))])

    def _start(self, known: Subscription | None, request: Request) -> Subscription:
        """What holds where nothing is said: what held before, else the time zone of who says it."""
        timezone = _known_zone(request.timezone) or _DEFAULT_ZONE
        return known or Subscription(request.place, request.language, _DEFAULT_TIME, timezone)

    async def _what_comes(self, channel: Subscription, say: Phrases) -> tuple[list[Block], list[Button]]:
        """When the digest comes, what is still in its way, and last week's to be had now."""
        services = self.services
        post_time = parse_post_time(channel.post_at)
        week, moment = next_posting(services.clock.now(), post_time, channel.timezone)
        at = moment_words(moment, channel.timezone, say)
        schedule = post_time_in_words(channel, say)
        is_sample = services.selection == SAMPLE_SELECTION
        current = await services.current_week(channel.timezone)
        blocks = [text(say("here.subscribed", schedule=schedule, week=week, **at))]
        if is_sample:  # it knows no other week, and no schedule
            blocks = [text(say("here.sample", schedule=schedule, week=current))]
        if channel.approval:
            blocks.append(note(say("here.approval")))
        if channel.follow_ups == "all":
            blocks.append(note(say("here.follow_ups")))
            unheard = await services.posting.outlet(channel.place.platform).unheard(channel.place)
            blocks += [text(say("here.unheard", lacking=words)) for words in rights_words(unheard, say)]
        if early := self._before_its_source(channel, week, moment, say):
            blocks.append(note(early))
        lacking = await services.posting.outlet(channel.place.platform).lacking(channel.place)
        if lacking:
            return [*blocks, *lacking_blocks(lacking, say)], []
        if not channel.approval and await services.ledger.finished(channel.place, current):
            return blocks, []
        if channel.approval:
            return blocks, [Button(say("buttons.preview"), "preview", value_of(current))]
        blocks.append(note(say("here.sample_soon") if is_sample else say("here.last_week", week=current)))
        return blocks, [Button(say("buttons.post_last", week=current), "post", value_of(current))]

    def _before_its_source(
        self, channel: Subscription, week: Week, moment: datetime, say: Phrases
    ) -> str | None:
        """That the channel's time comes before a source has the week's list, where it does."""
        for source in self.services.posting.weekly.sources:
            usual = _LISTED_AT.get(source.kind)
            if usual is None:
                continue
            listed = datetime.combine(week.plus(1).start, usual, tzinfo=UTC)
            if moment < listed:
                local = listed.astimezone(zone(channel.timezone))
                weekday = say.list("date.weekdays_long")[local.weekday()]
                return say("here.early", name=source.name, weekday=weekday, time=f"{local:%H:%M}")
        return None

    async def stop(self, words: str, request: Request, replies: Replies) -> None:
        """`/digest stop`: no more digests here; what was posted stays."""
        await subscribed(self.services, request)
        await self.services.access.admin(request, "stop", words)
        await self.services.channels.drop(request.place)
        await tell_line(replies, request, self.services.say(request.language)("here.stopped"))

    async def pause(self, value: str, request: Request, replies: Replies) -> None:
        """Post nothing by itself until it is resumed."""
        channel = await subscribed(self.services, request)
        await self.services.access.admin(request, "pause", value)
        await self.services.channels.set(replace(channel, paused=True))
        say = self.services.say(request.language)
        resume = Button(say("buttons.resume"), "resume", "")
        await tell_line(replies, request, say("here.paused"), resume)

    async def resume(self, value: str, request: Request, replies: Replies) -> None:
        """Post again at the channel's times; what was due meanwhile is not made up for."""
        channel = await subscribed(self.services, request)
        await self.services.access.admin(request, "resume", value)
        now = self.services.clock.now()
        resumed = replace(channel, paused=False, since=now)
        await self.services.channels.set(resumed)
        say = self.services.say(request.language)
        week, moment = next_posting(now, parse_post_time(channel.post_at), channel.timezone)
        at = moment_words(moment, channel.timezone, say)
        await tell_line(replies, request, say("here.resumed", week=week, **at))


def _chosen(words: str, channel: Subscription, languages: Mapping[str, Phrases]) -> Subscription:
    """What the words of `/digest here` ask for. Raises `NotUnderstood` for a word it does not know."""
    named = _language_names(languages)
    rest = plain_times(words).split()
    while rest:
        word = rest.pop(0)
        name, keyed, value = word.casefold().partition("=")
        match name, value:
            case (language, "") if language in named and not keyed:
                channel = replace(channel, language=named[language])
            case ("qa" | "bilingual" as layout, ""):
                channel = replace(channel, layout="bilingual" if layout == "bilingual" else "qa")
            case ("approval", "on" | "off"):
                channel = replace(channel, approval=value == "on")
            case ("follow-ups", "all" | "mentions"):
                channel = replace(channel, follow_ups="all" if value == "all" else "mentions")
            case ("timezone", _) if keyed:
                channel = replace(channel, timezone=zone_named(word.partition("=")[2]))
            case _ if "/" in word or _known_zone(word):
                channel = replace(channel, timezone=zone_named(word))
            case _:
                channel = replace(channel, post_at=_post_time(word, rest, channel.post_at))
    return channel


def _post_time(word: str, rest: list[str], known: str) -> str:
    """The post time with the day or the time that a word says, a time after a day included.

    Takes that time from the `rest` of the words. Raises `NotAPostTime`, or `NotUnderstood` where the
    word is neither.
    """
    day, at = known.split()
    name, keyed, value = word.partition("=")
    if keyed and name.casefold() == "time":
        at = value
    elif rest and ":" in rest[0] and "=" not in rest[0]:
        day, at = word, rest.pop(0)
    elif ":" in word:
        at = word
    elif day_of(word) is not None:
        day = word
    else:
        raise NotUnderstood(f"“{word}” was not understood.", values={"text": word})
    return str(parse_post_time(f"{day} {at}"))


def _language_names(languages: Mapping[str, Phrases]) -> dict[str, str]:
    """Languages by their codes, and by their names in each language: `ja`, `japanese`, `日本語`."""
    named = {say(f"languages.{code}").casefold(): code for code in languages for say in languages.values()}
    return named | {code: code for code in languages}


def _known_zone(name: str) -> str:
    """The time zone that a platform or a word names, empty where it is none that Rinko knows."""
    try:
        return zone_named(name)
    except NotATimeZone:
        return ""
