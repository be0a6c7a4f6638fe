"""How text becomes search terms, and what is shown around a match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.searchtext import fold, index_terms, query_phrases, snippet


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("深層学習", "深層 層学 学習 習"),
        ("灯", "灯"),
        ("LLMの評価", "llm の評 評価 価"),
        ("ＧＰＴ－４ is GPT-4", "gpt 4 is gpt 4"),
        ("ｶﾞｲﾄﾞ", "ガイ イド ド"),
        ("か\u3099", "が"),
        ("Straße ΣΊΣΥΦΟΣ", "strasse σίσυφοσ"),
        ("2402.17764", "2402 17764"),
        ("100% 🙂 _x_", "100 x"),
        ("人々とデータ", "人々 々と とデ デー ータ タ"),
        ("", ""),
    ],
)
def test_words_and_pairs_of_characters_in_one_spelling(text: str, terms: str) -> None:
    assert index_terms(text) == terms


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ("学習", ((("学習",), False),)),
        ("深層学習", ((("深層", "層学", "学習"), False),)),
        ("灯", ((("灯",), True),)),
        ("lamp", ((("lamp",), True),)),
        ("gpt-4", ((("gpt", "4"), False),)),
        ("LLMの評価", ((("llm",), True), (("の評", "評価"), False))),
        ("a b", ((("a",), False), (("b",), False))),
        ('"*()', ()),
    ],
)
def test_a_query_is_phrases_that_must_all_be_found(query: str, phrases: object) -> None:
    assert query_phrases(query) == phrases


@given(st.text(max_size=80))
def test_every_piece_of_a_text_finds_the_text(text: str) -> None:
    """The rows of terms of a query stand in the index of the text it is taken from."""
    index = f" {index_terms(text)} "
    for chunk in fold(text).split():
        for terms, beginning in query_phrases(chunk):
            row = " ".join(terms)
            assert f" {row}" in index if beginning else f" {row} " in index


@given(st.text(max_size=400), st.text(max_size=20), st.integers(10, 200))
def test_a_snippet_is_a_piece_of_the_text_of_about_the_width(text: str, query: str, width: int) -> None:
    found = snippet(text, query, width)
    assert len(found) <= width + 2
    assert found.removeprefix("…").removesuffix("…") in text


def test_a_snippet_shows_the_match_and_begins_with_a_word() -> None:
    text = "filler words " * 40 + "the lamp that learns " + "more words " * 40
    found = snippet(text, "LAMP")
    assert "the lamp that learns" in found
    assert found.startswith("…")
    assert found.endswith("…")
    assert found[1:].split()[0] in {"filler", "words", "the"}


def test_what_no_database_can_hold_is_left_out() -> None:
    assert fold("a\x00b\ud800c") == "abc"
