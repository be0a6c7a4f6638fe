"""What came of all runs, as a table: what happened, at which point, and what was wrong in the end."""

from __future__ import annotations

from collections.abc import Sequence

from tests.sweeps.crash.case import Result

_HEAD = ("platform", "fault", "point", "runs", "lost", "doubled", "order", "links", "altered", "twice")


def table(results: Sequence[Result], seconds: float) -> str:
    """A line for each fault and point.

    `twice` counts messages that stood there a second time for a while, and were taken away again.
    """
    rows = [_HEAD]
    rows += [
        _row(*kind, [one for one in results if (one.case.ground, one.case.fault) == kind])
        for kind in dict.fromkeys((one.case.ground, one.case.fault) for one in results)
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    starts = sum(one.starts for one in results)
    return "\n".join([*lines, f"{len(results)} runs, {starts} processes, {seconds:.0f} seconds"])


def _row(ground: str, fault: object, results: Sequence[Result]) -> tuple[str, ...]:
    kind, point = str(fault).split()
    verdicts = [one.verdict for one in results]
    wrong = [
        sum(len(part) for part in column)
        for column in zip(
            *((one.lost, one.doubled, one.disordered, one.unlinked, one.altered) for one in verdicts),
            strict=True,
        )
    ]
    passing = sum(one.passing for one in results)
    return (ground, kind, point, *(str(number) for number in (len(results), *wrong, passing)))
