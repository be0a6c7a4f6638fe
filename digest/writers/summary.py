"""Pure: a paper in one sentence, in a few, and by its name, all of them the paper's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.models import Document, Paper
from digest.writers.cues_outcome import RESULTS
from digest.writers.cues_setup import IDEA, PROBLEM
from digest.writers.sentences import Sentence, is_new
from digest.writers.topics import fitness

_LONGEST = {"ja": 320}
_LONGEST_ELSEWHERE = 600
"""Most characters of a summary."""
_FEWEST_SENTENCES = 3
_MOST_SENTENCES = 6
_WORTH = 0.55
"""From the fourth sentence on, how much of what the first tells a sentence has to tell."""
_ABSTRACT = re.compile(r"abstract|summary|概要|要旨|あらまし", re.IGNORECASE)
_FRAME = re.compile(
    r"introduction|conclusion|concluding|discussion|overview|はじめに|序論|まえがき|緒言|おわりに|結論"
    r"|まとめ",
    re.IGNORECASE,
)
_ROADMAP = re.compile(
    r"\bsection \d|remainder of (?:this|the)|organi[sz]ed as follows|(?:table|figure|fig\.) \d"
    r"|第?\d+\s?[節章]|[図表]\s?\d",
    re.IGNORECASE,
)
_COINED = re.compile(r"(?<![\w-])(?=\w*[A-Z]\w*[A-Z\d]|[A-Z][a-z]+\d|[A-Z]+-\d)[A-Za-z][\w-]*\w")
_LONGEST_NAME = 30
_COINING = r"(?:propos|introduc|present|call|nam|dub|releas|develop|describ|提案|呼|名付)"
_PARTICLES = re.compile(r"[\u3041-\u309f]")


def gist(found: Sequence[Sentence]) -> Sentence | None:
    """The one sentence that best says what the paper gives, or None where there is no sentence."""
    if not found:
        return None

    def worth(sentence: Sentence) -> float:
        score = fitness(IDEA, sentence) + sentence.centrality - 2 * sentence.pointing - sentence.connecting
        score += 1.0 if _ABSTRACT.search(sentence.section) else 0.0
        score -= 1.0 if _ROADMAP.search(sentence.text) else 0.0
        return score + 0.5 * (1 - sentence.position)

    return max(found, key=lambda sentence: (worth(sentence), -sentence.place))


def summary(found: Sequence[Sentence], without: Sentence | None, language: str) -> tuple[Sentence, ...]:
    """Up to six sentences in reading order that tell the paper, none of them `without`.

    A sentence that points at the one before it comes only together with that one.
    """
    room = _LONGEST.get(language, _LONGEST_ELSEWHERE)
    chosen: list[Sentence] = []
    said = [without.text] if without else []
    for sentence in sorted(found, key=lambda sentence: (-_telling(sentence), sentence.place)):
        if len(chosen) == _MOST_SENTENCES:
            break
        length = sum(len(one.text) + 1 for one in chosen) + len(sentence.text)
        if len(chosen) >= _FEWEST_SENTENCES and _telling(sentence) < _WORTH * _telling(chosen[0]):
            break
        asks = sentence.text.endswith(("?", "？"))
        if asks or length > room or sentence == without or not is_new(sentence.text, said):
            continue
        if (sentence.pointing or sentence.connecting) and not _follows(sentence, chosen):
            continue
        chosen.append(sentence)
        said.append(sentence.text)
    return tuple(sorted(chosen, key=lambda sentence: sentence.place))


def _telling(sentence: Sentence) -> float:
    """How much a sentence tells of the whole: where it stands, what it speaks of, what it says."""
    score = 1.5 * sentence.centrality
    if _ABSTRACT.search(sentence.section):
        score += 2.0
    elif _FRAME.search(sentence.section):
        score += 0.6
    score += (
        0.2 * fitness(IDEA, sentence) + 0.15 * fitness(RESULTS, sentence) + 0.1 * fitness(PROBLEM, sentence)
    )
    score -= 0.8 * sentence.pointing + 0.4 * sentence.connecting
    return score - 1.5 * bool(_ROADMAP.search(sentence.text))


def _follows(sentence: Sentence, chosen: Sequence[Sentence]) -> bool:
    return any(sentence.place - one.place == 1 and sentence.section == one.section for one in chosen)


def short_name(paper: Paper, document: Document) -> str | None:
    """What the paper calls its own thing, by its title; None where the title names none.

    A name stands before a colon, or is one that the paper's opening says it gives.
    """
    title = " ".join((paper.title or document.title or "").split())
    opening = " ".join(passage.text for passage in document.passages[:8])
    head, colon, _ = re.sub("：", ":", title).partition(":")
    head = head.strip()
    if colon and len(head) <= _LONGEST_NAME and (_is_name(head) or _coins(opening, head)):
        return head
    if title.isupper():
        return None
    names = (match[0] for match in _COINED.finditer(title))
    return next((name for name in names if _coins(opening, name)), None)


def _is_name(head: str) -> bool:
    """Whether what stands before a title's colon is a name, and not the beginning of a phrase."""
    if head.isascii():
        return len(head.split()) == 1 or (_COINED.search(head) is not None and len(head.split()) <= 5)
    return len(head) <= 14 and not _PARTICLES.search(head)


def _coins(opening: str, name: str) -> bool:
    """Whether a paper's opening gives its thing this name."""
    written = re.escape(name)
    return re.search(rf"(?i:{_COINING})[^.。]{{0,40}}\b{written}\b|「{written}」", opening) is not None
