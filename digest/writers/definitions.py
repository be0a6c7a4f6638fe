"""Pure: what a paper says a thing is, for those who ask what it is or how it works."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from digest.models import Document
from digest.phrases import Glossary
from digest.searchtext import fold
from digest.terms import CJK
from digest.writers.cues_setup import IDEA, METHOD
from digest.writers.sentences import Sentence
from digest.writers.topics import answer_topic

_ENOUGH = 2.0
_LONGEST_TERM = 40
_WHAT = re.compile(
    r"what(?:'s|’s| is| are| does| do)\s+(?P<the>the\s+)?(?:an?\s+)?(?P<term>[^?,]+?)"
    r"(?P<mean>\s+(?:means?|stands? for|refers? to))?\s*\??",
    re.IGNORECASE,
)
_HOW = re.compile(r"how (?:does|do) (?:the )?(?P<term>[^?,]+?) works?\s*\??", re.IGNORECASE)
_NO_TERM = re.compile(
    r"\b(?:of|for|in|on|by|used|this|that|it|its|they|their|between|main|most|best|you|to)\b"
    r"|論文|研究|著者|本稿|の(?:目的|結果|限界|課題|貢献|問題)",
    re.IGNORECASE,
)
_WHAT_JA = re.compile(
    r"「?(?P<term>[^、。，．]+?)」?(?P<sure>とは)(?:、?(?:何|なん|どのよう|どういう|どんな|い[かっ]).*)?[?？。]?"
)
_IS_JA = re.compile(r"「?(?P<term>[^、。，．]+?)」?は、?(?:何|なん)(?:です|でしょう|の?こと|$|[?？]).*")
_HOW_JA = re.compile(r"「?(?P<term>[^、。，．]+?)」?は、?どのように(?:動|働|機能).*")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A thing that is asked about."""

    term: str
    sure: bool
    """Whether nothing but what it is can be meant: “the accuracy” may ask for a number."""
    how: bool = False


def wanted(question: str) -> Wanted | None:
    """The thing that a question asks to have explained, or None for any other question."""
    question = " ".join(question.split())
    for pattern in (_HOW, _HOW_JA):
        if (match := pattern.fullmatch(question)) and _is_term(match["term"]):
            return Wanted(match["term"], sure=False, how=True)
    if (match := _WHAT.fullmatch(question)) and _is_term(match["term"]):
        meant = match["mean"] is not None or match["the"] is None
        return Wanted(match["term"], meant and not question.lower().startswith("what are"))
    if (match := _WHAT_JA.fullmatch(question)) and _is_term(match["term"]):
        return Wanted(match["term"], sure=True)
    if (match := _IS_JA.fullmatch(question)) and _is_term(match["term"]):
        return Wanted(match["term"], sure=match["term"].isascii())
    return None


def _is_term(text: str) -> bool:
    return len(text) <= _LONGEST_TERM and len(text.split()) <= 5 and not _NO_TERM.search(text)


def explained(
    asked: Wanted, document: Document, found: Sequence[Sentence], glossary: Glossary, name: str | None
) -> tuple[Sentence, ...]:
    """The sentences in which a paper says what a thing is; `name` is that of its own thing."""
    forms = _forms(asked.term, document.language, glossary)
    own = name is not None and any(fold(form) == fold(name) for form in forms)
    if asked.how:
        told = answer_topic(METHOD, found, document.language) if own else _opening(forms, found)
        return told or _defined(forms, found)
    return _defined(forms, found) or _opening(forms, found) or (
        answer_topic(IDEA, found, document.language) if own else ()
    )  # fmt: skip


def _forms(term: str, language: str, glossary: Glossary) -> tuple[str, ...]:
    """The thing as it was asked for, and as a paper in another language says it."""
    spoken = "ja" if re.search(f"[{CJK}]", term) else "en"
    other = () if spoken == language else glossary.translate(term, spoken, language)
    return (term, *other)


