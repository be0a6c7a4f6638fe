"""The prompts: versioned, whole in every language, small, and each formats."""

from __future__ import annotations

import hashlib
import re
import string
from pathlib import Path

import pytest

from config.words import load_prompts
from digest.findings import Check
from digest.tokens import estimate

FOLDER = Path(__file__).parents[2] / "config" / "prompts"
TASKS = {"summary", "questions", "repair", "again", "overview", "answer", "answer_repair"}
KEYED = {"notes", "findings", "languages"}
VALUES = {
    "again": {"what"},
    "answer": {"language", "earlier", "question"},
    "answer_repair": {"drafts", "kept"},
    "repair": {"drafts", "kept"},
    "system": {"mark", "language"},
}
"""What is filled in, apart from the language, which any prompt may name."""
FIXED: dict[str, tuple[int, str]] = {
    "en/again": (1, "c0af6b48b868ec7b"),
    "en/answer": (1, "15a1ee49e33823b1"),
    "en/answer_repair": (1, "56c42dbb420db8bb"),
    "en/findings": (1, "a6d823890b182559"),
    "en/languages": (1, "285db2a0fd08dd3f"),
    "en/notes": (1, "3ecda40a7e2b74e2"),
    "en/overview": (1, "02cc03eb93e0b01d"),
    "en/questions": (1, "16b1adbeb38c3dbe"),
    "en/repair": (1, "3c42eca3d25da5b6"),
    "en/summary": (1, "bde4c603beebc023"),
    "en/system": (1, "8772184604ff0aed"),
    "ja/again": (1, "b8a15c058931805c"),
    "ja/answer": (1, "680563dc9e946f16"),
    "ja/answer_repair": (1, "7572ff4a05ffe0bc"),
    "ja/findings": (1, "272bfc68348008df"),
    "ja/languages": (1, "6316d68e7f8beffc"),
    "ja/notes": (1, "66ad101514b462ed"),
    "ja/overview": (1, "68a4e9713e680ea6"),
    "ja/questions": (1, "4c718b4578936e17"),
    "ja/repair": (1, "ce3191ce2a4a85f7"),
    "ja/summary": (1, "1a5aff6c9003e0ef"),
    "ja/system": (1, "6ced5e11e53e896a"),
}
"""Version and text of each file. Whoever changes a text raises its version, and both here."""


def keys(text: str) -> set[str]:
    return {line.partition(":")[0] for line in text.splitlines()}


def fixed(file: Path) -> tuple[int, str]:
    whole = file.read_text(encoding="utf-8")
    version = re.match(r"---\nversion: (\d+)\n---\n", whole)
    assert version, f"{file} does not open with its version"
    return int(version[1]), hashlib.sha256(whole[version.end() :].encode()).hexdigest()[:16]


def test_no_text_changes_without_its_version() -> None:
    found = {f"{file.parent.name}/{file.stem}": fixed(file) for file in sorted(FOLDER.glob("*/*.md"))}
    assert found == FIXED


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_language_has_all_prompts_and_one_version_for_them(language: str) -> None:
    prompts = load_prompts()[language]
    assert prompts.language == language
    assert set(prompts.texts) == TASKS | KEYED | {"system"}
    assert prompts.version.split(".") == [
        str(FIXED[f"{language}/{name}"][0]) for name in sorted(prompts.texts)
    ]


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("name", sorted(TASKS | {"system"}))
def test_each_prompt_formats_and_takes_what_it_is_given(language: str, name: str) -> None:
    prompts = load_prompts()[language]
    taken = {field for _, field, _, _ in string.Formatter().parse(prompts.texts[name]) if field is not None}
    assert VALUES.get(name, set()) - {"language"} <= taken <= VALUES.get(name, set()) | {"language"}
    filled = prompts(name, **dict.fromkeys(taken, "VALUE"))
    assert filled.count("VALUE") >= len(taken)
    assert "{{" not in filled


@pytest.mark.parametrize("language", ["en", "ja"])
def test_there_are_words_for_every_check_note_and_language(language: str) -> None:
    texts = load_prompts()[language].texts
    assert keys(texts["findings"]) == set(Check)
    assert keys(texts["notes"]) == {"received", "part", "pages", "abstract", "cut_off", "unreadable"}
    assert {language, "other"} <= keys(texts["languages"])


def test_tasks_name_the_fields_of_their_reply_in_every_language() -> None:
    for prompts in load_prompts().values():
        for name, fields in {
            "summary": "title_translated gist summary abstract_translated tags passage_ids",
            "questions": "questions question answer citations passage_id quote",
            "repair": "questions gist summary field reasons",
            "overview": "lines text paper_ids",
            "answer": "standing claims text citations passage_id quote",
        }.items():
            missing = {
                field
                for field in fields.split()
                if not re.search(rf"(?<!\w){field}(?!\w)", prompts.texts[name], re.A)
            }
            assert not missing, (prompts.language, name)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_what_is_sent_with_every_paper_is_small(language: str) -> None:
    texts = load_prompts()[language].texts
    system, summary, questions = (estimate(texts[name]) for name in ("system", "summary", "questions"))
    assert 2 * system + summary + questions <= 1_100
