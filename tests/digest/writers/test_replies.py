"""Replies taken apart: what is whole is kept, what is not is said, and nothing else is raised."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.errors import ReplyBroken
from digest.writers.drafts import (
    CitationDraft,
    ClaimDraft,
    PairDraft,
    SentenceDraft,
    Standing,
    SummaryDraft,
)
from digest.writers.replies import (
    ANSWER_SCHEMA,
    OVERVIEW_SCHEMA,
    PAPER_SCHEMA,
    ClaimScanner,
    Parsed,
    parse_overview,
    parse_pairs,
    parse_repair,
    parse_summary,
)
from digest.writers.salvage import Salvage

PAIR = {
    "question": "何を測りますか?",
    "answer": '灯りの"無駄"を測ります。{ここ}も]も文字です。',
    "citations": [{"passage_id": "p3", "quote": 'We measure “waste”, [sic] e.g. \\alpha, "light": {so}.'}],
}
SECOND = {"question": "どう学習しますか?", "answer": "毎晩学習します😀。", "citations": []}
PAPER = {
    "title_translated": "学ぶ読書灯",
    "gist": {"text": "灯りが学びます。", "passage_ids": ["p1"]},
    "summary": [
        {"text": "課題です。", "passage_ids": ["p1", "p2"]},
        {"text": "結果です。", "passage_ids": ["p9"]},
    ],
    "abstract_translated": "要旨です。",
    "tags": ["読書灯", "学習"],
    "questions": [PAIR, SECOND],
}
ANSWER = {
    "standing": "answered",
    "claims": [
        {"text": PAIR["answer"], "citations": PAIR["citations"]},
        {"text": SECOND["answer"], "citations": []},
    ],
}
QUOTE = CitationDraft("p3", 'We measure “waste”, [sic] e.g. \\alpha, "light": {so}.')
PAIRS = (
    PairDraft(str(PAIR["question"]), str(PAIR["answer"]), (QUOTE,)),
    PairDraft(str(SECOND["question"]), str(SECOND["answer"]), ()),
)
SUMMARY = SummaryDraft(
    "学ぶ読書灯",
    SentenceDraft("灯りが学びます。", ("p1",)),
    (SentenceDraft("課題です。", ("p1", "p2")), SentenceDraft("結果です。", ("p9",))),
    "要旨です。",
    ("読書灯", "学習"),
)
CLAIMS = (ClaimDraft(PAIRS[0].answer, (QUOTE,)), ClaimDraft(PAIRS[1].answer, ()))
PARSERS: tuple[Callable[[str], Parsed[Any]], ...] = (parse_summary, parse_pairs, parse_repair, parse_overview)


def dumped(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def scanned(pieces: list[str]) -> tuple[ClaimScanner, tuple[ClaimDraft, ...]]:
    scanner = ClaimScanner()
    found = [claim for piece in pieces for claim in scanner.feed(piece)]
    return scanner, (*found, *scanner.finish())


# ---------------------------------------------------------------------------- shapes


def strict_faults(node: Any, depth: int = 1) -> list[str]:
    """What OpenAI's strict mode would refuse, or what is deeper than it need be."""
    found = ["too deep"] if depth > 6 else []
    if node["type"] == "object":
        if node.get("additionalProperties") is not False:
            found.append("open")
        if set(node["required"]) != set(node["properties"]):
            found.append("optional")
        for inner in node["properties"].values():
            found += strict_faults(inner, depth + 1)
    if node["type"] == "array":
        found += strict_faults(node["items"], depth + 1)
    return found


@pytest.mark.parametrize("schema", [PAPER_SCHEMA, OVERVIEW_SCHEMA, ANSWER_SCHEMA])
def test_shapes_are_strict_and_shallow(schema: Any) -> None:
    assert strict_faults(schema) == []
    assert json.loads(json.dumps(schema)) == schema


def test_the_standing_comes_before_the_claims() -> None:
    assert list(ANSWER_SCHEMA["properties"]) == ["standing", "claims"]


