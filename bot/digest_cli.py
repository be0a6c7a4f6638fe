"""`rinko digest …`: the weekly digest from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from bot import export
from bot.app import App
from bot.terminal import (
    FAILED,
    ConfigOption,
    JsonOption,
    LanguageOption,
    language_of,
    note,
    out,
    progress_shown,
    with_app,
)
from digest.accounts import JournalEntry
from digest.choose import SAME_LINK, SAME_PAPER, TOO_MANY, why
from digest.compose import Composer
from digest.delivery import Delivered
from digest.errors import NotATimeZone, RinkoError, WrongUse
from digest.layout import dropped_words, reason_words
from digest.models import Issue, Week
from digest.phrases import Phrases
from digest.places import Layout, Subscription
from digest.ports import Progress

app = typer.Typer(no_args_is_help=True, help="The weekly digest.")

WeekArgument = Annotated[
    str, typer.Argument(help="A week as 2024-W09, or a day in it; the current week otherwise.")
]
LayoutOption = Annotated[str, typer.Option("--layout", help="qa or bilingual.")]
_NOT_TAKEN = {
    SAME_PAPER: "the same paper as {}",
    SAME_LINK: "its link is that of “{}”; one of the two is wrong in the list",
    TOO_MANY: "no more room (listed by {})",
}
_FORMATS = {"json": export.as_json, "markdown": export.as_markdown, "html": export.as_html}


@app.command()
def build(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: LanguageOption = None,
    json: JsonOption = False,
    again: Annotated[
        bool, typer.Option("--again", help="Ask the sources anew and retry what could not be read.")
    ] = False,
) -> None:
    """Collect, read and write up a week's papers; nothing is posted."""

    async def work(rinko: App) -> None:
        with progress_shown() as progress:
            issue = await _built(rinko, week, language, progress, again=again)
        if json:
            out(export.as_json(issue, _composer(rinko, issue.language, "qa"), rinko.links))
        else:
            out(_report(issue, rinko.services.say("en")))

    with_app(config, work)


@app.command()
def show(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: LanguageOption = None,
    layout: LayoutOption = "qa",
    json: JsonOption = False,
) -> None:
    """Show a week that was built."""

    async def work(rinko: App) -> None:
        issue = await _stored(rinko, week, language)
        composer = _composer(rinko, issue.language, layout)
        cost = await rinko.services.costs.of_issue(issue)
        if json:
            document = export.issue_document(issue, composer, rinko.links)
            out(export.dumps(document | {"cost": cost.document()}))
            return
        out(export.as_markdown(issue, composer, rinko.links))
        if cost.calls:
            out(f"{issue.week}: {cost.words(rinko.services.say('en'))}")

    with_app(config, work)


@app.command()
def preview(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: LanguageOption = None,
    layout: LayoutOption = "qa",
    json: JsonOption = False,
) -> None:
    """Build a week and show what would be posted, with what was left out and why."""

    async def work(rinko: App) -> None:
        with progress_shown() as progress:
            issue = await _built(rinko, week, language, progress)
        composer = _composer(rinko, issue.language, layout)
        if json:
            out(export.as_json(issue, composer, rinko.links))
            return
        out(export.as_markdown(issue, composer, rinko.links))
        out(_report(issue, rinko.services.say("en")))

    with_app(config, work)


