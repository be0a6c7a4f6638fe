"""Pure: finds answers that say what another said, and answers that only say their question again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from digest.terms import STOP, stem

_GRAM = 5
_IN_COMMON = 0.38
"""Least share of the shorter text's character 5-grams that two texts saying the same have in common."""
_FEW_IN_COMMON = 0.2
"""The same, for texts that speak of the same things in another order."""
_ALIKE = 0.4
"""Least Jaccard likeness of the things that two such texts speak of."""
_THE_SAME = 0.8
_HELD = 0.75
"""Share of what a text speaks of that an earlier one speaks of too, from where it adds nothing."""
_SEVERAL = 6
_COPIED = 0.75
"""From this much Jaccard likeness of 5-grams on, one more detail does not make another answer."""
_SHORT = 45
"""Folded characters up to which one exchanged word makes another statement."""
_SHORT_LATIN = 110
_TOKEN = re.compile(
    r"(?P<katakana>[\u30a1-\u30fa\u30fc]{2,})|(?P<han>[\u3400-\u9fff々]+)|(?P<hangul>[\uac00-\ud7a3]+)"
    r"|(?P<number>\d+(?:[.,]\d+)*)|(?P<word>[^\W\d_\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+\d*)"
)
_KANA = re.compile("[\u3041-\u30ff]")
_DENIES = re.compile(r"ませ|ない|なく|なかっ|(?<=[らかいせしり])ず|\bnot?\b|n't\b|\bnever\b|\bwithout\b")
_TOPIC = re.compile(r"^(.{1,60}?)(?:は|では|には|も|が)(?![っ\u3041-\u3044])")
_OPENS = re.compile(r"(?:^|[.!?。！？\n])\s*$")

_SAME_WORDS = tuple(
    (row.split()[0], re.compile("|".join(row.split()[1:])))
    for row in (
        "重み ウェイト ウエイト", "学習 トレーニング 訓練", "性能 パフォーマンス",
        "指標 メトリクス メトリック", "手法 方法 アプローチ やり方", "実験 試験 テスト",
        "限界 制限 制約 短所", "枠組み フレームワーク",
        "コスト 費用", "専門家 プロフェッショナル", "データ データセット", "利用 使用 活用 入手",
        "モデル モデリング", "映像 動画 ビデオ", "明らか 明確", "違 異な", "性質 特性 特徴",
        "仕組み メカニズム",
    )
)  # fmt: skip
_ASKS_IF = re.compile(
    r"(?:ます|ました|です|でした|でしょう|ません|る|た|い)か[?。\s]*$|[るたい]の(?:です|でしょう)?か[?。\s]*$"
)
_ASKS_WHAT = re.compile(
    r"何|なに|なん|どの|どう|どれ|どこ|どん|どち|いつ|誰|だれ|なぜ|いく[つら]|いかに|教えて|説明|聞かせ|詳細|詳し|例"
)
_ASKS_IF_ENGLISH = re.compile(r"(?:is|are|was|were|do|does|did|can|could|has|have|will|would|should)\b")
_CHOOSES = re.compile(r"どちら|どっち|それとも|\bor\b")
_AFFIRMS = re.compile(r"(?:はい|いいえ|ええ|いえ|そうです)|(?:yes|no)\b")
_ONLY_TALK = re.compile(
    r"(?:述べ|触れ|言及し|議論し|説明し|論じ|記載し|紹介し|記述し|検討し|扱っ|取り上げ|提供し|示し)[てら]"
    r"|\b(?:discuss|describe|mention|explain|address|present|talk)"
)
_EMPTY_CHARACTERS = frozenset("点的性化等面上中際時方本当各述示触論書行用使関対基含挙持得考見取組果通以次")
_EMPTY = re.compile(
    r"(?:論文|研究|著者|筆者|本稿|内容|情報|詳細|説明|記述|記載|言及|議論|検討|紹介|提供|提示|利用|可能|存在|関連|関係"
    r"|場合|特定|具体|様々|多様|重要|役割|明らか|焦点|検証|確認|以下|手法|提案|課題|問題|問|コンテンツ|ポイント)+"
)
_EMPTY_WORDS = """
paper papers work author authors study studies describe describes described discuss discusses discussed
mention mentions mentioned explain explains explained provide provides provided present presents presented
available use used uses using based agreement agreements certain various important role information detail
details topic address addresses addressed given section
"""
_EMPTY_ENGLISH = frozenset(_EMPTY_WORDS.split())
_GRAMMAR_WORDS = """
は が を に へ と で の や も か から まで より など です でし ます まし して した する される され
れて れた れ られ い いる いた ある あり あっ こと もの ため よう これ それ この その ら について つい
おけ おい における 関する とし として という によっ により による る た て し なる なり なっ な さらに
また および または でき できる だ き く け げ ぐ す せ そ ち つ っ み む め べ ば び り わ ん え さ よ
さまざま いろいろ ところ ほか ごと たち うえ なお とも うち とおり ください どう
"""
_GRAMMAR = re.compile(f"(?:{'|'.join(sorted(_GRAMMAR_WORDS.split(), key=len, reverse=True))})++")
_TELLING = re.compile("すべて|全て|まったく|ほとんど|わずか|もっと|いくつか|たまに|いつも|つねに|ときどき")
"""Words of grammar's letters that answer something all the same."""
_KATAKANA = re.compile("[\u30a1-\u30fa\u30fc]{5,}")
_SPELT_ALIKE = 80.0
"""Likeness of 100 from which two katakana words are one: ファンデーション, ファウンデーション."""


