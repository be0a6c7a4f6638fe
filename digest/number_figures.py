"""Pure: finds the figures in a plain text, whether in digits, English words or kanji."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from digest import number_values as values
from digest.number_values import Worth, unlikely
from digest.number_words import (
    HALVES,
    IMPLIED,
    KANJI,
    KANJI_POWERS,
    KANJI_TENS,
    MONTHS_NAMED,
    MULTIPLES,
    ONES,
    ORDINALS,
    PARTS,
    ROMAN,
    TENS,
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and where it stands in the plain text."""

    start: int
    end: int
    form: str
    """In which of the forms below it is written; `chain` for what is no number, as 3.5.1."""
    worth: Worth

    @property
    def value(self) -> Fraction | None:
        """What it is worth; None where it is no single number."""
        return self.worth.value


_Reader = Callable[[str], Worth | None]
"""From a figure in small letters to its worth; None where nobody would write a number so."""
_Form = tuple[str, _Reader, str]
"""A form in which figures are written: its name, what reads it, and its pattern."""
_DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?"
_SMALL = "|".join(sorted(ONES, key=len, reverse=True))
_TENS = "|".join(TENS)
_UNDER_100 = rf"(?:(?:{_TENS})(?:[- ](?:{'|'.join(list(ONES)[:9])}))?|(?:{_SMALL}))"
_UNDER_1000 = rf"(?:{_UNDER_100}(?:[- ]hundred(?:(?: and)? {_UNDER_100})?)?|a hundred|hundred)"
_POWER = r"(?:thousand|million|billion|trillion)"
_WORDS = rf"{_UNDER_1000}(?:[- ]{_POWER}(?:,? (?:and )?{_UNDER_1000}(?:[- ]{_POWER})?){{0,3}})?|an? {_POWER}"
_PARTS = "|".join(sorted(PARTS, key=len, reverse=True))
_KANJI = "".join((*KANJI, *KANJI_TENS))
_POWERS_JA = "".join(KANJI_POWERS)


def _no_number(_: str) -> None:
    return None


def _always(value: Fraction | int) -> _Reader:
    return lambda _: Worth(Fraction(value))


def _worth(read: Callable[[str], Fraction | int]) -> _Reader:
    return lambda said: Worth(Fraction(read(said)))


