"""Whether an answer was helpful: kept, and where it was not, told to the admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.asks import asker, may_see
from bot.notices import Matter
from bot.panels import tell, tell_line
from bot.platforms.conversation import Field, Form, Replies, Request
from bot.services import Services
from digest.answers import PRIVATE, AnswerLayout
from digest.errors import AnswerGone
from digest.layout import clip, note
from digest.mathtext import readable
from digest.models import Exchange, Rating
from digest.places import Subscription
from digest.posts import Post

_WHY_CHARACTERS = 1_000


@dataclass(frozen=True)
class Rated:
    """The acts behind the two buttons under an answer."""

    services: Services

    def form(self, value: str, request: Request) -> Form:  # noqa: ARG002 - all answers are asked about alike
        """What an answer that did not help asks for; it says who reads it."""
        say = self.services.say(request.language)
        field = Field("why", say("feedback.why"), long=True, required=False)
        return Form(say("feedback.title"), (field,), say("feedback.send"))

    async def helpful(self, value: str, request: Request, replies: Replies) -> None:
        """Keep that an answer helped."""
        await self._rate(value, True, None, request, replies)

    async def unhelpful(
        self, value: str, filled: Mapping[str, str], request: Request, replies: Replies
    ) -> None:
        """Keep that an answer did not help, and tell the admins."""
        why = clip(" ".join(filled.get("why", "").split()), _WHY_CHARACTERS) or None
        exchange = await self._rate(value, False, why, request, replies)
        channel = await self._told(request)
        if channel is not None:
            matter = await self._matter(exchange, why, channel, request)
            await self.services.notices.tell(channel, matter)

    async def _rate(
        self, value: str, helpful: bool, why: str | None, request: Request, replies: Replies
    ) -> Exchange:
        """Keep a rating by someone who can see the answer. Raises `AnswerGone` for anyone else."""
        services = self.services
        exchange = await services.exchanges.get(value.removesuffix(PRIVATE))
        if exchange is None or not may_see(exchange, request):
            raise AnswerGone
        now = services.clock.now()
        rating = Rating(exchange.id, asker(request), str(request.place), helpful, now, why)
        await services.feedback.rate(rating)
        say = services.say(request.language)
        thanks = say("feedback.thanks")
        if not helpful:
            thanks = say("feedback.noted") if why else say("feedback.noted_without_reason")
        if value.endswith(PRIVATE):
            # The reply stands in place of the answer, which only its asker saw: it is shown again.
            await tell(replies, [await self._again(exchange, thanks, request)])
        else:
            await tell_line(replies, request, thanks)
        return exchange

    async def _again(self, exchange: Exchange, thanks: str, request: Request) -> Post:
        services = self.services
        paper = await services.library.paper(exchange.paper_key)
        limits = services.posting.outlet(request.place.platform).limits
        spoken = exchange.language if exchange.language in services.phrases else request.language
        layout = AnswerLayout(services.say(spoken), limits)
        sharable = paper is not None and paper.conversation is None and not request.direct
        answer = layout.done(exchange, paper, private=True, sharable=sharable)
        return replace(answer, blocks=(*answer.blocks, note(thanks)))

    async def _told(self, request: Request) -> Subscription | None:
        """The channel whose admins are told: this one, or else one of the same workspace."""
        place = request.place
        same = [
            one
            for one in await self.services.channels.all()
            if (one.place.platform, one.place.workspace) == (place.platform, place.workspace)
        ]
        reachable = [one for one in same if one.contact is not None]
        return next((one for one in same if one.place == place), next(iter(reachable or same), None))

    async def _matter(
        self, exchange: Exchange, why: str | None, channel: Subscription, request: Request
    ) -> Matter:
        say = self.services.say(channel.language)
        paper = await self.services.library.paper(exchange.paper_key)
        named = f"{readable(paper.title)} ({paper.url or paper.key})" if paper else exchange.paper_key
        answer = " ".join(claim.text for claim in exchange.claims) or str(exchange.verdict)
        lines = (
            say("feedback.paper", paper=named),
            say("feedback.question", question=clip(exchange.question, _WHY_CHARACTERS)),
            say("feedback.answer", answer=clip(answer, _WHY_CHARACTERS)),
            say("feedback.reason", reason=why or say("feedback.no_reason")),
        )
        name = f"unhelpful {exchange.id} {asker(request)} {'why' if why else ''}".rstrip()
        return Matter("unhelpful", name, say("feedback.notice"), lines, detail=exchange.id)