@dataclass(frozen=True)
class _Things:
    """What a text speaks of."""

    all: frozenset[str]
    """Words, numbers, and Chinese characters two by two."""
    exact: frozenset[str]
    """Numbers and names in Latin letters: another one is another statement."""
    nouns: frozenset[str]
    """Words, and single Chinese characters, of all but verbs written with one character."""


@dataclass(frozen=True)
class _Said:
    """What a text says, as far as texts can be compared by their letters."""

    folded: str
    grams: frozenset[str]
    things: _Things
    topic: frozenset[str]
    denies: bool
    short: bool

    @classmethod
    def of(cls, text: str) -> _Said:
        plain = unicodedata.normalize("NFKC", text)
        folded = re.sub(r"[\W_]+", "", plain.casefold())
        topic = _TOPIC.match(plain)
        return cls(
            folded,
            frozenset(folded[i : i + _GRAM] for i in range(max(1, len(folded) - _GRAM + 1))),
            _things(plain),
            _things(topic[1]).all if topic else frozenset(),
            _DENIES.search(plain) is not None,
            len(folded) <= (_SHORT if _KANA.search(plain) else _SHORT_LATIN),
        )


def repeated(texts: Sequence[str]) -> tuple[tuple[int, int], ...]:
    """Pairs `(later, earlier)` of places in `texts` where the later text says nothing new.

    Texts that only share a name, a topic or a turn of phrase are not taken for the same, nor
    are those that differ in a number, in a name, or in what they deny.
    """
    said = [_Said.of(text) for text in texts]
    return tuple(
        (later, earlier)
        for later in range(len(said))
        for earlier in range(later)
        if _same(said[later], said[earlier])
    )


def _same(later: _Said, earlier: _Said) -> bool:
    if not later.folded or not earlier.folded:
        return False
    if later.folded == earlier.folded:
        return True
    shared = len(later.grams & earlier.grams)
    common = shared / min(len(later.grams), len(earlier.grams))
    if common < _FEW_IN_COMMON or _differ(later, earlier):
        return False
    new, old = later.things.exact - earlier.things.exact, earlier.things.exact - later.things.exact
    if new:
        return not old and shared >= _COPIED * len(later.grams | earlier.grams)
    together = len(later.things.all & earlier.things.all)
    alike = together / max(1, len(later.things.all | earlier.things.all))
    if common < _IN_COMMON:
        return alike >= _THE_SAME or together == len(later.things.all) >= _SEVERAL
    return alike >= _ALIKE or together >= _HELD * len(later.things.all)


