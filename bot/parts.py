"""Makes parts of Rinko as the settings say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.platforms.local.outlet import PLATFORM, local_place
from bot.traces import reference
from config.sections import ChannelSettings
from config.settings import SAMPLE, Settings
from digest.places import Place, Subscription
from digest.ports import Clock, Web
from digest.reading.child import ChildLimits
from digest.reading.fetch import FetchLimits
from digest.reading.reader import PaperReader
from digest.spending import Budget, Price
from digest.store.engine import Database
from digest.store.others import SqlSpending
from digest.stores import RecordKind

if TYPE_CHECKING:
    from digest.writers.chat import Chat

VERSION = "0.1.0"
MEGABYTE = 1024 * 1024
PAGE_CHANNEL = "papers"
"""The channel of the page that is there where none is named."""


def open_chat(settings: Settings, database: Database, clock: Clock) -> Chat | None:
    """The model that `[llm]` names, None where it names none."""
    llm = settings.llm
    if not llm.model:
        return None
    # The openai library takes half a second to load, and nobody needs it who names no model.
    from digest.writers.chat import Chat, ModelServer
    from digest.writers.metering import Meter

    server = ModelServer(
        llm.model,
        settings.llm_base_url or None,
        settings.llm_api_key,
        context_tokens=llm.context_tokens,
        output_tokens=llm.output_tokens,
        seconds=llm.seconds,
        attempts=llm.attempts,
        at_once=llm.at_once,
    )
    price = Price(llm.price.input, llm.price.output, llm.price.cached_input, llm.price.currency)
    known = price if price.input else None
    meter = Meter(SqlSpending(database), clock, budget(settings), known, llm.model, reference)
    return Chat(server, meter, clock)


def budget(settings: Settings) -> Budget:
    """The ceilings that `[llm]` sets."""
    llm = settings.llm
    return Budget(llm.day_tokens, llm.week_tokens, llm.user_day_tokens, llm.day_cost, llm.week_cost)


def kept_records(settings: Settings) -> dict[RecordKind, timedelta]:
    """How long records are kept, by kind; without those that are kept for ever."""
    days: dict[RecordKind, int] = {
        "exchanges": settings.retention.questions_days,
        "feedback": settings.retention.ratings_days,
        "journal": settings.retention.journal_days,
        "usages": settings.retention.spending_days,
    }
    return {kind: timedelta(days=count) for kind, count in days.items() if count}


def model_host(settings: Settings) -> str | None:
    """Where the server of the model is that `[llm]` names."""
    if not settings.llm.model:
        return None
    return urlsplit(settings.llm_base_url or "https://api.openai.com").hostname


def page_channel(settings: Settings) -> Subscription:
    """The page's own channel, which a first start shows."""
    own = subscription(ChannelSettings(platform=PLATFORM, channel=PAGE_CHANNEL), settings.language)
    return replace(own, place=local_place(PAGE_CHANNEL), from_file=False)


def channels_of(settings: Settings) -> tuple[Subscription, ...]:
    """The channels of the settings file."""
    return tuple(subscription(one, settings.language) for one in settings.channels)


def subscription(channel: ChannelSettings, language: str) -> Subscription:
    """A `[[channels]]` as a subscription; its workspace is empty where the file names none."""
    return Subscription(
        Place(channel.platform, channel.workspace or "", channel.channel),
        channel.language or language,
        channel.post_at,
        channel.timezone,
        channel.layout,
        from_file=True,
        approval=channel.approval,
        follow_ups=channel.follow_ups,
        contact=channel.contact,
    )


def user_agent(settings: Settings) -> str:
    """What Rinko calls itself to those it asks."""
    contact = f"; {settings.fetch.contact}" if settings.fetch.contact else ""
    return f"Rinko/{VERSION} (weekly paper digest{contact})"


def fetch_limits(settings: Settings) -> FetchLimits:
    """How much and how long is fetched."""
    return FetchLimits(
        user_agent(settings),
        max_bytes=settings.fetch.max_megabytes * MEGABYTE,
        total_seconds=settings.fetch.seconds,
        allow_private=settings.fetch.allow_private,
    )


def make_reader(settings: Settings, web: Web, *, background: bool = False) -> PaperReader:
    """What reads papers; in the `background`, what reads those that nobody waits for."""
    limits = ChildLimits(
        max_pages=settings.reading.max_pages,
        cpu_seconds=settings.reading.seconds,
        memory_bytes=settings.reading.megabytes * MEGABYTE,
    )
    return PaperReader(
        web,
        site_url=settings.arxiv.site_url,
        folders={"sample": SAMPLE},
        limits=limits,
        at_once=settings.reading.at_once,
        background=background,
    )
