"""Pure: a text as its names are looked for: its Latin words, written apart and together."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from digest.mathtext import readable
from digest.terms import STOP

_PART = re.compile(r"(?:[A-Za-z0-9]|(?<=\d)\.(?=\d))++(?:\+\+|#)?")
_TIGHT = frozenset("-_/.'&+@^:*·")
_JOINS = re.compile(r"[ \n]?[-_/'&+^(·]?[ \n]?|[.:*]")
_LISTS = re.compile(r"\s?(?:[/,、&]| and | or )\s?")
_NUMBERED = re.compile(r"([a-z]+)\d[\d.]*")
SENTENCE_START = re.compile(r"(?:^|[.!?:;。！？]\s|\n|[-•*]\s)[\s\"'“‘(\[「『]*$")
_SPECIAL = str.maketrans({"ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ß": "ss", "æ": "ae", "Æ": "AE", "đ": "d",
                          "ı": "i", "œ": "oe", "’": "'", "‘": "'", "`": "'", "´": "'", "\u00ad": "",
                          "\ufffe": "", "\u30fb": "-"} | dict.fromkeys("‐‑‒–—−", "-"))  # fmt: skip
_LONG = 6
_ENDING_WORDS = """
s es ed d e ing er ers or ors ion ions ation ations ization izations ize ized izing izer al ally ly ity
ness ment able ible ive y ies ied ic ical ance ence ant ent
"""
_ENDINGS = tuple(sorted(_ENDING_WORDS.split(), key=len, reverse=True))


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, up to the next hyphen or space."""

    text: str
    start: int
    end: int
    tight: bool
    """Whether it hangs together with the word before."""

    @property
    def folded(self) -> str:
        """The word in lower case."""
        return self.text.casefold()


@dataclass(frozen=True)
class Source:
    """What one source says, folded to be compared with."""

    words: frozenset[str]
    run: str
    """All words written together; a line break where no name goes on."""
    edges: frozenset[int]
    """Where in `run` words begin and end."""
    roots: frozenset[str]
    names: frozenset[str]
    """Words that look like names."""
    versioned: frozenset[str]
    """Words that a number hangs on."""
    compounds: frozenset[str]
    """Long words that are no names, and may hold a name's word: `mimetype`."""
    acronyms: frozenset[str]
    initials: str
    """The first letters of its words, in several ways of counting words."""
    capitals: str
    """The first letters of runs of capitalised words."""
    flat: str
    """Its words in lower case, a space between."""

    def holds_within(self, written: str) -> bool:
        """Whether a long word begins or ends with this one, as `mimetype` with MIME."""
        room = len(written) + 3
        long = (word for word in self.compounds if len(word) >= room)
        return any(word.startswith(written) or word.endswith(written) for word in long)

    def holds(self, written: str) -> bool:
        """Whether words that are written together as this, or in the plural, stand in it."""
        ways = [written, f"{written}s"]
        if len(written) > 2 and written.endswith("s"):
            ways.append(written[:-1])
        if len(written) > 4 and written.endswith("es"):
            ways.append(written[:-2])
        return any(way in self.words or (len(way) > 2 and self._stands(way)) for way in ways)

    def _stands(self, written: str) -> bool:
        start = self.run.find(written)
        while start >= 0:
            if start in self.edges and start + len(written) in self.edges:
                return True
            start = self.run.find(written, start + 1)
        return False


def plain_letters(text: str) -> str:
    """The text with formulas made readable, and without accents and full-width forms."""
    bare = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", readable(text)))
    return unicodedata.normalize("NFC", bare).translate(_SPECIAL)


def latin_words(plain: str) -> list[Word]:
    """The words of Latin letters and digits of a text from `plain_letters`."""
    words: list[Word] = []
    end = -1
    for match in _PART.finditer(plain):
        gap = plain[end : match.start()] if end >= 0 else " "
        tight = gap in _TIGHT or (gap == "(" and match[0][0].islower())
        words.append(Word(match[0], match.start(), match.end(), tight))
        end = match.end()
    return words


def groups(words: Sequence[Word]) -> Iterator[list[Word]]:
    """The words in groups that hang together, as `GPT-4`."""
    chunk: list[Word] = []
    for word in words:
        if chunk and not word.tight:
            yield chunk
            chunk = []
        chunk.append(word)
    if chunk:
        yield chunk


