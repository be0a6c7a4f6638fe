"""Answers to questions as readers ask them: what a thing is, how it works, what it was compared with."""

from __future__ import annotations

import pytest

from config.words import load_glossary
from digest.models import Document
from digest.writers.answering import answer
from digest.writers.definitions import wanted
from digest.writers.sentences import fit, sentences
from tests.papers import ENGLISH, JAPANESE, document

GLOSSARY = load_glossary()
LAMPS = (
    *ENGLISH[:8],
    ("3 Data", "The result, LampQA, has 600 questions on lamps and 600 answers to them."),
    ("3 Data", "Every hour is written with four digits and a sign, so that each digit is one token."),
    ("3 Data", "We call this the ledger form."),
    ("4 Experiments", "LampNet is compared with three baselines."),
    ("4 Experiments", "The first repeats the light of the evening before."),
    ("4 Experiments", "The second is a movement sensor that was bought in a shop."),
    *ENGLISH[9:],
)


def said(question: str, read: Document, name: str | None = "LampNet") -> list[list[str]]:
    return [[one.text for one in group] for group in answer(question, read, GLOSSARY, name)]


@pytest.mark.parametrize(
    "question", ["What is LampNet?", "LampNetとは何ですか", "LampNetは何ですか？", "What does LampNet mean?"]
)
def test_what_a_thing_is_is_said_where_it_is_defined(question: str) -> None:
    assert said(question, document(LAMPS)) == [[ENGLISH[0][1]]]


def test_a_thing_that_is_only_named_is_told_by_what_it_holds() -> None:
    assert said("What is LampQA?", document(LAMPS)) == [[LAMPS[8][1]]]


def test_a_definition_that_points_back_brings_what_it_points_at() -> None:
    assert said("What is the ledger form?", document(LAMPS)) == [[LAMPS[9][1], LAMPS[10][1]]]


def test_what_the_paper_does_not_define_is_not_defined() -> None:
    assert said("What is a timer?", document(LAMPS)) == []


def test_japanese_definitions() -> None:
    assert "「灯網」を提案する" in said("灯網とは何ですか", document(JAPANESE, "ja"), "灯網")[0][0]


@pytest.mark.parametrize(
    "question", ["What is the goal of this paper?", "What data is used?", "この研究の限界は何ですか", "Why?"]
)
def test_other_questions_ask_for_no_definition(question: str) -> None:
    assert wanted(question) is None


@pytest.mark.parametrize("question", ["What are the limitations of LampNet?", "LampNetの限界は何ですか"])
def test_the_papers_own_name_is_no_further_thing_that_is_asked(question: str) -> None:
    assert "We did not test" in said(question, document(LAMPS))[0][0]


def test_baselines_that_are_announced_are_told() -> None:
    answered = said("What are the baselines?", document(LAMPS))
    assert [one.split()[1] for one in answered[0]] == ["is", "first", "second"]


@pytest.mark.parametrize(
    "text",
    [
        "It runs on a small computer that draws three watts.",
        "The third is a general language model of a billion parameters.",
        "Telling the assistant to be careful reduces this to 11.5%.",
        "The problem is that the usual metrics cannot see this.",
        "We study retrieval in a collection of 318 such books.",
        "この結果を踏まえて、これらの手法を比較した実験を行った。",
    ],
)
def test_sentences_that_speak_of_what_stands_before(text: str) -> None:
    lead = ("1 Introduction", "A reader who sits in the dark wants a lamp that knows when to shine.")
    told = sentences(document([lead, ("1 Introduction", text)]))
    assert told[-1].text == text
    assert told[-1].pointing or text.startswith("この結果")


@pytest.mark.parametrize(
    "text",
    [
        "We study how the system prompt can be protected without retraining the model.",
        "These metrics ignore the context in which a sentence was written.",
        "Annotators were asked to provide a positive example for every query.",
    ],
)
def test_papers_on_prompts_can_be_quoted(text: str) -> None:
    assert fit(text)


def test_sentences_across_passages_stand_beside_each_other() -> None:
    places = [one.place for one in sentences(document(LAMPS, size=2))]
    assert places == list(range(len(LAMPS)))
