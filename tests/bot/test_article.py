"""Reading finished articles, and finding what is wrong with them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.article import MISSING, Fault, faults, read, read_article
from digest.errors import NotFound, WrongUse

SEEDS = Path(__file__).parents[2] / "../shared/seeds"
needs_seeds = pytest.mark.skipif(not SEEDS.exists(), reason="needs the articles that are the model")

PLAIN = """今週の論文を紹介します.
- 読書灯の学習
LampNet: A Reading Lamp That Learns
著者:Mio Tanaka, Jan Novak
発行日:2026年03月03日
最終更新日:不明
URL:https://example.org/lampnet
カテゴリ:Human-Computer Interaction
概要:
読書灯の明るさを、読む人の様子に合わせて変える手法を提案しています.
Q&A:
Q: LampNetは何を学習しますか?
A: 読む人が光を必要とする時刻を学習します.
Q: 無駄な光はどれだけ減りましたか?
A: 1,200の夜で、31%減りました.
Tide Tables by Hand
著者:Ada Okoye
発行日:2026年03月04日
URL:https://example.org/tide
カテゴリ:Oceans
概要:
潮の表を手で作る方法を調べています.
Q&A:
Q: 表はどう作られますか?
A: 前の月の表を写し、月の満ち欠けに合わせて直します.
"""

MARKDOWN = """# 今週の論文

<a id="card-1"></a>

## [LampNet: A Reading Lamp](<https://example.org/lampnet>)

- 著者：Mio Tanaka、Jan Novak
- 発行日：2026年3月3日
- カテゴリ：ヒューマンコンピューターインタラクション

### 概要

読書灯の明るさを変える手法です。\\[実験\\]は40世帯で行われました。

- タグ：\\#lamps

### Q&A(2件)

**Q. 何を学習しますか?**

A. 読む人が光を必要とする時刻を学習します。

