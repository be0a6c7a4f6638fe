"""Loads the locales, the taxonomy and the glossary as the values the spine works with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from digest.errors import SettingsError
from digest.phrases import Glossary, Phrases, Taxonomy

_HERE = Path(__file__).parent


def load_phrases() -> Mapping[str, Phrases]:
    """All locales by language; a language is one file in `locales/`."""
    return MappingProxyType(
        {file.stem: _phrases(file) for file in sorted((_HERE / "locales").glob("*.toml"))}
    )


@cache
def _phrases(file: Path) -> Phrases:
    words: dict[str, str] = {}
    lists: dict[str, tuple[str, ...]] = {}
    _flatten(_toml(file), "", words, lists)
    return Phrases(file.stem, MappingProxyType(words), MappingProxyType(lists))


def _flatten(
    table: Mapping[str, Any], prefix: str, words: dict[str, str], lists: dict[str, tuple[str, ...]]
) -> None:
    for key, value in table.items():
        if isinstance(value, dict):
            _flatten(value, f"{prefix}{key}.", words, lists)
        elif isinstance(value, list):
            lists[prefix + key] = tuple(value)
        else:
            words[prefix + key] = value


def load_taxonomy() -> Taxonomy:
    """The categories of arXiv: <https://arxiv.org/category_taxonomy>."""
    table = _toml(_HERE / "taxonomy.toml")
    return Taxonomy(MappingProxyType(table["categories"]), MappingProxyType(table["aliases"]))


def load_glossary() -> Glossary:
    """Terms across languages."""
    rows = _toml(_HERE / "glossary.toml")["term"]
    return Glossary(tuple({language: tuple(forms) for language, forms in row.items()} for row in rows))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{file.name} of this installation cannot be read: {error}.") from None