# ---------------------------------------------------------------------------- whole replies


@pytest.mark.parametrize(
    "wrapped",
    [
        "{}",
        "```json\n{}\n```",
        'Sure, here is {{the}} JSON [as asked]:\n\n{}\n\nAnything else? {{"question": 1}}',
        '<think>A list: {{"questions": []}}</think>\n{}',
        "\ufeff  \n{}\n",
    ],
    ids=["bare", "fenced", "introduced", "thought of", "marked"],
)
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("escaped", [True, False])
def test_a_whole_reply_is_read_whatever_stands_around_it(
    wrapped: str, indent: int | None, escaped: bool
) -> None:
    reply = wrapped.format(json.dumps(PAPER, indent=indent, ensure_ascii=escaped))
    assert parse_summary(reply) == Parsed(SUMMARY, complete=True)
    assert parse_pairs(reply) == Parsed(PAIRS, complete=True)
    repaired = parse_repair(reply)
    assert (repaired.draft.summary, repaired.draft.pairs, repaired.complete) == (SUMMARY, PAIRS, True)


def test_an_overview_is_read_with_its_papers() -> None:
    reply = dumped({"lines": [{"text": "灯りの研究が続きます。", "paper_ids": ["a1", "[a2]", "3"]}]})
    assert parse_overview(reply) == Parsed(
        (SentenceDraft("灯りの研究が続きます。", ("a1", "a2", "a3")),), True
    )


ANSWERED = {
    "with a comma too many": ('"B",', "B"),
    "with bare quotes": ('"B, "c".", ', 'B, "c".'),
    "with escapes that are none": (r'"\alpha \u12 \d"', r"\alpha \u12 \d"),
    "over several lines": ('"B\nC\tD"', "B C D"),
    "with what nobody sees": (r'"B\u0000\u202e\u200bC"', "BC"),
    "with half a pair": (r'"\ud83d!"', "\ufffd!"),
    "among other fields": ('"B", "score": NaN, "sure": true, "n": -1.5e3', "B"),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_small_faults_of_a_text_are_overlooked(name: str) -> None:
    written, meant = ANSWERED[name]
    reply = f'{{"questions": [{{"question": "A?", "answer": {written}}}]}}'
    assert parse_pairs(reply) == Parsed((PairDraft("A?", meant, ()),), complete=True)


LISTED = {
    "a bare list": dumped([PAIR, SECOND]),
    "an object around it": dumped({"result": {"questions": [PAIR, SECOND]}}),
    "an object before it": dumped({"note": "see below"}) + dumped({"questions": [PAIR, SECOND]}),
    "a comma too few, one too many": '{"questions": [' + dumped(PAIR) + dumped(SECOND) + ",],}",
    "twice": '{"questions": [' + dumped(PAIR) + '], "questions": [' + dumped(SECOND) + "]}",
}


@pytest.mark.parametrize("name", LISTED)
def test_small_faults_of_the_shape_are_overlooked(name: str) -> None:
    assert parse_pairs(LISTED[name]) == Parsed(PAIRS, complete=True)


def test_one_pair_needs_no_list() -> None:
    assert parse_pairs(dumped({"questions": SECOND})) == Parsed(PAIRS[1:], complete=True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [("p12", "p12"), ("[p12]", "p12"), ("12", "p12"), ("P012", "p12"), (12, "p12"), ("q7", "q7"), ("", "")],
)
def test_ids_are_read_as_we_issue_them(given: object, meant: str) -> None:
    pair = PAIR | {"citations": [{"passage_id": given, "quote": "[p12] “A quote.”"}]}
    (found,) = parse_pairs(dumped({"questions": [pair]})).draft
    assert found.citations == (CitationDraft(meant, "A quote."),)


def test_parts_of_a_summary_may_come_as_plain_texts() -> None:
    reply = dumped({"gist": "要点です。", "summary": ["一。", {"text": "二。"}], "tags": "灯り、学習"})
    summary = (SentenceDraft("一。", ()), SentenceDraft("二。", ()))
    told = SummaryDraft("", SentenceDraft("要点です。", ()), summary, "", ("灯り", "学習"))
    assert parse_summary(reply) == Parsed(told, complete=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"questions": [SECOND, {"question": "A?"}]},
        {"questions": [SECOND, "A?"]},
        {"questions": [SECOND, 3, None]},
        {"questions": [SECOND, {"question": ["A?"], "answer": {"b": 1}}]},
    ],
)
def test_what_has_the_wrong_type_is_left_out_and_said(wrong: object) -> None:
    assert parse_pairs(dumped(wrong)) == Parsed(PAIRS[1:], complete=False)


