"""Quotes to citations: what is shown is the source's own span, and nothing that stands elsewhere."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from digest.findings import Check
from digest.grounding import LONGEST_QUOTE, ground, sources_of
from digest.models import Document, Passage
from tests.papers import document

SENTENCES = (
    "LampNet learns when readers want more light.",
    "It saves 31% of the energy that a timer takes.",
    "Forty households took part for one winter.",
    "Nobody fell asleep.",
)


def read(*passages: tuple[str, ...]) -> Document:
    found = []
    for number, sentences in enumerate(passages, 1):
        spans, text = [], ""
        for sentence in sentences:
            start = len(text) + (1 if text else 0)
            text = f"{text} {sentence}" if text else sentence
            spans.append((start, len(text)))
        found.append(Passage(f"p{number}", text, "1 Introduction", tuple(spans), ((0, number),)))
    return Document(tuple(found), "en", document().coverage, "pdf", "v1", "https://example.org/a.pdf")


def test_the_shown_quote_is_the_sources_own_span_with_our_page() -> None:
    source = read(SENTENCES[:2], SENTENCES[2:])
    (citation,), wrong = ground(source, [("p1", "it  SAVES 31 % of the energy that a timer takes")])
    assert citation.quote == "It saves 31% of the energy that a timer takes"
    assert (citation.page, citation.url, wrong) == (1, "https://example.org/a.pdf#page=1", ())


def test_a_slip_of_the_copyist_is_not_shown() -> None:
    source = read(SENTENCES)
    (citation,), _ = ground(source, [("[p1]", "It saves 31% of the energy that a timer taks.")])
    assert citation.quote == SENTENCES[1]


def test_a_quote_of_another_passage_does_not_count() -> None:
    source = read(SENTENCES[:1], ("Nothing here.",), ("Nor is there anything here.",), SENTENCES[1:2])
    citations, wrong = ground(source, [("p1", SENTENCES[1])])
    assert citations == ()
    assert wrong[0].check is Check.QUOTE


def test_a_sentence_that_two_passages_share_is_found_in_either() -> None:
    source = read(SENTENCES[:2], SENTENCES[1:])
    (citation,), _ = ground(source, [("p1", SENTENCES[2])])
    assert (citation.passage_id, citation.page) == ("p2", 2)


def test_a_made_up_quote_and_an_unknown_passage_are_found() -> None:
    for pair in [("p1", "LampNet reads minds."), ("p99", SENTENCES[0]), ("p1", ""), ("", SENTENCES[0])]:
        citations, wrong = ground(read(SENTENCES), [pair])
        assert citations == ()
        assert [one.check for one in wrong] == [Check.QUOTE]


def test_no_quote_at_all_is_a_fault() -> None:
    assert ground(read(SENTENCES), []) == ((), ground(read(SENTENCES), [])[1])
    assert ground(read(SENTENCES), [])[1][0].check is Check.QUOTE


def test_one_good_quote_beside_a_bad_one_tells_both() -> None:
    citations, wrong = ground(read(SENTENCES), [("p1", SENTENCES[0]), ("p1", "Made up by someone else.")])
    assert len(citations) == len(wrong) == 1


def test_the_same_quote_twice_is_one() -> None:
    citations, _ = ground(read(SENTENCES), [("p1", SENTENCES[0]), ("p1", SENTENCES[0].upper())])
    assert len(citations) == 1


def test_a_scrap_is_shown_with_its_sentence() -> None:
    (citation,), _ = ground(read(SENTENCES), [("p1", "31% of the")])
    assert citation.quote == SENTENCES[1]


def test_a_scrap_that_stands_there_twice_does_not_say_where_it_stands() -> None:
    twice = read(("It saves 31% there.", "It saves 31% here."))
    assert ground(twice, [("p1", "saves 31%")])[0] == ()


def test_a_long_quote_ends_with_a_sentence() -> None:
    long = tuple(f"Sentence number {n} says a little more than the one before it did." for n in range(12))
    (citation,), _ = ground(read(long), [("p1", " ".join(long))])
    assert len(citation.quote) <= LONGEST_QUOTE
    assert citation.quote.endswith("did.")


def test_a_long_quote_without_sentences_ends_with_a_word() -> None:
    text = "word1234 " * 90
    (citation,), _ = ground(read((text.strip(),)), [("p1", text)])
    assert len(citation.quote) <= LONGEST_QUOTE
    assert citation.quote.rstrip().endswith("word1234")


@given(st.text(max_size=80), st.text(max_size=8))
def test_whatever_is_quoted_what_is_shown_stands_in_the_source(quote: str, passage_id: str) -> None:
    source = read(SENTENCES[:2], SENTENCES[1:])
    for pair in [(passage_id, quote), ("p1", quote), ("p2", SENTENCES[2][: len(quote)])]:
        citations, wrong = ground(source, [pair])
        assert bool(citations) != bool(wrong)
        assert all(one.quote and one.quote in source.by_id[one.passage_id].text for one in citations)


def test_names_may_stand_in_the_passages_named_and_beside_them() -> None:
    source = read(SENTENCES[:1], SENTENCES[1:2], SENTENCES[2:3], SENTENCES[3:])
    assert len(sources_of(source, ["p1", "p99"])) == 2
    assert sources_of(source, []) == ()
