"""What a model wrote, taken apart but not yet checked: nothing of it is shown as it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from digest.findings import Finding


@dataclass(frozen=True, slots=True)
class CitationDraft:
    """A quote and the id of the passage it is said to stand in."""

    passage_id: str
    quote: str


@dataclass(frozen=True, slots=True)
class SentenceDraft:
    """A sentence and the ids of the passages, or for an overview of the papers, it rests on."""

    text: str
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryDraft:
    """What a card says; an empty part was not given."""

    title_translated: str
    gist: SentenceDraft
    summary: tuple[SentenceDraft, ...]
    abstract_translated: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairDraft:
    """A question, its answer and what the answer rests on."""

    question: str
    answer: str
    citations: tuple[CitationDraft, ...]


@dataclass(frozen=True, slots=True)
class RepairDraft:
    """What was written once more: parts of a summary, and pairs; empty where none were asked for."""

    summary: SummaryDraft
    pairs: tuple[PairDraft, ...]


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """One statement of an answer to somebody's question."""

    text: str
    citations: tuple[CitationDraft, ...]


class Standing(StrEnum):
    """What a model says of a question before it answers."""

    ANSWERED = "answered"
    NOT_SAID = "not said"
    OFF_TOPIC = "off topic"


@dataclass(frozen=True, slots=True)
class FailedPair:
    """A question and answer that did not pass, and why."""

    pair: PairDraft
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FailedPart:
    """A part of a summary that did not pass, and why; `field` names it as the schema does."""

    field: str
    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class FailedClaim:
    """A claim of an answer that did not pass, and why."""

    claim: ClaimDraft
    findings: tuple[Finding, ...]