# ---------------------------------------------------------------------------- broken replies


def test_wherever_a_reply_is_cut_the_whole_items_are_kept() -> None:
    reply = dumped({"questions": [PAIR, SECOND]})
    ends = [reply.index(dumped(pair)) + len(dumped(pair)) for pair in (PAIR, SECOND)]
    begins = reply.index("[") + 1
    for cut in range(len(reply)):
        if cut < begins:
            with pytest.raises(ReplyBroken):
                parse_pairs(reply[:cut])
        else:
            whole = sum(end <= cut for end in ends)
            assert parse_pairs(reply[:cut]) == Parsed(PAIRS[:whole], complete=False)


def test_wherever_a_summary_is_cut_nothing_half_said_is_kept() -> None:
    reply = dumped(PAPER)
    for cut in range(20, len(reply)):
        try:
            parsed = parse_summary(reply[:cut])
        except ReplyBroken:
            continue
        assert not parsed.complete
        assert parsed.draft.title_translated in {"", SUMMARY.title_translated}
        assert parsed.draft.gist in {SUMMARY.gist, SentenceDraft("", ())}
        assert parsed.draft.summary == SUMMARY.summary[: len(parsed.draft.summary)]
        assert parsed.draft.abstract_translated in {"", SUMMARY.abstract_translated}
        assert parsed.draft.tags == SUMMARY.tags[: len(parsed.draft.tags)]


MEGABYTE = 1_000_000
GARBAGE = {
    "nothing": "",
    "a refusal": "I'm sorry, but I can't help with that.",
    "null": "null",
    "an empty object": "{}",
    "a list of numbers": "[1, 2, 3]",
    "other fields": '{"error": "overloaded"}',
    "open objects": '{"a":' * MEGABYTE,
    "open lists": "[" * MEGABYTE,
    "lists of objects": '[{"a":' * MEGABYTE,
    "braces": "{" * 10 * MEGABYTE,
    "letters": "x" * 10 * MEGABYTE,
    "backslashes": '{"gist": "' + "\\" * 10 * MEGABYTE,
    "quotes": '{"gist": "' + '"x' * 5 * MEGABYTE,
    "thoughts": "<think>" + "hm " * MEGABYTE,
    "spaces": '{"gist":' + " " * 10 * MEGABYTE,
    "single quotes": "{'gist': 'x'}",
    "Chinese whispers": "".join(random.Random(7).choices(string.printable + '{}[]":,\\', k=MEGABYTE)),
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_is_an_error_with_a_name_and_takes_no_time(name: str) -> None:
    for parse in PARSERS:
        with pytest.raises(ReplyBroken):
            parse(GARBAGE[name])
    scanner, claims = scanned([GARBAGE[name]])
    assert (scanner.standing, claims, scanner.complete) == (None, (), False)


@pytest.mark.parametrize("opening", ['{"questions": [', '{"questions": [{"question": "'])
def test_a_list_without_an_end_is_read_so_far(opening: str) -> None:
    assert parse_pairs(opening + "[" * MEGABYTE) == Parsed((), complete=False)


TEXTS = st.text() | st.text('{}[]":,\\ \n`p1あ😀u', max_size=30)
JSONS = st.recursive(
    TEXTS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(
    TEXTS | JSONS.map(json.dumps) | JSONS.map(lambda value: json.dumps({"questions": value, "gist": value}))
)
def test_no_reply_raises_anything_else(reply: str) -> None:
    for parse in PARSERS:
        try:
            parse(reply)
        except ReplyBroken:
            continue
    scanned(list(reply))


PLAIN = st.recursive(
    st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), PLAIN, min_size=1, max_size=5),
    st.booleans(),
    st.randoms(),
)
def test_json_means_what_it_means_however_it_is_cut_into_pieces(
    value: Any, escaped: bool, luck: random.Random
) -> None:
    text = json.dumps(value, ensure_ascii=escaped)
    salvage = Salvage()
    while text:
        size = luck.randint(1, 9)
        salvage.feed(text[:size])
        text = text[size:]
    salvage.finish()
    assert (salvage.root, salvage.closed) == (value, True)