_SIGNS: tuple[_Form, ...] = (
    (
        "power",
        values.power,
        rf"(?:{_DIGITS}\s?[×x*]\s?)?(?<![0-9.])10\s?\^\s?\(?[-+]?[0-9]{{1,3}}(?![0-9])\)?",
    ),
    ("flat_power", values.flat_power, rf"{_DIGITS}\s?[×x]\s?10-[0-9]{{1,2}}(?![0-9]|\.[0-9])"),
    ("e", values.with_e, r"[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]{1,3}(?![0-9A-Za-z])"),
    ("nth_power", values.nth_power, r"10の(?:マイナス|-)?[0-9]{1,3}乗"),
    (
        "date",
        values.date,
        r"(?:19|20)[0-9]{2}[-/.](?:1[0-2]|0?[1-9])[-/.](?:[12][0-9]|3[01]|0?[1-9])(?![0-9])",
    ),
    ("chain", _no_number, r"[0-9]+(?:\.[0-9]+){2,}"),
    ("to_one", values.to_one, r"[0-9]{1,5}(?: to |[-:]to[-:]|:| ?対 ?)1(?![0-9:]|[.,][0-9])"),
    ("scale", values.scale, r"1:[0-9]{1,3}(?:(?:,[0-9]{3})+|[0-9]{0,6})(?![0-9:])"),
    ("clock", values.clock, r"[0-2]?[0-9]:[0-5][0-9](?![0-9:])"),
    (
        "fraction_ja",
        values.fraction_ja,
        rf"(?:[0-9][0-9,]{{0,8}}(?:\.[0-9]{{1,3}})?[万億]?(?:[0-9]?千)?|[{_KANJI}万]{{1,4}})"
        rf"\s?分の\s?(?:[0-9]{{1,4}}|[{_KANJI}]{{1,3}})",
    ),
    ("tenths_ja", values.tenths_ja, rf"[1-9{_KANJI[2:10]}]割[1-9{_KANJI[2:10]}]分"),
    ("one_in", values.one_in, r"[0-9]{1,5}(?:人|回|件|台|社|個|本|枚|つ)に(?:[0-9]|一)[人回件台社個本枚つ]"),
    ("fraction", values.fraction, r"(?<!/)[0-9]{1,4}\s?/\s?[0-9]{1,4}(?![0-9/]|\.[0-9]|[-–][0-9])"),
    ("out_of", values.out_of, r"[0-9]{1,4} (?:in|out of) (?:every )?[0-9]{1,4}(?![0-9.,%])"),
    ("vague_ja", values.vague_ja, r"(?:数|何)(?:[十百千]?[万億兆]|[十百千])(?![科])"),
    (
        "teens_ja",
        lambda _: Worth(Fraction(11), highest=Fraction(19)),
        r"十数(?=[人名個件回枚台本年日種倍層社語時秒万億%])",
    ),
    (
        "japanese",
        values.japanese,
        rf"{_DIGITS}\s?[千百]?\s?[{_POWERS_JA}](?:\s?{_DIGITS}[千百]?\s?[{_POWERS_JA}])*"
        rf"(?:(?:[0-9],[0-9]{{3}}|[0-9]{{1,4}})(?![0-9,.])[千百]?)?|{_DIGITS}[千百](?!分)",
    ),
    ("digits", values.digits, rf"{_DIGITS}|\.[0-9]+"),
    ("kanji", values.kanji, rf"[{_KANJI}][{_KANJI}{_POWERS_JA}]*"),
    ("half_ja", _always(Fraction(1, 2)), r"過?半(?:分|数|減|額)(?!野|類)"),
    ("half_period", _always(Fraction(1, 2)), r"半(?:年|日|世紀)(?!生)"),
    (
        "double_ja",
        _always(2),
        r"(?:(?<![0-9数何幾〇一二三四五六七八九十百千万億兆\s])|^)倍(?:増|の|に(?!なら)|以上)",
    ),
)
_SPELT: tuple[_Form, ...] = (
    ("fraction_words", _worth(values.fraction_words), rf"(?:{_UNDER_100}|an?)[- ](?:{_PARTS})\b"),
    ("out_of_words", values.out_of, rf"{_UNDER_100} (?:in|out of) (?:every )?{_UNDER_100}\b"),
    (
        "vague",
        values.vague,
        r"(?:(?:tens|dozens|hundreds|thousands) of )?(?:thousands|millions|billions|trillions)\b"
        r"|(?:dozens|hundreds)\b",
    ),
    ("words", _worth(values.in_words), rf"(?:{_WORDS})(?:(?: and |-and-)a[ -]half)?\b"),
    ("dozen", _worth(values.dozen), rf"(?:(?:half )?a |{_UNDER_100} )?dozen\b"),
    ("ordinal", _worth(ORDINALS.__getitem__), rf"(?:{'|'.join(ORDINALS)})\b"),
    ("multiple", _worth(MULTIPLES.__getitem__), rf"(?:{'|'.join(MULTIPLES)})\b"),
    ("half", _always(Fraction(1, 2)), rf"(?:{'|'.join(HALVES)})\b"),
    (
        "month",
        _worth(MONTHS_NAMED.__getitem__),
        rf"(?:{'|'.join(sorted(MONTHS_NAMED, key=len, reverse=True))})\b",
    ),
    ("implied", _worth(IMPLIED.__getitem__), rf"(?:{'|'.join(IMPLIED)})\b"),
    ("article", _always(1), r"(?:an?|per|every|each)(?= [a-z])"),
    ("period", _always(1), r"(?:daily|weekly|hourly|monthly|yearly|annual(?:ly)?|decade|centur(?:y|ies))\b"),
    (
        "roman",
        _worth(lambda said: ROMAN[said.upper()]),
        r"(?<=[a-z] )(?-i:I{1,3}|IV|VI{0,3})(?![A-Za-z0-9'])",
    ),
)