def _written(form: str) -> str:
    """A thing as a pattern: hyphen or space, singular or plural, spaces beside CJK or none."""
    form = fold(form).strip("「」“”\"' ")
    if not form.isascii():
        return r"\s?".join(re.escape(part) for part in re.findall(rf"[{CJK}]+|[^\s{CJK}]+", form))
    parts = [re.escape(part) for part in re.split(r"[\s-]+", form) if part]
    return "(?<![\\w-])" + "[\\s-]?".join(parts) + "(?:e?s)?(?![\\w-])"


def _defined(forms: Sequence[str], found: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentence that says best what one of the forms is, or none."""
    ways = "|".join(_written(form) for form in forms)
    patterns = _patterns(f"[“\"'「(]?(?:{ways})[”\"'」)]?(?:\\s?[(（][^)）]{{1,40}}[)）])?")
    best: tuple[float, Sentence] | None = None
    for sentence in found:
        text = fold(sentence.text)
        score = sum(weight for pattern, weight in patterns if pattern.search(text))
        if score:
            score += 0.5 * ("abstract" in fold(sentence.section) or "概要" in sentence.section)
            score -= 0.4 * sentence.pointing + 0.3 * sentence.connecting
        if score >= _ENOUGH and (best is None or score > best[0]):
            best = (score, sentence)
    if best is None:
        return ()
    said = best[1]
    if not said.pointing or said.turn == 0:
        return (said,)
    before = found[found.index(said) - 1]
    return (before, said) if said.place - before.place == 1 and before.section == said.section else ()


def _patterns(thing: str) -> tuple[tuple[re.Pattern[str], float], ...]:
    """How sentences say what a thing is, and how plainly."""
    return tuple(
        (re.compile(pattern), weight)
        for pattern, weight in (
            (rf"\b(?:call|calls|called|named?|term|dub|dubbed)\s+"
             rf"(?:it |this |these |them )?(?:an? |the |our )?{thing}", 2.5),
            (rf"\b(?:present|introduce|propose|describe|develop|release)\s+"
             rf"(?:it |this |these |them )?(?:an? |the |our )?{thing}", 2.0),
            (rf"^(?:an? |the |our )?{thing},? (?:is|are) (?:an? |the |our |one )", 3.0),
            (rf"{thing},? (?:refers? to|means?|denotes?|stands? for|is defined as|are defined as)\b", 3.0),
            (rf"{thing}, (?:an?|the|our|which|where|i\.e\.)\s", 1.5),
            (rf"{thing}\s?[—–:(]\s?(?:i\.e\.|that is|where|which|an? )", 2.0),
            (rf"{thing},? (?:(?:has|have)(?! been)|holds?|consists? of|contains?|comprises?|learns?|takes?"
             r"|adds?)\s", 2.0),
            (rf"^(?:an? |the )?{thing} (?!is |was |has )\w+s (?:an?|the)\s", 2.0),
            (rf"{thing}(?:とは|は)[、，]?.{{4,}}(?:モデル|手法|システム|方法|もの|こと|指標|データ)?"
             r"(?:である|です|を指す|をいう|のことである)[。．]?$", 2.5),
            (rf"{thing}(?:とは|というのは)", 1.0),
            (rf"{thing}を(?:提案|導入|開発)", 2.0),
            (rf"{thing}と(?:呼|名付)", 2.5),
        )
    )  # fmt: skip


def _opening(forms: Sequence[str], found: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The first sentences of the section that a thing gives its name to, or none."""
    title = re.compile(rf"[\d.\sa-z]{{0,8}}(?:the |our )?(?:{'|'.join(_written(form) for form in forms)})")
    first = next((s for s in found if s.turn == 0 and title.fullmatch(fold(s.section))), None)
    if first is None or first.pointing:
        return ()
    at = found.index(first)
    after = found[at + 1 : at + 2]
    goes_on = [s for s in after if s.section == first.section and s.place - first.place == 1]
    return (first, *goes_on)
