"""The locales: whole in every language, each phrase formats, each is used, each error has one."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from digest import errors
from digest.errors import RinkoError
from digest.phrases import Phrases

REPO = Path(__file__).parents[2]
DYNAMIC = (
    "errors.",
    "reasons.",
    "links.",
    "languages.",
    "writers.",
    "questions.",
    "overview.",
    "post.step_",
    "coverage.",
    "checks.",
    "status.cost_day",
    "status.cost_week",
    "ceilings.",
    "choice.",
    "choices.",
    "acts.",
    "post_days.",
    "buttons.",
    "edit.",
    "todo.",
    "status.approval_",
    "local.author_",
    "options.",
    "qa.follow_up_",
    "rights.",
    "date.days",
)
"""Families whose names are made from what they speak of."""
ALIKE = {"overview.papers_one", "overview.code_one", "overview.questions_one"}
"""Forms that only some languages have."""


def all_errors(kind: type[RinkoError] = RinkoError) -> Iterator[type[RinkoError]]:
    yield kind
    for inner in kind.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield from all_errors(inner)


def placeholders(phrase: str) -> set[str]:
    return {name.partition(".")[0] for _, name, _, _ in string.Formatter().parse(phrase) if name is not None}


def code() -> str:
    """All of Rinko's own code and templates as one text."""
    files = [
        *REPO.glob("bot/**/*.py"),
        *REPO.glob("digest/**/*.py"),
        *REPO.glob("bot/**/*.html"),
        *REPO.glob("bot/**/*.js"),
    ]
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


def test_every_language_has_the_same_phrases(phrases: Mapping[str, Phrases]) -> None:
    english = phrases["en"]
    for language, own in phrases.items():
        assert set(own.words) - ALIKE == set(english.words) - ALIKE, language
        assert {name: len(words) for name, words in own.lists.items()} == {
            name: len(words) for name, words in english.lists.items()
        }


def test_every_phrase_takes_what_its_english_takes_and_formats(phrases: Mapping[str, Phrases]) -> None:
    for own in phrases.values():
        for name, words in own.words.items():
            known = placeholders(phrases["en"].words.get(name, words))
            assert placeholders(words) <= known or name.startswith("date."), name
            assert bool(own(name, **dict.fromkeys(placeholders(words), 7))) == bool(words)


@pytest.mark.parametrize("kind", list(all_errors()), ids=lambda kind: kind.__name__)
def test_every_error_is_said_in_every_language(
    kind: type[RinkoError], phrases: Mapping[str, Phrases]
) -> None:
    families = [family.__name__ for family in kind.__mro__]
    for say in phrases.values():
        name = next(f"errors.{family}" for family in families if say.has(f"errors.{family}"))
        assert say.words[name].strip(), name
        if issubclass(kind, (errors.FetchError, errors.ReadingError)):
            assert say.has(f"reasons.{kind.__name__}"), kind


def test_every_named_error_exists(phrases: Mapping[str, Phrases]) -> None:
    known = {kind.__name__ for kind in all_errors()}
    for say in phrases.values():
        for name in say.words:
            family, _, kind = name.partition(".")
            if family == "errors" or (family == "reasons" and kind[0].isupper()):
                assert kind in known, name


def test_every_phrase_is_used(phrases: Mapping[str, Phrases]) -> None:
    text = code()
    for name in phrases["en"].words:
        section, _, rest = name.partition(".")
        if name == "name" or name.startswith(DYNAMIC):
            continue
        whole = f'"{name}"' in text
        short = section in {"local", "commands"} and re.search(
            rf"[\"']{rest.removesuffix('_usage')}[\"']", text
        )
        assert whole or short, name
