"""Pure: whether a Japanese answer plainly says the opposite of an English quote."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from digest.alignment import sentences, words
from digest.number_scan import quantities
from digest.number_text import plain
from digest.polarity_words import HINTS, VERBS
from digest.quantities import Kind
from digest.sides import Parts, parted
from digest.unit_words import words_of

_SENTENCE = re.compile(r"[。!?！？\n]")
_NO_DENIALS = re.compile(
    r"(?:だけ|のみ|ばかり)(?:では?|に)?(?:なく|ない|ならず)|に(?:限ら|とどまら|留まら)(?:ず|ない)|を問わず|によらず|に(?:も)?かかわらず|に(?:も)?関わらず"
    r"|な(?:けれ|くて|き)(?:ば|は)(?:なら|いけ)(?:ない|ません)|ねばならない|ざるを得(?:ない|ず)|ないと(?:いけ|なら)ない|少なくと?も?|少なから?ず"
    r"|少ない|少なかっ|に(?:過ぎ|すぎ)(?:ない|ません)|かもしれ(?:ない|ません)|(?:に|は)(?:違い|ちがい)(?:ない|ありません)|問題(?:は|が)?(?:ない|なく|ありません)"
    r"|とは限ら(?:ない|ず|ません)|ではなく|でなく|なくても|なくとも|ないし(?=[^、。]?)|なしで|欠かせ(?:ない|ません)|遜色(?:が|の)?な(?:い|く)|変わらな[いく]|変わりませ?ん"
    r"|(?:に|も)(?:劣ら|負け|引けを取ら)(?:ず|な[いく])|(?:手間|無駄|遅延|差|違い|影響)(?:が|は|も|の)?(?:ない|なく|ありません)"
)
_SPARED = re.compile(
    r"必ずしも|ほとんど|あまり|それほど|しか|まだ|未だ|いまだ|めったに|わけで|大きくは|さほど|限り|以外|一方|ただし|しかし|反面|ものの|が、|けれど|従来|既存|先行|他の手法"
)
_DENIAL = r"[^、。]{0,7}?(?:ない|なかっ|なく|ません|ずに|ず(?=[、。]|$)|不可|ではあり)"
_DENIED_AT_END = re.compile(
    r"(?:では|じゃ|し|て|で|れ|られ|き|せ|え|め|け|べ|げ|り|い|み|あり|おり)(?:ありません|ません|ない|なかった|ませんでした)(?:でした|です)?$"
)
_ANY_NEGATIVE = re.compile(
    r"ない|なく|なかっ|なけれ|ません|ず|ぬ|不|非|無|未|なし|困難|難し|限|失敗|欠|以外|だけ|のみ|しか|否|控え|避け|除|省|抑|減|下|劣|逆|反|課題|問題"
    r"|今後|将来|たり得|妨|弱|悪|誤|禁|断|止|疑|少|わずか|同|等|代わり|まで"
)
_HINT = re.compile(HINTS, re.IGNORECASE)
_FORBIDDEN = r"prohibited|forbidden|impossible|unable|disallowed|not (?:allowed|permitted|possible)|cannot"


def denied(answer: str, quotes: Sequence[str]) -> str | None:
    """The Japanese words that deny what the quotes say without any reserve, or the other way round."""
    text = " ".join(plain(quote).text for quote in quotes)
    if not text:
        return None
    said = _NO_DENIALS.sub("", plain(answer).text)
    if not _HINT.search(text) and not _SPARED.search(said):
        for japanese, english in VERBS:
            match = re.search(rf"(?:{japanese}){_DENIAL}", said)
            if match and re.search(rf"\b(?:{english})\b", text, re.IGNORECASE):
                return match[0]
        for piece in _SENTENCE.split(said):
            ending = _DENIED_AT_END.search(piece)
            if ending and _share_numbers(piece, text):
                return ending[0]
    if _ANY_NEGATIVE.search(said) or len(sentences(text)) > 2:
        return None
    return _affirmed(said, text)


def _affirmed(said: str, text: str) -> str | None:
    """The Japanese verb that says plainly what the quote says only with a denial."""
    for japanese, english in VERBS:
        match = re.search(rf"(?:{japanese})[^、。]{{0,8}}", said)
        if not match:
            continue
        everywhere = len(re.findall(rf"\b(?:{english})\b", text, re.IGNORECASE))
        after_denial = rf"\b(?:not|cannot|never|no|without(?: any)?) (?:[a-z]+ ){{0,2}}?(?:{english})\b"
        denials = len(re.findall(after_denial, text, re.IGNORECASE))
        forbidden = japanese.startswith("でき") and re.search(rf"\b(?:{_FORBIDDEN})\b", text, re.IGNORECASE)
        if (everywhere and everywhere == denials) or (forbidden and everywhere == denials):
            return match[0]
    return None


# ------------------------------------------------------------------------------- direction

_UP = re.compile(
    r"\b(?:increas\w*|improv\w*|higher|outperform\w*|better|superior\w*|surpass\w*|exceed\w*|gain\w*|boost\w*|enhanc\w*"
    r"|ris(?:e|es|ing|en)|rose|gr(?:ow|ew)\w*|more|greater|larger|best|highest|above|beats?|stronger|grew|climb\w*|up|wins?|won)\b",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:decreas\w*|reduc\w*|lower\w*|worse\w*|drop\w*|declin\w*|degrad\w*|inferior|less|fewer|smaller|slower"
    r"|underperform\w*|below|loss\w*|shorter|cheaper|fall\w*|fell|minimi\w*|cuts?|cutting|sav(?:e|es|ed|ing|ings)|shr[iu]nk\w*"
    r"|compress\w*|behind|under|trail\w*|weaker|low|worst|lowest|down|lag\w*|deteriorat\w*|hurt\w*|harm\w*|suffer\w*"
    r"|mitigat\w*|alleviat\w*|lighter|limit\w*|fail\w*|not|no|without|error\w*|lack\w*|only|despite|although|while|whereas"
    r"|however|but|los[et]|half|halv\w+|sub-?\w+|few|short\w*|narrow\w*|minus|negativ\w*|tiny|small|faster|quick\w*|efficien\w*|speed\w*)\b",
    re.IGNORECASE,
)
_MORE_EN = re.compile(
    r"\b(?:increas\w*|ris(?:e|es|ing|en)|rose|grow\w*|grew|gain\w*|climb\w*|higher|larger)\b", re.IGNORECASE
)
_LESS_EN = re.compile(
    r"\b(?:decreas\w*|reduc\w*|drop\w*|declin\w*|f(?:all|alls|ell|allen|alling)|lower\w*|shr[iu]nk\w*|cuts?)\b",
    re.IGNORECASE,
)
_UP_JA = re.compile(
    r"向上|改善|上回|優れ|勝[るりっ]|凌|上昇|高[いくまめさか]|良[いくか]|増|伸び|多[いくか]|速[いくか]|大き|上が|拡大|強[いくまか]|最高|最良|超え|超える"
)
_DOWN_JA = re.compile(
    r"低下|悪化|劣[るりっ]|下回|減少|減っ|減り|減る|減ら|低い(?=です|と|。|$|値|結果|こと|性能|精度|スコア)|低く(?!抑)|低かっ|下が|下落|損な"
)
_LESS_JA = re.compile(r"低下|減少|減っ|減り|減る|減ら|減し|下が|下落|縮小|削減|低減|半減")
_MORE_JA = re.compile(r"増加|増え|増や|増し|増大|上が|上昇|拡大|伸び")
_DENIES_JA = re.compile(r"ない|なかっ|なく|ません|ず(?=[、。に]|$)")
_BETTER_LESS = re.compile(
    r"損失|誤|エラー|パープレキシティ|コスト|費用|遅延|レイテンシ|時間|メモリ|WER|CER|FID|RMSE|MAE|MSE|計算|リスク|バイアス|偏|消費|負荷|ノイズ"
    r"|雑音|トークン数|パラメータ数|サイズ|距離|分散|依存|過学習|手間|労力|必要|人手|幻覚|ハルシネーション|有害|毒性|攻撃|被害|負担|電力|エネルギー|差|ギャップ"
    r"|perplexity|loss|error|回数|数[がはを]|量[がはを]|閾値|しきい値|温度|次元|ランク|資源|抵抗|障壁|ほど"
)  # fmt: skip


def fallen(answer: str, quotes: Sequence[str]) -> str | None:
    """The Japanese words of decline over quotes that speak of gains alone, or the other way round."""
    text = " ".join(plain(quote).text for quote in quotes)
    said = plain(answer).text
    if not text or _DENIES_JA.search(_NO_DENIALS.sub("", said)):
        return None
    down, up = _DOWN_JA.search(said), _UP_JA.search(said)
    rises, falls = _UP.search(text), _DOWN.search(text)
    if (
        down
        and not up
        and rises
        and not falls
        and not _BETTER_LESS.search(said)
        and not _inverted(said, text)
    ):
        return down[0]
    if not _share_numbers(said, text):
        return None
    more, less = _MORE_JA.search(said), _LESS_JA.search(said)
    if more and not less and _LESS_EN.search(text) and not _MORE_EN.search(text) and not _UP.search(text):
        return more[0]
    if less and not more and _MORE_EN.search(text) and not _LESS_EN.search(text) and not falls:
        return less[0] if not _inverted(said, text) else None
    return None


def _share_numbers(said: str, text: str) -> bool:
    """Whether a number of the answer stands in the quotes, so that both speak of one measurement."""
    values = {
        one.value for number in quantities(text) for one in number.readings if number.kind is Kind.AMOUNT
    }
    return any(
        one.value in values
        for number in quantities(said)
        for one in number.readings
        if number.kind is Kind.AMOUNT
    )


# ---------------------------------------------------------------------------------- places

_THINGS = (
    (r"ベースライン", "baseline baselines"), (r"人間|人手|専門家|ヒト", "human humans people experts expert"),
    (r"従来|既存|先行|最先端", "previous prior existing sota state earlier conventional"),
    (r"提案|本手法|我々|本研究|本モデル|著者ら", "our we ours proposed"), (r"元の|オリジナル", "original"),
    (r"ランダム|無作為", "random"), (r"教師モデル", "teacher"), (r"生徒モデル", "student"),
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9.+_-]*[0-9A-Za-z]|[0-9]+(?:\.[0-9]+)?[BMK]\b")
_OBJECT = re.compile(
    r"(?P<object>[^、。はが]{1,30}?)(?:より(?!も?多くの)|と比べ|に比べ|と比較|に対し"
    r"|を(?=[^、。はが]{0,16}?(?:上回|下回|凌|超え|しの))|に(?=[^、。はが]{0,10}?(?:勝|劣|及ば|負け)))"
)
_SUBJECT = re.compile(r"(?P<subject>[^、。]{1,40}?)(?:は|の方が|のほうが|が)")
_BETTER_JA = re.compile(
    r"上回|優れ|勝[るりっ]|凌|高[いくか]|良[いくか]|大き|速[いくか]|多[いくか]|強[いくか]"
)
_WORSE_JA = re.compile(r"下回|劣|低[いくか]|悪[いくか]|小さ|遅[いくか]|少な|弱[いくか]|負け|及ば")
_LESSER = words_of(
    "worse lower smaller less fewer weaker slower shorter underperform underperforms trails trail inferior"
)


def places_changed(answer: str, quotes: Sequence[str]) -> str | None:
    """The Japanese comparison whose two sides have changed places against the quote's; or None."""
    text = " ".join(plain(quote).text for quote in quotes)
    for piece in _SENTENCE.split(plain(answer).text):
        sides = _sides_ja(piece)
        if sides is None or _DENIES_JA.search(_NO_DENIALS.sub("", piece)):
            continue
        subject, other = sides
        upward = bool(_BETTER_JA.search(piece))
        if upward == bool(_WORSE_JA.search(piece)):
            continue
        for quoted in sentences(text):
            found = _places(subject, other, quoted)
            if found is not None and (found == "straight") != (upward == _rises(quoted)):
                return piece.strip()
    return None


