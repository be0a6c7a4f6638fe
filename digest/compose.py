"""Pure: what an issue looks like: header, cards and threads, in a layout, within limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digest.layout import (
    clip,
    fact,
    fits,
    heading,
    item,
    joined,
    note,
    packed,
    reason_words,
    squeezed,
    text,
    title,
)
from digest.mathtext import readable
from digest.models import QA, SAMPLE_SELECTION, Entry, Extent, Issue, Link, Paper, Writing
from digest.phrases import Phrases, Taxonomy
from digest.places import FollowUps, Layout, Part
from digest.posts import Block, BlockKind, Button, Limits, Post, Span
from digest.quoting import language_name, quote

HEADER = "header"
_SUMMARY_CHARACTERS = 600
_GIST_CHARACTERS = 160
_BUTTON_TITLE_CHARACTERS = 40
_SECTIONS = 6
_COLON = re.compile(": |：")
"""What parts a title's name from what it says of it."""


def card_name(paper_key: str) -> str:
    """The name of a paper's card."""
    return f"card/{paper_key}"


def paper_of(part_name: str) -> str | None:
    """The paper whose card or thread a part is or was, None for the header and for notes."""
    kind, _, rest = part_name.partition("/")
    if kind == "aside":
        return paper_of(rest.rpartition("/")[0])
    if kind == "card":
        return rest
    return rest.rpartition("/")[0] if kind == "qa" else None


