"""The words, names and terms that `config/` loads and the spine passes on, as values."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Phrases:
    """Everything the bot itself says in one language; a phrase is named `section.name`."""

    language: str
    words: Mapping[str, str]
    lists: Mapping[str, tuple[str, ...]]

    def __call__(self, name: str, /, **values: object) -> str:
        """The phrase of this name, filled in. An unknown name is a fault and raises KeyError."""
        return self.words[name].format(**values)

    def has(self, name: str) -> bool:
        """Whether there is a phrase of this name."""
        return name in self.words

    def list(self, name: str) -> tuple[str, ...]:
        """The list of phrases of this name, as the weekdays."""
        return self.lists[name]

    def date(self, day: datetime.date | None) -> str:
        """A date as the language writes it, with its weekday; None is said to be unknown."""
        if day is None:
            return self("facts.unknown")
        return self(
            "date.day",
            year=day.year,
            month=day.month,
            day=day.day,
            month_name=self.list("date.months")[day.month - 1],
            weekday=self.list("date.weekdays")[day.weekday()],
        )

    def days(self, start: datetime.date, end: datetime.date) -> str:
        """A stretch of days as the language writes it, saying month and year only once."""
        name = "date.days"
        if start.year != end.year:
            name = "date.days_over_years"
        elif start.month != end.month:
            name = "date.days_over_months"
        months = self.list("date.months")
        return self(
            name,
            year=start.year,
            month=start.month,
            day=start.day,
            month_name=months[start.month - 1],
            end_year=end.year,
            end_month=end.month,
            end_day=end.day,
            end_month_name=months[end.month - 1],
        )

    def names(self, people: Sequence[str] | None, most: int = 10) -> str:
        """A list of people as printed, the tail counted where there are more than `most`."""
        if not people:
            return self("facts.unknown")
        joined = self("list.separator").join(people[:most])
        rest = len(people) - most
        if rest <= 0:
            return joined
        return self("list.and_others", names=joined, count=rest)


@dataclass(frozen=True)
class Prompts:
    """What a model is told, in one language; `{name}` in a text is filled in."""

    language: str
    texts: Mapping[str, str]
    version: str
    """The versions of all texts in the order of their names, as `1.1.2`."""

    def __call__(self, name: str, /, **values: object) -> str:
        """The prompt of this name, filled in. An unknown name is a fault and raises KeyError."""
        return self.texts[name].format(**values)


@dataclass(frozen=True)
class Taxonomy:
    """arXiv's category codes with their names by language, and old codes' present ones."""

    names: Mapping[str, Mapping[str, str]]
    aliases: Mapping[str, str]

    def code(self, code: str) -> str:
        """The present code for a code that may be an old one."""
        return self.aliases.get(code, code)

    def name(self, code: str, language: str) -> str:
        """The category's name, in English where the language has none, else the code itself."""
        names = self.names.get(self.code(code), {})
        return names.get(language) or names.get("en") or code


@dataclass(frozen=True)
class Glossed:
    """The terms found in a text: for each its forms in the other language, and what was left."""

    terms: tuple[tuple[str, ...], ...]
    rest: str
    """The text with a space in place of each term that was found."""


@dataclass(frozen=True)
class Glossary:
    """Terms across languages: each row holds one term's forms by language."""

    rows: tuple[Mapping[str, tuple[str, ...]], ...]

    def gloss(self, text: str, source: str, target: str) -> Glossed:
        """The terms of `source` found in `text`, longest matches first, each as `target` says it.

        A stretch of text is matched once: 強化学習 does not also give "learning". Terms of Latin
        letters are found as whole words, also in the plural.
        """
        rest = unicodedata.normalize("NFKC", text).casefold()
        pairs = sorted(
            ((form.casefold(), row) for row in self.rows for form in row.get(source, ())),
            key=lambda pair: -len(pair[0]),
        )
        found: list[tuple[str, ...]] = []
        for form, row in pairs:
            if form not in rest:
                continue
            pattern = re.escape(form)
            if form.isascii():
                pattern = rf"(?<![a-z0-9]){pattern}(?:e?s)?(?![a-z0-9])"
            rest, times = re.subn(pattern, " ", rest)
            if times and row.get(target) and row[target] not in found:
                found.append(row[target])
        return Glossed(tuple(found), rest)

    def translate(self, text: str, source: str, target: str) -> tuple[str, ...]:
        """All forms in `target` of the terms of `source` found in `text`."""
        found = self.gloss(text, source, target).terms
        return tuple(dict.fromkeys(form for forms in found for form in forms))
