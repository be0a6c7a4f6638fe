"""Ranking passages for a question, and finding quotes in them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.evidence import Index, Weights, asked, rank
from digest.models import Passage
from digest.quotes import locate
from digest.terms import stem, terms
from tests.papers import ENGLISH, JAPANESE, document


def first(question: str, *texts: str | tuple[str, str], weights: Weights | None = None) -> str:
    passages = [
        Passage(str(number), text) if isinstance(text, str) else Passage(str(number), text[1], text[0])
        for number, text in enumerate(texts)
    ]
    return rank(question, passages, weights)[0].passage.text


def test_no_passages_give_no_ranking() -> None:
    assert rank("What is the idea?", []) == []


def test_equals_stay_in_reading_order() -> None:
    passages = [Passage(name, "Nothing of the kind is said.") for name in "abc"]
    assert [scored.passage.id for scored in rank("zebra crossing", passages)] == ["a", "b", "c"]
    assert {scored.score for scored in rank("zebra crossing", passages)} == {0.0}


@pytest.mark.parametrize(
    ("word", "same"),
    [("datasets", "dataset"), ("studies", "study"), ("evaluated", "evaluating"), ("planned", "planning"),
     ("uses", "use"), ("classes", "class")],
)  # fmt: skip
def test_endings_do_not_matter(word: str, same: str) -> None:
    assert stem(word) == stem(same)


@pytest.mark.parametrize("word", ["analysis", "corpus", "loss", "gpt-4", "bus"])
def test_what_only_looks_like_a_plural_stays(word: str) -> None:
    assert stem(word) == word


def test_japanese_comes_as_pairs_without_endings() -> None:
    assert terms("学習率を下げる") == ["学習", "習率", "率を", "を下", "下げ"]
    assert terms("１，２００件") == ["1200", "件"]


def test_a_synonym_counts() -> None:
    assert "corpus" in first("Which dataset is it?", "The lamp is green.", "The corpus is old.", "It rained.")


def test_the_title_of_the_section_counts() -> None:
    found = first(
        "What are the limitations?", ("Results", "It works at night."), ("Limitations", "It fails at dawn.")
    )
    assert found == "It fails at dawn."


@pytest.mark.parametrize("question", ["How many lamps were tested?", "テストしたのは何件ですか?"])
def test_a_number_is_looked_for_where_one_is_asked_for(question: str) -> None:
    found = first(question, "Many lamps were tested テスト.", "In all 240 lamps were tested テスト.")
    assert "240" in found


def test_a_feature_can_be_turned_off() -> None:
    texts = ("Lamps and lamps were tested, all lamps.", "We tested 240 lamps at night in two towns.")
    assert first("How many lamps?", *texts, weights=Weights(cue=0.0)) == texts[0]
    assert first("How many lamps?", *texts) == texts[1]


def test_questions_find_their_passages() -> None:
    passages = document().passages
    for question, section in (
        ("What data was collected?", "3 Data"),
        ("What happens without the page angle?", "6 Ablation"),
        ("Which baselines are there?", "4 Experiments"),
        ("Under which licence is the code?", "8 Availability"),
    ):
        assert rank(question, passages)[0].passage.section == section


def test_japanese_questions_find_their_passages() -> None:
    passages = document(JAPANESE, "ja").passages
    for question, section in (("どのようなコーパスですか?", "3 データ"), ("何と比較しましたか?", "4 実験")):
        assert rank(question, passages)[0].passage.section == section


def test_coverage_is_the_share_of_what_is_asked() -> None:
    index = Index(document().passages)
    things = asked("How many households in two cities?")
    assert index.coverage(things, "40 households in two cities") == 1.0
    assert index.coverage(things, "Nothing of the kind") == 0.0
    assert 0.0 < index.coverage(things, "the households") < 1.0
    assert index.coverage((("corpus", "data set"),), "A data set of one") == 1.0
    assert index.coverage((), "anything") == 0.0


@given(st.text(max_size=80), st.lists(st.text(max_size=120), max_size=8))
def test_any_text_can_be_ranked(question: str, texts: list[str]) -> None:
    passages = [Passage(str(number), text) for number, text in enumerate(texts)]
    scored = rank(question, passages)
    assert sorted(item.passage.id for item in scored) == sorted(passage.id for passage in passages)
    assert all(before.score >= after.score >= 0 for before, after in pairwise(scored))


# -------------------------------------------------------------------------- quotes

PASSAGE = Passage("p1", "We use pre-training on 1.5 million ﬁles. 精度は　９２％であった。It works well.")


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("We use pre-training on 1.5 million", "We use pre-training on 1.5 million"),
        ("we use  pretraining on\n1.5 million files", "We use pre-training on 1.5 million ﬁles"),
        ("精度は92%であった", "精度は　９２％であった"),
        ("e use pre-training on 1.5 mill", "We use pre-training on 1.5 million"),
        ("use pre-training on 1.5 million files. 精度は92%であった。It worcs well", PASSAGE.text[3:-1]),
    ],
)
def test_a_quote_is_found_as_the_passage_has_it(quote: str, shown: str) -> None:
    span = locate(quote, PASSAGE)
    assert span is not None
    assert PASSAGE.text[slice(*span)] == shown


@pytest.mark.parametrize(
    "quote", ["", "We", "We use fine-tuning on 1.5 million files", "Nothing of the kind", PASSAGE.text * 2]
)
def test_what_the_passage_does_not_say_is_not_found(quote: str) -> None:
    assert locate(quote, PASSAGE) is None


@given(st.data())
def test_every_piece_of_a_passage_is_found_in_it(data: st.DataObject) -> None:
    text = " ".join(sentence for _, sentence in ENGLISH + JAPANESE)
    start = data.draw(st.integers(0, len(text) - 30))
    end = data.draw(st.integers(start + 20, min(len(text), start + 300)))
    span = locate(text[start:end], Passage("p", text))
    assert span is not None
    assert "".join(text[start:end].split()) in "".join(text[slice(*span)].split())


@given(st.text(max_size=60), st.text(max_size=200))
def test_any_text_can_be_looked_for(quote: str, text: str) -> None:
    span = locate(quote, Passage("p", text))
    assert span is None or 0 <= span[0] < span[1] <= len(text)
