"""Words for units, and for what is counted, in English and Japanese."""

from __future__ import annotations

from fractions import Fraction


def words_of(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


SHARE, RATIO, POINTS, ORDER = "share", "ratio", "points", "orders of magnitude"
SECONDS, MONTHS, YEAR, MONTH, BYTES, BITS = "seconds", "months", "year", "month", "bytes", "bits"

STRICT = frozenset({SHARE, RATIO, MONTH, ORDER})
"""Kinds whose unit may not be left out on either side."""
SOFT = frozenset({POINTS, YEAR, BITS})
"""Kinds that a bare number may stand for."""

# Kind of unit, how many of its base unit one makes: as written | English words in the singular.
_UNITS = """
share, 1/100: % パーセント | percent per_cent pct
share, 1/10: 割 |
ratio, 1: x × 倍 | time fold
points, 1: pp pps pt pts 点 ポイント | percentage_point percent_point point
points, 1: %ポイント パーセントポイント パーセンテージポイント |
orders of magnitude, 1: 桁 | order_of_magnitude orders_of_magnitude
seconds, 1/1000000000: ns ナノ秒 | nanosecond
seconds, 1/1000000: μs us マイクロ秒 | microsecond
seconds, 1/1000: ms msec ミリ秒 | millisecond
seconds, 1: s sec secs 秒 秒間 | second
seconds, 60: min mins 分 分間 | minute
seconds, 3600: h hr hrs 時間 | hour
seconds, 86400: 日 日間 | day
seconds, 604800: 週 週間 | week
seconds, 1209600: | fortnight
month, 1: 月 |
months, 1: か月 | month
months, 12: 年 年間 歳 才 | year
months, 120: | decade
months, 1200: 世紀 | century centurie
bits, 1: ビット | bit
bytes, 1: バイト | byte
metres, 1/1000000000: nm ナノメートル | nanometer nanometre
metres, 1/1000000: μm ミクロン マイクロメートル | micrometer micrometre micron
metres, 1/1000: mm ミリ ミリメートル | millimeter millimetre
metres, 1/100: cm センチ センチメートル | centimeter centimetre
metres, 1: m メートル | meter metre
metres, 1000: km キロメートル キロ | kilometer kilometre
miles, 1: マイル | mile
feet, 1: フィート | foot feet ft
inches, 1: インチ | inch inche
grams, 1/1000: mg ミリグラム | milligram
grams, 1: g グラム | gram
grams, 1000: kg キログラム | kilogram
grams, 1000000: トン | ton tonne
litres, 1/1000: ml mL ミリリットル | milliliter millilitre
litres, 1: リットル | liter litre
watts, 1/1000: mW ミリワット | milliwatt
watts, 1: W ワット | watt
watts, 1000: kW キロワット | kilowatt
watts, 1000000: MW メガワット | megawatt
watts, 1000000000: GW ギガワット | gigawatt
joules, 1: J ジュール | joule
joules, 1000: kJ |
joules, 1000000: MJ |
joules, 3600: Wh |
joules, 3600000: kWh キロワット時 | kilowatt_hour kilowatt-hour
joules, 3600000000: MWh メガワット時 | megawatt_hour megawatt-hour
joules, 3600000000000: GWh |
hertz, 1: Hz ヘルツ | hertz
hertz, 1000: kHz キロヘルツ | kilohertz
hertz, 1000000: MHz メガヘルツ | megahertz
hertz, 1000000000: GHz ギガヘルツ | gigahertz
decibels, 1: dB デシベル | decibel
frames a second, 1: fps FPS |
celsius, 1: °C ℃ 度 | degree_celsius degrees_celsius °c
fahrenheit, 1: °F |
dollars, 1: USD ドル | dollar
dollars, 1/100: セント | cent
euros, 1: ユーロ | euro
pounds, 1: ポンド | pound
yen, 1: 円 | yen
yuan, 1: | yuan
"""
_LARGE = "K,k,キロ,kilo M,メガ,mega G,ギガ,giga T,テラ,tera P,ペタ,peta E,エクサ,exa"
Units = dict[str, tuple[str, Fraction]]


def _tables() -> tuple[Units, Units]:
    symbols: Units = {}
    words: Units = {}
    for row in _UNITS.strip().splitlines():
        head, _, names = row.partition(":")
        kind, _, makes = head.rpartition(", ")
        written, _, english = names.partition("|")
        symbols |= {name: (kind, Fraction(makes)) for name in written.split()}
        words |= {name.replace("_", " "): (kind, Fraction(makes)) for name in english.split()}
    symbols |= {name: ("flops", Fraction(1)) for name in ("FLOPs", "FLOPS", "FLOP", "FLOP/s", "flops")}
    for power, row in enumerate(_LARGE.split(), 1):
        *letters, japanese, english = row.split(",")
        factor = Fraction(1000**power)
        for letter in letters:
            symbols |= {
                letter + name: ("flops", factor) for name in ("FLOPs", "FLOPS", "FLOP", "FLOP/s", "flops")
            }
            symbols |= {f"{letter}bps": ("bits a second", factor), f"{letter}b/s": ("bits a second", factor)}
            symbols |= {f"{letter}B": (BYTES, factor), f"{letter}iB": (BYTES, Fraction(1024**power))}
        symbols |= {f"{japanese}FLOPS": ("flops", factor), f"{japanese}FLOPs": ("flops", factor)}
        symbols |= {f"{japanese}バイト": (BYTES, factor), f"{japanese}ビット": (BITS, factor)}
        words |= {f"{english}byte": (BYTES, factor), f"{english}flop": ("flops", factor)}
    return symbols | {"Mb": (BITS, Fraction(10**6)), "Gb": (BITS, Fraction(10**9))}, words


SYMBOLS, WORDS = _tables()
"""Units that are written as they stand here, and units that are English words, in the singular."""
CURRENCIES = {"$": "dollars", "€": "euros", "£": "pounds", "¥": "yen"}
PERIODS = {
    "daily": "day", "weekly": "week", "hourly": "hour", "monthly": "month", "yearly": "year",
    "annual": "year",
    "annually": "year", "decade": "decade", "century": "century", "centuries": "century",
}  # fmt: skip
"""Words that say one of a unit without a figure."""

# --------------------------------------------------------------------------- what is counted

_NOUNS = """
token | トークン
parameter param | パラメータ パラメーター パラメタ
layer layered | 層 レイヤー レイヤ
gpu a100 h100 v100 a100s h100s v100s | GPU A100 H100 V100
tpu | TPU
epoch | エポック
step iteration update | ステップ 反復 イテレーション 更新
head | ヘッド アテンションヘッド 注意ヘッド
dimension dim dimensional d | 次元
language | 言語 か国語 カ国語 ヶ国語 ヵ国語 語
word | 単語 ワード 語
character char | 文字
sentence | 文
image photo photograph picture | 画像 写真
person people participant annotator user worker expert student author speaker subject respondent patient \
rater judge volunteer member employee engineer developer reviewer evaluator reader player adult child \
children men women individual crowdworker turker assessor human | 人 名
day | 日
"""


def _nouns() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]]]:
    english: dict[str, frozenset[str]] = {}
    japanese: dict[str, frozenset[str]] = {}
    for row in _NOUNS.strip().splitlines():
        ours, theirs = (part.split() for part in row.split("|"))
        for table, names in ((english, ours), (japanese, theirs)):
            for name in names:
                table[name] = table.get(name, frozenset()) | {ours[0]}
    return english, japanese


NOUNS_ENGLISH, NOUNS_JAPANESE = _nouns()
"""Words for what is counted, by language, each with the English words for the things it may mean."""

STOP = words_of(
    "a an the and or nor but of in on at by to for from with without within into onto over under then"
    " than as is are was were be been has have had do does did while when where which who that this"
    " that these those it its we our they their per each every if so because since after before during"
    " between among across through against via versus vs can could may might will would should must"
    " not no also both respectively using use i e g et al up down out off about around only just even"
    " still yet compared compare yields yield achieves achieve improves"
)
"""Words that end what is said of a number."""
