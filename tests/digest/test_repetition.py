"""Answers that repeat one another, and answers that only say their question again."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.repetition import repeated, restates

SEED = Path(__file__).parents[2] / "../shared/seeds/000_088f8c888927258c.txt"

SAME = [
    (
        "提案手法は、従来の手法より少ない計算量で同じ精度を達成します。",
        "提案手法は、同じ精度を従来手法より少ない計算量で達成できます。",
    ),
    (
        "モデルは英語とフランス語の対訳データ4,000万文で学習されました。",
        "学習には英語とフランス語の対訳データ4,000万文が使われました。",
    ),
    (
        "コードは GitHub で MIT ライセンスのもとで公開されています。",
        "コードはMITライセンスでGitHubに公開されています。",
    ),
    (
        "この手法の限界は、長い文書では注意の計算量が二乗で増えることです。",
        "長い文書では注意機構の計算量が二乗で増える点が、この手法の限界です。",
    ),
    (
        "BitNet b1.58は、すべての重みを-1、0、1の3値で表します。",
        "BitNet b1.58では、重みがすべて-1、0、1の3値で表現されます。",
    ),
    (
        "The model is trained on 40 million sentence pairs of English and French.",
        "It was trained on 40 million English and French sentence pairs.",
    ),
    (
        "We release the code under the MIT licence on GitHub.",
        "The code is released on GitHub under the MIT licence.",
    ),
]
DIFFERENT = [
    (
        "エンコーダは6層の同一の層を積み重ねたものです。",
        "デコーダも6層の同一の層を積み重ねたものです。",
    ),
    ("英独翻訳ではBLEUは28.4でした。", "英仏翻訳ではBLEUは41.8でした。"),
    ("英独翻訳では既存の最良のモデルを上回りました。", "英仏翻訳では既存の最良のモデルを上回りました。"),
    (
        "StarCoder2-3Bは同じ規模のCode LLMのほとんどを上回ります。",
        "StarCoder2-15Bは同じ規模のCode LLMのほとんどを上回ります。",
    ),
    (
        "大規模なモデルでは事前学習の効果が大きくなります。",
        "小規模なモデルでは事前学習の効果が大きくなりません。",
    ),
    (
        "学習データはWikipediaから集めた5万文です。",
        "評価データはWikipediaから集めた1万文です。",
    ),
    (
        "モデルの重みはApache 2.0ライセンスで公開されています。",
        "データセットはCC BY 4.0ライセンスで公開されています。",
    ),
    (
        "医療分野のデータで学習したモデルは、一般的なモデルより正確に診断文を生成しました。",
        "法律分野のデータで学習したモデルは、一般的なモデルより正確に契約文を生成しました。",
    ),
    (
        "The encoder is composed of a stack of N = 6 identical layers.",
        "The decoder is also composed of a stack of N = 6 identical layers.",
    ),
    ("On English the model beats all baselines.", "On German the model beats all baselines."),
    (
        "PlanGPTは都市計画に特化した大規模言語モデルです。",
        "PlanGPTは中国都市計画アカデミーなどの機関と協力して開発されました。",
    ),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_ways_to_say_the_same_are_found(one: str, other: str) -> None:
    assert repeated([one, other]) == ((1, 0),)
    assert repeated([other, one]) == ((1, 0),)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_statements_on_two_things_are_told_apart(one: str, other: str) -> None:
    assert repeated([one, other]) == repeated([other, one]) == ()


def test_each_pair_is_named_later_first() -> None:
    same = "モデルは英語とフランス語の対訳データ4,000万文で学習されました。"
    assert repeated([same, "重みは公開されていません。", same + " ", same]) == ((2, 0), (3, 0), (3, 2))
    assert repeated(["", "", "。"]) == ()


@pytest.mark.skipif(not SEED.exists(), reason="needs the articles that are the model")
def test_the_answers_of_a_real_article_that_repeat_one_another_are_found() -> None:
    text = SEED.read_text(encoding="utf-8")
    plan = text[text.index("\n著者:He Zhu") : text.index("\n著者:Anton Lozhkov")]
    found = repeated(re.findall(r"^A: (.*)$", plan, re.MULTILINE))
    assert {later for later, _ in found} == {3, 4, 6, 7, 8}
    assert {(7, 4), (8, 4), (6, 4), (8, 7)} <= set(found)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "どのようなライセンス契約に基づいてモデルウェイトを入手できますか?",
            "提供されるモデルの重みは、ライセンス契約に基づいて利用可能です.",
        ),
        (
            "オープン・ファンデーション・モデルの研究を通じて、誤用リスクについてどのような意見の相違が明らかになりましたか?",
            "研究によって、オープンファウンデーションモデルの誤用リスクに関する意見の相違点を明確にしました.",
        ),
        ("コードは公開されていますか?", "この論文ではコードの公開について述べています。"),
        ("どちらの手法が優れていますか?", "優れた手法について述べています。"),
        ("提案手法の限界は何ですか?", "提案手法の限界について説明しています。"),
        ("どのデータセットで評価しましたか?", "データセットで評価を行いました。"),
        (
            "What licence are the weights released under?",
            "The weights are released under a licence agreement.",
        ),
        ("What are the limitations of the method?", "The paper discusses the limitations of the method."),
    ],
)
def test_an_answer_that_only_says_its_question_again_is_found(question: str, answer: str) -> None:
    assert restates(question, answer)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("コードは公開されていますか?", "はい、MITライセンスで公開されています。"),
        ("コードは公開されていますか?", "はい、公開されています。"),
        ("コードは公開されていますか?", "コードは公開されています。"),
        ("コードは公開されていますか?", "コードは公開されていません。"),
        ("どのデータセットで評価しましたか?", "評価にはSQuADを使いました。"),
        ("どの言語で書かれていますか?", "日本語で書かれています。"),
        ("何人が評価しましたか?", "3人が評価しました。"),
        ("誰が評価しましたか?", "著者が自ら評価しました。"),
        ("どの季節に測りましたか?", "夏に測りました。"),
        ("学習率はどう変えますか?", "学習率を下げます。"),
        ("どのデータを使いましたか?", "すべてのデータを使いました。"),
        ("何の画像ですか?", "ねこの画像です。"),
        ("限界はどこに書かれていますか?", "限界については書かれていません。"),
        ("StarCoder2-15BはCodeLlama-34Bと比べてどうですか?", "CodeLlama-34Bより優れています。"),
        ("FP16とBF16のどちらを使いますか?", "BF16を使っています。"),
        ("精度と速度ではどちらが重視されますか?", "重視されるのは速度です。"),
        ("Is it trained on text or on images?", "It is trained on images."),
        ("Is the code available?", "Yes, under the MIT licence."),
        ("Is the code available?", "The code is not available."),
        ("Which dataset is used?", "The dataset used is SQuAD."),
    ],
)
def test_an_answer_that_says_something_passes(question: str, answer: str) -> None:
    assert not restates(question, answer)


@given(st.lists(st.text(max_size=800), max_size=6))
def test_any_texts_can_be_compared(texts: list[str]) -> None:
    assert all(earlier < later < len(texts) for later, earlier in repeated(texts))
    for text in texts:
        restates(text, text[::-1])
