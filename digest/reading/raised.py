"""Pure: small raised characters are an exponent, which stays, or point to a note, and go."""

from __future__ import annotations

import re

_MARKS = r"[\d*†‡§¶∗]"
CANDIDATE = re.compile(
    rf"(?:(?P<before>\r?\n)|(?<![\d.,])10|(?<=[^\s\d\0])(?<!\d[.,]))"
    rf"(?P<mark>(?:[−–-](?=\d))?{_MARKS}{{1,3}}(?:[,，–-]{_MARKS}{{1,3}}){{0,8}}[)）]?)(?![\d%.])(?P<after>\r?\n)?"
)
"""Characters that may be raised: behind a word, behind a ten, or at the beginning of a line."""

_DIGITS = "0123456789"
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_RAISE = str.maketrans(_DIGITS + "−–-", _SUPERSCRIPTS + "⁻⁻⁻")
_LOWER = str.maketrans(_SUPERSCRIPTS + "⁻⁺", _DIGITS + "-+")
_RUN = re.compile(rf"[⁻⁺]?[{_SUPERSCRIPTS}]+(?:[,，⁻*†‡§¶∗]*[{_SUPERSCRIPTS}*†‡§¶∗]+)*[)）]?")
_POWER = re.compile(r"(?<![\d.,])\d{1,3}$")
_UNIT = re.compile(r"(?<![^\W\d_])(?:[kcmdµμ]?m|[kmµμ]?[gs]|[a-zα-ωΑ-Ω]|[A-Z][a-z]?)$|\([^()\s]{1,6}\)$|\|$")
_LEADING = re.compile(
    rf"^(?:[{_SUPERSCRIPTS}]+|[*†‡§¶∗]+)[)）]?\s*|^\d{{1,2}}[)）]?\s+(?=[A-Z\"“(])|^\d{{1,2}}[)）]\s*"
)


def is_raised(size: float, base: float, beside_size: float, beside_base: float) -> bool:
    """Whether characters are smaller than those beside them and stand above their line; points."""
    return size <= 0.85 * beside_size and 0.12 * beside_size <= base - beside_base <= 0.8 * beside_size


def as_superscript(mark: str) -> str:
    """Raised characters as Unicode writes them, each one for one."""
    return mark.translate(_RAISE)


def settled(text: str) -> str:
    """A line in which exponents can be read (`10^6`, `m²`) and marks that point to notes are gone.

    A mark that opens a line stays: it opens a note, or an affiliation.
    """
    if not any(character in text for character in _SUPERSCRIPTS):
        return text
    written = ""
    end = 0
    for match in _RUN.finditer(text):
        written += text[end : match.start()]
        run = match[0].rstrip(")）")
        kept = _exponent(run, written)
        closes = kept or written.count("(") + written.count("（") > written.count(")") + written.count("）")
        written += kept + (match[0][len(run) :] if closes else "")
        end = match.end()
    return written + text[end:]


def _exponent(run: str, before: str) -> str:
    """What a run of superscripts is written as behind some text."""
    if not before.strip():
        return run
    plain = run.strip(_SUPERSCRIPTS + "⁻⁺") == ""
    if plain and _POWER.search(before):
        return f"^{run.translate(_LOWER)}"
    return run if plain and len(run) <= 3 and _UNIT.search(before) else ""


def without_mark(text: str) -> str:
    """A note without the mark it opens with."""
    return _LEADING.sub("", text, count=1)
