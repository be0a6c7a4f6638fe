"""Names in Latin script that an answer has from nowhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import names
from digest.names import unfounded
from digest.wording import faults

HERE = Path(__file__).parent

PASSAGE = (
    "We fine-tune GPT-4 and LLaMA-2 7B, 13B and 70B on CIFAR-10/100 with a Transformer. BERT-large "
    "(Devlin et al.) and RoBERTa are baselines; the Erdős–Rényi model is used. Retrieval-Augmented "
    "Generation (RAG) helps large language models. We use Low-Rank Adaptation and 8 A100s. Accuracy on "
    "SQuAD 2.0 reaches 88.5 F1. Node.js and C++ code by Smith's group at Stanford University. The "
    "bidirectional encoder is state-of-the-art. Quantization to 1.58 bits costs O(n^2). StarCoder2-15B "
    "beats CodeLlama-34B. Self-attention with $\\alpha$ = 0.1 and $d_{model}$ = 512 in a mixture of "
    "experts. Phase II trials of the attention sink by He Zhu. Natural language processing, machine "
    "translation, three-dimensional models and posts on social media."
)


@pytest.mark.parametrize(
    "answer",
    [
        "GPT-4、GPT 4、GPT4、ＧＰＴ－４、GPT‐4は同じです。",
        "LLaMA-2の70B版、Llama 2 70B、Llama-2-70Bです。",
        "CIFAR-100とCIFAR-10を使います。",
        "Transformersと呼ばれるtransformerベースの手法です。",
        "BERTベース、BERT-based、BERT largeの手法です。",
        "ErdosとRényiのモデル、Erdős–Rényiモデルです。",
        "RAG(Retrieval-Augmented Generation)です。",
        "LLMやLLMsはLoRAで微調整し、GPUを8基使います。",
        "SQuAD2.0でF1は88.5、F値も同じです。",
        "Node.jsとC++で書かれています。",
        "SmithらとStanford University、Devlin et al.の研究です。",
        "SOTAを1.58-bitで達成し、計算量はO(n^2)、つまりO(n²)です。",
        "StarCoder2はCodeLlamaを上回り、fine-tuningとquantizedモデルを使います。",
        "$\\alpha$は0.1、$d_{model}$は512、αは係数です。",
        "MoEを使い、NLPとMTに応用し、3DのモデルとSNSの投稿を扱います。",
        "第II相の試験で、attention sinkを確かめたHe Zhuの研究です。",
        "AIとWebのQ&Aをvs.で比べ、32Kトークン、10 GB、100kmと書きます。",
        "Top-1精度、5-shot、X線、p値、N個と書くことがあります。",
        "A100を8基、GPU1枚で動かします。",
    ],
)
def test_names_of_the_passage_may_be_written_in_any_way(answer: str) -> None:
    assert unfounded(answer, [PASSAGE, "X-ray images and p < 0.05"], "ja") == ()


@pytest.mark.parametrize(
    "name",
    [
        "GPT-3", "GPT-5", "GPT-40", "GPT-4o", "Llama 3", "LLaMA-3", "Llama 65B", "CIFAR-1000",
        "Transfomer", "BERT-largo", "BERT-24", "ROBERTTa", "RoBERTo", "Erdas", "CodeLlama-35B",
        "StarCoder3-15B", "SQuAD 3.0", "SQuAB", "Node.ts", "Stamford", "MoF", "C#", "Claude 3",
        "ChatGPT", "DeepSeek", "A200", "LoRB", "Mistral", "DRAG", "D4", "LLN", "GPS", "He Zhao",
    ],
)  # fmt: skip
def test_a_name_with_one_sign_changed_is_found(name: str) -> None:
    assert unfounded(f"この手法では{name}を使っています。", [PASSAGE], "ja")


def test_names_are_given_as_written_and_once() -> None:
    answer = "Mistral-7B、Gemini、Mistral-7BとGPT-4です。"
    assert unfounded(answer, [PASSAGE], "ja") == ("Mistral-7B", "Gemini")


def test_any_source_founds_a_name() -> None:
    assert unfounded("Geminiです。", [PASSAGE, "Geminiとは何ですか。"], "ja") == ()
    assert unfounded("Geminiです。", [], "ja") == ("Gemini",)


def test_an_acronym_and_its_words_found_each_other() -> None:
    assert unfounded("GNNです。", ["a graph neural network"], "ja") == ()
    assert unfounded("Graph Neural Networkです。", ["GNNs are used."], "ja") == ()
    assert unfounded("KQVです。", ["key, query and value vectors"], "ja") == ("KQV",)
    assert unfounded("Large Lamp Makerです。", ["LLMs are used."], "ja")
    assert unfounded("USのデータです。", ["data of the United States"], "ja") == ()


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        ("GPT-4 is tuned. However, Transformers are used in every experiment.", ()),
        ("The model by Smith and Zhu uses LoRA; it was tried in January.", ()),
        ("Using BERT, the authors improve accuracy on many unseen tasks.", ()),
        ("GPT-5 is tuned.", ("GPT-5",)),
        ("The authors use Mistral.", ("Mistral",)),
        ("It was made at Stamford.", ("Stamford",)),
        ("Transfomer models work.", ("Transfomer",)),
        ("The weight is $\\alpha_{quorvane}$ here.", ("quorvane",)),
    ],
)
def test_english_names_are_told_from_english_words(answer: str, names: tuple[str, ...]) -> None:
    assert unfounded(answer, [PASSAGE], "en") == names


def test_german_nouns_are_no_names() -> None:
    assert unfounded("Das Modell nutzt GPT-4 und eine Lampe.", [PASSAGE], "de") == ()
    assert unfounded("Das Modell nutzt GPT-5.", [PASSAGE], "de") == ("GPT-5",)


@given(st.text(max_size=5_000), st.sampled_from(["ja", "en", "de", "zh"]))
def test_any_text_is_dealt_with(text: str, language: str) -> None:
    unfounded(text, [PASSAGE], language)
    assert unfounded(text, [text], language) == ()


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HERE / name).read_text(encoding="utf-8").splitlines()]


def _checks(row: dict[str, Any]) -> set[str]:
    """The checks on words that an answer does not pass."""
    sources = [*row["passages"], *row["quotes"], row["question"]]
    found = {str(one.check) for one in faults(row["answer"], row["language"], may_hold=sources)}
    return found | ({"name"} if unfounded(row["answer"], sources, row["language"]) else set())


@pytest.mark.parametrize("row", _rows("honest_names.jsonl"), ids=lambda row: str(row["id"]))
def test_honest_answers_pass(row: dict[str, Any]) -> None:
    assert all(any(quote in passage for passage in row["passages"]) for quote in row["quotes"])
    assert _checks(row) == set()


@pytest.mark.parametrize("row", _rows("dishonest_names.jsonl"), ids=lambda row: str(row["id"]))
def test_dishonest_twins_are_found_by_the_check_that_should(row: dict[str, Any]) -> None:
    assert row["check"] in _checks(row)


def test_what_stands_letter_by_letter_is_found_without_reading_the_whole_text() -> None:
    text = "TideLM follows Llama 3.\nA model of GPT-4 size was tried."
    assert names.stand_in("TideLM は GPT-4 と何が違いますか?", text, "ja")
    assert names.stand_in("How does TideLM differ from GPT-4?", text + " How", "en")
    for question in ("TideLM2 は何ですか?", "Tide は何ですか?", "Llama 4 は何ですか?", "$TideLM$ は?"):
        assert not names.stand_in(question, text, "ja"), question