_READERS = {name: read for name, read, _ in (*_SIGNS, *_SPELT)}


def _either(forms: Iterable[_Form]) -> str:
    return "|".join(f"(?P<{name}>{pattern})" for name, _, pattern in forms)


# What a figure begins with is looked at first: it spares most places of a text the long list.
_FIGURE = re.compile(
    rf"(?<![0-9])(?=[0-9.{_KANJI}数何半倍過])(?:{_either(_SIGNS)})|\b(?=[a-z])(?:{_either(_SPELT)})",
    re.IGNORECASE,
)
_SINGLE = re.compile(
    r"つ(?!も)|倍|割(?!合|り|当)|人(?!三脚|称|目線|生|工|間)|名(?!前|称)|個(?!々|人)|件|回(?!帰|転|復)|枚|台|本(?!論|研究|手法|稿)"
    r"|層|段階|種類|種(?=[のをにでがはと、。])|言語|か国語|カ国|か国|ヶ国|か所|箇所|カ所|か月|ヶ月|カ月|ヵ月|年(?!生)|月|日(?!本)|週間|時間|秒"
    r"|分間|文(?!字|献|書|法|脈|章)|単語|語|点|章|節|桁|通り|組(?!織)|項目|要素|側面|観点|手法|モデル|タスク|条件|社(?!会)|都市|校|系統|軸|方式"
    r"|世代|世紀|部構成|万|億|兆|ステップ|パターン|カテゴリ|グループ|データセット|ベンチマーク|指標|本柱|貢献|課題|理由|問|例(?!外|え)"
)
_ONE_KANJI = re.compile(r"割|桁|倍(?!に)|世紀|万|億|兆")
_AFTER_IDIOMS = ("々", "音図", "音順", "分に", "分な", "分で", "全", "科")
_BEFORE_KANJI = "第約計全各毎位大小均低長短高他前後月年日はがをにでともの"


def figures(text: str) -> Iterator[Figure]:
    """All figures of a plain text in order, idioms left out."""
    for match in _FIGURE.finditer(text):
        form = match.lastgroup or ""
        figure = _make(form, match, text)
        if figure is not None:
            yield figure
            if form == "fraction_words" and (nth := ORDINALS.get(re.split("[- ]", match[0].lower())[-1])):
                yield Figure(match.end() - 1, match.end(), "ordinal", Worth(Fraction(nth)))  # a third model


def _make(form: str, match: re.Match[str], text: str) -> Figure | None:
    start, end = match.span()
    said = match[0]
    if form == "kanji" and _in_a_word(said, text, start, end):
        return None
    of_date = said.isdigit() and len(said) == 2 and text.startswith(("月", "日", "時", "分"), end)
    if form in {"digits", "japanese"} and unlikely(said) and not of_date:
        form = "chain"
    worth = _READERS[form](said.lower())
    if worth is None:
        return Figure(start, end, "chain", Worth(None))
    return Figure(start, start + 1 if form == "half_period" else end, form, worth)


def _in_a_word(said: str, text: str, start: int, end: int) -> bool:
    """Whether kanji figures are part of a word or an idiom, as in 一般 and 十分."""
    before = text[start - 1] if start else ""
    follows = _SINGLE.match(text, end)
    if "\u3400" <= before <= "\u9fff" and before not in _BEFORE_KANJI:
        return True
    by_place = all(character in KANJI and character != "〇" for character in said)
    if len(said) == 2 and by_place:
        return True  # 二三 is two or three
    if (len(said) == 1 or by_place) and (not follows or (said == "一" and not _ONE_KANJI.match(text, end))):
        return True
    if text.startswith(_AFTER_IDIOMS, end) or said in {"千万", "百千"}:
        return True
    return follows is not None and follows[0] == "度" and text.startswith("と", end + 1)
