"""Pure: builds what a model is told: the conversation of each call, from prompts that are passed in.

A conversation about a paper begins with the same three turns (instructions, the paper, a word of
receipt), byte for byte, whatever is asked then: providers keep what they have read of a prompt as
long as it begins alike. What papers, models and askers wrote stands between marks that they
cannot know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from digest.findings import Finding
from digest.models import Document, Exchange, Paper, Summary
from digest.phrases import Prompts
from digest.writers.chat import Turn
from digest.writers.drafts import ClaimDraft, FailedClaim, FailedPair, FailedPart, PairDraft
from digest.writers.fencing import Fence, clean
from digest.writers.fitting import Fitted

_DEFAULT = "en"
_LONGEST = 400
"""Characters of one thing said before that a model is reminded of."""
_EARLIER = 4
"""Exchanges of a thread that a model is reminded of."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What conversations about one text begin with."""

    turns: tuple[Turn, ...]
    prompts: Prompts
    language: str
    fence: Fence

    @property
    def marks(self) -> tuple[str, ...]:
        """What nothing that is shown may hold."""
        return (self.fence.mark,)

    def ask(self, name: str, **values: str) -> tuple[Turn, ...]:
        """The whole conversation, with the task of this name last."""
        return (*self.turns, Turn("user", self.task(name, **values)))

    def task(self, name: str, **values: str) -> str:
        """The prompt of this name, filled in."""
        language = _language(self.prompts, self.language)
        return self.prompts(name, language=language, mark=self.fence.mark, **values)

    def fenced(self, kind: str, lines: Sequence[str]) -> str:
        """Lines that others wrote, cleaned, between marks."""
        return self.fence.around(kind, "\n".join(map(clean, lines)))


def prompts_for(prompts: Mapping[str, Prompts], language: str) -> Prompts:
    """The prompts in a language, else the English ones, which name the language."""
    return prompts.get(language) or prompts[_DEFAULT]


def opening(
    prompts: Mapping[str, Prompts],
    language: str,
    paper: Paper,
    document: Document,
    fitted: Fitted,
    fence: Fence,
) -> Opening:
    """The instructions and the paper's text, between marks."""
    told = prompts_for(prompts, language)
    title = clean(paper.title)
    words = _lines(told, "notes")
    note = words["part"] if fitted.sections else words.get(document.coverage.extent.name.lower(), "")
    text = fence.around("text", f"{title}\n\n{fitted.text}")
    return _opening(told, language, fence, f"{note}\n{text}" if note else text)


def summary_task(opening: Opening) -> tuple[Turn, ...]:
    """Asks for title, gist, summary, abstract and tags."""
    return opening.ask("summary")


def questions_task(opening: Opening) -> tuple[Turn, ...]:
    """Asks for the questions a reader would ask, with their answers."""
    return opening.ask("questions")


def whole_task(opening: Opening) -> tuple[Turn, ...]:
    """Asks for both at once, which spares a short text from being sent twice."""
    return (*opening.turns, Turn("user", f"{opening.task('summary')}\n\n{opening.task('questions')}"))


def repair_task(
    opening: Opening,
    pairs: Sequence[FailedPair] = (),
    parts: Sequence[FailedPart] = (),
    kept: Sequence[str] = (),
) -> tuple[Turn, ...]:
    """Asks once more for what did not pass, with the reasons; `kept` are the questions that stand."""
    reasons = _Reasons(opening.prompts)
    drafts = [
        {"field": part.field, "text": part.text, "reasons": reasons(part.findings)} for part in parts
    ] + [_pair(failed.pair) | {"reasons": reasons(failed.findings)} for failed in pairs]
    return opening.ask("repair", **_drafts(opening, drafts, kept))


def answer_task(opening: Opening, question: str, earlier: Sequence[Exchange] = ()) -> tuple[Turn, ...]:
    """Asks somebody's question, with what was said before in the same thread."""
    said = [
        line
        for exchange in earlier[-_EARLIER:]
        for line in (
            f"Q: {exchange.question[:_LONGEST]}",
            f"A: {' '.join(claim.text for claim in exchange.claims)[:_LONGEST]}",
        )
    ]
    before = opening.fenced("earlier", said) + "\n" if said else ""
    return opening.ask("answer", earlier=before, question=opening.fenced("question", [question]))


