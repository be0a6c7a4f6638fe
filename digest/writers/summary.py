"""Pure: a paper in one sentence, in a few, and in tags, all of them the paper's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from digest.models import Document, Paper
from digest.phrases import Glossary, Taxonomy
from digest.searchtext import fold
from digest.terms import FAINT, STOP
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
_MOST_TAGS = 6
_ENOUGH_TAGS = 3
"""Below this, words of the title and the categories fill up."""
_OFTEN = 4
"""How often a paper says what it is about."""
_NO_TAG_WORDS = """
model models system systems method methods data dataset text texts language learning large small novel study
studies analysis towards toward using based efficient better best good improving improved million billion
parameter parameters three four five seven first second every people person reads writes read write century
centuries means stop ask asking complex sequential mistakes own
モデル システム 手法 方法 研究 論文 データ 利用 検討 評価 分析 提案
"""
_NO_TAG = frozenset(_NO_TAG_WORDS.split())
"""What many titles say and no reader would look for."""
_ENGLISH_TERM = re.compile(r"[a-z]{4,}")
_JAPANESE_TERM = re.compile(r"[\u30a1-\u30ffー]{3,}|[\u4e00-\u9fff々]{2,8}")
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
        if sentence.pointing and not _follows(sentence, chosen):
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


def tags(paper: Paper, document: Document, glossary: Glossary, taxonomy: Taxonomy) -> tuple[str, ...]:
    """Up to six short terms the paper is about, from the glossary and its categories.

    Japanese papers get Japanese terms; of any other language's, the English ones.
    """
    japanese = document.language == "ja"
    body = fold(document.text)
    head = fold(f"{paper.title} {paper.abstract or document.abstract or ''}")
    weighed: list[tuple[int, str]] = []
    for row in glossary.rows:
        if not row.get("tag"):
            continue
        forms = [*row.get("ja", ()), *row.get("en", ())]
        in_head = sum(_count(form, head) for form in forms)
        count = sum(_count(form, body) for form in forms)
        if count >= (1 if in_head else 2 * _OFTEN):
            weighed.append((count + 8 * in_head, row["ja"][0] if japanese else row["tag"][0]))
    weighed.sort(key=lambda item: -item[0])
    chosen = dict.fromkeys(shown for _, shown in weighed[:_MOST_TAGS])
    name = fold(short_name(paper, document) or "")
    for term in _title_terms(paper.title, body, japanese=japanese):
        overlaps = term in name or any(term in other or other in term for other in chosen)
        if len(chosen) < _ENOUGH_TAGS and not overlaps:
            chosen[term] = None
    for code in paper.categories or ():
        if len(chosen) < _ENOUGH_TAGS:
            chosen[fold(taxonomy.name(code, "ja" if japanese else "en"))] = None
    return tuple(chosen)


def _title_terms(title: str, body: str, *, japanese: bool) -> list[str]:
    """The words of a title that the paper goes on speaking of, the commonest first."""
    runs = _JAPANESE_TERM.findall(fold(title)) if japanese else _ENGLISH_TERM.findall(fold(title))
    counts = {run: _count(run, body) for run in runs if run not in STOP | FAINT | _NO_TAG}
    return sorted((run for run in counts if counts[run] >= _OFTEN), key=lambda run: -counts[run])


def _count(form: str, folded: str) -> int:
    """How often a term stands in a folded text, as a word of its own where it is of letters."""
    wanted = fold(form)
    if wanted.isascii():
        return len(re.findall(rf"(?<![a-z0-9]){re.escape(wanted)}(?:e?s)?(?![a-z0-9])", folded))
    return folded.count(wanted)
