"""Pure: finds what is wrong with the words of a text, whatever it rests on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from digest.broken_words import broken_word
from digest.findings import Check, Finding
from digest.language import foreign
from digest.leaks import link, mention, prompt
from digest.markup import markup

_EXCERPT = 40
_NOTHING = re.compile(
    r"(?:na|none|null|nil|nan|undefined|unknown|tbd|todo|noanswer|notapplicable|notavailable|empty|string|text"
    r"|a|q|answer|なし|無し|無|該当(?:なし|無し|せず)|特に(?:なし|無し|ありません)|不明|未定|未記載"
    r"|回答(?:なし|無し|不能)|空|答え|回答)?",
    re.IGNORECASE,
)
_ENDS = "。．.!！?？؟।։።"
_CLOSERS = "」』）)］]】〉》”\"’'»｣"
_PAIRS = (
    ("([（［｛{", ")]）］｝}"),
    ("「｢", "」｣"),
    ("『", "』"),
    ("“", "”"),
    ("《〈", "》〉"),
    ("【", "】"),
    ("«", "»"),
)
_TRAILS = re.compile(r"(?:…|\.{2,}|・{2,}|[、,，:：;；・\-–—~〜=＝+/(（「『\[“《〈【])$")
_POLITE = re.compile(r"(?:です|ます|でした|ました|ません|ませんでした|でしょう|である|ください)$")
_HANGS = re.compile(
    r"(?:[はがを]|(?<!よう)(?<!とも)に|(?<![こもひあとっ])と|(?<!ま)で|(?<!も)の|や|へ|および|ならびに|または|あるいは"
    r"|かつ|しかし|そして|さらに|つまり|なぜなら|たとえば|例えば|ただし|一方|また|について|として|による|により|によって"
    r"|における|という)$"
)
_HANGS_IN_TITLE = re.compile(r"(?:を|および|ならびに|または|あるいは|かつ)$")
_HANGS_ENGLISH = re.compile(
    r"\b(?:and|or|but|the|an|because|whereas|although|while|such as|than|their|its|our|is|are|was|were"
    r"|be)$"
)
_HANGS_ENGLISH_TITLE = re.compile(r"\b(?:and|or|the|an|of|with|for|to|their|its)$", re.IGNORECASE)
_WITHOUT_FULL_STOP = frozenset({"th", "lo", "km", "my"})
"""Languages that end a sentence with nothing."""


def faults(
    text: str,
    language: str,
    *,
    marks: Sequence[str] = (),
    may_hold: Sequence[str] = (),
    most: int | None = None,
    sentence: bool = True,
) -> tuple[Finding, ...]:
    """What is wrong with the words of a text; one finding a kind.

    `marks` are those of the prompt. `may_hold` are the sources: a dotted name such as `fast.ai`,
    or a mark such as `<pause>`, that stands in them is no link and no markup. `most` is the most
    characters. `sentence` is false for titles, questions and tags, which need no full stop.
    """
    said = text.strip()
    if _is_nothing(said):
        return (Finding(Check.EMPTY, said[:_EXCERPT]),)
    found = (
        (Check.LINK, link(said, may_hold)),
        (Check.MENTION, mention(said)),
        (Check.PROMPT, prompt(said, marks, may_hold)),
        (Check.MARKUP, markup(said, may_hold)),
        (Check.BROKEN_WORD, broken_word(said, language)),
        (Check.LANGUAGE, foreign(said, language, may_hold=may_hold, sentence=sentence)),
        (Check.CUT_OFF, _cut_off(said, language, sentence=sentence)),
        (Check.TOO_LONG, str(len(said)) if most is not None and len(said) > most else ""),
    )
    return tuple(Finding(check, detail[:_EXCERPT]) for check, detail in found if detail)


def _is_nothing(said: str) -> bool:
    """Whether a text is blank, only punctuation, or a word that stands for nothing."""
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", said))
    return _NOTHING.fullmatch(plain) is not None and not re.search(r"\d|[A-Za-z][+#]", said)


def _cut_off(said: str, language: str, *, sentence: bool) -> str:
    """The end of a text that stops in the middle; empty where it does not."""
    tail = said[-_EXCERPT // 2 :]
    if (place := _unclosed(said)) >= 0:
        return said[place:]
    if said.count('"') % 2 and not re.search(r'\d"', said):
        return tail
    bare = said.rstrip(_CLOSERS).rstrip()
    if _TRAILS.search(bare) or _TRAILS.search(said):
        return tail
    words = bare.rstrip(_ENDS).rstrip(_CLOSERS).rstrip()
    if not sentence:
        hangs = _HANGS_IN_TITLE if language == "ja" else _HANGS_ENGLISH_TITLE
        return tail if not bare.endswith(tuple(_ENDS)) and hangs.search(words) else ""
    hangs = _HANGS if language == "ja" else _HANGS_ENGLISH
    if language in {"ja", "en"} and hangs.search(words):
        return tail
    ended = bare.endswith(tuple(_ENDS)) or language in _WITHOUT_FULL_STOP
    return "" if ended or (language == "ja" and _POLITE.search(bare)) else tail


def _unclosed(said: str) -> int:
    """Where a bracket or quotation mark opens that is never closed, -1 where all are."""
    for opening, closing in _PAIRS:
        open_at: list[int] = []
        for place, character in enumerate(said):
            if character in opening:
                open_at.append(place)
            elif character in closing and open_at:
                open_at.pop()
        if open_at:
            return open_at[-1]
    return -1