def answer_repair_task(
    opening: Opening,
    question: str,
    earlier: Sequence[Exchange],
    claims: Sequence[FailedClaim],
    kept: Sequence[str] = (),
) -> tuple[Turn, ...]:
    """Asks once more for the claims that did not pass; `kept` are those that stand."""
    reasons = _Reasons(opening.prompts)
    drafts = [_claim(failed.claim) | {"reasons": reasons(failed.findings)} for failed in claims]
    *before, asked = answer_task(opening, question, earlier)
    task = opening.task("answer_repair", **_drafts(opening, drafts, kept))
    return (*before, replace(asked, text=f"{asked.text}\n\n{task}"))


def overview_task(
    prompts: Mapping[str, Prompts],
    language: str,
    papers: Mapping[str, tuple[str, Summary]],
    fence: Fence,
) -> tuple[Turn, ...]:
    """Asks for the week's trends; `papers` are titles and checked summaries by ids as `a1`.

    Of a summary the gist and the tags are shown, which tell what papers have in common.
    """
    told = prompts_for(prompts, language)
    lines = (_listed(paper_id, title, summary) for paper_id, (title, summary) in papers.items())
    opened = _opening(told, language, fence, fence.around("text", "\n".join(lines)))
    return opened.ask("overview")


def again(turns: tuple[Turn, ...], prompts: Prompts, *, cut_off: bool) -> tuple[Turn, ...]:
    """The same task once more, after a reply that could not be read or broke off."""
    words = _lines(prompts, "notes")["cut_off" if cut_off else "unreadable"]
    last = turns[-1]
    return (*turns[:-1], replace(last, text=f"{last.text}\n\n{prompts('again', what=words)}"))


def _opening(prompts: Prompts, language: str, fence: Fence, text: str) -> Opening:
    system = prompts("system", mark=fence.mark, language=_language(prompts, language))
    turns = (
        Turn("system", system),
        Turn("user", text),
        Turn("assistant", _lines(prompts, "notes")["received"]),
    )
    return Opening(turns, prompts, language, fence)


def _language(prompts: Prompts, language: str) -> str:
    """The language by its name in the prompts, else by its code."""
    names = _lines(prompts, "languages")
    return names.get(language) or names["other"].format(code=clean(language))


def _drafts(opening: Opening, drafts: Sequence[object], kept: Sequence[str]) -> dict[str, str]:
    """What did not pass, one draft a line, and what stands."""
    lines = [json.dumps(draft, ensure_ascii=False) for draft in drafts]
    return {"drafts": opening.fenced("drafts", lines), "kept": opening.fenced("kept", kept)}


class _Reasons:
    """Findings in the words of the prompts."""

    def __init__(self, prompts: Prompts) -> None:
        self._words = _lines(prompts, "findings")

    def __call__(self, findings: Sequence[Finding]) -> list[str]:
        return [
            self._words[finding.check] + (f" ({clean(finding.detail)[:_LONGEST]})" if finding.detail else "")
            for finding in findings
        ]


def _pair(pair: PairDraft) -> dict[str, object]:
    citations = [{"passage_id": one.passage_id, "quote": one.quote} for one in pair.citations]
    return {"question": pair.question, "answer": pair.answer, "citations": citations}


def _claim(claim: ClaimDraft) -> dict[str, object]:
    citations = [{"passage_id": one.passage_id, "quote": one.quote} for one in claim.citations]
    return {"text": claim.text, "citations": citations}


def _listed(paper_id: str, title: str, summary: Summary) -> str:
    told = (title, summary.gist, ", ".join(summary.tags))
    return f"[{paper_id}] " + " | ".join(clean(part) for part in told if part)


def _lines(prompts: Prompts, name: str) -> Mapping[str, str]:
    """A text of lines `key: words` as words by key."""
    split = (line.partition(":") for line in prompts.texts[name].splitlines() if line.strip())
    return {key.strip(): words.strip() for key, _, words in split}
