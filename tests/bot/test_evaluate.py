"""The measure of retrieval: what counts as found, and what it says of files that are none."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.evaluate import retrieval
from digest.errors import NotFound, SettingsError, WrongUse

DEV = Path(__file__).parents[2] / "../shared/data/paper-qa-dev.jsonl"

_SECTIONS = {
    "Introduction": "Lamps are left on at night. Nobody knows why lamps are left on. Readers fall asleep.",
    "Corpus": "We gathered 1,200 evenings from forty homes. Each of the homes had one lamp with a sensor.",
    "Results": "The network saves a third of the light. The timer saves a tenth of it on most evenings.",
    **{
        f"Part {n}": f"Room {n} was painted in colour {n}. The walls of it were dry by noon."
        for n in range(8)
    },
}
TEXT = "\n".join(line for pair in _SECTIONS.items() for line in pair)


def write(path: Path, *papers: Any) -> Path:
    path.write_text("\n".join(json.dumps(paper) for paper in papers), encoding="utf-8")
    return path


def question(text: str, answer: str, *evidence: str) -> dict[str, Any]:
    return {"question": text, "answers": [answer], "evidence": [{"raw": list(evidence)}]}


def test_evidence_and_answers_are_counted(tmp_path: Path) -> None:
    paper = {
        "full_text": TEXT,
        "qas": [
            question("How big is the dataset?", "1,200 evenings", _SECTIONS["Corpus"]),
            question("What is saved?", "Yes", "FLOAT SELECTED: Table 1"),
            question("Who painted it?", "a man nobody ever names anywhere"),
        ],
    }
    report = retrieval(write(tmp_path / "papers.jsonl", paper))
    assert (report.papers, report.evidence.questions, report.answers.questions) == (1, 1, 1)
    assert report.answers.left_out == 1
    assert report.evidence.ours == report.answers.ours == 100.0
    assert report.evidence.difference == report.evidence.ours - report.evidence.bm25s
    assert report.evidence.low <= report.evidence.difference <= report.evidence.high
    assert "evidence" in report.text()
    assert json.loads(json.dumps(report.document()))["answers"]["questions"] == 1


def test_the_same_file_gives_the_same_report(tmp_path: Path) -> None:
    qas = [question(f"What colour is room {n}?", f"colour {n}", _SECTIONS[f"Part {n}"]) for n in range(8)]
    path = write(tmp_path / "papers.jsonl", {"full_text": TEXT, "qas": qas})
    assert retrieval(path) == retrieval(path)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("not json", "not JSON"),
        ('{"title": "no text"}', "Line 1"),
        ("[1, 2]", "Line 1"),
        ('{"full_text": "", "qas": []}', "no text"),
        ('{"full_text": "One sentence stands here alone.", "qas": []}', "no question"),
    ],
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(WrongUse, match=says):
        retrieval(path)


def test_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    asked = question("How big is\u2028it\x85?", "1,200 evenings", _SECTIONS["Corpus"])
    line = json.dumps({"full_text": TEXT, "qas": [asked]}, ensure_ascii=False)
    path = tmp_path / "papers.jsonl"
    path.write_text(f"\ufeff{line}\r\n{line}\r\n", encoding="utf-8")
    assert retrieval(path).papers == 2


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        retrieval(tmp_path / "nowhere.jsonl")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(WrongUse, match="cannot be read"):
        retrieval(path)


def test_without_bm25s_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bm25s", None)
    with pytest.raises(SettingsError, match=r"rinko\[eval\]"):
        retrieval(tmp_path / "papers.jsonl")


@pytest.mark.skipif(not DEV.exists(), reason="the development papers are not here")
def test_ranking_is_better_than_plain_bm25_on_the_development_papers() -> None:
    report = retrieval(DEV)
    for measure in (report.evidence, report.answers):
        assert measure.difference >= 5.0
        assert measure.low > 0.0