@app.command(name="export")
def export_(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: LanguageOption = None,
    layout: LayoutOption = "qa",
    format_: Annotated[str, typer.Option("--format", help="json, markdown or html.")] = "markdown",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File to write.")] = None,
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Write a week that was built as JSON, Markdown or HTML."""

    async def work(rinko: App) -> None:
        name = "json" if json else format_
        if name not in _FORMATS:
            raise WrongUse(f"“{name}” is not a format.", hint=f"Formats: {', '.join(_FORMATS)}.")
        issue = await _stored(rinko, week, language)
        text = _FORMATS[name](issue, _composer(rinko, issue.language, layout), rinko.links)
        if output is None:
            out(text)
        else:
            await asyncio.to_thread(_write, output, text)
            note(f"Wrote {output}")

    with_app(config, work)


@app.command()
def post(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Only the channels in this language.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Post a week to every subscribed channel; posting twice posts once."""
    with_app(config, lambda rinko: _deliver(rinko, week, language, json=json, again=False))


@app.command()
def repost(
    week: WeekArgument = "",
    config: ConfigOption = None,
    language: Annotated[
        str | None, typer.Option("--language", help="Only the channels in this language.")
    ] = None,
    json: JsonOption = False,
) -> None:
    """Ask the sources anew and bring what was posted up to date, in place."""
    with_app(config, lambda rinko: _deliver(rinko, week, language, json=json, again=True))


@app.command()
def finish(
    week: Annotated[str, typer.Argument(help="A week as 2024-W09.")],
    config: ConfigOption = None,
) -> None:
    """Record a week as posted to every channel; nothing is posted, and it will not be by itself.

    For weeks that were posted after the backup was made which has been put back: the database does not
    know of them.
    """

    async def work(rinko: App) -> None:
        services = rinko.services
        for channel in await services.channels.all():
            named, now = await services.week(week, channel.timezone), services.clock.now()
            if await services.ledger.finished(channel.place, named):
                note(f"{channel.place} has {named} already.")
                continue
            await services.ledger.finish(channel.place, named, now)
            place = str(channel.place)
            await services.journal.record(JournalEntry(now, place, "command line", "finish", "", week=named))
            out(f"{place} {named} is recorded as posted.")

    with_app(config, work)


async def _deliver(rinko: App, words: str, language: str | None, *, json: bool, again: bool) -> None:
    """Post to every channel in turn; one that fails does not keep the others from theirs."""
    chosen = language_of(rinko, language) if language else None
    channels = [
        one for one in await rinko.services.channels.all() if chosen is None or one.language == chosen
    ]
    waiting = [
        one for one in await rinko.services.channels.unlocated() if chosen is None or one.language == chosen
    ]
    if not channels and not waiting:
        raise WrongUse("No channel gets the digest.", hint="Add [[channels]] to rinko.toml.")
    reports: list[dict[str, Any]] = []
    for channel in channels:
        try:
            week = await rinko.services.week(words, channel.timezone)
        except NotATimeZone as error:  # its week is asked for only where none was named
            week = await rinko.services.week(words)
            reports.append(_report_of(str(channel.place), week, Delivered(), str(error)))
            continue
        with progress_shown() as progress:
            reports.append(await _one_channel(rinko, week, channel, progress, again=again))
    for missing in waiting:
        week = await rinko.services.week(words)
        place = f"{missing.platform}/?/{missing.channel}"
        reports.append(_report_of(place, week, Delivered(), missing.reason))
    if json:
        out(export.dumps(reports))
    else:
        for report in reports:
            out(_delivered_line(report))
    if any(not report["ok"] for report in reports):
        raise typer.Exit(FAILED)


async def _one_channel(
    rinko: App, week: Week, channel: Subscription, progress: Progress, *, again: bool
) -> dict[str, Any]:
    try:
        done = await rinko.services.posting.post(
            week, channel, progress, again=again, verify=True, actor="command line"
        )
    except RinkoError as error:
        return _report_of(str(channel.place), week, Delivered(), str(error))
    return _report_of(str(channel.place), week, done)


def _report_of(place: str, week: Week, done: Delivered, error: str | None = None) -> dict[str, Any]:
    """What was done in a channel, or why nothing was."""
    counts = {"sent": done.sent, "edited": done.edited, "found": done.adopted, "retired": done.retired}
    return {"place": place, "week": str(week), "ok": error is None, "error": error, **counts}


def _delivered_line(report: dict[str, Any]) -> str:
    if not report["ok"]:
        return f"✗ {report['place']} {report['week']}: {report['error']}"
    changes = [f"{report[what]} {what}" for what in ("sent", "edited", "found", "retired") if report[what]]
    return f"✓ {report['place']} {report['week']}: {', '.join(changes) or 'already there, nothing changed'}"


async def _built(
    rinko: App, words: str, language: str | None, progress: Progress, *, again: bool = False
) -> Issue:
    week = await rinko.services.week(words)
    chosen = language_of(rinko, language)
    issue = await rinko.services.posting.weekly.build(week, chosen, progress, again=again)
    return await rinko.services.corrected(issue)


async def _stored(rinko: App, words: str, language: str | None) -> Issue:
    week = await rinko.services.week(words)
    issue = await rinko.services.archive.issue(week, language_of(rinko, language))
    return await rinko.services.corrected(issue)


def _composer(rinko: App, language: str, layout: str) -> Composer:
    if layout not in get_args(Layout):
        raise WrongUse(f"“{layout}” is not a layout.", hint=f"Layouts: {', '.join(get_args(Layout))}.")
    return rinko.services.posting.document_composer(language, cast(Layout, layout))


def _report(issue: Issue, say: Phrases) -> str:
    """What was built, paper by paper, with what is missing and why."""
    lines = [f"{issue.week} ({issue.start} – {issue.end}), {issue.language}: {len(issue.entries)} papers"]
    for entry in issue.entries:
        count = len(entry.writing.qa) if entry.writing else 0
        reason = f" ({entry.coverage.reason})" if entry.coverage.reason else ""
        lines.append(f"  {entry.paper.title}  [{entry.coverage}{reason}, {count} Q&A]")
        if entry.writing:
            lines += [
                f"    left out: {one.question} — {dropped_words(say, one)}" for one in entry.writing.dropped
            ]
            if entry.writing.stood_in:
                lines.append(f"    in its own words: {reason_words(say, entry.writing.stood_in)}")
    for one in issue.left_out:
        name, values = why(one.reason)
        lines.append(f"  not taken: {one.title} — {_NOT_TAKEN[name].format(', '.join(values))}")
    for report in issue.sources:
        note = f": {report.note}" if report.note else ""
        lines.append(f"  {'✓' if report.ok else '✗'} {report.name}{note}")
    return "\n".join(lines)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
