"""`rinko …`: everything Rinko does, from the command line."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import ask_cli, digest_cli, eval_cli, export
from bot.app import App
from bot.checking import check_database
from bot.doctor.findings import Finding
from bot.parts import VERSION
from bot.queue_tables import upgrade_queue
from bot.roles import Role
from bot.running import keep_running
from bot.site import write_site
from bot.terminal import (
    FAILED,
    ConfigOption,
    JsonOption,
    LanguageOption,
    fail,
    language_of,
    note,
    out,
    progress_shown,
    settings_of,
    with_app,
)
from digest.errors import RinkoError, SourceError, WrongUse
from digest.models import Listing, Week
from digest.ports import Source
from digest.store.copying import copy
from digest.store.engine import open_database, upgrade

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Rinko reads the week's research papers with your channel.",
)
app.add_typer(digest_cli.app, name="digest")
app.command()(ask_cli.ask)
database_app = typer.Typer(no_args_is_help=True, help="The database.")
app.add_typer(database_app, name="db")
app.add_typer(eval_cli.app, name="eval")


def main() -> None:
    """The console script."""
    app(prog_name="rinko")


def _print_version(wanted: bool) -> None:
    if wanted:
        out(VERSION)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version),
    ] = False,
) -> None:
    """The options of `rinko` itself."""


@app.command()
def run(
    config: ConfigOption = None,
    role: Annotated[
        Role,
        typer.Option("--role", help="What this process does, where several share a PostgreSQL database."),
    ] = Role.ALL,
) -> None:
    """Post what is due, show the channel in the browser, and keep running.

    A gateway hears what people say, answers them and shows the page; a worker posts what is due.
    """
    with_app(config, _run, hurried=True, role=role)


async def _run(rinko: App) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await keep_running(rinko, stop)


@app.command()
def search(
    query: str,
    config: ConfigOption = None,
    page: Annotated[int, typer.Option("--page", min=1)] = 1,
    language: LanguageOption = None,
    json: JsonOption = False,
) -> None:
    """Search past weeks."""

    async def work(rinko: App) -> None:
        chosen = language_of(rinko, language) if language else None
        if not query.strip():
            raise WrongUse("There is nothing to search for.", hint="Write: rinko search WORDS")
        found = await rinko.services.archive.search(query, page, chosen)
        if found.page != page:
            note(f"There is no page {page}; this is page {found.page} of {found.pages}.")
        results = [
            {
                "key": one.key,
                "title": one.title,
                "week": str(one.week),
                "snippet": one.snippet,
                "url": rinko.links(one.url) if one.url else None,
            }
            for one in found.results
        ]
        if json:
            head = {"query": query, "page": found.page, "pages": found.pages, "total": found.total}
            out(export.dumps({**head, "results": results}))
            return
        for one in results:
            out(f"{one['week']}  {one['title']}\n  {one['snippet']}\n  {one['url'] or one['key']}")
        out(f"{found.total} found, page {found.page} of {found.pages}")

    with_app(config, work)


@app.command()
def papers(
    words: Annotated[str, typer.Argument(help="Part of a title; all papers otherwise.")] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """List the papers Rinko knows, newest first."""

    async def work(rinko: App) -> None:
        known = await rinko.services.library.papers(words, 100)
        if json:
            out(export.dumps([{"key": one.key, "title": one.title, "url": one.url} for one in known]))
        else:
            for one in known:
                out(f"{one.key}  {one.title}")

    with_app(config, work)


@app.command()
def sources(
    week: Annotated[str, typer.Argument(help="A week as 2024-W09; the current one otherwise.")] = "",
    config: ConfigOption = None,
    all_weeks: Annotated[bool, typer.Option("--all-weeks", help="All weeks a source keeps.")] = False,
    json: JsonOption = False,
) -> None:
    """Ask the configured sources and show what they give; nothing is stored."""

    async def work(rinko: App) -> None:
        configured = rinko.services.posting.weekly.sources
        wanted = None if all_weeks else await rinko.services.week(week)
        reports = await asyncio.gather(*(_ask_source(source, wanted) for source in configured))
        if json:
            out(export.dumps(list(reports)))
        else:
            for report in reports:
                out(_source_lines(report))
        if not any(report["ok"] for report in reports):
            raise typer.Exit(FAILED)

    with_app(config, work)


async def _ask_source(source: Source, week: Week | None) -> dict[str, Any]:
    report: dict[str, Any] = {"name": source.name, "kind": source.kind, "ok": True, "note": None}
    try:
        listings = await source.listings(week)
    except SourceError as error:
        return report | {"ok": False, "note": str(error).removeprefix(f"{source.name}: "), "weeks": []}
    note = None if listings else f"no papers for {week}"
    return report | {"note": note, "weeks": [_listing_document(listing) for listing in listings]}


def _listing_document(listing: Listing) -> dict[str, Any]:
    return {
        "week": str(listing.week),
        "start": listing.start.isoformat(),
        "end": listing.end.isoformat(),
        "papers": [
            {
                "key": one.paper.key,
                "title": one.paper.title,
                "url": one.paper.url,
                "description": one.description,
                "links": [{"label": link.label, "url": link.url} for link in one.paper.links],
            }
            for one in listing.candidates
        ],
    }


def _source_lines(report: dict[str, Any]) -> str:
    note = f": {report['note']}" if report["note"] else ""
    lines = [f"{'✓' if report['ok'] else '✗'} {report['name']} ({report['kind']}){note}"]
    for listing in report["weeks"]:
        lines.append(f"  {listing['week']} ({listing['start']} – {listing['end']})")
        lines += [f"    {one['title']}  {one['key']}" for one in listing["papers"]]
    return "\n".join(lines)


@app.command()
def site(
    folder: Annotated[Path, typer.Argument(help="Where to write the pages.")],
    config: ConfigOption = None,
    language: LanguageOption = None,
) -> None:
    """Write all weeks as a web site: an index, a page a week, and a feed."""

    async def work(rinko: App) -> None:
        count = await write_site(rinko.services, rinko.links, language_of(rinko, language), folder)
        note(f"Wrote {count} weeks to {folder}")

    with_app(config, work)


@app.command()
def doctor(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Say what works, and what to do about what does not."""
    from bot.doctor.examine import examine  # both platforms' libraries: they take long to load

    _report(asyncio.run(examine(settings_of(config))), json=json)


