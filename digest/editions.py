"""Pure: an issue and one channel's overlay -> what that channel gets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from digest.models import Correction, Entry, Issue
from digest.places import Approval, Overlay, Part
from digest.plan import content_hash

T = TypeVar("T")


def edition(issue: Issue, overlay: Overlay) -> Issue:
    """The issue without what the channel dropped, and with its corrections on their papers.

    The trends speak of what was dropped and count it: they are left out too, unless the overlay
    has such as were made from what is left.
    """
    entries = tuple(
        _entry(entry, overlay) for entry in issue.entries if entry.paper.key not in overlay.dropped_papers
    )
    left = replace(issue, entries=entries)
    if basis(left) == basis(issue):
        return left
    return replace(left, overview=overlay.overview if overlay.overview_of == basis(left) else ())


def _entry(entry: Entry, overlay: Overlay) -> Entry:
    key, writing = entry.paper.key, entry.writing
    dropped = {question for paper, question in overlay.dropped_answers if paper == key}
    if writing is not None and dropped:
        writing = replace(writing, qa=tuple(qa for qa in writing.qa if qa.question not in dropped))
    own = tuple(correction for paper, correction in overlay.corrections if paper == key)
    return replace(entry, writing=writing, corrections=own)


def basis(issue: Issue) -> str:
    """A hash of what the trends of an issue speak of and count: its papers and their questions."""
    told = [
        [entry.paper.key, *(qa.question for qa in entry.writing.qa)] if entry.writing else [entry.paper.key]
        for entry in issue.entries
    ]
    return hashlib.sha256(json.dumps([issue.language, told]).encode()).hexdigest()


def fingerprint(parts: Sequence[Part]) -> str:
    """A hash of a digest as its readers see it, whatever links to other parts become."""
    seen = [[part.name, part.under, content_hash(part.post)] for part in parts]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()


def approved(overlay: Overlay, content: str) -> bool:
    """Whether exactly this content was approved."""
    return overlay.approval is not None and overlay.approval.content == content


def approve(overlay: Overlay, content: str, by: str, at: datetime) -> Overlay:
    """The overlay with this content approved, and nothing else."""
    return replace(overlay, approval=Approval(content, by, at))


def drop_paper(overlay: Overlay, key: str) -> Overlay:
    """The overlay without a paper."""
    return replace(overlay, dropped_papers=_with(overlay.dropped_papers, key))


def drop_answer(overlay: Overlay, key: str, question: str) -> Overlay:
    """The overlay without one answer of a paper."""
    return replace(overlay, dropped_answers=_with(overlay.dropped_answers, (key, question)))


def put_back(overlay: Overlay, key: str) -> Overlay:
    """The overlay with a paper and all of its answers shown again."""
    return replace(
        overlay,
        dropped_papers=tuple(one for one in overlay.dropped_papers if one != key),
        dropped_answers=tuple(one for one in overlay.dropped_answers if one[0] != key),
    )


def correct(overlay: Overlay, key: str, correction: Correction | None) -> Overlay:
    """The overlay with one more correction on a paper, or with None without those it has."""
    if correction is None:
        return replace(overlay, corrections=tuple(one for one in overlay.corrections if one[0] != key))
    return replace(overlay, corrections=_with(overlay.corrections, (key, correction)))


def corrected(issue: Issue, overlays: Iterable[Overlay]) -> Issue:
    """The whole issue with the corrections of several channels; what two say alike is said once."""
    found: dict[tuple[str, str], tuple[str, Correction]] = {}
    for overlay in overlays:
        for key, correction in overlay.corrections:
            found.setdefault((key, correction.text), (key, correction))
    in_order = sorted(found.values(), key=lambda one: one[1].day)
    return edition(issue, Overlay(corrections=tuple(in_order)))


def _with(those: tuple[T, ...], one: T) -> tuple[T, ...]:
    return those if one in those else (*those, one)
