"""Pure: chooses the sentences of a paper that answer what a reader would ask of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from digest.writers.cues import Topic
from digest.writers.cues_outcome import ABLATIONS, CODE_AND_LICENCE, LIMITATIONS, NEXT_STEPS, RESULTS
from digest.writers.cues_setup import BASELINES, DATA, IDEA, METHOD, PROBLEM
from digest.writers.sentences import Sentence, is_new

TOPICS = (
    PROBLEM,
    IDEA,
    METHOD,
    DATA,
    BASELINES,
    RESULTS,
    ABLATIONS,
    LIMITATIONS,
    CODE_AND_LICENCE,
    NEXT_STEPS,
)
"""In the order a reader would ask."""

_ENOUGH = 2.2
"""Least score for a sentence to count as an answer: a clear cue, or a cue in its section."""
_MOST = 3
"""Most sentences of an answer."""
_ROOM = {"ja": 220}
_ROOM_ELSEWHERE = 460
"""Most characters of an answer of several sentences."""
_NARROWEST_FIRST = (
    RESULTS, CODE_AND_LICENCE, LIMITATIONS, NEXT_STEPS, ABLATIONS, BASELINES, IDEA, DATA, PROBLEM, METHOD,
)  # fmt: skip
"""A narrow topic chooses before a broad one can take its only answer."""

_ABSTRACT = re.compile(r"abstract|概要|要旨", re.IGNORECASE)
_ASIDE = re.compile(r"related work|previous work|prior work|literature|関連研究|先行研究", re.IGNORECASE)
_BY_THE_WAY = re.compile(
    r"[？?]$|\b(?:this|these|those) (?:to|by|in|and|is|was)\b|\b(?:see|refer to|shown in"
    r"|listed in)\b.{0,20}\b(?:section|appendix|table|figure)\b"
    r"|^.{0,50}(?:section|table|figure|tab\.|fig\.)",
    re.IGNORECASE,
)
_OWN = re.compile(
    r"\b(?:we|our|I|my|this (?:paper|work|study|article|survey))\b|本(?:稿|研究|論文|手法)|提案手法|我々"
    r"|筆者ら",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?<![\w.\[#-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w\]-])|\d(?:%|％|x\b|倍|点|ポイント)")
_NO_RESULT = re.compile(
    r"(?:section|sec\.|table|figure|fig\.|equation|eq\.|appendix|chapter|page|step|phase|stage|level|layer"
    r"|part"
    r"|表|図|式|節|章)\s*\(?\d+(?:\.\d+)*|\b(?:19|20)\d\d\b|BIBREF\d+|\[[\d,\s–-]+\]|[（(]\d[)）]",
    re.IGNORECASE,
)


_ANNOUNCES = re.compile(
    r"\b(?:two|three|four|five|six|several)\s+(?:[\w-]+\s){0,2}?(?:baselines|alternatives|schemes|methods|systems"
    r"|models|variants|corpora|datasets|versions|defences|defenses|approaches|groups|stages|steps|parts|components)\b"
    r"|[二三四五23456２３４５]つの.{0,8}(?:手法|方式|モデル|ベースライン|段階|要素|データ|条件|設定)|三方式|二方式",
    re.IGNORECASE,
)
_COUNTS_ON = re.compile(
    r"(?:the )?(?:first|second|third|fourth|last|other|one)\b|two of (?:them|these)\b|another\b"
    r"|[一二三四]つ目|もう[一1１]つ|第[一二三]",
    re.IGNORECASE,
)


def holds_result(text: str) -> bool:
    """Whether a text holds a number that is no year, citation or number of a table."""
    return _NUMBER.search(_NO_RESULT.sub(" ", text)) is not None


def fitness(topic: Topic, sentence: Sentence) -> float:
    """How well a sentence answers a topic; 0 where it does not."""
    text = sentence.text
    headed = bool(topic.headed and topic.headed.search(sentence.section))
    if topic.barred.search(text) or not (headed or topic.must.search(text)):
        return 0.0
    if topic.numbers and not (topic.must.search(text) and holds_result(text)):
        return 0.0
    score = 1.0 + sum(weight for cue, weight in topic.cues if cue.search(text))
    score += headed * (1.0 + 0.3 * max(0, 2 - sentence.turn))
    score += 0.8 if headed or topic.sections.search(sentence.section) else -topic.outside
    score += topic.early * (0.5 - sentence.position)
    score += topic.abstract * bool(_ABSTRACT.search(sentence.section))
    score += 0.3 * bool(_OWN.search(text)) + 0.5 * sentence.centrality
    score -= 1.2 * bool(_ASIDE.search(sentence.section))
    score -= 0.8 * (not headed and _headed_by_another(topic, sentence.section))
    return max(0.0, score - _flaws(sentence))


def _begins(topic: Topic, sentence: Sentence) -> bool:
    """Whether a sentence opens a section that speaks of nothing but the topic."""
    headed = topic.headed is not None and topic.headed.search(sentence.section) is not None
    return headed and sentence.turn == 0 and fitness(topic, sentence) >= _ENOUGH


def _headed_by_another(topic: Topic, section: str) -> bool:
    return any(other.headed and other is not topic and other.headed.search(section) for other in TOPICS)


def _flaws(sentence: Sentence) -> float:
    """What in a sentence makes it a poor answer, whatever was asked."""
    flaws = 0.8 * sentence.pointing + 0.4 * sentence.connecting
    flaws += 0.4 * bool(_BY_THE_WAY.search(sentence.text))
    return flaws + 0.3 * sentence.passage.crosses_pages(sentence.start, sentence.end)


def answers(found: Sequence[Sentence], language: str) -> Mapping[str, tuple[Sentence, ...]]:
    """For each topic the paper answers, the sentences that do, in the order of `TOPICS`.

    No sentence is used twice, and none is much like another.
    """
    chosen: dict[str, tuple[Sentence, ...]] = {}
    used: list[str] = []
    for topic in _NARROWEST_FIRST:
        answer = answer_topic(topic, found, language, used)
        if answer:
            chosen[topic.name] = answer
            used.extend(sentence.text for sentence in answer)
    return {topic.name: chosen[topic.name] for topic in TOPICS if topic.name in chosen}


def answer_topic(
    topic: Topic,
    found: Sequence[Sentence],
    language: str,
    used: Sequence[str] = (),
) -> tuple[Sentence, ...]:
    """The one to three sentences that answer one topic best, in reading order, or none."""
    scored = [(fitness(topic, sentence), sentence) for sentence in found]
    fitting = [(score, sentence) for score, sentence in scored if score >= _ENOUGH]
    for _, seed in sorted(fitting, key=lambda item: (-item[0], item[1].place)):
        if not is_new(seed.text, used):
            continue
        answer = _with_neighbours(topic, seed, found, language, used)
        if not _hangs_in_the_air(answer[0]):
            return answer
    return ()


def announced(seed: Sentence, other: Sentence) -> bool:
    """Whether a sentence is one of the things that the one before it said there are so many of."""
    if not _ANNOUNCES.search(seed.text) or other.place <= seed.place:
        return False
    between = other.passage.text[: other.start]
    same_paragraph = seed.passage is not other.passage or "\n" not in between[seed.end :]
    return _COUNTS_ON.match(other.text) is not None or (len(seed.text) < 80 and same_paragraph)


def _tells_little(topic: Topic, seed: Sentence, other: Sentence) -> bool:
    """Whether a sentence names a problem so shortly that only the next one says what it is."""
    short = len(seed.text) < (32 if seed.text[-1] in "。．" else 64)
    asides = _BY_THE_WAY.search(other.text) or topic.barred.search(other.text)
    return short and topic in (PROBLEM, LIMITATIONS) and not asides


def _hangs_in_the_air(sentence: Sentence) -> bool:
    """Whether a sentence speaks of one before it that is not shown; a section's first does not."""
    return (sentence.pointing or sentence.connecting) and sentence.turn > 0