@lru_cache(maxsize=128)
def source_of(text: str) -> Source:
    """A source, folded; kept for the next answer that is held against it."""
    plain = plain_letters(text)
    words = latin_words(plain)
    gaps = ["\n", *(plain[one.end : other.start] for one, other in pairwise(words))]
    run, edges = _run(words, gaps)
    initials, capitals = _initials(words, gaps)
    held = {word.folded for word in words}
    heads = {match[1] for one in held if (match := _NUMBERED.fullmatch(one))}
    versioned = {
        one.folded
        for (one, other), gap in zip(pairwise(words), gaps[1:], strict=True)
        if other.text[0].isdigit()
        and (other.tight or (gap == " " and (one.text[0].isupper() or is_odd(one.text))))
    }
    return Source(
        words=frozenset(held | heads | _listed(words, gaps)),
        run=run,
        edges=edges,
        roots=frozenset(root(one) for one in held if one.isalpha()),
        names=frozenset(
            way
            for word in words
            if _is_name(word, plain)
            for way in (word.folded, word.folded.removesuffix("s"))
        ),
        versioned=frozenset(heads | versioned),
        compounds=frozenset(word.text for word in words if len(word.text) > _LONG and word.text.islower()),
        acronyms=frozenset(
            word.folded.removesuffix("s")
            for word in words
            if word.text.isalpha() and 1 < sum(map(str.isupper, word.text)) >= len(word.text) / 2
        ),
        initials=initials,
        capitals=capitals,
        flat=f" {' '.join(word.folded for word in words)} ",
    )


def _is_name(word: Word, plain: str) -> bool:
    if is_odd(word.text):
        return True
    capital = word.text[0].isupper() and len(word.text) > 2 and word.folded not in STOP
    return capital and not SENTENCE_START.search(plain[max(0, word.start - 8) : word.start])


def _run(words: Sequence[Word], gaps: Sequence[str]) -> tuple[str, frozenset[int]]:
    """All words written together, and where in that each begins and ends."""
    pieces: list[str] = []
    edges: set[int] = set()
    length = 0
    for word, gap in zip(words, gaps, strict=False):
        if not _JOINS.fullmatch(gap):
            pieces.append("\n")
            length += 1
        head = _NUMBERED.fullmatch(word.folded)
        edges |= {length, length + len(word.folded), *((length + len(head[1]),) if head else ())}
        pieces.append(word.folded)
        length += len(word.folded)
    return "".join(pieces), frozenset(edges)


def _listed(words: Sequence[Word], gaps: Sequence[str]) -> set[str]:
    """The names that a list shortens: `cifar100` for CIFAR-10/100."""
    found: set[str] = set()
    head = ""
    for place, word in enumerate(words):
        if not word.text[0].isdigit():
            match = _NUMBERED.fullmatch(word.folded)
            head = match[1] if match else word.folded
        elif head and (word.tight or _LISTS.fullmatch(gaps[place])):
            found.add(head + word.folded)
        else:
            head = ""
    return found


def _initials(words: Sequence[Word], gaps: Sequence[str]) -> tuple[str, str]:
    """First letters: of all words, of those that tell something, of compounds; of capitalised runs."""
    every: list[str] = []
    telling: list[str] = []
    compounds: list[str] = []
    capitals: list[str] = []
    for word, gap in zip(words, gaps, strict=False):
        if re.search(r"[.!?;,]\s|\n\n", gap):
            for letters in (every, telling, compounds, capitals):
                letters.append(" ")
        letter = word.folded[0]
        every.append(letter)
        if word.folded in STOP:
            continue
        telling.append(letter)
        if not word.tight:
            compounds.append(letter)
        capitals.append(letter if word.text[0].isupper() else " ")
    return " ".join("".join(letters) for letters in (every, telling, compounds)), "".join(capitals)


def is_odd(text: str) -> bool:
    """Whether a word has inner capitals or a digit among letters."""
    letters = [one for one in text if one.isalpha()]
    return len(text) > 1 and bool(letters) and (len(letters) < len(text) or any(map(str.isupper, text[1:])))


def root(folded: str) -> str:
    """A word without its ending, as `quantiz` for quantized and quantization."""
    for ending in _ENDINGS:
        if folded.endswith(ending) and len(folded) - len(ending) >= 3:
            return folded.removesuffix(ending)
    return folded