> LampNet learns when readers want light.[(p. 1、§1)](<https://example.org/lampnet#page=1>)

**Q. 無駄な光はどれだけ減りましたか?**

> It reduces wasted light by 31%.[(原文抜粋・英語、p. 2)](<https://example.org/lampnet#page=2>)
"""


def found(text: str) -> list[tuple[str, int]]:
    return [(str(fault.kind), fault.line) for fault in faults(text)]


def test_sections_facts_and_pairs_of_plain_text_are_read() -> None:
    before, lamp, tide = read_article(PLAIN)
    assert (before.title, before.line, before.pairs) == ("", 0, ())
    assert (lamp.title, lamp.line) == ("LampNet: A Reading Lamp That Learns", 3)
    assert lamp.facts["authors"] == "Mio Tanaka, Jan Novak"
    assert lamp.facts["published"] == "2026年03月03日"
    assert [(pair.line, pair.answer_line) for pair in lamp.pairs] == [(12, 13), (14, 15)]
    assert tide.pairs[0].answer == "前の月の表を写し、月の満ち欠けに合わせて直します."


def test_markdown_is_read_as_its_readers_see_it() -> None:
    _, lamp = read_article(MARKDOWN)
    assert lamp.title == "LampNet: A Reading Lamp"
    assert lamp.facts["category"] == "ヒューマンコンピューターインタラクション"
    assert [line.text for line in lamp.lines] == [
        "読書灯の明るさを変える手法です。[実験]は40世帯で行われました。"
    ]
    first, second = lamp.pairs
    assert (first.question, first.answer, first.extract) == (
        "何を学習しますか?",
        "読む人が光を必要とする時刻を学習します。",
        False,
    )
    assert (second.answer, second.extract) == ("It reduces wasted light by 31%.", True)


def test_good_articles_have_no_faults() -> None:
    assert faults(PLAIN) == faults(MARKDOWN) == ()


@pytest.mark.parametrize(
    ("old", "new", "kind", "line"),
    [
        ("31%減りました.", "31%減り", "cut off", 15),
        ("A: 1,200の夜で、31%減りました.", "A: なし", "empty", 15),
        ("A: 1,200の夜で、31%減りました.", "A: 無駄な光が減りました.", "restates", 15),
        ("A: 1,200の夜で、31%減りました.", "A: 読む人が光を必要とする時刻を学習します.", "repeats", 15),
        (
            "A: 1,200の夜で、31%減りました.",
            "A: It saves a third of the light that was wasted.",
            "language",
            15,
        ),
        ("A: 1,200の夜で", "A: <b>1,200の夜</b>で", "markup", 15),
        ("提案しています.", "提案しています:.” rel=”nofollow”>https://example.org.", "markup", 10),
        ("読書灯の明るさを", "こと前学習で読書灯の明るさを", "broken word", 10),
        ("著者:Ada Okoye\n", "", MISSING, 16),
        ("カテゴリ:Oceans", "カテゴリ:不明", MISSING, 16),
        ("発行日:2026年03月04日", "発行日:", MISSING, 16),
        ("A: 1,200の夜で", "A: 与えられた文脈では、1,200の夜で", "prompt", 15),
        ("A: 1,200の夜で", "A: @everyone 1,200の夜で", "mention", 15),
    ],
)
def test_each_kind_of_fault_is_found_in_its_place(old: str, new: str, kind: str, line: int) -> None:
    assert old in PLAIN
    assert found(PLAIN.replace(old, new)) == [(kind, line)]


def test_an_article_without_facts_lacks_none() -> None:
    text = "# 今週\n\n## LampNet\n\n読書灯の研究です。\n\n## Tide\n\n潮の研究です。\n"
    assert faults(text) == ()


def test_what_a_fault_says() -> None:
    text = PLAIN.replace("A: 1,200の夜で、31%減りました.", "A: 読む人が光を必要とする時刻を学習します.")
    assert faults(text) == (
        Fault(
            "repeats",
            15,
            "LampNet: A Reading Lamp That Learns",
            "無駄な光はどれだけ減りましたか?",
            "as line 13",
            "読む人が光を必要とする時刻を学習します.",
        ),
    )


def test_a_report_is_text_and_plain_values(tmp_path: Path) -> None:
    path = tmp_path / "article.txt"
    path.write_text(PLAIN.replace("カテゴリ:Oceans", "カテゴリ:-"), encoding="utf-8")
    report = read(path)
    assert (report.sections, report.pairs, len(report.faults)) == (2, 3, 1)
    assert "line 16: missing fact: category" in report.text()
    assert json.loads(json.dumps(report.document()))["faults"][0]["section"] == "Tide Tables by Hand"


def test_what_is_no_article_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read(tmp_path / "none.txt")
    (tmp_path / "empty.txt").write_text(" \n")
    with pytest.raises(WrongUse):
        read(tmp_path / "empty.txt")
    (tmp_path / "data.txt").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(WrongUse):
        read(tmp_path / "data.txt")


@needs_seeds
def test_the_known_faults_of_the_weekly_article_are_found() -> None:
    text = (SEEDS / "000_088f8c888927258c.txt").read_text(encoding="utf-8")
    places = set(found(text))
    assert {("repeats", line) for line in (41, 43, 47, 49, 51)} <= places
    assert {("markup", 89), ("broken word", 98), ("restates", 73)} <= places
    assert {(MISSING, line) for line in (52, 111, 221)} <= places
    assert len(places) <= 20


@needs_seeds
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "002_d8173f4ab187f10d.txt",
            [("cut off", 5), ("cut off", 17), ("cut off", 37), ("language", 41)],
        ),
        (
            "004_3eafb4ee5e4d0ee3.txt",
            [("markup", 28), ("markup", 71), ("link", 81), ("language", 220)],
        ),
    ],
)
def test_other_real_articles_are_accused_of_what_is_wrong_only(
    name: str, expected: list[tuple[str, int]]
) -> None:
    assert found((SEEDS / name).read_text(encoding="utf-8")) == expected


_PIECES = st.sampled_from(
    ["Q: ", "A: ", "著者:", "## ", "> ", "\n", "\n\n", "あ。", "[a](<", "**", "(", "- ", "https://"]
)


@given(st.text(max_size=5_000) | st.lists(_PIECES, max_size=1_000).map("".join))
def test_any_text_is_read(text: str) -> None:
    lines = text.count("\n") + 1
    assert all(0 <= fault.line <= lines for fault in faults(text))