def _differ(later: _Said, earlier: _Said) -> bool:
    """Whether they speak of two things, or one denies what the other says."""
    if later.denies != earlier.denies:
        return True
    if later.short and _exchanged(later.things.nouns, earlier.things.nouns):
        return True
    if not _exchanged(later.topic, earlier.topic):
        return False
    elsewhere = not later.topic & earlier.things.all and not earlier.topic & later.things.all
    return elsewhere or 2 * len(later.topic & earlier.topic) >= len(later.topic | earlier.topic)


def _exchanged(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one - other) and bool(other - one)


def _things(text: str) -> _Things:
    found: set[str] = set()
    exact: set[str] = set()
    nouns: set[str] = set()
    japanese = _KANA.search(text) is not None
    for match in _TOKEN.finditer(text):
        token, kind = match[0], match.lastgroup
        if kind == "han":
            found.update(token[i : i + 2] for i in range(max(1, len(token) - 1)))
            if len(token) > 1:
                nouns.update(token)
            continue
        word = token.casefold().replace(",", "")
        if word in STOP:
            continue
        word = stem(word)
        found.add(word)
        nouns.add(word)
        if kind == "number" or (kind == "word" and (japanese or _is_name(token, match.start(), text))):
            exact.add(word)
    return _Things(frozenset(found), frozenset(exact), frozenset(nouns))


def _is_name(token: str, start: int, text: str) -> bool:
    """Whether a word of an English sentence is a name, by its capitals and digits."""
    if not token[1:].islower() and len(token) > 1:
        return True
    return token[:1].isupper() and not _OPENS.search(text[max(0, start - 10) : start])


def restates(question: str, answer: str) -> bool:
    """Whether an answer says nothing beyond its question.

    A plain yes, a no, the choice between two that were named, and that something is not so or not
    said, are answers.
    """
    asked, said = _plain(question), _plain(answer)
    if not asked or not said or _AFFIRMS.match(said):
        return False
    if _DENIES.search(said) and not _DENIES.search(asked):
        return False
    if _yes_or_no(asked) and not _ONLY_TALK.search(said):
        return False
    if _CHOOSES.search(asked) and any(one not in said for one in _tokens(asked)):
        return False
    return not _beyond(asked, said)


def _plain(text: str) -> str:
    """A text folded, with one word for those that mean the same in a question and its answer."""
    plain = unicodedata.normalize("NFKC", text).casefold().strip()
    plain = re.sub(r"(?<=[\u30a1-\u30fc])[・·=](?=[\u30a1-\u30fc])", "", plain)
    for one, others in _SAME_WORDS:
        plain = others.sub(one, plain)
    return plain


def _tokens(text: str) -> list[str]:
    """The words of a text that say something, without hiragana."""
    return [match[0] for match in _TOKEN.finditer(text) if match[0] not in STOP]


def _yes_or_no(asked: str) -> bool:
    if _KANA.search(asked):
        return bool(_ASKS_IF.search(asked)) and not _ASKS_WHAT.search(asked)
    return _ASKS_IF_ENGLISH.match(asked) is not None


def _beyond(asked: str, said: str) -> list[str]:
    """The words of an answer that neither stand in its question nor are empty talk."""
    beyond: list[str] = []
    for match in _TOKEN.finditer(said):
        token = match[0]
        if match.lastgroup == "han":
            known = all(character in asked or character in _EMPTY_CHARACTERS for character in token)
            known = known or _EMPTY.fullmatch(token) is not None
        elif match.lastgroup == "word":
            known = token in STOP or token in _EMPTY_ENGLISH or stem(token) in asked
        else:
            known = token in asked or _EMPTY.fullmatch(token) is not None or _spelt_alike(token, asked)
        if not known:
            beyond.append(token)
    if _KANA.search(said):
        runs = re.findall(r"[\u3041-\u3096]{2,}", said)
        beyond.extend(run for run in runs if run not in asked and not _GRAMMAR.fullmatch(run))
        beyond.extend(word for word in _TELLING.findall(said) if word not in asked)
    return beyond


def _spelt_alike(word: str, asked: str) -> bool:
    if not _KATAKANA.fullmatch(word):
        return False
    return any(fuzz.ratio(word, other) >= _SPELT_ALIKE for other in _KATAKANA.findall(asked))