def _report(findings: Sequence[Finding], *, json: bool) -> None:
    """Print what was found; leave with code 1 where anything is not right."""
    if json:
        out(export.dumps([finding.document() for finding in findings]))
    else:
        for finding in findings:
            out(finding.line())
    if any(not finding.ok for finding in findings):
        raise typer.Exit(FAILED)


@app.command()
def invite(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Print the links by which Rinko comes to a Discord server and a Slack workspace."""
    from bot.invite import invitations

    settings = settings_of(config)
    try:
        found = asyncio.run(invitations(settings))
    except RinkoError as error:
        fail(error)
    if json:
        out(export.dumps(found))
        return
    if found["discord"]:
        out(f"Discord: open this as an admin of your server, and choose it\n  {found['discord']['url']}")
    else:
        note("Discord: set RINKO_DISCORD__TOKEN first; the link names your application.")
    out(f"Slack: open this to make the app, as {found['slack']['manifest']} says\n  {found['slack']['url']}")


@database_app.command(name="upgrade")
def db_upgrade(config: ConfigOption = None) -> None:
    """Bring the tables up to date, on PostgreSQL also those of the job queue."""
    settings = settings_of(config)

    async def work() -> tuple[str | None, str]:
        database = open_database(settings.database_url)
        try:
            revisions = await upgrade(database)
            await upgrade_queue(database)
            return revisions
        finally:
            await database.close()

    try:
        before, after = asyncio.run(work())
    except RinkoError as error:
        fail(error)
    note("Already up to date." if before == after else f"Upgraded to revision {after}.")


@database_app.command(name="check")
def db_check(config: ConfigOption = None, json: JsonOption = False) -> None:
    """Look the database over, and say what to do about what is not right; nothing is changed."""
    _report(asyncio.run(check_database(settings_of(config))), json=json)


@database_app.command(name="copy")
def db_copy(
    target: Annotated[str, typer.Argument(help="SQLAlchemy address of an empty database.")],
    config: ConfigOption = None,
) -> None:
    """Copy everything into another, empty database, of SQLite or PostgreSQL; no record here is changed.

    All arrives and is counted there, or nothing is kept. A PostgreSQL password is better left out
    of the address and given as PGPASSWORD, or in ~/.pgpass: others may see how a command was called.
    """
    settings = settings_of(config)
    try:
        with progress_shown() as progress:
            counts = asyncio.run(copy(settings.database_url, target, progress))
    except RinkoError as error:
        fail(error)
    for table, count in counts.items():
        out(f"{table}: {count}")
