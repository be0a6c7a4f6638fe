"""Whatever a model says, or fails to say, nothing reaches a reader that the paper does not bear out."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sweeps.hostile import ALL_KINDS, run_kind

EACH, FEW = 3_000, 8


@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_a_few_bad_replies_of_each_kind_show_nothing(tmp_path: Path, kind: str) -> None:
    cases = await run_kind(kind, FEW, tmp_path)
    assert cases.leaks == []
    assert cases.misbehaved == cases.run == FEW


@pytest.mark.sweep
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("kind", ALL_KINDS)
async def test_thousands_of_bad_replies_of_each_kind_show_nothing(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    cases = await run_kind(kind, EACH, tmp_path)
    with capsys.disabled():
        print(f"\n{kind}: {cases.run} cases, {len(cases.leaks)} leaks, {cases.shown} statements shown")
    assert cases.leaks == []
    assert cases.misbehaved == cases.run == EACH
