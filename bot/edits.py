"""What admins change in their channel's digest: drop a paper or an answer, correct it, write it again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from bot.panels import tell, watched
from bot.platforms.conversation import Field, Form, Replies, Request
from bot.services import Services
from bot.targets import Target, pick_question, target_of, value_of
from digest.compose import display_title
from digest.editions import approve, approved, correct, drop_answer, drop_paper, fingerprint, put_back
from digest.errors import TooLong
from digest.layout import heading, note, text
from digest.models import Correction, Issue
from digest.phrases import Phrases
from digest.places import Overlay
from digest.ports import Progress, Step
from digest.posts import Block, Button, Post
from digest.weeks import zone

Change = Callable[[Overlay], Overlay]
Outcome = Literal["shown", "when_posted", "approve_next", "repost_next"]
"""What comes of a change: it is in the channel, comes with the digest, or waits for an approval."""
_CORRECTION_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class _State:
    """What a channel gets at one moment, and the fingerprint of that."""

    edition: Issue
    overlay: Overlay
    content: str


@dataclass(frozen=True)
class Edits:
    """Each act knows its week, and often its paper, from the value of its button."""

    services: Services

    # ------------------------------------------------------------------- forms

    def form(self, act: str, value: str, request: Request) -> Form | None:
        """What an act asks for: the paper where the button did not name it, and what else it needs."""
        say = self.services.say(request.language)
        fields = [] if " " in value else [Field("paper", say("edit.paper"))]
        if act == "drop_answer":
            fields.append(Field("answer", say("edit.answer")))
        if act == "correct":
            fields.append(Field("text", say("edit.text"), long=True, required=False))
        label = say(f"buttons.{act}")
        return Form(label, tuple(fields), label) if fields else None

    # -------------------------------------------------------------------- acts

    async def drop_paper(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Leave a paper out in this channel."""
        target = await target_of(self.services, value, request)
        entry = target.entry(filled.get("paper", ""))
        change = partial(drop_paper, key=entry.paper.key)
        said = self.services.say(request.language)("edit.dropped", title=display_title(entry))
        await self._change("drop_paper", target, entry.paper.key, change, said, request, replies)

    async def drop_answer(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Leave one answer out in this channel."""
        target = await target_of(self.services, value, request)
        entry = target.entry(filled.get("paper", ""))
        question = pick_question(entry, filled.get("answer", ""))
        change = partial(drop_answer, key=entry.paper.key, question=question)
        said = self.services.say(request.language)("edit.dropped", title=question)
        await self._change("drop_answer", target, entry.paper.key, change, said, request, replies)

    async def put_back(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Show a paper, and all of its answers, in this channel again."""
        target = await target_of(self.services, value, request)
        entry = target.entry(filled.get("paper", ""))
        change = partial(put_back, key=entry.paper.key)
        said = self.services.say(request.language)("edit.put_back", title=display_title(entry))
        await self._change("put_back", target, entry.paper.key, change, said, request, replies)

    async def correct(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Put something right about a paper, or take back what was put right. Raises `TooLong`."""
        say = self.services.say(request.language)
        target = await target_of(self.services, value, request)
        entry = target.entry(filled.get("paper", ""))
        words = " ".join(filled.get("text", "").split())
        if len(words) > _CORRECTION_CHARACTERS:
            raise TooLong(values={"most": str(_CORRECTION_CHARACTERS)})
        today = self.services.clock.now().astimezone(zone(target.channel.timezone)).date()
        correction = Correction(words, today, request.user) if words else None
        change = partial(correct, key=entry.paper.key, correction=correction)
        said = say("edit.corrected" if words else "edit.uncorrected", title=display_title(entry))
        await self._change("correct", target, entry.paper.key, change, said, request, replies)

    async def write_again(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Have a paper written anew, for every channel; what is posted elsewhere stays until a repost."""
        services = self.services
        target = await target_of(services, value, request)
        entry = target.entry(filled.get("paper", ""))
        key, week, channel = entry.paper.key, target.week, target.channel
        await services.access.admin(request, "write_again", key, week)
        say = services.say(request.language)
        stream = replies.stream(only_for_asker=True)
        spent_before = await services.costs.ids(key, str(week))

        async def write(progress: Progress) -> Issue:
            progress(Step("write", entry.paper.title, 0, 1))
            return await services.posting.weekly.renew(week, channel.language, key, anew=True)

        issue = await watched(stream, say, say("edit.writing", title=display_title(entry)), write)
        written = next(one for one in issue.entries if one.paper.key == key)
        cost = await services.costs.since(spent_before, key, str(week))
        lines: list[Block] = [text(say("edit.written", title=display_title(written)))]
        if written.writing == entry.writing:
            lines = [text(say("edit.same", title=display_title(written)))]
        lines.append(note(say("edit.cost", cost=cost.words(say)) if cost.calls else say("edit.no_cost")))
        if written.writing != entry.writing:
            outcome = await self._outcome_of_writing(target, key, request)
            lines.append(note(say(f"edit.{outcome}", week=week)))
        limits = services.posting.outlet(request.place.platform).limits
        composer = services.posting.composer(channel.language, channel.layout, limits)
        shown = [replace(composer.card(written), buttons=()), *composer.thread(written)]
        await tell(replies, [Post(request.language, tuple(lines)), *shown], stream)

    # ----------------------------------------------------------------- outcome

    async def _change(
        self,
        act: str,
        target: Target,
        key: str,
        change: Change,
        said: str,
        request: Request,
        replies: Replies,
    ) -> None:
        """Change the overlay, bring it into the channel where it may be, and say what came of it."""
        services, week, channel = self.services, target.week, target.channel
        await services.access.admin(request, act, key, week)
        say = services.say(request.language)
        before = await self._state(target)
        await services.overlays.change(channel.place, week, change)
        after = await self._state(target)
        blocks: list[Block] = [text(said)]
        if after.edition.overview and after.edition.overview != before.edition.overview:
            blocks += [heading(say("edit.new_trends")), *(text(line) for line in after.edition.overview)]
        outcome = await self._outcome(target, key, before, after, request)
        blocks.append(note(say(f"edit.{outcome}", week=week)))
        buttons: list[Button] = []
        if outcome == "approve_next" and before.overlay.seen == before.content:
            # Who changes what they saw has seen what it is now.
            await services.overlays.change(channel.place, week, partial(_seen, content=after.content))
            value = f"{week} {after.content}"
            buttons.append(Button(say("buttons.approve", week=week), "approve", value))
        if act.startswith("drop"):
            buttons.append(Button(say("buttons.put_back"), "put_back", value_of(week, key)))
        await tell(replies, [Post(request.language, tuple(blocks), tuple(buttons))])

    async def _state(self, target: Target) -> _State:
        services, channel = self.services, target.channel
        edition, overlay = await services.posting.editions.delivered(target.issue, channel.place)
        parts = await services.posting.parts(target.issue, channel)
        return _State(edition, overlay, fingerprint(parts))

    async def _outcome(
        self, target: Target, key: str, before: _State, after: _State, request: Request
    ) -> Outcome:
        """Bring a change into the channel where a digest stands that nobody has to approve first.

        What an admin changes in a digest that was approved as it stood is approved with it.
        """
        services, week, channel = self.services, target.week, target.channel
        if not await services.ledger.finished(channel.place, week):
            return "approve_next" if channel.approval else "when_posted"
        if channel.approval:
            if not approved(before.overlay, before.content):
                return "repost_next"
            now = services.clock.now()
            agreed = partial(approve, content=after.content, by=request.user, at=now)
            await services.overlays.change(channel.place, week, agreed)
        await services.posting.post(week, channel, only=key, actor=request.user)
        return "shown"

    async def _outcome_of_writing(self, target: Target, key: str, request: Request) -> Outcome:
        """Bring a new writing into this channel, unless somebody has to see it first."""
        services, channel = self.services, target.channel
        posted = await services.ledger.finished(channel.place, target.week)
        if channel.approval:
            return "repost_next" if posted else "approve_next"
        if not posted:
            return "when_posted"
        await services.posting.post(target.week, channel, only=key, actor=request.user)
        return "shown"


def _seen(overlay: Overlay, content: str) -> Overlay:
    return replace(overlay, seen=content)


def papers_in_words(issue: Issue, overlay: Overlay, say: Phrases) -> Sequence[str]:
    """The papers of a digest by their numbers, with what this channel changed about each."""
    corrected = {key for key, _ in overlay.corrections}
    lines = []
    for number, entry in enumerate(issue.entries, 1):
        key = entry.paper.key
        gone = sum(paper == key for paper, _ in overlay.dropped_answers)
        marks = [say("edit.mark_dropped")] if key in overlay.dropped_papers else []
        marks += [say("edit.mark_answers", count=gone)] if gone else []
        marks += [say("edit.mark_corrected")] if key in corrected else []
        mark = say("edit.marks", marks=say("list.separator").join(marks)) if marks else ""
        lines.append(f"{number}. {display_title(entry)}{mark}")
    return lines
