"""Answers that deny what their quote says, or turn its comparison around."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.polarity import swapped, turned

DISHONEST = [
    json.loads(line) for line in (Path(__file__).parent / "dishonest_numbers.jsonl").read_text().splitlines()
]
QUOTE = "We find that our method clearly outperforms the baseline on long documents, but it is not faster."


# ------------------------------------------------------------------------ one language


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("The model is able to handle long inputs.", "The model is not able to handle long inputs."),
        ("The model is able to handle long inputs.", "The model is unable to handle long inputs."),
        ("The model cannot handle long inputs at all.", "The model can handle long inputs at all."),
        ("It works without any labels in our tests.", "It works with any labels in our tests."),
        ("This approach never fails in practice for us.", "This approach always fails in practice for us."),
        ("It improves accuracy on all five tasks.", "It does not improve accuracy on all five tasks."),
        ("The effect was significant for every group.", "The effect was insignificant for every group."),
        ("No prior work has studied this in depth.", "Some prior work has studied this in depth."),
        ("提案手法は長い文書を正しく扱うことができる。", "提案手法は長い文書を正しく扱うことができない。"),
        ("この結果は仮説を支持しない。", "この結果は仮説を支持する。"),
        ("学習はすべての設定で安定していた。", "学習はすべての設定で不安定だった。"),
    ],
)  # fmt: skip
def test_a_denial_is_found_in_one_language(quote: str, answer: str) -> None:
    assert turned(answer, [quote])
    assert turned(quote, [answer])
    assert turned(quote, [quote]) is None


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("Accuracy is higher than in previous work.", "Accuracy is lower than in previous work."),
        ("Larger batches increase the training speed.", "Larger batches decrease the training speed."),
        ("LampNet outperforms DimNet on every test.", "DimNet outperforms LampNet on every test."),
        ("LampNet outperforms DimNet on every test.", "LampNet underperforms DimNet on every test."),
        ("The big model is slower than the small one.", "The small model is slower than the big one."),
        ("提案手法の精度は従来手法より高い。", "提案手法の精度は従来手法より低い。"),
        ("提案手法は三つの課題で従来手法を上回った。", "提案手法は三つの課題で従来手法を下回った。"),
    ],
)  # fmt: skip
def test_a_comparison_turned_around_is_found_in_one_language(quote: str, answer: str) -> None:
    assert swapped(answer, [quote])
    assert swapped(quote, [quote]) is None


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        (QUOTE, "Our method clearly outperforms the baseline on long documents."),
        (QUOTE, "The method outperforms the baseline."),
        ("LampNet outperforms DimNet on every test.", "DimNet underperforms LampNet on every test."),
        ("LampNet is faster than DimNet in all tests.", "DimNet is slower than LampNet in all tests."),
        (
            "Recall is higher than before, while precision is lower than in [3].",
            "Precision is lower than in [3].",
        ),
        ("The code is not available to others yet.", "The code is unavailable to others yet."),
        ("It does not fail in any of the tests we ran.", "It succeeds in all of the tests we ran."),
        ("The model, with no curated knowledge, beats the others.", "The model beats the others."),
        ("The result is not higher but lower than before.", "The result is lower than before."),
    ],
)
def test_an_honest_rewording_is_let_through(quote: str, answer: str) -> None:
    assert turned(answer, [quote]) is None
    assert swapped(answer, [quote]) is None


# --------------------------------------------------------------------- across languages


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("The method improves accuracy on long documents.", "この手法は長い文書の精度を改善しない。"),
        ("The method is effective for rare words.", "この手法は稀な語には有効ではない。"),
        ("The model can process speech.", "このモデルは音声を処理できない。"),
        ("The latency is 35 ms.", "遅延は35ミリ秒ではありません。"),
        ("We do not use any external knowledge.", "外部の知識を使っています。"),
        ("Commercial use is prohibited.", "商用利用ができます。"),
    ],
)
def test_a_plain_denial_is_found_across_languages(quote: str, answer: str) -> None:
    assert turned(answer, [quote])


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("Our method outperforms the baseline.", "提案手法はベースラインを下回る。"),
        ("Our method outperforms the baseline.", "ベースラインは提案手法を上回る。"),
        ("Accuracy improves on all tasks.", "すべての課題で精度が低下する。"),
        ("The error rate drops from 8% to 6%.", "誤り率は8%から6%に上がった。"),
        ("BERT scores higher than GPT.", "GPTはBERTより高い。"),
    ],
)
def test_a_plain_turn_is_found_across_languages(quote: str, answer: str) -> None:
    assert swapped(answer, [quote])


@pytest.mark.parametrize(
    ("quote", "answer"),
    [
        ("Our method outperforms the baseline.", "ベースラインは提案手法を下回る。"),
        ("BERT scores higher than GPT.", "GPTはBERTより低い。"),
        ("The method improves accuracy as well as speed.", "精度だけでなく速度も改善する。"),
        ("It works for all languages.", "英語に限らず、どの言語でも使える。"),
        ("Users have to set the threshold.", "利用者が閾値を設定しなければならない。"),
        ("It uses images rather than text.", "文字ではなく画像を使う。"),
        ("Many users like it.", "気に入る利用者は少なくない。"),
        ("The method improves results with fewer labels.", "少ないラベルで結果を改善できる。"),
        ("Training is faster.", "学習時間が短くなる。"),
        ("The model improves efficiency.", "計算量が減り、効率が上がる。"),
        ("The result may improve with more data.", "データを増やせば改善するかもしれない。"),
        ("Accuracy improves.", "誤りが減る。"),
        ("The weights are frozen.", "重みは更新しない。"),
    ],
)
def test_an_honest_japanese_answer_is_let_through(quote: str, answer: str) -> None:
    assert turned(answer, [quote]) is None
    assert swapped(answer, [quote]) is None


def test_most_dishonest_answers_are_found() -> None:
    rows = [row for row in DISHONEST if row["wrong"] in {"polarity", "comparison"}]
    found = [
        row for row in rows if turned(row["answer"], row["quotes"]) or swapped(row["answer"], row["quotes"])
    ]
    assert len(found) >= 0.8 * len(rows)


def test_what_is_given_are_the_words_stumbled_on() -> None:
    assert (
        swapped("It is lower than in all previous work.", ["It is higher than in all previous work."])
        == "lower"
    )
    assert turned("この手法は精度を改善しない。", ["The method improves accuracy."]) == "改善しない"


@given(
    st.text(max_size=5000)
    | st.text("not higher lower than can cannot.ないですはをより上回下回 ", max_size=5000),
    st.text(max_size=400) | st.text("not higher lower than ないより。 ", max_size=400),
)
def test_any_text_is_dealt_with(answer: str, quote: str) -> None:
    for found in (
        turned(answer, [quote]),
        swapped(answer, [quote]),
        turned(answer, [answer]),
        swapped(answer, []),
    ):
        assert found is None or isinstance(found, str)
    assert turned(answer, [answer]) is None or answer
