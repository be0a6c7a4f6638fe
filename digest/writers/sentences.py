"""Pure: the sentences of a document that can be shown by themselves."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digest.citing import cite
from digest.models import Citation, Document, Passage
from digest.searchtext import fold
from digest.terms import CJK, terms

_SIZES = {False: (26, 420), True: (16, 220)}
"""Fewest and most characters of a sentence, by whether its script is CJK."""
_CJK_CHARACTER = re.compile(f"[{CJK}]")
_ENDING = re.compile(r"[.!?][\"'”’)\]]*$|[。！？．][」』）)]*$")
_CAPTION = re.compile(
    r"(?:Figure|Fig\.?|Table|Tab\.|Algorithm|Equation|Eq\.|Listing|Appendix)\s*[A-Z]?\d|[図表]\s*\d",
    re.IGNORECASE,
)
_FURNITURE = re.compile(
    r"arxiv:\d|preprint|all rights reserved|permission to make|©|copyright|proceedings of|@\w+\.\w+"
    r"|corresponding author|equal contribution|published by|^\s*(?:keywords|ccs concepts)"
    r"|This work is licensed|クリエイティブ・コモンズ",
    re.IGNORECASE,
)
_MATHS = re.compile(r"INLINEFORM\d*|DISPLAYFORM\d*|[=∑∏∫∈∉≤≥≈∇∂∞×÷±→←↦∀∃λθσμαβγδεφψωπτηρ\\{}^|_<>~]|�|\ufffe")
_INJECTION = re.compile(
    r"(?:^|[\"“‘'(:.;,!]\s?|\b(?:please|must|should|now|and|you|to|then|will)\s)"
    r"(?:ignore|disregard|forget|override)\b.{0,40}\b(?:instruction|prompt|rule|guideline|previous|above)"
    r"|\bas an? (?:ai|large) (?:language )?(?:model|assistant)|\byou are (?:now )?(?:an? |the )?"
    r"(?:ai|assistant|chatbot|language model|reviewer|llm)\b"
    r"|(?:give|write|provide|output|return|respond with)\b.{0,30}\b(?:positive|favou?rable|glowing)\s+"
    r"(?:review|evaluation|assessment|rating|feedback|summary|recommendation|score)"
    r"|(?:give|assign)\b.{0,30}\bhighest (?:score|rating)|\bstrong accept\b"
    r"|do not (?:mention|highlight|reveal) (?:any|the) (?:negative|weakness"
    r"|instruction)"
    r"|(?:recommend|deserves?) (?:strong )?accept(?:ance)?\b|<\|?(?:im_start|system|endoftext)"
    r"|\b(?:reveal|print|repeat|output|show)\b.{0,20}\bsystem prompt\b"
    r"|\b(?:llm|ai) (?:reviewers?|assistants?|models?)\b.{0,20}\b(?:must|should|please|note)\b"
    r"|指示(?:を|は)(?:すべて|全て)?無視|(?:以前|以下|以上|上記|これまで)の(?:指示|命令"
    r"|プロンプト).{0,12}(?:無視|従)"
    r"|肯定的な(?:レビュー|評価)(?:を|のみ)|高(?:い評価|評価)を(?:与え|付け|つけ)(?:て|よ)"
    r"|AIアシスタント(?:として|は).{0,20}(?:して|よ)",
    re.IGNORECASE,
)
_POINTING = re.compile(
    r"(?:this (?!paper|work|study|article|survey|thesis|report)|(?:that|these|those|it|they|its|their|he|she"
    r"|such|both"
    r"|another|others|here)\b|the (?:former|latter|above|following|same|other)\b|to (?:this end|do so"
    r"|address th))"
    r"|(?:the |a )?(?:first|second|third|fourth|fifth)\b(?! (?:author|time|to\b))|one of them\b"
    r"|two of (?:them|these)\b"
    r"|each (?:of (?:them|these|which)\b|(?:carries|has|is|was|holds|contains|gets)\b)"
    r"|これ|それ|この(?!論文|研究|稿|ため|結果)|その(?!結果|ため|後|際)|あれ|両者|同(?![時様])|上記|前述|以上|ここ"
    r"|[一二三四]つ目|もう[一1１]つ|[一二三]番目|前者|後者",
    re.IGNORECASE,
)
_POINTING_WITHIN = re.compile(
    r"^[^,;:]{0,80}\b(?:this|these|those)(?: (?:to|by|as|from|is|was|are|were|has|can|may)\b|[.,;!?])"
    r"|^[^,;:]{0,60}\b(?:call|name|term|dub)(?:ed|s)? (?:this|these|it|them)\b"
    r"|^[^,;:]{0,60}\bsuch (?!as\b|an?\b|that\b)[\w-]+s\b"
    r"|^.{0,30}主な原因と|^[^、，]{0,20}(?:これら?|それら?)(?:は|が|を|に|の)",
    re.IGNORECASE,
)
_CONNECTING = re.compile(
    r"(?:however|moreover|furthermore|in addition|additionally|also|thus|therefore|hence|consequently"
    r"|instead|then"
    r"|nevertheless|nonetheless|similarly|likewise|in contrast|on the (?:other hand|contrary)|finally"
    r"|second(?:ly)?"
    r"|third(?:ly)?|for (?:example|instance)|as a result|accordingly|and|but|or|yet|so|besides|otherwise"
    r"|specifically|in particular|that is|indeed|conversely|next|meanwhile|first(?:ly)?|again"
    r"|as (?:shown|seen|mentioned|described))\b"
    r"|また、?|しかし|一方|さらに|そこで|そのため|したがって|従って|よって|つまり|なお|例えば|たとえば"
    r"|ただし|すなわち"
    r"|次に|最後に|同様に|まず|具体的に|特に|加えて|だが|ゆえに",
    re.IGNORECASE,
)
_NO_MATTER = re.compile(
    r"\b(?:references|bibliography|acknowledge?ments?|funding|author contributions?|ethic\w*"
    r"|broader impact)\b"
    r"|参考文献|謝辞|付録|^(?:figure|fig\.?|table|algorithm|listing|図|表)\s*\d",
    re.IGNORECASE,
)
_LISTED = re.compile(r"(?:\d+|[a-z]|[ivx]+)[.)]\s|[•◦▪*]")
_VERBS = """
add address allow answer appear apply beat benefit capture cause change check combine come compare
confirm consist contain cost count decide decrease degrade demonstrate depend describe drop encode
exceed explain fail fall find focus follow generalize generate get give go grow help hold hurt
improve include increase indicate introduce keep know lead learn lose make map matter mean need
offer outperform perform predict present produce propose provide put reach read reduce remain report
require rise run save scale see seem show start stop suggest support take tell train transfer turn
use vary win work write yield
"""
_SAYING = re.compile(
    r"\b(?:is|are|was|were|be|been|has|have|had|do|does|did|can|cannot|could|will|would|may|might|must|should|we|I|it"
    r"|they|there|nobody|who|which|that|fell|rose|made|took|gave|found|held|led|saw|cut|ran|won|lost|\w{2,}ed"
    rf"|(?:{'|'.join(_VERBS.split())})(?:s|es))\b"
    r"|\b\w{3,}s (?:the|an?|its|their|every|each|no|both|with|without|\d+)\b",
    re.IGNORECASE,
)
_PLAINLY_LONG = 100
"""Characters from which a text is taken to be a sentence; a shorter one has to have a verb."""
_FEWEST_LETTERS = 0.55
_MOST_SYMBOLS = 3
_ALIKE = 0.5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a passage that reads as one; `place` is its rank in reading order."""

    passage: Passage
    start: int
    end: int
    place: int
    position: float
    """How far into the document it stands, from 0 to 1."""
    turn: int
    """Its rank among the sentences of its section, from 0."""
    centrality: float = 0.0
    """How much it speaks of what the whole document speaks of, from 0 to 1."""

    @property
    def text(self) -> str:
        """The sentence as the paper has it, on one line."""
        return " ".join(self.passage.text[self.start : self.end].split())

    @property
    def section(self) -> str:
        """The title of its section, or nothing."""
        return self.passage.section or ""

    @property
    def pointing(self) -> bool:
        """Whether it speaks of what stands before it, as far as its beginning tells."""
        return _POINTING.match(self.text) is not None or _POINTING_WITHIN.search(self.text) is not None

    @property
    def connecting(self) -> bool:
        """Whether it begins by joining itself to what stands before it."""
        return _CONNECTING.match(self.text) is not None

    @property
    def opens(self) -> bool:
        """Whether a paragraph begins with it, so that what stands before speaks of something else."""
        return self.passage.text[max(0, self.start - 1) : self.start] == "\n"

    def cited(self, document: Document) -> Citation:
        """The citation of just this sentence."""
        return cite(document, self.passage, self.start, self.end)


