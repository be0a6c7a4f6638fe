from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.language import by_script
from digest.reading.blocks import Block, Vocabulary
from digest.reading.lines import Line, clean, without_unseen
from digest.reading.passages import passages
from digest.reading.sentences import LONGEST, sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["We follow Vaswani et al. (2017) here.", "It works."],
        ["See Fig. 3 and Eq. 2 for this.", "Sec. 4 has more."],
        ["The error is 3.5 cm, i.e. 2.1% less.", "That is good."],
        ["Is it better?", "Yes!", "By 3 points."],
        ["Models (e.g. GPT-4. It is large.) were used.", "Others were not."],
        ["It is better vs. all others.", "No. 5 wins."],
        ["J. R. Smith said so.", "We agree."],
        ["“It works.”", "So they said."],
        ["これは文です。", "次の文です。"],
        ["彼は「もう遅い。帰ろう。」と言った。", "そして帰った。"],
        ["精度は（詳細は3.5節。）高い。", "以上です。"],
        ["値は３．５である．", "次に進む．"],
        ["本当ですか？", "はい！", "そうです。"],
    ],
)
def test_sentences(expected: list[str]) -> None:
    joint = "" if "\u3040" <= expected[0][1] <= "\u9fff" else " "
    text = joint.join(expected)
    assert split(text) == expected


@given(st.text(max_size=3000))
def test_sentences_are_in_order_bounded_and_lose_no_letters(text: str) -> None:
    spans = sentences(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(end - start <= LONGEST for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    left = "".join(text[start:end] for start, end in spans)
    assert [c for c in left if not c.isspace()] == [c for c in text if not c.isspace()]


def test_a_sentence_without_end_is_bounded() -> None:
    assert max(len(s) for s in split("word " * 5000)) <= LONGEST
    assert max(len(s) for s in split("x" * 5000)) <= LONGEST


def test_passages_overlap_by_one_and_stay_in_their_section() -> None:
    one = Block(" ".join(f"Sentence {i} says a thing." for i in range(9)), "1 One", ((0, 1), (60, 2)))
    two = Block("Another section has one sentence.", "2 Two", ((0, 2),))
    found = passages([one, two])
    assert [passage.id for passage in found] == [f"p{i + 1}" for i in range(len(found))]
    assert [passage.section for passage in found] == ["1 One", "1 One", "2 Two"]
    texts = [[p.text[a:b] for a, b in p.sentences] for p in found]
    assert texts[0][-1] == texts[1][0]
    assert all(1 <= len(each) <= 5 for each in texts)
    assert found[0].page_at(0) == 1
    assert found[1].page_at(0) == 2


def test_what_stands_apart_makes_passages_of_its_own() -> None:
    blocks = [
        Block("The sentence before the table.", "1 One"),
        Block("Table 1: numbers.", "Table 1", apart=True),
        Block("The sentence after the table.", "1 One"),
    ]
    assert [p.section for p in passages(blocks)] == ["1 One", "Table 1", "1 One"]


@given(
    st.lists(st.tuples(st.text(max_size=400), st.sampled_from(["a", "b", None]), st.booleans()), max_size=8)
)
def test_passages_hold_every_letter(raw: list[tuple[str, str | None, bool]]) -> None:
    found = passages([Block(text, section, ((0, 1),), apart) for text, section, apart in raw])
    letters = {c for text, _, _ in raw for c in text if c.isalnum()}
    assert letters <= {c for passage in found for c in passage.text}
    for passage in found:
        assert all(0 <= start < end <= len(passage.text) for start, end in passage.sentences)


def lines(*texts: str) -> list[Line]:
    return [Line(text, 1, 0, 0, 100, 10) for text in texts]


@pytest.mark.parametrize(
    ("head", "tail", "expected"),
    [
        ("hallu", "cination", "hallucination"),
        ("state-of-the", "art", "state-of-the-art"),
        ("self", "correction", "self-correction"),
        ("deploy", "able", "deployable"),
        ("obtain", "able", "obtainable"),
        ("GPT", "4", "GPT-4"),
        ("chain", "of-thought", "chain-of-thought"),
    ],
)
def test_words_cut_at_a_line_end_are_put_together(head: str, tail: str, expected: str) -> None:
    words = Vocabulary(
        lines(
            "a hallucination of state-of-the-art models",
            "the self-correction, able to obtain",
            "a chain-of-thought",
        )
    )
    assert words.joined(head, tail) == expected


def test_characters_as_they_are_meant() -> None:
    assert clean("e\ufb03cient \ufb01nding") == "efficient finding"
    assert clean("⼤規模⾔語") == "大規模言語"
    assert clean("Ａ４ １２３ ① x² ㎏") == "Ａ４ １２３ ① x² ㎏"
    assert clean("Aky ¨ urek and Jer´ emy") == "Akyürek and Jerémy"
    assert clean("an output yˆ is given") == "an output yˆ is given"
    assert clean("抜 粋 プ ロ ン プ ト の 例") == "抜粋プロンプトの例"
    assert clean("soft\u00adhyphen") == "softhyphen"


def test_unseen_characters_are_taken_out_and_counted() -> None:
    assert without_unseen("a\u200bb\u202ec\U000e0041\U000e0042d\ufeff") == ("abcd", 5)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("We show that the model is better than all of the others in this study.", "en"),
        ("本研究では、大規模言語モデルを用いた手法を提案する。", "ja"),
        ("本文提出了一种基于大语言模型的新方法。", "zh"),
        ("이 논문은 새로운 방법을 제안한다.", "ko"),
        ("Wir zeigen, dass das Modell besser als alle anderen Modelle abschneidet.", None),
    ],
)
def test_language_by_script_and_common_words(text: str, language: str | None) -> None:
    assert by_script(text) == language
