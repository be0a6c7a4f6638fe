"""The whole bot with a model: what readers, askers and admins see of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot import check_file, evaluate_answers
from bot.app import App
from bot.commands import Commands
from bot.doctor.examine import examine
from digest.errors import NotFound, WrongUse
from digest.models import Week
from digest.posts import Button
from tests.bot.support import TIDE, Person, opened, settings_in
from tests.servers.honest import honest_reply
from tests.servers.llm import MODEL, Asked, Fails, Happening, Says, ScriptedModel

ANSWER = {
    "id": 1,
    "language": "ja",
    "question": "どれだけ速くなりましたか?",
    "answer": "処理は3倍速くなりました。",
    "quotes": ["It is three times faster than before."],
    "passages": ["We made it anew. It is three times faster than before. Nobody noticed."],
}


def settings_for(model: ScriptedModel, more: str = "") -> str:
    lines = f'[llm]\nmodel = "{MODEL}"\nbase_url = "{model.url}"\napi_key = "sk-secret"\nattempts = 1\n{more}'
    return f"[digest]\npapers = 2\n{lines}"


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with ScriptedModel(lambda asked: Says(honest_reply(asked.body))) as one:
        yield one


async def build(app: App) -> None:
    await app.services.posting.weekly.build(Week(2026, 10), "ja")


async def test_a_week_is_paid_for_once(tmp_path: Path, model: ScriptedModel) -> None:
    async with opened(tmp_path, settings_for(model)) as (app, _):
        await build(app)
        calls = model.calls
        assert calls == 3  # two short papers, and the week
        await app.services.posting.weekly.build(Week(2026, 10), "ja", again=True)
        assert model.calls == calls + 1  # only the week's trends are written anew


async def test_status_says_what_it_cost(tmp_path: Path, model: ScriptedModel) -> None:
    price = "[llm.price]\ninput = 1.0\noutput = 2.0\n"
    async with opened(tmp_path, settings_for(model, price)) as (app, _):
        await build(app)
        shown = (await Person(app, language="ja").says("/digest status")).text
        assert f"モデル({MODEL})" in shown
        assert "前回のダイジェストの作成：3回" in shown
        assert "USD" in shown
        assert "上限の" in shown


async def test_an_asker_over_the_quota_is_told_until_when(tmp_path: Path, model: ScriptedModel) -> None:
    async with opened(tmp_path, settings_for(model, "user_day_tokens = 50")) as (app, _):
        await build(app)
        calls = model.calls
        shown = (await Person(app, language="ja").says(f"/ask {TIDE} どのデータで学習しましたか?")).text
        assert "あなたの今日の利用量が上限に達しました" in shown
        assert "2026年3月11日(水) 00:00" in shown
        assert model.calls == calls


async def test_an_answer_is_in_the_language_of_the_question(tmp_path: Path, model: ScriptedModel) -> None:
    async with opened(tmp_path, settings_for(model)) as (app, _):
        await build(app)
        person = Person(app, language="ja")
        english = (await person.says(f"/ask {TIDE} Which data was the model trained on?")).text
        assert "The point is" in english
        assert "みんな" not in english
        other = (await person.says(f"/ask {TIDE} 天気はどうですか?")).text
        assert "この論文とは関係のない質問のため" in other


async def test_the_same_question_is_answered_from_store(tmp_path: Path, model: ScriptedModel) -> None:
    async with opened(tmp_path, settings_for(model)) as (app, _):
        await build(app)
        question = f"/ask {TIDE} Which data was the model trained on?"
        first = (await Person(app, "ann").says(question)).text
        calls = model.calls
        assert (await Person(app, "ben").says(question)).text == first
        assert model.calls == calls


async def test_extracts_stand_in_and_say_why(tmp_path: Path) -> None:
    async with (
        ScriptedModel(lambda asked: Fails(500, "a secret of the server")) as model,
        opened(tmp_path, settings_for(model)) as (app, _),
    ):
        preview = (await Person(app).says("/digest preview")).text
        assert "Papers shown in their own words" in preview
        assert "the model’s server does not answer" in preview
        shown = (await Person(app).says(f"/ask {TIDE} How many ports are in the data?")).text
        assert "The model could not be used, so these are the paper’s own sentences" in shown
        assert "secret" not in shown
        preview = (await Person(app).says("/digest preview")).text
        assert "Papers shown in their own words" in preview
        assert "the model’s server does not answer" in preview


async def test_what_was_dropped_is_named_in_the_preview(tmp_path: Path) -> None:
    def script(asked: Asked) -> Happening:
        reply = json.loads(honest_reply(asked.body))
        for pair in reply.get("questions", [])[:1]:
            pair |= {"question": "どれだけ速くなりましたか?", "answer": "処理は9876倍速くなりました。"}
        return Says(json.dumps(reply, ensure_ascii=False))

    async with ScriptedModel(script) as model, opened(tmp_path, settings_for(model)) as (app, _):
        preview = (await Person(app, language="ja").says("/digest preview")).text
        assert "どれだけ速くなりましたか?(引用にない数値：9876倍)" in preview


async def test_the_doctor_asks_the_model(tmp_path: Path, model: ScriptedModel) -> None:
    async def found(extra: str) -> str:
        findings = await examine(settings_in(tmp_path, extra))
        return next(one.line() for one in findings if one.about == "model")

    assert await found(settings_for(model)) == f"✓ model: {MODEL} answers"
    model.key = "sk-other"
    line = await found(settings_for(model))
    assert line.startswith(f"✗ model: {MODEL}: ")
    assert "sk-secret" not in line
    assert "none" in await found("")


async def test_answers_are_measured(tmp_path: Path, model: ScriptedModel) -> None:
    text = "Data\nThe tide table of the northern harbour lists 412 days for small fishing boats."
    asked = {"question": "How many days does the tide table list?", "answers": ["412"], "evidence": []}
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"full_text": text, "qas": [asked]}) + "\n", encoding="utf-8")
    async with opened(tmp_path, settings_for(model)) as (app, _):
        report = await evaluate_answers.answers(file, app.services)
    assert (report.questions, report.shares["grounded"], report.failed) == (1, 100.0, 0)
    assert (report.number_questions, report.exact_numbers) == (1, 100.0)
    assert report.cost.calls == model.calls
    assert "exact numbers: 100.0% of 1 questions" in report.text()
    assert report.document()["dropped"] == {}


def test_answers_of_a_file_are_checked(tmp_path: Path) -> None:
    wrong = ANSWER | {"id": 2, "answer": "処理は5倍速くなりました。"}
    lost = ANSWER | {"id": 3, "quotes": ["It is much slower than before."]}
    file = tmp_path / "answers.jsonl"
    file.write_text("\n".join(json.dumps(one) for one in (ANSWER, wrong, lost)), encoding="utf-8")
    verdicts = check_file.check_file(file)
    assert [(one["id"], one["verdict"]) for one in verdicts] == [(1, "accept"), (2, "reject"), (3, "reject")]
    assert verdicts[0]["reasons"] == []
    assert any(reason.startswith("number: ") for reason in verdicts[1]["reasons"])
    assert any(reason.startswith("quote: ") for reason in verdicts[2]["reasons"])
    assert check_file.text(verdicts).endswith("3 answers, 2 rejected")


def test_a_file_that_is_none_of_answers_is_named(tmp_path: Path) -> None:
    file = tmp_path / "answers.jsonl"
    with pytest.raises(NotFound):
        check_file.check_file(file)
    file.write_text('{"id": 1}\n', encoding="utf-8")
    with pytest.raises(WrongUse, match=r"Line 1 .* answer"):
        check_file.check_file(file)


async def test_forgetting_works_for_answers_by_a_model(tmp_path: Path, model: ScriptedModel) -> None:
    async with opened(tmp_path, settings_for(model)) as (app, _):
        await build(app)
        person = Person(app)
        await person.says(f"/ask {TIDE} Which data was the model trained on?")
        await person.says("/ask forget", commands=Commands(app.services))
        calls = model.calls
        await Person(app, "ben").says(f"/ask {TIDE} Which data was the model trained on?")
        assert model.calls > calls


async def test_writing_again_says_what_it_took_and_keeps_the_old_where_the_model_fails(
    tmp_path: Path, model: ScriptedModel
) -> None:
    price = "[llm.price]\ninput = 1.0\noutput = 2.0\n"
    async with opened(tmp_path, settings_for(model, price)) as (app, _):
        await build(app)
        ann, library = Person(app, language="ja"), app.services.library
        before = await library.issue(app.services.selection, Week(2026, 10), "ja")
        assert before
        again = Button("", "write_again", f"2026-W10 {before.entries[0].paper.key}")
        calls = model.calls
        said = (await ann.presses(again)).text
        assert model.calls > calls
        assert "書き直しの利用量" in said
        assert "USD" in said
        model.script = lambda _: Fails(500)
        failed = (await ann.presses(again)).text
        assert "もう一度試してください" in failed
        after = await library.issue(app.services.selection, Week(2026, 10), "ja")
        assert after
        assert after.entries[0].writing
        assert after.entries[0].writing.writer == "llm"
