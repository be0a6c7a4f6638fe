"""Makes false answers out of true sentences: one digit changed, a denial, a comparison turned around.

Nothing here knows how the checks work; it uses nothing of theirs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parents[2]
_PLACEHOLDER = re.compile(r"\s?\b(?:BIBREF|INLINEFORM|DISPLAYFORM|TABREF|FIGREF|SECREF|UID)\d+")
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)
_BLOCK = re.compile(r"</(?:p|h\d|li|td|th|figcaption|div)>")
_ENTITIES = {
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&nbsp;": " ",
    "&rsquo;": "’",
    "&ndash;": "–",
    "&times;": "×",
}
_END = re.compile(r"(?<=[a-z\d%)\]][.!?])\s+(?=[A-Z])|\n+")


@dataclass(frozen=True)
class Mutation:
    """A false answer with the sentence it was made from."""

    kind: str
    quote: str
    answer: str
    honest: str
    """What the answer would be had nothing been changed."""


def papers() -> Iterator[str]:
    """The texts of real papers where they are kept beside the repository, and of the sample papers."""
    kept = ROOT / "../shared/data/paper-qa-dev.jsonl"
    if kept.is_file():
        for line in kept.read_text().splitlines():
            yield json.loads(line)["full_text"]
    folder = ROOT / "config/sample"
    for path in sorted((*folder.glob("*.html"), *folder.glob("src/*.html"))):
        text = _TAG.sub(" ", _BLOCK.sub("\n", path.read_text()))
        for entity, character in _ENTITIES.items():
            text = text.replace(entity, character)
        yield re.sub(r"[ \t]*\n\s*", "\n", re.sub(r"(?<!\n)\n(?!\n)", " ", text))


def sentences() -> list[str]:
    """Sentences of the papers that read as sentences, without what stands for citations."""
    found = []
    for paper in papers():
        for piece in _END.split(_PLACEHOLDER.sub("", paper)):
            sentence = " ".join(piece.split())
            letters = sum(one.isalpha() or one.isspace() for one in sentence)
            heading = re.match(r"\W*\d+(?:\.\d+)*[.\])]?\s|\[|.* (?:et al\.|eds?\.|[Pp]roceedings)", sentence)
            if (
                not heading
                and sentence.isascii() >= 0
                and 50 <= len(sentence) <= 400
                and len(sentence.split()) > 7
                and letters > 0.8 * len(sentence)
            ):
                found.append(sentence)
    return found


# ------------------------------------------------------------------------------- one digit


def with_other_digit(text: str, rng: Random, start: int = 0, end: int | None = None) -> str | None:
    """The text with one digit changed; None where it has none."""
    places = [place for place in range(start, end or len(text)) if text[place] in "0123456789"]
    if not places:
        return None
    place = rng.choice(places)
    digit = rng.choice([one for one in "0123456789" if one != text[place]])
    return text[:place] + digit + text[place + 1 :]


_COUNTED = """
layers:層 epochs:エポック tokens:トークン words:語 sentences:文 hours:時間 days:日間 weeks:週間
months:か月 years:年間 minutes:分 seconds:秒 ms:ミリ秒 languages:言語 participants:人 people:人
annotators:人 users:人 tweets:件のツイート times:回 points:ポイント examples:例 steps:ステップ
images:枚の画像 documents:件の文書 categories:種類 features:個の特徴量 datasets:個のデータセット
recipes:件のレシピ heads:個のヘッド
"""
_COUNTERS = dict(pair.split(":") for pair in _COUNTED.split())
_OTHER_UNITS = """
million billion mm cm m km kg W dB GB MB GHz degrees cents euros metres grams litres joules
milliseconds and pm am
"""
_UNITS = frozenset(_OTHER_UNITS.split())
_FIGURE = re.compile(
    r"(?<![\w.,/$^{}\\(\[@-])(?<!Table )(?<!Figure )(?<!Section )(?<!Eq\. )"
    r"(\d[\d,]*(?:\.\d+)?)(\s?%|[KM]\b)?(?:[\s-]([A-Za-z]+))?(?![\w/^{}\\)\]])"
)


def _in_japanese(match: re.Match[str], rng: Random) -> str | None:
    """What a Japanese sentence would write for a figure and its unit; None where that is not known."""
    number, mark, word = match[1], (match[2] or "").strip(), match[3] or ""
    if number.endswith(",") or (word in _UNITS and not mark):
        return None
    if mark:
        return number + mark
    if word in _COUNTERS:
        return number + _COUNTERS[word]
    if re.fullmatch(r"(?:19|20)\d\d", number):
        return number + "年"
    if "." in number or not word:
        return number
    return number + rng.choice(["件", "個"])


def one_in_japanese(sentence: str, rng: Random) -> tuple[str, int, int] | None:
    """A Japanese sentence that says one number of an English one, and where the number stands in it."""
    matches = list(_FIGURE.finditer(sentence)) if _is_english(sentence) else []
    matches = [match for match in matches if _in_japanese(match, rng)]
    if not matches:
        return None
    match = rng.choice(matches)
    before, after = rng.choice(
        [("その値は", "です。"), ("論文によれば", "に達します。"), ("著者らは", "と報告しています。")]
    )
    answer = before + (_in_japanese(match, rng) or "") + after
    return answer, len(before), len(before) + len(match[1])


def all_in_japanese(sentence: str, rng: Random) -> tuple[str, int, int] | None:
    """A Japanese sentence that says all the numbers of an English one in their order."""
    matches = list(_FIGURE.finditer(sentence)) if _is_english(sentence) else []
    said = [one for match in matches if (one := _in_japanese(match, rng))]
    if len(said) < 2:
        return None
    answer = "順に" + "、".join(said) + "と報告されています。"
    return answer, 0, len(answer)


def _is_english(sentence: str) -> bool:
    return sum(one.isascii() for one in sentence) > 0.9 * len(sentence)


def digits_changed(lines: list[str], rng: Random) -> Iterator[Mutation]:
    """For each sentence with a number, answers in which one digit of it is wrong."""
    for line in lines:
        if changed := with_other_digit(line, rng):
            yield Mutation("digit, copied", line, changed, line)
        for kind, say in (("one number in Japanese", one_in_japanese), ("all in Japanese", all_in_japanese)):
            if made := say(line, rng):
                answer, start, end = made
                if changed := with_other_digit(answer, rng, start, end):
                    yield Mutation(f"digit, {kind}", line, changed, answer)


# -------------------------------------------------------------------------------- polarity

_AUXILIARY = re.compile(
    r"\b(is|are|was|were|can|could|will|would|has been|have been|should|may|must)\b(?! not)\b"
)
_DENIALS = (
    (re.compile(r"\b(is|are|was|were|can|could|will|would|do|does|did|should|may) not\b"), r"\1"),
    (re.compile(r"\bcannot\b"), "can"),
    (re.compile(r"\bwithout\b"), "with"),
    (re.compile(r"\bnever\b"), "always"),
    (re.compile(r"\bno\b(?! (?:longer|more))"), "a"),
)
_OPPOSED = (
    ("effective", "ineffective"), ("possible", "impossible"), ("with", "without"), ("always", "never"),
    ("able", "unable"), ("significant", "insignificant"), ("successfully", "unsuccessfully"),
    ("sufficient", "insufficient"), ("important", "unimportant"), ("available", "unavailable"),
    ("likely", "unlikely"), ("easy", "difficult"), ("similar", "different"), ("all", "none of the"),
    ("agree", "disagree"), ("success", "failure"), ("include", "exclude"), ("helps", "fails"),
)  # fmt: skip
_VERBS = re.compile(
    r"\b(?:[Ww]e|[Ii]t|[Tt]hey|models?|methods?|approach|results|system) "
    r"(use|find|show|observe|propose|obtain|achieve|outperform|improve|consider|report|train|apply|need|require|contain"
    r"|provide)\b"
)


def turned(sentence: str, rng: Random) -> str | None:
    """The sentence with what it says denied, or what it denies said."""
    ways = [
        sentence[: match.start()] + match.expand(instead) + sentence[match.end() :]
        for pattern, instead in _DENIALS
        for match in pattern.finditer(sentence)
    ]
    if not ways:
        auxiliaries = (match.end() for match in _AUXILIARY.finditer(sentence))
        ways += [f"{sentence[:place]} not{sentence[place:]}" for place in auxiliaries]
        verbs = (match.start(1) for match in _VERBS.finditer(sentence))
        ways += [f"{sentence[:place]}do not {sentence[place:]}" for place in verbs]
        ways += _replaced(sentence, _OPPOSED)
    return rng.choice(ways) if ways else None


# ------------------------------------------------------------------------------ comparison

_COMPARED = (
    ("higher", "lower"), ("more", "less"), ("better", "worse"), ("best", "worst"), ("highest", "lowest"),
    ("larger", "smaller"), ("largest", "smallest"), ("faster", "slower"), ("increase", "decrease"),
    ("increases", "decreases"), ("increased", "decreased"), ("increasing", "decreasing"),
    ("outperforms", "underperforms"), ("outperform", "underperform"), ("outperformed", "underperformed"),
    ("improves", "degrades"), ("improve", "degrade"), ("improved", "degraded"), ("above", "below"),
    ("superior", "inferior"), ("stronger", "weaker"), ("longer", "shorter"),
    ("greater", "smaller"), ("over", "under"), ("gain", "loss"), ("most", "least"),
    ("exceeds", "falls below"), ("maximum", "minimum"),
)  # fmt: skip
_MORE_OR_LESS = r"better|worse|higher|lower|larger|smaller|faster|more \w+|less \w+"
_SIDES = re.compile(
    r"(?P<left>[A-Z][\w-]*(?: [A-Za-z][\w-]*){0,3}|(?:our|the|this) [\w-]+(?: [\w-]+)?)"
    r"(?P<pivot> (?:(?:significantly|clearly|consistently|slightly) )?"
    r"(?:outperforms?|outperformed|beats?|exceeds?|surpass(?:es)?"
    r"|(?:is|are|was|were|performs?|achieves?|obtains?) (?:\w+ ){0,2}"
    rf"(?:{_MORE_OR_LESS})(?: \w+){{0,2}} than) )"
    r"(?P<right>(?:the |our |all |other )?[\w-]+(?: [\w-]+){0,2})"
)


def swapped(sentence: str, rng: Random) -> str | None:
    """The sentence with a comparison turned around, by its word or by its sides."""
    ways = list(_replaced(sentence, _COMPARED))
    if match := _SIDES.search(sentence):
        left, right = match["left"], match["right"]
        ways.append(sentence[: match.start()] + right + match["pivot"] + left + sentence[match.end() :])
    return rng.choice(ways) if ways else None


def _replaced(sentence: str, pairs: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for one, other in (*pairs, *((second, first) for first, second in pairs)):
        for match in re.finditer(rf"\b{one}\b", sentence):
            yield sentence[: match.start()] + other + sentence[match.end() :]
