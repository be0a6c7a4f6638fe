"""Pure: the printed line, which layout analysis works on, and the cleaning of its characters."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from digest.reading.raised import settled

JOIN = "\ufffe"
"""Stands where a hyphen ended a line; PDFium writes it in place of the hyphen."""

_UNSEEN = re.compile(
    "[\u200b-\u200f\u2028-\u202e\u2060-\u2069\u206a-\u206f\ufeff\u061c\u180e\U000e0000-\U000e007f]"
)
_NOISE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f\u00ad\ufe00-\ufe0f\ufff9-\ufffd\U000e0100-\U000e01ef\ue000-\uf8ff]"
)
# what a program writes for a hyphen at a line's end: the soft one, and the typographic one
_CUT = re.compile("(?<=[^\\W\\d_])[\u00ad\u2010][ \t\0]*$")
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u202f\u205f\r\n]+")
# Only what is written otherwise than it is meant: Latin ligatures, Kangxi radicals that fonts
# give for kanji, mathematical letters. 全角 and superscripts stay as printed.
_COMPATIBLE = re.compile("[\ufb00-\ufb06\u2e80-\u2eff\u2f00-\u2fd5\U0001d400-\U0001d7ff]")
_WIDE_GAP = re.compile(
    "(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]) (?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])"
)
_LETTERSPACED = re.compile(r"(?:[^\W\d_] ){3,}[^\W\d_]")
_WIDE_PAIR = re.compile("[\u3000-\u30ff\u3400-\u9fff](?=[\u3000-\u30ff\u3400-\u9fff])")
_ACCENT = {"´": "\u0301", "¨": "\u0308", "˜": "\u0303", "ˇ": "\u030c", "¸": "\u0327"}
_LOOSE_ACCENT = re.compile(r"(?<=[A-Za-z])(?: ([´¨˜ˇ¸]) ?|([´¨˜ˇ¸]) )([A-Za-zı])(?=[a-z])")
_STRAY_ACCENT = re.compile(r"(?:(?<=\s)|^)[´¨ˆ˜ˇ¸](?=\s|$)")


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line, or a piece of one that stands apart; PDF points, y upwards, page from 1."""

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    size: float = 10.0
    font: str = ""
    bold: bool = False
    turned: bool = False
    """Whether it is written upwards or downwards."""
    row: int = 0
    """Pieces of one printed row share it; unique within a page."""
    gaps: int = 0
    """Gaps too wide for a space that run through it, as between the cells of a table."""

    @property
    def width(self) -> float:
        """Points from its first to its last character."""
        return self.x1 - self.x0

    @property
    def middle(self) -> float:
        """The height of its middle above the foot of the page."""
        return (self.y0 + self.y1) / 2

    def cleaned(self) -> Line:
        """The line with its characters as they are meant."""
        text = _CUT.sub(JOIN, self.text)
        return replace(self, text=settled(clean(text)))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as it was extracted."""

    number: int
    width: float
    height: float
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outlined:
    """An entry of a PDF's own table of contents; page from 1, None where it names none."""

    title: str
    level: int
    page: int | None


@dataclass(frozen=True, slots=True)
class PdfText:
    """All that was taken from a PDF."""

    sheets: tuple[Sheet, ...]
    outline: tuple[Outlined, ...]
    metadata: dict[str, str]
    pages_total: int
    hidden_characters: int


def without_unseen(text: str) -> tuple[str, int]:
    """The text without zero-width, bidi and tag characters, and how many of them there were."""
    return _UNSEEN.subn("", text)


def clean(text: str) -> str:
    """The text with ligatures spelt out, loose accents put on their letters, one kind of space."""
    text = _COMPATIBLE.sub(lambda match: unicodedata.normalize("NFKC", match[0]), _NOISE.sub("", text))
    text = _SPACES.sub(" ", text)
    if any(accent in text for accent in _ACCENT):
        text = _LOOSE_ACCENT.sub(_accented, text)
        text = _STRAY_ACCENT.sub("", text)
    text = _SPACES.sub(" ", text).strip()
    if _LETTERSPACED.fullmatch(text):
        return text.replace(" ", "")  # a heading set with spaces: R E S U L T S
    gaps = _WIDE_GAP.findall(text)
    if len(gaps) > 2 and 2.5 * len(gaps) > len(_WIDE_PAIR.findall(text)) + len(gaps):
        text = _WIDE_GAP.sub("", text)  # set apart to fill the line: 抜 粋 プ ロ ン プ ト
    return text


def _accented(match: re.Match[str]) -> str:
    """A letter with the accent that the page prints beside it."""
    letter = "i" if match[3] == "ı" else match[3]
    return unicodedata.normalize("NFC", letter + _ACCENT[match[1] or match[2]])


def is_wide(character: str) -> bool:
    """Whether a character belongs to a script that puts no space between words (CJK)."""
    return (
        "\u3000" <= character <= "\u30ff"
        or "\u3400" <= character <= "\u9fff"
        or "\uff00" <= character <= "\uffef"
    )
