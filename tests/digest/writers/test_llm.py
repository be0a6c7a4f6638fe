"""The LLM writer: two calls a paper, one repair, and nothing shown that the paper does not bear out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from digest.errors import CeilingReached
from digest.findings import Check
from digest.models import Citation, Claim, Document, Outcome, Verdict, Week
from digest.ports import Inquiry
from digest.spending import Budget
from tests.digest.writers.llm_room import Room, honest, honest_but, room
from tests.papers import ENGLISH, PAPER, document
from tests.servers.llm import Asked, Breaks, Fails, Garbage, Happening, Refuses, Says, Stalls

WEEK = Week(2024, 9)
ABSTRACT = "We present LampNet. On 1,200 evenings it reduces wasted light by 31% compared with a timer."
WITH_ABSTRACT = replace(PAPER, abstract=ABSTRACT)


def long_document() -> Document:
    """A paper as long as most are, which takes two calls."""
    more = [
        (f"{n} Part {n}", f"Part {n} of the study speaks of lamp number {n} only.") for n in range(2, 400)
    ]
    return document([*ENGLISH, *more])


def stands_there(citation: Citation, read: Document) -> bool:
    passage = read.by_id[citation.passage_id]
    start = passage.text.find(citation.quote)
    return start >= 0 and citation.page == passage.page_at(start)


async def answered(one: Room, question: str, language: str = "en", **more: Any) -> list[Claim | Outcome]:
    inquiry = Inquiry(question, language, PAPER, document(), **more)
    return [step async for step in one.writer.answer(inquiry)]


def texts(steps: Sequence[Claim | Outcome]) -> list[str]:
    return [step.text for step in steps if isinstance(step, Claim)]


def outcome(steps: Sequence[Claim | Outcome]) -> Outcome:
    assert isinstance(steps[-1], Outcome)
    return steps[-1]


def tasks(one: Room) -> list[str]:
    """What each call was for, as it was accounted."""
    return [asked.schema_name or "" for asked in one.model.asked]


# ------------------------------------------------------------------------- writing up


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_a_paper_takes_two_calls_and_all_it_says_is_cited(tmp_path: Path, language: str) -> None:
    async with room(tmp_path) as one:
        writing = await one.writer.write(WITH_ABSTRACT, long_document(), language)
        assert len(one.model.asked) == 2
        assert (writing.writer, writing.extract, writing.text_language) == ("llm", False, language)
        assert writing.summary.gist
        assert writing.summary.text
        assert len(writing.qa) >= 5
        assert all(stands_there(cited, long_document()) for pair in writing.qa for cited in pair.citations)
        assert writing.dropped == ()
        usages = await one.spending.about([PAPER.key])
        assert {usage.purpose for usage in usages} == {"summary", "questions"}
        assert all(usage.settled and usage.output_tokens for usage in usages)


async def test_a_short_paper_takes_one_call(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        writing = await one.writer.write(WITH_ABSTRACT, document(), "ja")
        assert len(one.model.asked) == 1
        assert writing.summary.gist
        assert len(writing.qa) >= 5
        assert [usage.purpose for usage in await one.spending.about([PAPER.key])] == ["write-up"]


async def test_the_paper_stands_first_so_that_the_second_call_finds_it_read(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        await one.writer.write(PAPER, long_document(), "ja")
        first, second = (asked.messages for asked in one.model.asked)
        assert first[:-1] == second[:-1]
        assert ENGLISH[0][1] in first[1]["content"]
        inquiry = Inquiry("Where did the evenings come from?", "ja", PAPER, long_document())
        assert [step async for step in one.writer.answer(inquiry)]
        assert one.model.asked[-1].messages[:-1] == first[:-1]


async def test_what_fails_is_asked_for_once_more_with_the_reasons(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        if asked.number == 1:
            reply["questions"][0]["citations"][0]["quote"] = "A quote that nobody wrote in any paper."
            reply["questions"][2]["answer"] += " それは9876倍です。"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert len(one.model.asked) == 3
        repair = one.model.asked[2].messages[-1]["content"]
        assert "A quote that nobody wrote" in repair
        assert "9876" in repair
        assert writing.dropped == ()
        assert len(writing.qa) >= 5
        assert "9876" not in repr(writing)


async def test_what_fails_twice_is_dropped_and_named(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        for pair in reply.get("questions", [])[:1]:
            pair["question"] = "どれだけ速くなりましたか?"
            pair["answer"] = "処理は9876倍速くなりました。"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert len(one.model.asked) == 3
        (lost,) = writing.dropped
        assert (lost.question, lost.reason) == ("どれだけ速くなりましたか?", Check.NUMBER)
        assert "9876" in lost.detail
        assert all("9876" not in pair.answer for pair in writing.qa)


async def test_what_may_not_be_repeated_is_not_even_named(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        for pair in reply.get("questions", [])[:1]:
            pair["question"] = "@everyone https://evil.example/x を見ましたか?"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, document(), "ja")
        assert writing.dropped
        assert "evil" not in repr(writing)
        assert "@everyone" not in repr(writing)


@pytest.mark.parametrize("planted", ["8万31千語", "83.8%", "十31万12", "Bravonel", "$\\alpha_{ossivane}$"])
async def test_a_question_may_not_bring_in_what_the_paper_does_not_hold(tmp_path: Path, planted: str) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        for pair in reply.get("questions", [])[:1]:
            pair["question"] += f" {planted}"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        paper = replace(PAPER, title=f"{PAPER.title} case 2883")
        writing = await one.writer.write(paper, document(), "ja")
        assert writing.dropped
        assert all(planted not in pair.question for pair in writing.qa)
        assert "ossivane" not in repr(writing.dropped[0].question)


async def test_a_summary_with_a_made_up_number_is_mended_sentence_by_sentence(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        if asked.number == 0:
            reply["gist"]["text"] = "9876回の実験で効果を確かめた研究です。"
            reply["summary"][1]["text"] = "誤差は54321分の1でした。"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(WITH_ABSTRACT, long_document(), "ja")
        assert writing.summary.gist
        assert "9876" not in repr(writing)
        assert "54321" not in repr(writing)


@pytest.mark.parametrize("failing", [Says(""), Fails(401), Garbage(b"<html>"), Refuses("No.")])
async def test_a_repair_that_fails_costs_only_what_it_was_to_mend(tmp_path: Path, failing: Happening) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any] | Happening:
        if asked.number == 2:
            return failing
        for pair in reply.get("questions", [])[:1]:
            pair["answer"] += " それは9876倍です。"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert len(one.model.asked) == 3
        assert (writing.writer, writing.stood_in) == ("llm", None)
        assert len(writing.qa) >= 5
        assert [lost.reason for lost in writing.dropped] == [Check.NUMBER]


async def test_an_empty_reply_is_asked_for_once_more(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any] | Happening:
        return Says("") if asked.number == 0 else reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert (len(one.model.asked), writing.stood_in) == (3, None)
        lines = await one.writer.overview(WEEK, [(PAPER, writing)], "ja")
        assert lines


async def test_the_same_question_is_not_asked_twice(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        for pair in reply.get("questions", [])[1:2]:
            pair["question"] = reply["questions"][0]["question"].replace("?", "？")
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, document(), "ja")
        questions = [pair.question.replace("？", "?") for pair in writing.qa]
        assert len(questions) == len(set(questions)) >= 5
        assert questions[0] in one.model.asked[-1].messages[-1]["content"]
        assert len(one.model.asked) == 2


async def test_a_reply_that_breaks_off_costs_one_call_more(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> Happening | dict[str, Any]:
        whole = json.dumps(reply, ensure_ascii=False)
        return Says(whole[: len(whole) // 2], finish="length") if asked.number == 1 else reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert (len(one.model.asked), writing.writer, writing.dropped) == (3, "llm", ())
        assert len(writing.qa) >= 5


async def test_of_a_reply_that_breaks_off_twice_what_came_whole_is_kept(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> Happening | dict[str, Any]:
        whole = json.dumps(reply, ensure_ascii=False)
        return Says(whole[: len(whole) // 2], finish="length") if asked.number in {1, 2} else reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(PAPER, long_document(), "ja")
        assert writing.writer == "llm"
        assert 1 <= len(writing.qa) < 10


@pytest.mark.parametrize(
    ("happening", "kind"),
    [
        (Says("not JSON at all"), "ReplyBroken"),
        (Says(""), "ReplyBroken"),
        (Says("{}"), "ReplyBroken"),
        (Garbage(), "ReplyBroken"),
        (Refuses(), "ModelRefused"),
        (Fails(401, "Incorrect API key provided: sk-test."), "ModelRefused"),
        (Fails(500), "ModelUnreachable"),
        (Fails(429, headers={"Retry-After": "7"}), "ModelUnreachable"),
    ],
)
async def test_the_extracts_step_in_where_the_model_gives_nothing(
    tmp_path: Path, happening: Happening, kind: str
) -> None:
    async with room(tmp_path, lambda asked: happening) as one:
        writing = await one.writer.write(PAPER, document(), "ja")
        assert (writing.writer, writing.extract, writing.stood_in) == ("extractive", True, kind)
        assert writing.qa


async def test_the_extracts_step_in_where_the_ceiling_is_reached(tmp_path: Path) -> None:
    async with room(tmp_path, budget=Budget(day_tokens=100)) as one:
        writing = await one.writer.write(PAPER, document(), "ja")
        assert (writing.writer, writing.stood_in, one.model.calls) == ("extractive", "CeilingReached", 0)


async def test_a_long_paper_is_read_in_parts_and_says_so(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        one.model.context_tokens = 12_000  # with the reply of 4,000 the whole paper is too long
        writing = await one.writer.write(PAPER, long_document(), "en")
        assert (writing.writer, writing.stood_in) == ("llm", None)
        assert writing.sections
        assert len(one.model.refused) == 1


async def test_cancelling_leaves_nothing_half_written(tmp_path: Path) -> None:
    arrived = asyncio.Event()

    def script(asked: Asked) -> Happening:
        arrived.set()
        return Stalls()

    async with room(tmp_path, script) as one:
        task = asyncio.create_task(one.writer.write(PAPER, document(), "ja"))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert all(usage.settled for usage in await one.spending.about([PAPER.key]))


# -------------------------------------------------------------------------- answering


async def test_an_answer_comes_claim_by_claim(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        steps = await answered(one, "How many households were there?")
        assert texts(steps)
        assert outcome(steps) == Outcome(Verdict.GROUNDED)
        claims = [step for step in steps if isinstance(step, Claim)]
        assert all(stands_there(cited, document()) for claim in claims for cited in claim.citations)
        assert not any(claim.extract for claim in claims)


async def test_a_claim_is_given_before_the_next_one_has_come(tmp_path: Path) -> None:
    go_on = asyncio.Event()

    def change(asked: Asked, reply: dict[str, Any]) -> Happening:
        whole = json.dumps(reply, ensure_ascii=False)
        return Stalls(whole, after=whole.index("}]}") // 12 + 2)

    async with room(tmp_path, honest_but(change)) as one:
        inquiry = Inquiry("How many households were there?", "en", PAPER, document())
        answer = one.writer.answer(inquiry)
        first = await anext(answer)
        assert isinstance(first, Claim)
        assert one.model.under_way == 1
        await answer.aclose()  # type: ignore[attr-defined]  # an async generator
        go_on.set()


async def test_a_claim_that_does_not_pass_is_never_given(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        reply["claims"] = [
            {"text": "There were 9876 households.", "citations": reply["claims"][0]["citations"]},
            *reply["claims"],
        ]
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        steps = await answered(one, "How many households were there?")
        assert texts(steps)
        assert not any("9876" in text for text in texts(steps))
        assert [lost.reason for lost in outcome(steps).dropped] == [Check.NUMBER]
        assert len(one.model.asked) == 2  # asked for once more, with the reason


async def test_a_claim_that_only_says_its_question_again_is_not_given(tmp_path: Path) -> None:
    question = "データセットの構築方法はどのように説明されていますか?"

    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        reply["claims"][0]["text"] = "データセットの構築方法について説明されています。"
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        steps = await answered(one, question, "ja")
        assert all("構築方法" not in text for text in texts(steps))
        assert Check.RESTATES in {lost.reason for lost in outcome(steps).dropped}


async def test_what_was_shown_is_the_answer_where_the_ceiling_stops_its_repair(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        reply["claims"].append(dict(reply["claims"][0], text="It needs 9876 lamps."))
        return reply

    async with room(tmp_path, honest_but(change), budget=Budget(day_tokens=6_200)) as one:
        steps = await answered(one, "How many households were there?")
        assert len(one.model.asked) == 1
        assert texts(steps)
        assert outcome(steps).verdict is Verdict.GROUNDED
        assert [lost.reason for lost in outcome(steps).dropped] == [Check.NUMBER]


async def test_where_nothing_passes_the_nearest_passages_are_offered(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        claims = [{"text": "There were 9876 households.", "citations": []}]
        return {"standing": "answered", "claims": claims}

    async with room(tmp_path, honest_but(change)) as one:
        steps = await answered(one, "How many households were there?")
        assert (texts(steps), outcome(steps).verdict) == ([], Verdict.UNPROVEN)
        assert outcome(steps).nearest


@pytest.mark.parametrize(
    ("standing", "verdict"), [("not said", Verdict.NOT_SAID), ("off topic", Verdict.OFF_TOPIC)]
)
async def test_what_the_paper_does_not_say_and_other_topics_get_no_claims(
    tmp_path: Path, standing: str, verdict: Verdict
) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        return reply | {"standing": standing}

    async with room(tmp_path, honest_but(change)) as one:
        steps = await answered(one, "How many households were there?")
        assert (steps, len(one.model.asked)) == ([Outcome(verdict)], 1)


async def test_a_stream_that_breaks_is_asked_for_once_more_and_nothing_comes_twice(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> Happening | dict[str, Any]:
        whole = json.dumps(reply, ensure_ascii=False)
        return Breaks(whole, after=whole.index("}]}") // 12 + 2) if asked.number == 0 else reply

    async with room(tmp_path, honest_but(change)) as one:
        steps = await answered(one, "How many households were there?")
        assert outcome(steps).verdict is Verdict.GROUNDED
        assert len(set(texts(steps))) == len(texts(steps)) >= 1


async def test_where_the_model_is_away_the_extracts_answer_and_say_so(tmp_path: Path) -> None:
    async with room(tmp_path, lambda asked: Fails(503)) as one:
        steps = await answered(one, "How many households were there?")
        assert any("40 households" in text for text in texts(steps))
        assert outcome(steps) == Outcome(Verdict.GROUNDED, writer="extractive", stood_in="ModelUnreachable")


async def test_an_asker_who_has_had_enough_is_told(tmp_path: Path) -> None:
    async with room(tmp_path, budget=Budget(user_day_tokens=100)) as one:
        with pytest.raises(CeilingReached, match="your questions today"):
            await answered(one, "How many households were there?", asker="ann")
        assert one.model.calls == 0


async def test_earlier_exchanges_are_part_of_the_question(tmp_path: Path) -> None:
    from tests.builders import exchange

    async with room(tmp_path) as one:
        await answered(one, "And in winter?", earlier=(exchange(),))
        asked = one.model.asked[0].messages[-1]["content"]
        assert exchange().question in asked
        assert "And in winter?" in asked


# --------------------------------------------------------------------------- overview


async def test_the_week_takes_one_call_and_is_checked(tmp_path: Path) -> None:
    def change(asked: Asked, reply: dict[str, Any]) -> dict[str, Any]:
        if "lines" in reply:
            reply["lines"].append({"text": "今週は9876本の論文がそろいました。", "paper_ids": ["a1"]})
        return reply

    async with room(tmp_path, honest_but(change)) as one:
        writing = await one.writer.write(WITH_ABSTRACT, document(), "ja")
        before = len(one.model.asked)
        lines = await one.writer.overview(WEEK, [(WITH_ABSTRACT, writing)] * 3, "ja")
        assert len(one.model.asked) == before + 1
        assert 1 <= len(lines) <= 4
        assert not any("9876" in line for line in lines)
        assert [usage.purpose for usage in await one.spending.about([str(WEEK)])] == ["overview"]


async def test_a_week_without_a_model_is_counted(tmp_path: Path) -> None:
    async with room(tmp_path) as one:
        writing = await one.writer.write(PAPER, document(), "en")
    async with room(tmp_path, lambda asked: Fails(500)) as one:
        lines = await one.writer.overview(WEEK, [(PAPER, writing)], "en")
        assert lines[0].startswith("This week brings")


async def test_the_same_paper_gives_the_same_prompt(tmp_path: Path) -> None:
    async with room(tmp_path, honest) as one:
        await one.writer.write(PAPER, document(), "ja")
        await one.writer.write(PAPER, document(), "ja")
        first, second = one.model.asked
        assert first.messages == second.messages