def _with_neighbours(
    topic: Topic, seed: Sentence, found: Sequence[Sentence], language: str, used: Sequence[str]
) -> tuple[Sentence, ...]:
    """The sentence, with the one before it if it points there, and those after that go on with it."""
    at = found.index(seed)
    room = _ROOM.get(language, _ROOM_ELSEWHERE)
    answer = [seed]

    def joins(other: Sentence, beside: Sentence) -> bool:
        near = abs(other.place - beside.place) == 1 and other.section == beside.section
        length = sum(len(sentence.text) for sentence in answer) + len(other.text)
        taken = [*used, *(sentence.text for sentence in answer)]
        return near and length <= room and is_new(other.text, taken)

    before = found[at - 1] if at else None
    leans = (seed.pointing or seed.connecting) and not seed.opens
    if before and joins(before, seed) and (leans or _begins(topic, before)):
        answer.insert(0, before)
    for other in found[at + 1 : at + 3]:
        goes_on = fitness(topic, other) >= _ENOUGH and not _BY_THE_WAY.search(other.text)
        goes_on = (
            goes_on or announced(seed, other) or (len(answer) == 1 and _tells_little(topic, seed, other))
        )
        if len(answer) == _MOST or not goes_on or not joins(other, answer[-1]):
            break
        answer.append(other)
    return tuple(answer)
