"""Numbers of answers against the quotes they rest on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest import polarity
from digest.numbers import known, nowhere, same, unfounded

HERE = Path(__file__).parent
HONEST = [json.loads(line) for line in (HERE / "honest_numbers.jsonl").read_text().splitlines()]
DISHONEST = [json.loads(line) for line in (HERE / "dishonest_numbers.jsonl").read_text().splitlines()]


def missing(answer: str, quote: str, question: str = "", *also: str) -> tuple[str, ...]:
    return unfounded(answer, [quote], question, also)


# ------------------------------------------------------------------------- honest answers


def test_honest_answers_are_many_and_kept() -> None:
    japanese = [row for row in HONEST if row["language"] == "ja"]
    assert len(japanese) >= 130
    lost = {
        row["id"]: found
        for row in HONEST
        if (found := unfounded(row["answer"], row["quotes"], row["question"], row["passages"]))
    }
    assert lost == {}


def test_honest_answers_turn_nothing_around() -> None:
    lost = {
        row["id"]: found
        for row in HONEST
        if (
            found := polarity.turned(row["answer"], row["quotes"])
            or polarity.swapped(row["answer"], row["quotes"])
        )
    }
    assert lost == {}


def test_quotes_stand_in_their_passages() -> None:
    for row in HONEST + DISHONEST:
        assert all(quote in " ".join(row["passages"]) for quote in row["quotes"]), row["id"]


@pytest.mark.parametrize(
    "row", [row for row in DISHONEST if row["wrong"] == "number"], ids=lambda row: row["id"]
)
def test_dishonest_numbers_are_found(row: dict[str, str]) -> None:
    assert unfounded(row["answer"], row["quotes"], row["question"], row["passages"])


# -------------------------------------------------------------------------- ways of writing


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("15億個のパラメータを持つ。", "It has 1.5B parameters."),
        ("1,500,000,000個を持つ。", "It has 1.5B parameters."),
        ("１２万８千トークンを扱う。", "It handles 128K tokens."),
        ("二〇二四年二月に公開された。", "It was released in February 2024."),
        ("学習率は0.0001である。", "The learning rate is 10^{-4}."),
        ("学習率は1e-4である。", r"The learning rate is $10^{-4}$."),
        ("学習率は10⁻⁴である。", "The learning rate is 10−4."),
        ("総計算量は3×10^5である。", "The total is 3 × 105 operations."),
        ("半分に減った。", "It fell by 50%."),
        ("半減した。", "It was halved."),
        ("3倍になった。", "It became threefold."),
        ("2倍になった。", "It doubled."),
        ("3割5分に達した。", "It reached 35%."),
        ("3分の1である。", "It is one third."),
        ("大きさは3分の1である。", "It is three times smaller."),
        ("90分かかる。", "It takes 1.5 hours."),
        ("500ミリ秒かかる。", "It takes 0.5 s."),
        ("15分かかる。", "It takes a quarter of an hour."),
        ("重みは1.58ビットである。", "Weights are 1.58-bit."),
        ("半年続いた。", "It lasted six months."),
        ("10倍のデータが要る。", "It needs an order of magnitude more data."),
        ("午後3時に始まる。", "It starts at 3 p.m."),
        ("5〜10%の差がある。", "They differ by between 5 and 10 percent."),
        ("92%である。", "The score is 0.92."),
        ("正解率は85.3%である。", "It has an accuracy of 85.3 on the test set."),
        ("遅延は35ミリ秒である。", "Latency in ms: 35 (ours), 40 (theirs)."),
        ("5人に1人が気づいた。", "One in five noticed."),
        ("1万2,345件ある。", "There are 12,345 of them."),
        ("数百人が参加した。", "Hundreds of people took part."),
        ("十数人が参加した。", "Fourteen people took part."),
        ("1時間半かかる。", "It takes an hour and a half."),
        ("三つのデータセット、すなわちMNLI、QQP、SST-2を使う。", "We use MNLI, QQP, and SST-2."),
        ("25,000分の1の地図である。", "The scale is 1:25,000."),
    ],
)
def test_the_same_number_in_other_words_is_founded(answer: str, quote: str) -> None:
    assert missing(answer, quote) == ()


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("7%向上した。", "We use a 7B model."),
        ("31ポイント上がった。", "It rises by 31%."),
        ("31%上がった。", "It rises by 31 points."),
        ("3倍になった。", "It rises by 3%."),
        ("500秒かかる。", "It takes 500 ms."),
        ("12トークンある。", "It has 12 layers."),
        ("500万円かかる。", "It costs $5 million."),
        ("2か月かかる。", "It was released in February."),
        ("31件ある。", "It is 31%."),
        ("35分である。", "Latency in ms: 35 (ours), 40 (theirs)."),
        ("15億である。", "It has 1.5M parameters."),
        ("2対3で分けた。", "The ratio is 2:1."),
        ("4つのデータセットを使う。", "We use MNLI, QQP, and SST-2."),
        ("差は5.7ポイントである。", "It rises from 71.2 to 76.9 points."),
        ("合計0万時間である。", "We use 10,000 hours."),
        ("3.5.2版を使う。", "We use version 3.5.1."),
    ],
)
def test_another_number_or_another_unit_is_not(answer: str, quote: str) -> None:
    assert missing(answer, quote)


@pytest.mark.parametrize(
    "answer",
    [
        "一般に、一方の手法が優れ、一部では十分である。",
        "第一に、唯一の課題である。第二に、統一が要る。",
        "主な利点の一つは速さである。",
        "三次元の物体を二値に分類し、二乗誤差を測る。",
        "二度と起きないよう、万一に備える。",
        "半導体や半教師あり学習、前半と後半を扱う。",
    ],
)
def test_idioms_are_no_numbers(answer: str) -> None:
    assert missing(answer, "We study reading lamps.") == ()


# -------------------------------------------------------------------------------- rounding


@pytest.mark.parametrize(
    ("answer", "founded"),
    [
        ("約90%に達した。", True), ("ほぼ91%に達した。", True), ("91%程度である。", True),
        ("90%以上に達した。", True), ("90%を超えた。", True), ("90%強である。", True),
        ("90%台である。", True), ("92%近くに達した。", True), ("92%弱である。", True),
        ("9割に達した。", False), ("90%に達した。", False), ("92%以上に達した。", False),
        ("91%未満である。", False), ("約80%に達した。", False), ("50%以上に達した。", False),
        ("およそ93%に達した。", False),
    ],
)  # fmt: skip
def test_a_number_may_be_rounded_where_it_is_said_so(answer: str, founded: bool) -> None:
    assert (missing(answer, "Accuracy reaches 91.3%.") == ()) is founded


@pytest.mark.parametrize(
    ("answer", "founded"),
    [("about 90%", True), ("over 90%", True), ("nearly 92%", True), ("90%", False), ("over 92%", False)],
)
def test_rounding_in_english(answer: str, founded: bool) -> None:
    assert (missing(f"It reaches {answer} in the end.", "Accuracy is 91.3%.") == ()) is founded


def test_a_bound_may_not_be_turned() -> None:
    assert missing("費用は5億円以下である。", "It costs more than 500 million yen.")
    assert missing("費用は5億円を超える。", "It costs more than 500 million yen.") == ()


# ------------------------------------------------------------------------- names and labels


def test_numbers_in_names_may_stand_in_the_passages() -> None:
    passage = "We compare it with GPT-4, Llama 2 and ResNet-50 (see Table 3 and Section 5)."
    answer = "GPT-4やLlama 2、ResNet50と比べている(表3、第5章)。"
    assert missing(answer, "We compare it with others.", "", passage) == ()
    assert missing(answer, "We compare it with others.") == ("GPT-4", "2", "ResNet50", "3", "5章")


def test_other_numbers_may_not() -> None:
    assert missing("4つの課題で試した。", "We try it on tasks.", "", "GPT-4 solves 4 tasks.")
    assert missing("GPT-4を使う。", "We use 4 tasks.")


def test_a_name_one_digit_away_from_the_quotes_is_not_taken_from_a_passage() -> None:
    passage = "GPT-3 came first. We use GPT-4."
    assert missing("GPT-3を使う。", "We use GPT-4.", "", passage) == ("GPT-3",)
    assert missing("GPT-3ではなくGPT-4を使う。", "We use GPT-4.", "", passage) == ()


def test_numbers_of_the_question_may_be_repeated() -> None:
    assert missing("はい、12層の場合も同じです。", "Depth makes no difference.", "12層でも同じですか?") == ()
    assert missing("はい、13層の場合も同じです。", "Depth makes no difference.", "12層でも同じですか?")
    assert missing("はい、95%です。", "Accuracy reaches 91.3%.", "正解率は95%ですか?") == ("95%",)
    assert missing("いいえ、95%ではなく91.3%です。", "Accuracy reaches 91.3%.", "正解率は95%ですか?") == ()


@pytest.mark.parametrize(
    "number",
    ["8万31千語", "57億12万人", "十31万12", "83.8%", "31", "12 layers", "1,231", "2.1倍", "3つ", "GPT-4"],
)
def test_a_question_may_not_bring_numbers_of_its_own(number: str) -> None:
    paper = ("It saves 31% of the light, the sensor only 12%.", "LampNet case 2831: 40 homes.")
    assert nowhere(f"何をしていますか? {number}", paper)


def test_a_question_may_speak_of_any_number_of_the_paper() -> None:
    paper = ("It saves 31% of the light, the sensor only 12%.", "GPT-4 spent 1,200 evenings in two homes.")
    for question in (
        "31%という削減はどう測りましたか?",
        "1,200晩の記録はどこで集めましたか?",
        "GPT-4は何に使いましたか?",
        "2つの家で何を試しましたか?",
        "1世帯あたり何晩ですか?",
        "費用は従来の何分の1ですか?",
    ):
        assert nowhere(question, paper) == (), question
    lost = {row["id"]: found for row in HONEST if (found := nowhere(row["question"], row["passages"]))}
    assert lost == {}


def test_references_are_looked_for_as_such() -> None:
    assert missing("[12]に従う。", "We follow [3, 12].") == ()
    assert missing("[13]に従う。", "We follow [3, 12].") == ("13",)
    assert missing("図2に示す。", "Fig. 2 shows it.") == ()
    assert missing("3番目の段階である。", "In the third stage it ends.") == ()


def test_list_marks_are_passed_over() -> None:
    assert missing("(1)検索、(2)生成、(3)検証から成る。", "It retrieves, generates and verifies.") == ()
    assert missing("①検索と②生成から成る。", "It retrieves and generates.") == ()


# ------------------------------------------------------------------------------ one digit


@pytest.mark.parametrize(
    ("answer", "quote"),
    [
        ("20から20語である。", "They have 20 to 60 words."),
        ("英語が6割、中国語が6割である。", "60% is English and 40% is Chinese."),
        ("1人が判定した。", "Three people judged each item."),
        ("We use 24 layers and 4 heads.", "We use 12 layers and 4 heads."),
        ("We use 14 layers and 4 heads here.", "We use 12 layers and 4 heads here 14 times."),
    ],
)  # fmt: skip
def test_a_digit_changed_into_a_number_that_is_there_is_found(answer: str, quote: str) -> None:
    assert missing(answer, quote)


def test_most_digits_of_honest_answers_cannot_be_changed() -> None:
    slipped = tried = 0
    for row in HONEST:
        answer = row["answer"]
        for place, digit in enumerate(answer):
            if digit in "0123456789":
                other = str((int(digit) + 1 + place % 8) % 10)
                changed = answer[:place] + other + answer[place + 1 :]
                tried += 1
                slipped += not unfounded(changed, row["quotes"], row["question"], row["passages"])
    assert tried > 900
    assert slipped <= 0.01 * tried


# --------------------------------------------------------------------------- what is given


def test_what_is_missing_is_given_as_written_and_once() -> None:
    assert missing("９２％と約１,２００件、９２％。", "Nothing.") == ("９２％", "１,２００")


def test_numbers_of_two_texts_can_be_compared() -> None:
    [parameters, share] = known("15億のパラメータの31%")
    [tokens, other_share] = known("1,500M tokens and 31 percent")
    assert same(share, other_share)
    assert not same(parameters, tokens)
    assert not same(share, known("31 points")[0])
    assert same(known("1.5B")[0], known("15億")[0])


def test_too_many_numbers_are_no_answer() -> None:
    many = "、".join(["1"] * 300)
    assert missing(many, many)


_ALPHABET = st.sampled_from(
    "0123456789.,%-–~+×/^()[]{}$\\ 一二三十百千万億兆割分半数何倍約以上つ年月日人第GPTkMBxe\n of half one"
)


@given(st.text(max_size=5000) | st.text(_ALPHABET, max_size=5000), st.text(_ALPHABET, max_size=400))
def test_any_text_is_dealt_with(answer: str, quote: str) -> None:
    assert isinstance(unfounded(answer, [quote], quote, [answer[:50]]), tuple)
    assert isinstance(known(answer), tuple)


@given(st.integers(1, 10**12), st.sampled_from(["%", "件", "秒", "倍", "トークン", "ドル"]))
def test_a_number_is_founded_by_itself(number: int, unit: str) -> None:
    said = f"値は{number:,}{unit}です。"
    assert missing(said, said) == ()


# ----------------------------------------------------------------------- phrase for phrase

PAIRS = [line.split("|") for line in (HERE / "number_pairs.txt").read_text().splitlines()]


def test_a_number_is_founded_however_the_two_languages_write_it() -> None:
    lost = {
        (japanese, english): found
        for japanese, english in PAIRS
        if (found := missing(f"結果は{japanese}である。", f"The result is {english} in our tests."))
    }
    assert len(PAIRS) > 300
    assert lost == {}


def test_few_changed_digits_of_phrases_slip_through() -> None:
    slipped = tried = 0
    for japanese, english in PAIRS:
        quote = f"The result is {english} in our tests."
        for place, digit in enumerate(japanese):
            if digit in "0123456789":
                other = str((int(digit) + 1 + place % 8) % 10)
                changed = japanese[:place] + other + japanese[place + 1 :]
                tried += 1
                slipped += not missing(f"結果は{changed}である。", quote)
    assert tried > 500
    assert slipped <= 0.01 * tried
