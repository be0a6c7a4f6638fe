"""Pure: a text made plain for reading numbers, each character knowing where it came from.

Full-width forms, superscripts, vulgar fractions, the digits of other scripts, the many dashes and
what TeX writes around figures are all brought to one spelling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

_SUPER = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
_PLAIN = {
    "−": "-", "‐": "-", "‑": "-", "\u00ad": "", "\u200b": "", "\u200c": "", "\u200d": "", "\u2060": "",
    "\ufeff": "", "\ufffe": "", "—": "–", "―": "–", "‒": "–", "〜": "~", "～": "~", "∼": "~", "≃": "≈",
    "≅": "≈", "✕": "×", "⨯": "×", "∗": "×", "·": "×", "⋅": "×", "⁄": "/", "∕": "/", "’": "'", "‘": "'",
    "≧": "≥", "≦": "≤", "⩾": "≥", "⩽": "≤", "µ": "μ", "\n": " ", "\t": " ", "\r": " ",
}  # fmt: skip
_TEX = re.compile(
    r"""\\(?P<name>times|cdot|pm|sim|approx|geq?|leq?|percent|ldots|dots|log|ln)(?![a-zA-Z])\s?
      | \\(?P<mark>[%$\#&,;:!\ ])
      | \{(?P<comma>,)\}
      | \^\s?\{\s?\\?(?P<power>[-+]?\s?[0-9]{1,6})\s?\}
      | \\(?:text|textrm|textbf|textit|mathrm|mathbf|mathit|emph|bf|it|rm)\b\s?(?=\{)
      | (?P<group>[{}])
    """,
    re.VERBOSE,
)
_NAMED = {"times": "×", "cdot": "×", "pm": "±", "sim": "~", "approx": "≈", "ge": "≥", "geq": "≥", "le": "≤",
          "leq": "≤", "percent": "%", "ldots": "…", "dots": "…", "log": "log ", "ln": "ln "}  # fmt: skip
_DOLLARS = re.compile(r"(?<![\\$])(\$\$?)(?![\s$])(?:\\.|[^$\\]){1,400}?(?<!\s)(\$\$?)(?![0-9$])")


@dataclass(frozen=True)
class Plain:
    """A plain text, and for each of its characters the place in the text it was made from."""

    text: str
    source: str
    origins: tuple[int, ...]

    def written(self, start: int, end: int) -> str:
        """The stretch of the source that a stretch of the plain text was made from."""
        if start >= end:
            return ""
        return self.source[self.origins[start] : self.origins[end - 1] + 1]


@lru_cache(maxsize=1024)
def plain(text: str) -> Plain:
    """The text made plain."""
    characters: list[str] = []
    origins: list[int] = []
    raised = False
    for place, character in enumerate(text):
        for new in _spelt(character, raised):
            characters.append(new)
            origins.append(place)
        raised = character in _SUPER
    flat = "".join(characters)
    if "$" in flat:
        flat, origins = _without(flat, origins, _DOLLARS)
    if "\\" in flat or "{" in flat:
        flat, origins = _plain_tex(flat, origins)
    return Plain(flat, text, tuple(origins))


def _spelt(character: str, raised: bool) -> str:
    if character.isascii():
        return _PLAIN.get(character, character)
    if character in _SUPER:
        return _SUPER[character] if raised else f"^{_SUPER[character]}"
    if character in _PLAIN:
        return _PLAIN[character]
    if "①" <= character <= "⑳":
        return f"({ord(character) - ord('①') + 1})"
    folded = unicodedata.normalize("NFKC", character)
    if unicodedata.category(character) == "No" and "⁄" in folded:  # ½ after a figure: 1½
        return " " + folded.replace("⁄", "/")
    return "".join(_PLAIN.get(one) or _digit(one) for one in folded)


def _digit(character: str) -> str:
    """The ASCII form of a digit of any script; other characters as they are."""
    if character.isascii() or unicodedata.category(character) != "Nd":
        return character
    return str(unicodedata.digit(character))


def _without(text: str, origins: list[int], pattern: re.Pattern[str]) -> tuple[str, list[int]]:
    """The text without what the groups of a pattern match."""
    gone = {
        place for match in pattern.finditer(text) for group in (1, 2) for place in range(*match.span(group))
    }
    kept = [place for place in range(len(text)) if place not in gone]
    return "".join(text[place] for place in kept), [origins[place] for place in kept]


def _plain_tex(text: str, origins: list[int]) -> tuple[str, list[int]]:
    pieces: list[str] = []
    kept: list[int] = []
    at = 0
    for match in _TEX.finditer(text):
        pieces.append(text[at : match.start()])
        kept.extend(origins[at : match.start()])
        if name := match["name"]:
            new = _NAMED[name]
        elif match["power"]:
            new = "^" + match["power"].replace(" ", "")
        else:
            new = {"%": "%", "$": "$", "#": "#", "&": "&"}.get(match["mark"] or "", match["comma"] or "")
        pieces.append(new)
        kept.extend([origins[match.start()]] * len(new))
        at = match.end()
    pieces.append(text[at:])
    kept.extend(origins[at:])
    return "".join(pieces), kept
