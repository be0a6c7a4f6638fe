"""Loads the locales, prompts, taxonomy and glossary as the values the spine works with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from digest.errors import SettingsError
from digest.phrases import Glossary, Phrases, Prompts, Taxonomy

_HERE = Path(__file__).parent
_PROMPT = re.compile(r"---\nversion: (?P<version>\d+)\n---\n(?P<text>.+)", re.DOTALL)


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


def load_prompts() -> Mapping[str, Prompts]:
    """What a model is told, by language; a language is one folder in `prompts/`, a prompt one file."""
    folders = sorted(folder for folder in (_HERE / "prompts").iterdir() if folder.is_dir())
    return MappingProxyType({folder.name: _prompts(folder) for folder in folders})


@cache
def _prompts(folder: Path) -> Prompts:
    texts: dict[str, str] = {}
    versions: list[str] = []
    for file in sorted(folder.glob("*.md")):
        match = _PROMPT.fullmatch(_text(file))
        if match is None:
            raise SettingsError(
                f"{folder.name}/{file.name} of this installation does not open with a version."
            )
        texts[file.stem] = match["text"].strip()
        versions.append(match["version"])
    return Prompts(folder.name, MappingProxyType(texts), ".".join(versions))


@cache
def load_taxonomy() -> Taxonomy:
    """The categories of arXiv: <https://arxiv.org/category_taxonomy>."""
    table = _toml(_HERE / "taxonomy.toml")
    return Taxonomy(MappingProxyType(table["categories"]), MappingProxyType(table["aliases"]))


@cache
def load_glossary() -> Glossary:
    """Terms across languages."""
    rows = _toml(_HERE / "glossary.toml")["term"]
    return Glossary(tuple({language: tuple(forms) for language, forms in row.items()} for row in rows))


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_text(file))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file.name} of this installation cannot be read: {error}.") from None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file.name} of this installation cannot be read: {error}.") from None