# ---------------------------------------------------------------------------- streams


def test_a_claim_is_given_as_soon_as_it_is_closed_and_the_standing_before() -> None:
    scanner = ClaimScanner()
    reply = dumped(ANSWER)
    known: list[int] = []
    given: list[int] = []
    for place, character in enumerate(reply):
        found = scanner.feed(character)
        given += [place] * len(found)
        if scanner.standing and not known:
            known.append(place)
    assert known == [reply.index('"answered"') + len('"answered"')]
    assert given == [reply.index(dumped(claim)) + len(dumped(claim)) - 1 for claim in ANSWER["claims"]]
    assert (scanner.standing, scanner.complete, scanner.finish()) == (Standing.ANSWERED, True, ())


@pytest.mark.parametrize("escaped", [True, False])
def test_any_two_cuts_give_the_same_claims(escaped: bool) -> None:
    reply = f"Here:\n```json\n{json.dumps(ANSWER, ensure_ascii=escaped)}\n```"
    for first in range(0, len(reply), 3):
        for second in range(first, len(reply), 17):
            scanner, claims = scanned([reply[:first], reply[first:second], reply[second:]])
            assert (claims, scanner.standing, scanner.complete) == (CLAIMS, Standing.ANSWERED, True)


def test_a_pair_of_surrogates_in_two_pieces_is_one_character() -> None:
    scanner, claims = scanned(['{"claims": [{"text": "a\ud83d', '\ude00b", "citations": []}]}'])
    assert claims == (ClaimDraft("a😀b", ()),)
    assert not scanner.complete  # it did not say how the question stands


@pytest.mark.parametrize(
    ("told", "standing"),
    [
        ("answered", Standing.ANSWERED),
        ("not said", Standing.NOT_SAID),
        ("Not_said.", Standing.NOT_SAID),
        ("OFF-TOPIC", Standing.OFF_TOPIC),
        ("perhaps", None),
        (True, None),
    ],
)
def test_the_standing_is_read_leniently_and_never_guessed(told: object, standing: Standing | None) -> None:
    scanner, _ = scanned([dumped({"standing": told, "claims": []})])
    assert scanner.standing == standing
    assert scanner.complete == (standing is not None)


def test_claims_may_come_before_the_standing_or_as_a_bare_list() -> None:
    scanner, claims = scanned([dumped({"claims": ANSWER["claims"], "standing": "answered"})])
    assert (claims, scanner.standing) == (CLAIMS, Standing.ANSWERED)
    assert scanned([dumped(ANSWER["claims"])])[1] == CLAIMS


@given(st.data())
def test_a_stream_that_breaks_off_gives_the_claims_that_are_whole(data: st.DataObject) -> None:
    reply = dumped(ANSWER)
    cut = data.draw(st.integers(0, len(reply) - 1))
    scanner, claims = scanned(list(reply[:cut]))
    assert claims == CLAIMS[: len(claims)]
    assert not scanner.complete


def test_what_follows_the_answer_is_not_read() -> None:
    _, claims = scanned([dumped(ANSWER), dumped(ANSWER)])
    assert claims == CLAIMS