def _inverted(said: str, text: str) -> bool:
    """Whether the answer says the same from the other side, or may do so."""
    for piece in _SENTENCE.split(said):
        object_ = _OBJECT.search(piece)
        if object_ is None:
            continue
        sides = _sides_ja(piece)
        places = [_places(sides[0], sides[1], quoted) for quoted in sentences(text)] if sides else []
        if "straight" in places:
            return False
        others = _things(object_["object"])
        return not any(_stands(others, parted(quoted)) for quoted in sentences(text))
    return False


def _stands(things: frozenset[str], parts: Parts | None) -> bool:
    """Whether things stand on the far side of an English comparison, and not on the near one."""
    return parts is not None and bool(things & set(parts[2])) and not things & set(parts[0])


def _sides_ja(piece: str) -> tuple[frozenset[str], frozenset[str]] | None:
    """The things compared in a Japanese sentence: what it speaks of, and what that is set against."""
    object_ = _OBJECT.search(piece)
    if object_ is None:
        return None
    rest = piece[: object_.start()] + "、" + piece[object_.end() :]
    subject = next((match for match in _SUBJECT.finditer(rest) if _things(match["subject"])), None)
    other = _things(object_["object"])
    if subject is None or not other or _things(subject["subject"]) & other:
        return None
    return _things(subject["subject"]), other


@lru_cache(maxsize=256)
def _things(text: str) -> frozenset[str]:
    """The words an English sentence would have for the names and things in a Japanese phrase."""
    found = {word for name in _NAME.findall(text) for word in words(name)}
    for japanese, english in _THINGS:
        if re.search(japanese, text):
            found.update(english.split())
    return frozenset(found)


def _places(subject: frozenset[str], other: frozenset[str], quoted: Sequence[str]) -> str | None:
    """Whether two things stand in an English comparison as they do in the answer: straight or crossed."""
    parts = parted(quoted)
    if parts is None:
        return None
    left, right = set(parts[0]), set(parts[2])
    if subject & left and other & right and not (subject & right or other & left):
        return "straight"
    if subject & right and other & left and not (subject & left or other & right):
        return "crossed"
    return None


def _rises(quoted: Sequence[str]) -> bool:
    parts = parted(quoted)
    return parts is not None and parts[1] not in _LESSER
