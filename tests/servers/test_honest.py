"""The stand-in for a model: its good replies hold up, its bad ones are bad, and both can be had again."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from config.words import load_prompts
from digest.findings import Check, Finding
from digest.grounding import ground
from digest.models import Document, Summary
from digest.quotes import locate
from digest.writers.chat import Turn
from digest.writers.drafts import CitationDraft, FailedPair, FailedPart, PairDraft
from digest.writers.fencing import Fence
from digest.writers.fitting import fit
from digest.writers.prompting import (
    Opening,
    answer_task,
    opening,
    overview_task,
    questions_task,
    repair_task,
    summary_task,
)
from digest.writers.replies import ClaimScanner, parse_overview, parse_pairs, parse_repair, parse_summary
from tests.builders import exchange
from tests.papers import ENGLISH, JAPANESE, PAPER, document
from tests.servers.honest import KINDS, honest_reply, misbehave

PROMPTS = load_prompts()
NUMBER = (Finding(Check.NUMBER, "5"),)


def opened(language: str, read: Document) -> Opening:
    return opening(PROMPTS, language, PAPER, read, fit(read, 100_000), Fence("abcdefghijklmnop"))


def replied(turns: tuple[Turn, ...]) -> str:
    return honest_reply({"messages": [{"role": turn.role, "content": turn.text} for turn in turns]})


def asked(language: str, question: str, read: Document, *earlier: str) -> tuple[str, list[Any]]:
    before = [exchange(question=one, claims=()) for one in earlier]
    scanner = ClaimScanner()
    found = scanner.feed(replied(answer_task(opened(language, read), question, before)))
    assert scanner.complete
    return str(scanner.standing), list(found)


@pytest.fixture(params=["en", "ja"])
def read(request: pytest.FixtureRequest) -> Document:
    return document(ENGLISH if request.param == "en" else JAPANESE, request.param)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_pairs_are_distinct_and_quote_verbatim(language: str, read: Document) -> None:
    parsed = parse_pairs(replied(questions_task(opened(language, read))))
    assert parsed.complete
    assert 6 <= len(parsed.draft) <= 10
    assert len({pair.question for pair in parsed.draft}) == len(parsed.draft)
    assert len({pair.answer for pair in parsed.draft}) == len(parsed.draft)
    for pair in parsed.draft:
        citations, wrong = ground(read, [(one.passage_id, one.quote) for one in pair.citations])
        assert citations
        assert not wrong
        assert any("\u3041" <= character <= "\u309f" for character in pair.answer) == (language == "ja")


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_summary_names_passages_that_there_are(language: str, read: Document) -> None:
    parsed = parse_summary(replied(summary_task(opened(language, read))))
    assert parsed.complete
    for sentence in (parsed.draft.gist, *parsed.draft.summary):
        assert sentence.ids
        assert set(sentence.ids) <= set(read.by_id)
    assert len(parsed.draft.summary) >= 3
    assert parsed.draft.tags


def test_a_repair_gives_what_it_was_asked_for_and_nothing_that_stands_already() -> None:
    begun = opened("ja", document())
    pairs = parse_pairs(replied(questions_task(begun))).draft
    failed = [FailedPair(pairs[0], NUMBER), FailedPair(PairDraft("五つですか?", "五つです。", ()), NUMBER)]
    turns = repair_task(
        begun, failed, [FailedPart("gist", "G", NUMBER)], [pair.question for pair in pairs[2:]]
    )
    repaired = parse_repair(replied(turns)).draft
    assert repaired.pairs[0] == pairs[0]
    assert {pair.question for pair in repaired.pairs} <= {pair.question for pair in pairs[:2]}
    assert repaired.summary.gist.text
    assert not repaired.summary.summary


@pytest.mark.parametrize(
    ("language", "question"),
    [
        ("en", "How many households were there?"),
        ("ja", "どのようなデータを使いましたか?"),
        ("ja", "LampNetは何ですか?"),
    ],
)
def test_a_question_is_answered_from_the_text(language: str, question: str) -> None:
    read = document()
    standing, claims = asked(language, question, read)
    assert standing == "answered"
    for claim in claims:
        (citation,) = claim.citations
        assert locate(citation.quote, read.by_id[citation.passage_id])


def test_what_the_text_does_not_say_is_not_said_and_other_topics_are_declined() -> None:
    read = document()
    assert asked("en", "Who painted the ceiling?", read) == ("not said", [])
    assert asked("ja", "作曲したのは誰ですか?", read) == ("not said", [])
    assert asked("en", "What is the weather like in Rome?", read) == ("off topic", [])
    assert asked("ja", "明日の天気を教えてください。", read) == ("off topic", [])


def test_a_question_that_only_points_back_is_understood_from_the_thread() -> None:
    read = document()
    assert asked("en", "And who did?", read)[0] == "not said"
    assert asked("en", "And who did?", read, "Which households were there?")[0] == "answered"


@pytest.mark.parametrize("count", [1, 2, 10])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_an_overview_rests_on_the_papers_it_names(language: str, count: int) -> None:
    papers = {f"a{number}": (f"Lamp {number}", Summary("Gist.", "Text.")) for number in range(1, count + 1)}
    lines = parse_overview(replied(overview_task(PROMPTS, language, papers, Fence("abcdefgh")))).draft
    assert len(lines) == min(count, 3)
    for line in lines:
        assert set(line.ids) <= set(papers)


def test_the_same_prompt_gives_the_same_reply() -> None:
    turns = questions_task(opened("ja", document()))
    assert replied(turns) == replied(turns)


@pytest.mark.parametrize("kind", KINDS)
def test_each_way_to_misbehave_has_many_forms_and_can_be_had_again(kind: str) -> None:
    begun = opened("ja", document())
    reply = replied(questions_task(begun))
    bad = [misbehave(kind, reply, Random(seed)) for seed in range(400)]
    assert bad == [misbehave(kind, reply, Random(seed)) for seed in range(400)]
    assert len({one.text for one in bad}) >= 25
    assert sum(one.text == reply for one in bad) <= 20
    for one in bad:
        assert all(planted not in reply for planted in one.planted)


@pytest.mark.parametrize("kind", KINDS)
def test_any_reply_can_be_made_bad(kind: str) -> None:
    read = document()
    papers = {"a1": ("Lamps", Summary("Gist.", "Text.")), "a2": ("Books", Summary("Gist.", "Text."))}
    for language in ("ja", "en"):
        begun = opened(language, read)
        tasks = (
            summary_task(begun),
            questions_task(begun),
            answer_task(begun, "How many households were there?"),
            overview_task(PROMPTS, language, papers, begun.fence),
        )
        for turns in tasks:
            for seed in range(20):
                assert isinstance(misbehave(kind, replied(turns), Random(seed)).text, str)


def test_made_up_quotes_stand_nowhere() -> None:
    read = document()
    reply = replied(questions_task(opened("ja", read)))
    for seed in range(300):
        for quote in misbehave("made-up quote", reply, Random(seed)).planted:
            assert not any(locate(quote, passage) for passage in read.passages), quote


def test_quotes_of_another_page_are_true_quotes_in_the_wrong_place() -> None:
    read = document()
    reply = replied(questions_task(opened("ja", read)))
    moved = 0
    for seed in range(50):
        pairs = json.loads(misbehave("quote of another page", reply, Random(seed)).text)["questions"]
        for pair in pairs:
            for citation in pair["citations"]:
                draft = CitationDraft(citation["passage_id"], citation["quote"])
                assert any(locate(draft.quote, passage) for passage in read.passages)
                moved += bool(ground(read, [(draft.passage_id, draft.quote)])[1])
    assert moved >= 50