def sentences(document: Document) -> tuple[Sentence, ...]:
    """The sentences fit to be shown, each once, in reading order.

    Left out are captions, formulas, page furniture, pieces of sentences, acknowledgements and
    whatever addresses the machine that reads instead of the reader.
    """
    places = [
        (passage, start, end)
        for passage in document.passages
        if not _NO_MATTER.search(passage.section or "")
        for start, end in passage.sentences
    ]
    seen: set[str] = set()
    turns: Counter[str | None] = Counter()
    found: list[Sentence] = []
    for index, (passage, start, end) in enumerate(places):
        start, end = _trimmed(passage.text, start, end)
        key = fold(passage.text[start:end])
        if key in seen:  # passages overlap by a sentence
            continue
        place = len(seen)
        seen.add(key)
        if fit(passage.text[start:end]):
            turn = turns[passage.section]
            turns[passage.section] += 1
            found.append(Sentence(passage, start, end, place, index / len(places), turn))
    return _weighed(found)


def _weighed(found: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The sentences with their nearness to the middle of all: the cosine of their rare words."""
    said = [frozenset(terms(sentence.text)) for sentence in found]
    holding = Counter(term for one in said for term in one)
    rarity = {term: math.log((1 + len(said)) / count) for term, count in holding.items()}
    middle = {term: count * rarity[term] for term, count in holding.items()}
    nearness = [
        sum(middle[term] * rarity[term] for term in one)
        / (math.sqrt(sum(rarity[term] ** 2 for term in one)) or 1.0)
        for one in said
    ]
    most = max(nearness, default=0.0) or 1.0
    return tuple(
        replace(sentence, centrality=near / most) for sentence, near in zip(found, nearness, strict=True)
    )


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def fit(text: str) -> bool:
    """Whether a text is one whole, readable sentence of a paper to its readers."""
    text = " ".join(text.split())
    characters = len(text)
    cjk = len(_CJK_CHARACTER.findall(text)) > characters * 0.3
    fewest, most = _SIZES[cjk]
    if not fewest <= characters <= most or not _ENDING.search(text):
        return False
    letters = sum(character.isalpha() for character in text)
    if letters < characters * _FEWEST_LETTERS or len(_MATHS.findall(text)) > _MOST_SYMBOLS:
        return False
    if not cjk and characters < _PLAINLY_LONG and not _SAYING.search(text):
        return False
    if not cjk and not (text[0].isupper() or text[0].isdigit() or text[0] in "\"“'‘("):
        return False
    if text.count("(") != text.count(")") or text.count("（") != text.count("）"):
        return False
    return not (_CAPTION.match(text) or _LISTED.match(text) or _FURNITURE.search(text) or instructs(text))


def instructs(text: str) -> bool:
    """Whether a text tells a machine that reads it what to do."""
    return _INJECTION.search(text) is not None


def alike(first: str, second: str) -> bool:
    """Whether two texts say much the same in the same words: Jaccard of character 5-grams."""
    one, other = _grams(first), _grams(second)
    return len(one & other) > _ALIKE * len(one | other)


def is_new(text: str, said: Sequence[str]) -> bool:
    """Whether nothing that was said is much like a text."""
    return not any(alike(text, other) for other in said)


def _grams(text: str) -> set[str]:
    folded = "".join(fold(text).split())
    return {folded[start : start + 5] for start in range(max(1, len(folded) - 4))}
