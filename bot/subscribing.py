"""`/digest here` and `stop`, pause and resume: whether and how a channel gets the digest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.agenda import Agenda, Coming
from bot.panels import tell, tell_line
from bot.platforms.conversation import Replies, Request
from bot.services import Services
from bot.targets import subscribed, value_of
from bot.words import lacking_blocks, moment_words, post_time_in_words, rights_words
from digest.due import moved, schedule_fault
from digest.errors import NotATimeZone, NotUnderstood
from digest.layout import note, text
from digest.models import SAMPLE_SELECTION
from digest.phrases import Phrases
from digest.places import Subscription
from digest.posts import Block, Button, Post
from digest.weekly import usual_time
from digest.weeks import day_of, parse_post_time, plain_times, zone, zone_named

_DEFAULT_TIME, _DEFAULT_ZONE = "tue 09:00", "Asia/Tokyo"


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
        now = services.clock.now()
        goes_on = known is not None and not known.paused
        since = known.since if known and goes_on else now
        chosen = replace(chosen, since=since, contact=request.user, paused=False, from_file=False)
        if known and goes_on:
            chosen = moved(known, chosen, now)
        await services.channels.set(chosen)
        await services.ledger.take_up(request.place)  # what failed may have been put right
        say = services.say(request.language)
        blocks, buttons = await self._what_comes(chosen, say)
        await tell(replies, [Post(request.language, tuple(blocks), tuple(buttons))])

    def _start(self, known: Subscription | None, request: Request) -> Subscription:
        """What holds where nothing is said: what held before, else the time zone of who says it.

        A schedule that cannot be read is begun anew.
        """
        timezone = _known_zone(request.timezone) or _DEFAULT_ZONE
        if known is not None and schedule_fault(known):
            return replace(known, post_at=_DEFAULT_TIME, timezone=timezone)
        return known or Subscription(request.place, request.language, _DEFAULT_TIME, timezone)

    async def _what_comes(self, channel: Subscription, say: Phrases) -> tuple[list[Block], list[Button]]:
        """When the digest comes, what is still in its way, and last week's to be had now."""
        services = self.services
        schedule = post_time_in_words(channel, say)
        is_sample = services.selection == SAMPLE_SELECTION
        current = await services.current_week(channel.timezone)
        coming = await Agenda(services).coming(channel)
        if is_sample:  # it knows no other week, and no schedule
            blocks = [text(say("here.sample", schedule=schedule, week=current))]
        elif coming.is_due:
            blocks = [text(say("here.due", schedule=schedule, week=coming.week))]
        else:
            at = moment_words(coming.moment, channel.timezone, say)
            blocks = [text(say("here.subscribed", schedule=schedule, week=coming.week, **at))]
        if channel.approval:
            blocks.append(note(say("here.approval")))
        if channel.follow_ups == "all":
            blocks.append(note(say("here.follow_ups")))
            unheard = await services.posting.outlet(channel.place.platform).unheard(channel.place)
            blocks += [text(say("here.unheard", lacking=words)) for words in rights_words(unheard, say)]
        if early := self._before_its_source(channel, coming, say):
            blocks.append(note(early))
        lacking = await services.posting.outlet(channel.place.platform).lacking(channel.place)
        if lacking:
            return [*blocks, *lacking_blocks(lacking, say)], []
        comes = not is_sample and coming.is_due and coming.week == current
        if not channel.approval and (comes or await services.ledger.finished(channel.place, current)):
            return blocks, []
        if channel.approval:
            return blocks, [Button(say("buttons.preview"), "preview", value_of(current))]
        blocks.append(note(say("here.sample_soon") if is_sample else say("here.last_week", week=current)))
        return blocks, [Button(say("buttons.post_last", week=current), "post", value_of(current))]

    def _before_its_source(self, channel: Subscription, coming: Coming, say: Phrases) -> str | None:
        """That the channel's time comes before a source has the week's list, where it does."""
        for source in self.services.posting.weekly.sources:
            listed = usual_time(source, coming.week)
            if source.usual_hours and coming.moment < listed:
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
        await self.services.ledger.take_up(request.place)
        say = self.services.say(request.language)
        coming = await Agenda(self.services).coming(resumed)
        at = moment_words(coming.moment, channel.timezone, say)
        await tell_line(replies, request, say("here.resumed", week=coming.week, **at))


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
