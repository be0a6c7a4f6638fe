"""One id ties together all that the log, the journal and the costs say of one act or job."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot.cli import app as cli
from bot.schedule import POST
from bot.traces import reference, run_job, traced
from digest.places import Place
from tests.bot.platforms.slack.test_whole import room
from tests.bot.support import TIDE, Person, opened

Lines = list[MutableMapping[str, Any]]
QUESTION = "How many parameters does the model have?"


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What is logged from info on, with what it belongs to."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.INFO))
    with capture_logs(processors=[merge_contextvars]) as found:
        yield found


def events(lines: Lines, own: str) -> list[str]:
    return [str(line["event"]) for line in lines if line.get("id") == own]


async def test_one_id_ties_a_question_to_its_answer_and_no_word_of_it_is_logged(
    lines: Lines, ann: Person
) -> None:
    await ann.says(f"/ask {TIDE} {QUESTION}")
    own = {line["id"] for line in lines}
    assert len(own) == 1
    assert events(lines, own.pop())[:2] == ["question asked", "message finished"]
    assert lines[-1]["event"] == "question answered"
    told = json.dumps(lines)
    assert "parameters" not in told
    assert "million" not in told, "nor of the paper"
    assert reference() == ""


async def test_one_id_ties_a_digest_to_each_of_its_messages(lines: Lines, posted: Path) -> None:
    channel = '[[channels]]\nplatform = "local"\nchannel = "other"\nlanguage = "en"'
    async with opened(posted, channel) as (app, _):
        (subscribed,) = await app.services.channels.all()

        async def post(_: str) -> None:
            await app.schedule.post_if_due(subscribed)

        with traced() as others:
            await run_job(POST, str(subscribed.place), post)
        (own,) = {line["id"] for line in lines}
        assert own != others, "a timer set within an act is no part of it"
        assert {line["job"] for line in lines} == {POST}
        told = events(lines, own)
        assert (told[0], told[-2:]) == ("digest begun", ["journal", "job done"])
        week = await app.services.current_week()
        rows = await app.services.ledger.rows(subscribed.place, week)
        posted_parts = [line for line in lines if line["event"] == "message posted"]
        assert {(line["part"], line["message"]) for line in posted_parts} == {
            (row.key.name, row.message.id) for row in rows if row.message
        }
        done = next(line for line in lines if line["event"] == "digest posted")
        assert done["sent"] == len(rows)
        (entry,) = await app.services.journal.latest(str(subscribed.place), 1)
        assert entry.reference == own


async def test_what_is_due_at_the_start_has_an_id_for_each_channel(lines: Lines, posted: Path) -> None:
    channels = "".join(
        f'[[channels]]\nplatform = "local"\nchannel = "{name}"\nlanguage = "en"\n' for name in ("one", "two")
    )
    async with opened(posted, channels) as (app, _):
        await app.schedule.post_what_is_due()
        begun = [line for line in lines if line["event"] == "digest begun"]
        assert len({line["id"] for line in begun}) == len(begun) == 2
        assert all(line.get("id") for line in lines if line["event"] == "message posted")
        for place in await app.services.channels.all():
            (entry,) = await app.services.journal.latest(str(place.place), 1)
            assert entry.reference in {line["id"] for line in begun}


async def test_on_slack_each_act_has_an_id_of_its_own(lines: Lines, posted: Path) -> None:
    async with room(posted) as here:
        here.server.slash(here.reader, here.papers, "/ask", f"{TIDE} {QUESTION}")
        await here.alone(here.reader, "Show to everyone")
        here.server.slash(here.admin, here.papers, "/digest", "here")
        await here.alone(here.admin, "Asia/Tokyo")
        here.server.slash(here.admin, here.papers, "/digest", "post")
        await here.alone(here.admin, "2026-W10")
        await here.server.until(lambda: any(line["event"] == "digest posted" for line in lines))
    (asked,) = {line["id"] for line in lines if line["event"].startswith("question")}
    (post,) = {line["id"] for line in lines if line["event"].startswith("digest")}
    assert asked != post
    place = Place("slack", here.papers.team.id, here.papers.id)
    stands = {line["message"] for line in lines if line["event"] == "message posted"}
    assert {line["id"] for line in lines if line["event"] == "message posted"} == {post}
    assert {one.ts for one in here.papers.messages.values() if one.from_bot} == stands
    assert {line["place"] for line in lines if line["event"] == "digest posted"} == {str(place)}
    assert "parameters" not in json.dumps([line for line in lines if line["event"] != "journal"])


@pytest.mark.parametrize("as_json", [True, False])
def test_the_log_is_on_standard_error_as_lines_or_as_json(posted: Path, *, as_json: bool) -> None:
    file = posted / "rinko.toml"
    file.write_text(f'data_dir = "{posted / "data"}"\n[log]\nlevel = "info"\njson = {json.dumps(as_json)}\n')
    result = CliRunner().invoke(cli, ["digest", "repost", "2026-W10", "--config", str(file)])
    assert result.exit_code == 0
    assert "digest posted" not in result.stdout
    told = [line for line in result.stderr.splitlines() if "digest posted" in line]
    assert len(told) == 1
    if as_json:
        line = json.loads(told[0])
        assert line["place"] == "local/-/papers"
        assert len(line["id"]) == 8
    else:
        assert "place=local/-/papers" in told[0]
