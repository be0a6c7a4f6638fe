"""Puts all parts together; nothing else in Rinko knows them all."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.access import Access
from bot.channels import Channels
from bot.clock import SystemClock
from bot.commands import Commands
from bot.costs import Costs
from bot.editions import Editions
from bot.figures import Figures
from bot.health import Health
from bot.housekeeping import Housekeeping
from bot.jobs import TimerJobs
from bot.links import Links
from bot.notices import Notices
from bot.parts import (
    MEGABYTE,
    PAGE_CHANNEL,
    budget,
    channels_of,
    fetch_limits,
    kept_records,
    make_reader,
    model_host,
    open_chat,
    page_channel,
    user_agent,
)
from bot.platform_parts import Platform, Shores, make_platforms, open_shores
from bot.platforms.local.outlet import PLATFORM, LocalOutlet
from bot.platforms.local.server import LocalServer, Needs, drop_private
from bot.platforms.local.sql_messages import SqlMessages
from bot.platforms.local.views import Channel
from bot.posting import Posting
from bot.queue_tables import queue_state, upgrade_queue
from bot.quotas import Quotas
from bot.roles import Role
from bot.schedule import Schedule
from bot.services import Services
from bot.sources import make_source
from bot.watched import WatchedJournal, WatchedOutlet
from config.settings import SAMPLE, Settings
from config.words import load_glossary, load_phrases, load_prompts, load_taxonomy
from digest.archive import Archive
from digest.asking import Asking
from digest.delivery import Delivery
from digest.due import schedule_fault
from digest.phrases import Phrases, Taxonomy
from digest.ports import Clock, Jobs, Outlet, Writer
from digest.reading.fetch import BackgroundWeb, SafeWeb
from digest.readings import Readings
from digest.sources.arxiv import ArxivCatalogue
from digest.sources.arxiv_client import ArxivClient, ArxivLimits
from digest.store.engine import Database, is_current, open_database, upgrade
from digest.store.figures import SqlFigures
from digest.store.indexes import index_for
from digest.store.ledger import SqlLedger
from digest.store.library import SqlLibrary
from digest.store.others import SqlExchanges, SqlJournal, SqlSpending, SqlSubscriptions
from digest.store.overlays import SqlFeedback, SqlOverlays
from digest.store.platforms import SqlEvents, SqlWorkspaces
from digest.store.retention import SqlRecords
from digest.store.turns import SqlTurns
from digest.weekly import Weekly
from digest.writers.extractive import ExtractiveWriter

if TYPE_CHECKING:  # loaded only where the settings ask for them: they take long
    from bot.queue_jobs import QueueJobs
    from digest.writers.chat import Chat


@dataclass(frozen=True)
class App:
    """All of Rinko, ready to use."""

    settings: Settings
    database: Database
    services: Services
    schedule: Schedule
    jobs: Jobs
    local: LocalServer
    links: Links
    health: Health
    clock: Clock
    chat: Chat | None
    platforms: tuple[Platform, ...]
    """What is listened to beside the page, once it is started."""
    role: Role


@dataclass(frozen=True)
class _Opened:
    """What was opened, and is closed at the end."""

    settings: Settings
    clock: Clock
    database: Database
    web: SafeWeb
    arxiv: ArxivClient
    chat: Chat | None
    shores: Shores
    role: Role


@asynccontextmanager
async def open_app(
    settings: Settings, clock: Clock | None = None, role: Role = Role.ALL
) -> AsyncIterator[App]:
    """Open the database, bring it up to date, and put everything together.

    Raises `StoreError` or `SettingsError`, and `WrongUse` for a role that the database does not
    allow. All that was opened is closed at the end.
    """
    clock = clock or SystemClock()
    database = open_database(settings.database_url)
    role.check(shared=database.is_postgresql)
    web = SafeWeb(fetch_limits(settings), clock)
    arxiv = ArxivClient(ArxivLimits(user_agent(settings), settings.arxiv.api_url), clock)
    chat = open_chat(settings, database, clock)
    try:
        if not await is_current(database):
            await upgrade(database)
        await upgrade_queue(database)
        async with open_shores(settings, database, clock) as shores:
            yield _assemble(_Opened(settings, clock, database, web, arxiv, chat, shores, role))
    finally:
        if chat is not None:
            await chat.aclose()
        arxiv.close()
        await web.aclose()
        await database.close()


def _assemble(opened: _Opened) -> App:
    """The parts that a process runs, around the services that commands work with."""
    settings, clock, database = opened.settings, opened.clock, opened.database
    messages = SqlMessages(database)
    figures = Figures()
    outlets: dict[str, Outlet] = {
        platform: WatchedOutlet(outlet, figures)
        for platform, outlet in {PLATFORM: LocalOutlet(messages, clock), **opened.shores.outlets}.items()
    }
    jobs, queue = _jobs(opened)
    services = _services(opened, outlets, figures, queue.deserted if queue else _never)
    commands = Commands(services)
    platforms = make_platforms(opened.shores, settings, database, commands, services)
    heard = platforms if opened.role.listens else ()
    health = Health(
        SqlFigures(database),
        services.channels,
        services.ledger,
        settings.selection,
        budget(settings),
        clock,
        lambda: [platform.state() for platform in heard],
        queue.state if queue else lambda: None,
        lambda: queue_state(database),
    )
    figures.register(health.registry)
    needs = Needs(
        messages,
        clock,
        commands,
        services.phrases,
        lambda: _local_channels(services.channels, settings),
        samples=SAMPLE,
        health=health.report,
        metrics=health.registry,
        upload_bytes=settings.uploads.max_megabytes * MEGABYTE,
    )
    housekeeping = Housekeeping(
        SqlWorkspaces(database),
        SqlEvents(database),
        SqlRecords(database),
        clock,
        timedelta(days=settings.workspaces.keep_days),
        kept_records(settings),
        lambda: drop_private(needs),
    )
    schedule = Schedule(
        services,
        jobs,
        keep_uploads=timedelta(days=settings.uploads.keep_days),
        tidy=housekeeping.tidy,
        at_once=settings.digest.channels_at_once,
    )
    local = LocalServer(needs, settings.local.port, settings.local.address, page=opened.role.listens)
    return App(
        settings,
        database,
        services,
        schedule,
        jobs,
        local,
        links=Links(settings.local.port),
        health=health,
        clock=clock,
        chat=opened.chat,
        platforms=heard,
        role=opened.role,
    )


def _jobs(opened: _Opened) -> tuple[Jobs, QueueJobs | None]:
    """What runs jobs; on PostgreSQL a queue, from which other processes may take them, too."""
    clock, at_once = opened.clock, opened.settings.digest.channels_at_once
    if not opened.database.is_postgresql:
        return TimerJobs(clock, at_once), None
    from bot.queue_jobs import QueueJobs

    queue = QueueJobs(opened.database, clock, at_once)
    return queue, queue


def _never() -> bool:
    return False


def _services(
    opened: _Opened, outlets: Mapping[str, Outlet], figures: Figures, deserted: Callable[[], bool]
) -> Services:
    """The use cases and the stores behind them."""
    settings, clock, database = opened.settings, opened.clock, opened.database
    phrases, taxonomy = load_phrases(), load_taxonomy()
    library = SqlLibrary(database, clock, index_for(database))
    ledger, exchanges = SqlLedger(database), SqlExchanges(database)
    journal = WatchedJournal(SqlJournal(database), figures)
    catalogue = ArxivCatalogue(opened.arxiv)
    readings = Readings(make_reader(settings, opened.web), library, clock)
    writer = _writer(opened.chat, phrases, taxonomy)
    holder = secrets.token_hex(8)
    turns = SqlTurns(database, clock, holder)
    weekly = _weekly(opened, readings, writer, tuple(phrases), turns)
    delivery = Delivery(ledger, clock, holder, turns)
    overlays = SqlOverlays(database)
    editions, limits = Editions(overlays, weekly), settings.limits
    return Services(
        posting=Posting(weekly, delivery, outlets, phrases, taxonomy, journal, clock, editions, figures),
        asking=Asking(readings, catalogue, writer, library, exchanges, clock, settings.selection),
        archive=Archive(library, settings.selection),
        readings=readings,
        library=library,
        ledger=ledger,
        exchanges=exchanges,
        feedback=SqlFeedback(database),
        overlays=overlays,
        journal=journal,
        notices=Notices(SqlEvents(database), outlets, phrases, journal, clock),
        quotas=Quotas(exchanges, clock, limits.person_hour, limits.workspace_hour),
        channels=Channels(
            channels_of(settings), SqlSubscriptions(database), page_channel(settings), outlets, clock
        ),
        costs=Costs(SqlSpending(database), budget(settings), settings.llm.price.currency, clock),
        access=Access(journal, clock),
        figures=figures,
        clock=clock,
        writer=writer,
        phrases=phrases,
        selection=settings.selection,
        grace=timedelta(days=settings.digest.grace_days),
        model_host=model_host(settings),
        deserted=deserted,
    )


def _writer(chat: Chat | None, phrases: Mapping[str, Phrases], taxonomy: Taxonomy) -> Writer:
    """The model, where there is one, with the extractive writer to stand in for it."""
    extractive = ExtractiveWriter(phrases, load_glossary(), taxonomy)
    if chat is None:
        return extractive
    from digest.writers.llm import LlmWriter

    return LlmWriter(chat, load_prompts(), extractive, secrets.token_bytes(32))


def _weekly(
    opened: _Opened, readings: Readings, writer: Writer, languages: tuple[str, ...], turns: SqlTurns
) -> Weekly:
    """Makes digests, in the background: what somebody waits for passes them by."""
    settings, web = opened.settings, BackgroundWeb(opened.web)
    return Weekly(
        sources=tuple(make_source(one, web, opened.arxiv, opened.clock) for one in settings.sources),
        catalogue=ArxivCatalogue(opened.arxiv),
        readings=replace(readings, reader=make_reader(settings, web, background=True)),
        writer=writer,
        library=readings.library,
        clock=opened.clock,
        selection=settings.selection,
        languages=languages,
        most=settings.digest.papers,
        at_once=settings.digest.at_once,
        patience=timedelta(hours=settings.digest.late_hours),
        turns=turns,
    )


async def _local_channels(channels: Channels, settings: Settings) -> Sequence[Channel]:
    """The channels that the page offers; with none subscribed, one to look around in."""
    local = [one for one in await channels.all() if one.place.platform == PLATFORM]
    if not local:
        return [Channel(PAGE_CHANNEL, PAGE_CHANNEL, settings.language)]
    return [
        # A channel whose time zone cannot be read is shown, as it is set anew there.
        Channel(
            one.place.channel, one.place.channel, one.language, "UTC" if schedule_fault(one) else one.timezone
        )
        for one in local
    ]
