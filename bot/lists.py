"""`/papers`: this week's list, a search over past weeks, or one paper; seen by the asker only."""

from __future__ import annotations

from dataclasses import dataclass

from bot.platforms.conversation import Replies, Request
from bot.services import Services
from digest.addresses import refer
from digest.archive import SearchPage
from digest.compose import card_name
from digest.errors import NotInDigest
from digest.layout import item, note, squeezed, text, title
from digest.models import Issue
from digest.phrases import Phrases
from digest.posts import Block, Button, Limits, Post, Span

_SEPARATOR = "\n"
_PAGE_DIGITS = 7


@dataclass(frozen=True)
class Lists:
    """The acts behind `/papers`."""

    services: Services

    async def command(self, words: str, request: Request, replies: Replies) -> None:
        """`/papers`, `/papers WORDS`, `/papers ID`."""
        words = words.strip()
        if not words:
            post = await self._latest(request)
        elif refer(words):
            post = await self._one(words, request)
        else:
            post = await self._search(words, 1, request)
        await replies.stream(only_for_asker=True).finish(post)

    async def turn(self, value: str, request: Request, replies: Replies) -> None:
        """Turn to another page of a search; `value` is the page and the words."""
        page, _, words = value.partition(_SEPARATOR)
        number = int(page) if page.isdecimal() and len(page) < _PAGE_DIGITS else 1
        await replies.stream(only_for_asker=True).finish(await self._search(words, number, request))

    async def _latest(self, request: Request) -> Post:
        latest: Issue | None = None
        for language in await self._languages(request):
            issue = await self.services.archive.latest(language)
            if issue is not None and (latest is None or issue.week > latest.week):
                latest = issue
        if latest is None:
            say = self.services.say(request.language)
            return Post(request.language, (text(say("papers.none")),))
        latest = await self.services.posting.editions.shown(latest, request.place)
        composer = self.services.posting.composer(latest.language, "qa", self._limits(request))
        listed = composer.header(latest).linked(await self._links(latest, request))
        return Post(latest.language, listed.blocks)

    async def _links(self, issue: Issue, request: Request) -> dict[str, str]:
        """Where the papers of a list lead: to their cards in this channel, else to the papers themselves."""
        papers = [entry.paper for entry in issue.entries]
        links = {card_name(paper.key): paper.url for paper in papers if paper.url}
        rows = await self.services.ledger.rows(request.place, issue.week)
        return links | {row.key.name: row.message.url for row in rows if row.message and row.message.url}

    async def _languages(self, request: Request) -> list[str]:
        """The languages that a digest is looked for in: the reader's, the channel's, then all others."""
        channel = await self.services.channels.get(request.place)
        first = [request.language, *([channel.language] if channel else [])]
        return list(dict.fromkeys([*first, *self.services.phrases]))

    async def _search(self, words: str, number: int, request: Request) -> Post:
        say = self.services.say(request.language)
        page = await self.services.archive.search(words, number)
        if not page.total:
            return Post(request.language, (text(say("papers.found_none", query=words)),))
        heading = say("papers.found", query=words, total=page.total, page=page.page, pages=page.pages)
        blocks: list[Block] = [title(heading)]
        for found in page.results:
            blocks.append(item(Span(found.title, url=found.url, strong=True), Span(f" — {found.week}")))
            blocks.append(note(found.snippet))
        shown = squeezed(blocks, self._limits(request))
        return Post(request.language, shown, tuple(_page_buttons(page, say)))

    async def _one(self, words: str, request: Request) -> Post:
        """The card of one paper, from the digest it stood in."""
        reference = refer(words)
        key = reference.key if reference else words
        issue = await self._issue_with(key, request)
        entry = next(entry for entry in issue.entries if entry.paper.key == key)
        composer = self.services.posting.composer(issue.language, "qa", self._limits(request))
        return composer.card(entry)

    async def _issue_with(self, key: str, request: Request) -> Issue:
        """The latest digest with a paper, as this channel has it, in the first language that has one."""
        for language in await self._languages(request):
            for week in await self.services.library.weeks(self.services.selection, language):
                issue = await self.services.archive.issue(week, language)
                issue = await self.services.posting.editions.shown(issue, request.place)
                if any(entry.paper.key == key for entry in issue.entries):
                    return issue
        raise NotInDigest(
            f"{key} has not been in a digest.", hint="Ask about it with /ask.", values={"text": key}
        )

    def _limits(self, request: Request) -> Limits:
        return self.services.posting.outlet(request.place.platform).limits


def _page_buttons(page: SearchPage, say: Phrases) -> list[Button]:
    buttons = []
    if page.page > 1:
        value = f"{page.page - 1}{_SEPARATOR}{page.query}"
        buttons.append(Button(say("papers.previous"), "papers", value))
    if page.page < page.pages:
        value = f"{page.page + 1}{_SEPARATOR}{page.query}"
        buttons.append(Button(say("papers.next"), "papers", value))
    return buttons
