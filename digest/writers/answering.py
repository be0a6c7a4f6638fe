"""Pure: the sentences of a paper that answer a question, in the paper's language or another."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.citing import cite
from digest.evidence import Index, asked
from digest.models import Citation, Document, Passage
from digest.phrases import Glossary
from digest.searchtext import fold
from digest.terms import CJK, FAINT, STOP, words
from digest.writers.cues import Topic
from digest.writers.cues_outcome import ABLATIONS, CODE_AND_LICENCE, LIMITATIONS, NEXT_STEPS, RESULTS
from digest.writers.cues_setup import BASELINES, DATA, IDEA, METHOD, PROBLEM
from digest.writers.definitions import explained
from digest.writers.definitions import wanted as wanted_definition
from digest.writers.sentences import Sentence, fit, is_new, sentences
from digest.writers.topics import answer_topic, holds_result

_ENOUGH = 0.6
"""Least share of what is asked that an answer holds, with its section's title."""
_PASSAGES = 6
_MOST = 3
_CLOSE = 0.85
"""A further sentence comes along where it fits this much as well as the best."""
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*[A-Za-z0-9]")
_CJK_RUN = re.compile(f"[{CJK}]")
_CJK_RUNS = re.compile(f"[{CJK}]+")
_HIRAGANA = re.compile(r"[\u3041-\u309f]")
_QUANTITY = re.compile(
    r"\bhow (?:many|much|big|large|long|often|high)\b|\bnumber of\b|\bsize of\b"
    r"|いくつ|何[件個人文語回本%]|どれ(?:くらい|ぐらい|だけ|ほど)|どの(?:くらい|程度)|件数|規模",
    re.IGNORECASE,
)
_SIZE_WORDS = "size scale number count big large many much long often high amount 数 件数 個数 規模 大きさ"
_SIZES = frozenset(_SIZE_WORDS.split())
"""What a number in the answer says already, where a number is asked for."""
_DEFINED = re.compile(
    r"\b(?:is an?|is the|are|refers? to|means|defined as|known as|where the)\b|とは|と呼|を指す"
)
_DEFINING = re.compile(r"^what (?:is|are) (?!the\b)|\bdefin|\bmean by\b|とは", re.IGNORECASE)
_WHY = re.compile(r"\bwhy\b|\bwhat (?:causes?|caused|explains?)\b|なぜ|どうして|理由|原因", re.IGNORECASE)
_REASON = re.compile(
    r"\b(?:because|since|due to|caused? by|reason|owing to|explained? by|as a result of|stems? from)\b"
    r"|ため(?:[、，]|と考え|であ|に)|原因|理由|から(?:である|だと)|による(?:もの)?",
    re.IGNORECASE,
)
_ASKED: tuple[tuple[Topic, re.Pattern[str]], ...] = tuple(
    (topic, re.compile(pattern, re.IGNORECASE))
    for topic, pattern in (
        (LIMITATIONS, r"\blimit(?:ation|s)\w*|\bshortcomings?|\bdrawbacks?|\bweakness\w*|\bcaveats?|限界"
                      r"|制約|弱点|欠点|短所|制限"),
        (NEXT_STEPS, r"\bfuture (?:work|research|directions?)|\bnext steps?|\bfuture\b|今後の?(?:課題|予定"
                     r"|展望|方針)?|将来|次に(?:何|すること)"),
        (CODE_AND_LICENCE, r"\b(?:source )?code\b|\bgithub\b|\blicen[sc]e|\bopen[- ]source|\breleased?\b"
                           r"|\b(?:publicly )?available\b|コード|ライセンス|公開|入手"),
        (ABLATIONS, r"\bablations?(?: stud(?:y|ies))?|アブレーション|切除実験"),
        (BASELINES, r"\bbaselines?|\bcompared? (?:to|with|against)\b|ベースライン|比較(?:対象|手法|相手)?"
                    r"|従来手法"),
        (DATA, r"\bdata ?sets?|\bdata\b|\bcorp(?:us|ora)\b|\bbenchmarks?|データセット|データ|コーパス"
               r"|ベンチマーク"),
        (RESULTS, r"\bresults?|\bperformance\b|\baccuracy|\bhow (?:well|good|accurate)|\bscores?"
                  r"|\bimprovements?|結果|性能|精度|成果|どれくらい(?:良|改善)"),
        (PROBLEM, r"\bproblems?|\bchallenges?|\bmotivations?|\bmotivated|課題|問題|動機|背景"),
        (IDEA, r"\bcontributions?|\b(?:main|key|core|central) idea|\bnovelt(?:y|ies)|\bpropos(?:e|ed|es"
               r"|al)\b|\babout\b|\bpurpose|\bgoals?|貢献|新規性|提案|目的|アイデア|要点|概要|どんな(?:論文"
               r"|研究)|何(?:を|に)(?:した|提案|ついて)"),
        (METHOD, r"\bhow (?:does|do) (?:it|they|the (?:proposed )?(?:method|model|system|approach)) work"
                 r"|\b(?:methods?|approach|architecture|model)\b|方法|手法|仕組み|アーキテクチャ|モデル"),
    )
)  # fmt: skip
_GENERAL_ENGLISH = """
method approach model system technique proposed main key core work experiment experiments evaluate evaluated
evaluation compare compared publicly available training explain describe tell new own report
reported achieve achieved
obtain obtained train trained solve solved address addressed tackle major important there apply applied name
names list perform performed conduct future plan study show shown happen happens use used
take takes taken
"""
_GENERAL = frozenset(_GENERAL_ENGLISH.split())
_GENERAL_JAPANESE = re.compile(
    r"論文|研究|本稿|著者|提案|手法|方法|モデル|主[なに]|何|教え|説明|使[わっいう]|用い|利用|行[っわう]|述べ"
    r"|示[さし]|解決|取り組|取組"
    r"|ある|どの|具体的|実験|評価|学習|比較|公開|得られ|内容|点|良|達成|解[こきく]|扱"
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it is looked for: its words for ranking, and the things it asks for."""

    query: str
    things: tuple[tuple[str, ...], ...]
    understood: bool


def answer(
    question: str, document: Document, glossary: Glossary, name: str | None = None
) -> tuple[tuple[Sentence, ...], ...]:
    """What answers the question, each item sentences that belong together; none if in doubt.

    `name` is what the paper calls its own thing.
    """
    found = sentences(document)
    if not found:
        return ()
    defined = wanted_definition(question)
    if defined is not None:
        told = explained(defined, document, found, glossary, name)
        if told or defined.sure:
            return (told,) if told else ()
    topic = _topic(_without_name(question, name))
    if topic is not None:
        chosen = answer_topic(topic, found, document.language)
        chosen = chosen or answer_topic(replace(topic, numbers=False), found, document.language)
        return (chosen,) if chosen else ()
    wanted = _wanted(question, document.language, glossary)
    return _matching(question, wanted, document, found, name) if wanted.understood else ()


def _without_name(question: str, name: str | None) -> str:
    """The question without what the paper calls its own thing, since all of it speaks of that."""
    if not name:
        return question
    return re.sub(rf"(?<![A-Za-z0-9]){re.escape(name)}(?:['’]s)?(?![A-Za-z0-9])", " ", question, flags=re.I)


def nearest(question: str, document: Document, glossary: Glossary, count: int) -> tuple[Citation, ...]:
    """The passages nearest to a question, each shown by its most fitting sentences."""
    wanted = _wanted(question, document.language, glossary)
    index = Index(document.passages)
    shown: list[Citation] = []
    for scored in index.rank(wanted.query):
        if len(shown) == count:
            break
        span = _showing(index, wanted, scored.passage)
        if span is not None:
            citation = cite(document, scored.passage, *span)
            if is_new(citation.quote, [other.quote for other in shown]):
                shown.append(citation)
    return tuple(shown)


def ranked(question: str, document: Document, glossary: Glossary) -> tuple[Passage, ...]:
    """All passages by how well they fit a question, best first, across languages by the glossary."""
    wanted = _wanted(question, document.language, glossary)
    return tuple(scored.passage for scored in Index(document.passages).rank(wanted.query))


def _wanted(question: str, language: str, glossary: Glossary) -> _Asked:
    spoken = "ja" if _CJK_RUN.search(question) else "en"
    if spoken == language or "ja" not in {spoken, language}:
        things = asked(question)
        telling = tuple(thing for thing in things if not _GENERAL.issuperset(thing))
        return _Asked(question, telling or things, bool(things) or _topic(question) is not None)
    glossed = glossary.gloss(question, spoken, language)
    names = _latin_names(glossed.rest) if spoken == "ja" else ()
    things = (*glossed.terms, *((name,) for name in names))
    query = " ".join([question, *(form for forms in glossed.terms for form in forms)])
    return _Asked(query, things, bool(things) and _mostly_understood(len(things), glossed.rest, spoken))


def _latin_names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[0] for match in _LATIN.finditer(text)))


def _mostly_understood(known: int, rest: str, spoken: str) -> bool:
    """Whether the glossary knew at least twice as many terms of a question as it did not."""
    if spoken == "ja":
        rest = _HIRAGANA.sub(" ", _GENERAL_JAPANESE.sub(" ", rest))
        unknown = len(_CJK_RUNS.findall(rest))
    else:
        unknown = len([word for word in words(rest) if word not in STOP | FAINT | _GENERAL])
    return unknown * 2 <= known


def _topic(question: str) -> Topic | None:
    """The topic a question asks for and nothing besides, or None."""
    for topic, pattern in _ASKED:
        if not pattern.search(question):
            continue
        if _QUANTITY.search(question) and topic not in {DATA, RESULTS}:
            return None
        rest = fold(pattern.sub(" ", question))
        for other, also in _ASKED:
            if other in {IDEA, METHOD, PROBLEM} and topic is not other:
                rest = also.sub(" ", rest)
        rest = _GENERAL_JAPANESE.sub(" ", _QUANTITY.sub(" ", rest))
        left = [
            word
            for word in re.findall(rf"[a-z0-9-]+|[{CJK}]+", rest)
            if word not in STOP | FAINT | _GENERAL | _SIZES and not _is_kana_only(word)
        ]
        return None if left else topic
    return None


def _is_kana_only(word: str) -> bool:
    return not _HIRAGANA.sub("", word)


def _matching(
    question: str, wanted: _Asked, document: Document, found: Sequence[Sentence], name: str | None
) -> tuple[tuple[Sentence, ...], ...]:
    index = Index(document.passages)
    ranked = [scored for scored in index.rank(wanted.query)[:_PASSAGES] if scored.score > 0]
    if not ranked:
        return ()
    worth = {scored.passage.id: scored.score / ranked[0].score for scored in ranked}
    counting = _QUANTITY.search(question) is not None
    defining = _DEFINING.search(question) is not None
    why = _WHY.search(question) is not None
    own = fold(name) if name and fold(name) not in fold(question) else None
    things = [thing for thing in wanted.things if not (counting and _SIZES.issuperset(thing))]
    fits: list[tuple[float, Sentence]] = []
    for sentence in found:
        if sentence.passage.id not in worth:
            continue
        alone = index.coverage(things, sentence.text)
        placed = index.coverage(things, f"{sentence.section} {sentence.text}")
        held = max(alone, 0.9 * placed)
        asks = sentence.text.endswith(("?", "？"))
        if held < _ENOUGH or alone == 0.0 or asks or (counting and not holds_result(sentence.text)):
            continue
        fit_ = held + 0.3 * worth[sentence.passage.id] - 0.1 * sentence.pointing
        fit_ += 0.1 * (own is not None and own in fold(sentence.text))
        fit_ += 0.25 * (why and _REASON.search(sentence.text) is not None)
        fit_ += 0.2 * (defining and _DEFINED.search(sentence.text) is not None)
        fits.append((fit_, sentence))
    if not fits:
        return ()
    fits.sort(key=lambda item: (-item[0], item[1].place))
    least = fits[0][0] * _CLOSE
    chosen: list[tuple[Sentence, ...]] = []
    for fit_, sentence in fits:
        said = [one.text for group in chosen for one in group]
        group = _with_what_it_points_at(sentence, found)
        if fit_ >= least and len(chosen) < _MOST and group and all(is_new(one.text, said) for one in group):
            chosen.append(group)
    return tuple(chosen)


def _with_what_it_points_at(sentence: Sentence, found: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """A sentence, behind the one before it if it speaks of that; none if that cannot be shown."""
    if not (sentence.pointing or sentence.connecting) or sentence.turn == 0:
        return (sentence,)
    before = found[found.index(sentence) - 1]
    beside = not sentence.opens and sentence.place - before.place == 1 and before.section == sentence.section
    dangles = before.turn > 0 and (before.pointing or before.connecting)
    return (before, sentence) if beside and not dangles else ()


def _showing(index: Index, wanted: _Asked, passage: Passage) -> tuple[int, int] | None:
    """The sentence of a passage that holds most of what is asked, fit to be shown."""
    spans = [span for span in passage.sentences if fit(passage.text[span[0] : span[1]])]
    if not spans:
        return None
    return max(spans, key=lambda span: index.coverage(wanted.things, passage.text[span[0] : span[1]]))
