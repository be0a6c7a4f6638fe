"""Use case: one week, from its sources to a stored issue."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from digest.choose import Choice, choose
from digest.errors import (
    AllSourcesFailed,
    NotBuilt,
    NothingListed,
    NotInDigest,
    NotYetListed,
    SourceError,
    WriterError,
)
from digest.models import (
    Coverage,
    Document,
    Entry,
    Extent,
    Issue,
    LeftOut,
    Listing,
    Paper,
    SourceReport,
    Week,
    Writing,
)
from digest.ports import Catalogue, Clock, Progress, Source, Step, Turns, Writer, silent
from digest.readings import Readings, described_by
from digest.stores import Library

_ALWAYS = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Weekly:
    """Makes the issue of a week. What was read or written up before is taken from the library."""

    sources: tuple[Source, ...]
    catalogue: Catalogue
    readings: Readings
    writer: Writer
    library: Library
    clock: Clock
    selection: str
    languages: tuple[str, ...]
    most: int
    """Papers in an issue, at most."""
    at_once: int
    """Papers read and written up side by side."""
    patience: timedelta
    """How long after its usual time a list that is late is waited for, while others are there already."""
    turns: Turns
    """A week is made once at a time: channels that ask meanwhile get what the first one made."""

    async def build(
        self, week: Week, language: str, progress: Progress = silent, *, again: bool = False
    ) -> Issue:
        """The issue of a week in a language: the stored one if it is complete, else made now.

        `again` asks the sources anew and tries again what could not be read. Raises
        `NotYetListed` where a list is late, `AllSourcesFailed` where none lists papers and some fail,
        `NothingListed` where all answer that there are none.
        """
        if not again:
            stored = await self.library.issue(self.selection, week, language)
            if stored is not None and stored.complete:
                return stored  # hundreds of channels need not queue for what is there
        async with self.turns.take(self._turn(week)):
            return await self._build(week, language, progress, again=again)

    def _turn(self, week: Week) -> str:
        return f"build {self.selection} {week}"

    async def _build(self, week: Week, language: str, progress: Progress, *, again: bool) -> Issue:
        stored = await self.library.issue(self.selection, week, language)
        if stored is not None and stored.complete and not again:
            return stored
        shell = None if again else await self._chosen_before(week, language)
        if shell is None:
            shell = await self._gather(week, language, progress, _ALWAYS if again else self._overdue())
        if stored is None or not stored.complete:
            # The choice is what a restart goes on from; a whole issue stays until a new one is whole.
            await self.library.keep_issue(shell)
        entries = await self._write_up(shell, language, progress)
        overview = await self.overview(week, entries, language)
        issue = replace(shell, entries=entries, overview=overview, complete=True)
        await self.library.keep_issue(issue)
        return issue

    async def _chosen_before(self, week: Week, language: str) -> Issue | None:
        """The choice made for this week in any language, so that all languages show the same."""
        for other in (language, *self.languages):
            issue = await self.library.issue(self.selection, week, other)
            if issue is not None:
                entries = tuple(replace(entry, writing=None) for entry in issue.entries)
                return replace(issue, language=language, entries=entries, overview=(), complete=False)
        return None

    def _overdue(self) -> datetime:
        """Lists that usually are there before that are not waited for any more."""
        return self.clock.now() - self.patience

    async def _gather(self, week: Week, language: str, progress: Progress, overdue: datetime) -> Issue:
        """Ask the sources, choose, and look the chosen papers up."""
        progress(Step("sources", ", ".join(source.name for source in self.sources), 0, 1))
        listings, reports = await ask_sources(self.sources, week, overdue)
        choice = choose(listings, self.most)
        if not choice.chosen:
            raise NothingListed(f"The sources list no papers for {week}.", values={"week": str(week)})
        papers: tuple[Paper, ...] = tuple(candidate.paper for candidate, _ in choice.chosen)
        progress(Step("facts", str(week), 0, 1))
        try:
            papers = await self.catalogue.describe(papers)
        except SourceError as error:
            reports = (*reports, SourceReport("arXiv", "catalogue", ok=False, note=error.message))
        own = [listing for _, listing in listings if listing.candidates]
        return Issue(
            self.selection,
            week,
            language,
            start=min((listing.start for listing in own), default=week.start),
            end=max((listing.end for listing in own), default=week.end),
            overview=(),
            sources=reports,
            entries=_unread(papers, choice),
            left_out=tuple(LeftOut(candidate.paper.title, reason) for candidate, reason in choice.left_out),
        )

    async def _write_up(self, shell: Issue, language: str, progress: Progress) -> tuple[Entry, ...]:
        """Read and write up every paper, some side by side; each is kept as it comes."""
        room = asyncio.Semaphore(self.at_once)
        done = 0

        async def one(entry: Entry) -> Entry:
            nonlocal done
            async with room:
                finished = await self._entry(entry, language, progress, done, len(shell.entries))
                done += 1
                return finished

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(entry)) for entry in shell.entries]
        except ExceptionGroup as errors:
            # One error ended the others' work; it alone says what went wrong.
            raise errors.exceptions[0] from None
        return tuple(task.result() for task in tasks)

    async def _entry(self, entry: Entry, language: str, progress: Progress, done: int, total: int) -> Entry:
        progress(Step("read", entry.paper.title, done, total))
        document = await self.readings.read_what_there_is(entry.paper)
        paper = described_by(document, entry.paper)
        await self.library.keep_paper(paper)
        entry = replace(
            entry, paper=paper, coverage=document.coverage, hidden_characters=document.hidden_characters
        )
        if not document.passages:
            return entry
        progress(Step("write", paper.title, done, total))
        try:
            writing = await self._written(paper, document, language)
        except WriterError as error:
            coverage = replace(document.coverage, reason=error.kind)
            return replace(entry, coverage=coverage)
        return replace(entry, writing=writing)

    async def _written(self, paper: Paper, document: Document, language: str) -> Writing:
        """A paper written up, once however many weeks and processes ask for it."""
        async with self.turns.take(f"write {paper.key} {document.version} {language}"):
            writing = await self.library.writing(paper.key, document.version, language, self.writer)
            if writing is None:
                writing = await self.writer.write(paper, document, language)
                await self.library.keep_writing(writing)
        return writing

    async def renew(self, week: Week, language: str, paper_key: str, *, anew: bool = False) -> Issue:
        """The issue with one paper looked up and read again, and written up where that is new.

        With `anew` it is written in any case, in place of what was written for every channel. What
        stood there stays where nothing better comes of it. Raises `NotBuilt` or `NotInDigest` where
        there is no such paper, and `WriterError` where it cannot be read or written.
        """
        async with self.turns.take(self._turn(week)):
            issue = await self.library.issue(self.selection, week, language)
            if issue is None or not issue.complete:
                raise NotBuilt(values={"week": str(week)})
            old = next((one for one in issue.entries if one.paper.key == paper_key), None)
            if old is None:
                raise NotInDigest(values={"text": paper_key})
            new = await self._renewed(old, language, anew=anew)
            entries = tuple(new if one is old else one for one in issue.entries)
            if entries != issue.entries:
                overview = await self.overview(week, entries, language)
                issue = replace(issue, entries=entries, overview=overview)
                await self.library.keep_issue(issue)
            return issue

    async def _renewed(self, old: Entry, language: str, *, anew: bool) -> Entry:
        paper = old.paper
        if paper.arxiv_id is not None:
            try:
                (latest,) = await self.catalogue.describe((replace(paper, version=None),))
                paper = latest if latest.version else paper
            except SourceError:
                paper = old.paper
        document = await self.readings.read_what_there_is(paper)
        if not document.passages:
            raise WriterError(f"{paper.title} cannot be read.")
        paper = described_by(document, paper)
        writing = await self.library.writing(paper.key, document.version, language, self.writer)
        if writing is None or anew:
            writing = await self.writer.write(paper, document, language)
            if writing.stood_in and old.writing is not None and not old.writing.stood_in:
                raise WriterError(f"The writer failed: {writing.stood_in}.")
            await self.library.replace_writing(writing)
        await self.library.keep_paper(paper)
        return replace(
            old,
            paper=paper,
            coverage=document.coverage,
            writing=writing,
            hidden_characters=document.hidden_characters,
        )

    async def overview(self, week: Week, entries: Sequence[Entry], language: str) -> tuple[str, ...]:
        """The trends of so many papers, none where the writer finds none."""
        written: list[tuple[Paper, Writing]] = [
            (entry.paper, entry.writing) for entry in entries if entry.writing is not None
        ]
        if not written:
            return ()
        try:
            return await self.writer.overview(week, written, language)
        except WriterError:
            return ()


async def ask_sources(
    sources: Sequence[Source], week: Week, overdue: datetime
) -> tuple[tuple[tuple[str, Listing], ...], tuple[SourceReport, ...]]:
    """Ask all sources side by side: what they list, and how asking went.

    A source that does not have its list yet is waited for where its usual time is not before
    `overdue`, or where no other lists papers: that raises `NotYetListed`. Without papers from
    any, one that failed may be what lacks them: that raises `AllSourcesFailed` with every reason.
    """
    answers = await asyncio.gather(*(_ask(source, week) for source in sources))
    reports = tuple(report for report, _, _ in answers)
    anything = any(listing.candidates for _, found, _ in answers for listing in found)
    for source, (_, _, error) in zip(sources, answers, strict=True):
        if isinstance(error, NotYetListed) and (not anything or usual_time(source, week) >= overdue):
            raise NotYetListed(error.message, hint=error.hint, values={"week": str(week)})
    if not anything and not all(report.ok for report in reports):
        reasons = "; ".join(f"{report.name}: {report.note}" for report in reports)
        raise AllSourcesFailed(f"No source of papers answered. {reasons}", hint="Try `rinko sources`.")
    return tuple((report.name, listing) for report, found, _ in answers for listing in found), reports


def usual_time(source: Source, week: Week) -> datetime:
    """When a source usually has the list of a week."""
    return datetime.combine(week.plus(1).start, time(), tzinfo=UTC) + timedelta(hours=source.usual_hours)


async def _ask(source: Source, week: Week) -> tuple[SourceReport, tuple[Listing, ...], SourceError | None]:
    try:
        listings = await source.listings(week)
    except SourceError as error:
        reason = error.message.removeprefix(f"{source.name}: ")
        return SourceReport(source.name, source.kind, ok=False, note=reason, url=source.page), (), error
    empty = not any(listing.candidates for listing in listings)
    note = f"no papers for {week}" if empty else None
    return SourceReport(source.name, source.kind, ok=True, note=note, url=source.page), listings, None


def _unread(papers: Sequence[Paper], choice: Choice) -> tuple[Entry, ...]:
    return tuple(
        Entry(paper, Coverage(Extent.NOTHING), None, reason)
        for paper, (_, reason) in zip(papers, choice.chosen, strict=True)
    )