@dataclass(frozen=True)
class Composer:
    """Lays out issues in one language and one layout for one platform's limits."""

    phrases: Phrases
    taxonomy: Taxonomy
    layout: Layout
    limits: Limits
    in_document: bool = False
    """In a document a paper's questions follow its card, as there are no threads to open."""
    follow_ups: FollowUps | None = None
    """How to go on asking in a thread, where that is to be said."""

    def parts(self, issue: Issue) -> tuple[Part, ...]:
        """All messages of a digest in posting order."""
        parts = [Part(HEADER, self.header(issue))]
        for entry in issue.entries:
            card = card_name(entry.paper.key)
            parts.append(Part(card, self.card(entry)))
            for number, post in enumerate(self.thread(entry), 1):
                parts.append(Part(f"qa/{entry.paper.key}/{number}", post, under=card))
        return tuple(parts)

    def remark(self, name: str, **values: object) -> Post:
        """A post of one line: that a list is late, that a week is empty, what became of a part."""
        return self._post([note(self.phrases(name, **values))])

    # ------------------------------------------------------------------ header

    def header(self, issue: Issue) -> Post:
        """The only message that notifies: the week, its trends, and the list of papers."""
        say = self.phrases
        opening = [
            title(say("digest.title", days=say.days(issue.start, issue.end))),
            note(say("digest.week", week=issue.week)),
            *([note(say("digest.sample"))] if issue.selection == SAMPLE_SELECTION else []),
        ]
        if not issue.entries:
            return self._post([*opening, text(say("digest.empty")), *self._source_notes(issue)], notify=True)
        introduction = "digest.document_introduction" if self.in_document else "digest.introduction"
        opening.append(text(say(introduction, count=len(issue.entries))))
        if issue.overview:
            opening += [heading(say("digest.trends")), *(text(line) for line in issue.overview)]
        opening.append(heading(say("digest.list")))
        closing = [*self._source_notes(issue), note(say("digest.notice"))]
        gist = _GIST_CHARACTERS
        while True:
            blocks = [*opening, *(self._listed(entry, gist) for entry in issue.entries), *closing]
            if gist == 0 or fits(blocks, self.limits):
                break
            gist = max(0, gist - 20)
        return self._post(blocks, notify=True)

    def _listed(self, entry: Entry, gist_characters: int) -> Block:
        """One line of the list: the title, linked to its card, and the gist."""
        spans = [Span(display_title(entry), part=card_name(entry.paper.key), strong=True)]
        if entry.writing is not None and gist_characters:
            gist = readable(entry.writing.summary.gist)
            spans += [
                Span(self.phrases("digest.dash")),
                Span(clip(gist, gist_characters), language=self._foreign(entry.writing)),
            ]
        return item(*spans)

    def _source_notes(self, issue: Issue) -> Iterator[Block]:
        """Which sources the week comes from, and which of them failed."""
        say = self.phrases
        answered = [Span(report.name, url=report.url) for report in issue.sources if report.ok]
        if answered:
            names = joined(answered, say("list.separator"))
            yield Block(BlockKind.NOTE, (Span(say("digest.sources")), *names))
        for report in issue.sources:
            if not report.ok:
                yield note(say("digest.source_failed", name=report.name))

    # ------------------------------------------------------------------- cards

    def card(self, entry: Entry) -> Post:
        """A paper in short."""
        body = self._bilingual_card(entry) if self.layout == "bilingual" else self._qa_card(entry)
        body += self._coverage_notes(entry)
        if entry.writing is not None and entry.writing.qa and not self.in_document:
            body.append(note(self.phrases("card.thread", count=len(entry.writing.qa))))
        shown = self._post(body, buttons=(Button(self._ask_label(entry), "ask", entry.paper.key),))
        return replace(shown, topics=self._topics(entry))

    def _topics(self, entry: Entry) -> tuple[str, ...]:
        tags = entry.writing.summary.tags if entry.writing else ()
        return (*(entry.paper.categories or ()), *(self.category_names(entry.paper) or ()), *tags)

    def _ask_label(self, entry: Entry) -> str:
        """The label names the paper, as those who hear the page meet ten such buttons."""
        short = short_title(display_title(entry))
        room = self.limits.button_label - len(self.phrases("card.ask", title=""))
        return self.phrases("card.ask", title=clip(short, min(room, _BUTTON_TITLE_CHARACTERS)))

    def _qa_card(self, entry: Entry) -> list[Block]:
        say = self.phrases
        blocks = [title(display_title(entry), url=entry.paper.url)]
        blocks += [*self._corrections(entry), *self._facts(entry)]
        if entry.writing is not None:
            blocks += [heading(say("card.summary")), *self._summary(entry.writing)]
        blocks += self._links(entry.paper)
        return blocks

    def _bilingual_card(self, entry: Entry) -> list[Block]:
        say, paper, writing = self.phrases, entry.paper, entry.writing
        translated = writing.summary.title_translated if writing else None
        both = f"{readable(translated)} / {readable(paper.title)}" if translated else readable(paper.title)
        blocks = [title(both, url=paper.url), *self._corrections(entry)]
        blocks += self._facts(entry, with_original_title=False)
        if writing is not None:
            blocks += [heading(say("card.introduction")), *self._summary(writing)]
        if paper.abstract:
            blocks.append(heading(say("card.abstract")))
            if writing is not None and writing.summary.abstract_translated:
                blocks.append(text(readable(writing.summary.abstract_translated)))
            language = writing.text_language if writing else None
            if language and self._other(language):
                blocks.append(note(self._extract_label(language)))
            blocks.append(text(readable(paper.abstract), language=self._other(language)))
        if paper.url:
            blocks.append(fact(say, "card.paper_link", Span(shown_url(paper.url), url=paper.url)))
        return blocks + self._links(paper)

    def _corrections(self, entry: Entry) -> Iterator[Block]:
        """What admins put right, before all that it may be about."""
        for correction in entry.corrections:
            day = correction.day
            label = self.phrases("card.correction", month=day.month, day=day.day)
            yield Block(BlockKind.FACT, (Span(label, strong=True), Span(correction.text)))

    def _facts(self, entry: Entry, *, with_original_title: bool = True) -> list[Block]:
        """Who, when and what kind; what is not known is said to be unknown."""
        say, paper = self.phrases, entry.paper
        facts = []
        if with_original_title and display_title(entry) != readable(paper.title):
            facts.append(fact(say, "facts.original_title", Span(readable(paper.title))))
        names = self.category_names(paper)
        categories = say("list.separator").join(names) if names else None
        facts += [
            fact(say, "facts.authors", Span(say.names(paper.authors))),
            fact(say, "facts.published", Span(say.date(paper.published))),
        ]
        facts += [
            fact(say, "facts.updated", Span(say.date(paper.updated))),
            fact(say, "facts.categories", Span(categories or say("facts.unknown"))),
        ]
        if paper.url and self.layout == "qa":
            facts.append(fact(say, "facts.url", Span(shown_url(paper.url), url=paper.url)))
        return facts

    def category_names(self, paper: Paper) -> list[str] | None:
        """The names of a paper's categories in the reader's language, None where not known."""
        if not paper.categories:
            return None
        names = (self.taxonomy.name(code, self.phrases.language) for code in paper.categories)
        return list(dict.fromkeys(names))

    def _summary(self, writing: Writing) -> Iterator[Block]:
        """The gist and the summary, marked where they are the paper's own words."""
        language = self._foreign(writing)
        gist = readable(writing.summary.gist)
        summary = clip(readable(writing.summary.text), _SUMMARY_CHARACTERS)
        if writing.extract:
            yield note(self._extract_label(writing.text_language))
        if gist and not summary.startswith(gist):
            yield text(gist, language=language, strong=True)
        yield text(summary, language=language)
        if writing.summary.tags:
            tags = " ".join(f"#{tag}" for tag in writing.summary.tags)
            yield fact(self.phrases, "facts.tags", Span(tags))

    def _links(self, paper: Paper) -> list[Block]:
        """What else there is to read: code, project pages, posts."""
        others = [link for link in paper.links if link.url not in {paper.url, paper.pdf_url}]
        if not others:
            return []
        spans = joined((self._link(link) for link in others), self.phrases("list.separator"))
        return [fact(self.phrases, "card.read_more", *spans)]

    def _link(self, link: Link) -> Span:
        name = f"links.{link.label.casefold().replace(' ', '_')}"
        return Span(self.phrases(name) if self.phrases.has(name) else link.label, url=link.url)

    def _coverage_notes(self, entry: Entry) -> Iterator[Block]:
        """What could not be read, and why; what was left out because it was hidden."""
        say, coverage = self.phrases, entry.coverage
        if coverage.extent is Extent.PAGES:
            yield note(say("coverage.pages", read=coverage.pages_read, total=coverage.pages_total))
        elif coverage.extent is not Extent.FULL:
            reason = reason_words(say, coverage.reason)
            yield note(say(f"coverage.{coverage.extent.name.lower()}", reason=reason))
        if entry.hidden_characters:
            yield note(say("coverage.hidden", count=entry.hidden_characters))
        if entry.writing is not None and entry.writing.sections:
            names = say("list.separator").join(entry.writing.sections[:_SECTIONS])
            yield note(say("coverage.sections", sections=names))
        if entry.writing is not None and entry.writing.stood_in:
            yield note(say("coverage.stood_in", reason=reason_words(say, entry.writing.stood_in)))

    # ----------------------------------------------------------------- threads

    def thread(self, entry: Entry) -> tuple[Post, ...]:
        """The questions and answers on a paper, in as few messages as the limits allow."""
        writing = entry.writing
        if writing is None or not writing.qa:
            return ()
        groups = [[*self.pair(qa, writing)] for qa in writing.qa]
        opening = [heading(self.phrases("qa.heading", count=len(groups)))]
        if self.follow_ups is not None:
            opening.append(note(self.phrases(f"qa.follow_up_{self.follow_ups}")))
        groups[0][:0] = opening
        return tuple(self._post(blocks) for blocks in packed(groups, self.limits))

    def pair(self, qa: QA, writing: Writing) -> Iterator[Block]:
        """A question, its answer, and the quotes the answer rests on."""
        yield Block(BlockKind.QUESTION, (Span(self.phrases("qa.question", text=qa.question)),))
        if not writing.extract:
            yield text(self.phrases("qa.answer", text=readable(qa.answer)))
        for citation in qa.citations:
            yield quote(self.phrases, citation, writing.text_language, extract=writing.extract)

    # ----------------------------------------------------------------- helpers

    def _post(
        self, blocks: Sequence[Block], *, buttons: tuple[Button, ...] = (), notify: bool = False
    ) -> Post:
        return Post(self.phrases.language, squeezed(blocks, self.limits), buttons, notify)

    def _other(self, language: str | None) -> str | None:
        """The language, where it is not the one the bot speaks here."""
        return language if language and language != self.phrases.language else None

    def _foreign(self, writing: Writing) -> str | None:
        return self._other(writing.text_language)

    def _extract_label(self, language: str) -> str:
        say = self.phrases
        if self._other(language):
            return say("card.extract_in", language=language_name(say, language))
        return say("card.extract")


def display_title(entry: Entry) -> str:
    """The title in the reader's language where there is a translation, else as printed."""
    translated = entry.writing.summary.title_translated if entry.writing else None
    return readable(translated or entry.paper.title)


def short_title(full: str) -> str:
    """What a title says before its colon, where that stands for the paper; else all of it."""
    head, *rest = _COLON.split(full, maxsplit=1)
    return head if rest and 0 < len(head) <= _BUTTON_TITLE_CHARACTERS else full


def shown_url(url: str) -> str:
    """An address as it is printed: without the scheme that goes without saying."""
    return url.removeprefix("https://").removeprefix("http://").removeprefix("sample:")
