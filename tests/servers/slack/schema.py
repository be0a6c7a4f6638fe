"""Small checks that put together say what a JSON value must look like, in the words Slack refuses with."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Report = list[str]
Check = Callable[[Any, str, Report], None]

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


def say(report: Report, what: str, path: str) -> None:
    """Note what is wrong, and where."""
    report.append(f"{what} [json-pointer:{path}]")


def anything(_value: Any, _path: str, _report: Report) -> None:
    """Whatever it is."""


def string(most: int, least: int = 1) -> Check:
    """A string of so many characters."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, str):
            say(report, "must provide a string", path)
        elif len(value) > most:
            say(report, f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            say(report, f"must be more than {least - 1} characters", path)

    return check


def address(most: int = 3000) -> Check:
    """An address with its scheme."""

    def check(value: Any, path: str, report: Report) -> None:
        string(most)(value, path, report)
        if isinstance(value, str) and not _SCHEME.fullmatch(value):
            say(report, "must be a valid url", path)

    return check


def integer(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            say(report, "must provide a number", path)
        elif not least <= value <= most:
            say(report, f"must be between {least} and {most}", path)

    return check


def boolean(value: Any, path: str, report: Report) -> None:
    """True or false."""
    if not isinstance(value, bool):
        say(report, "must provide a boolean", path)


def one_of(*values: str) -> Check:
    """One of these strings."""

    def check(value: Any, path: str, report: Report) -> None:
        if value not in values:
            say(report, "must be a valid enum value", path)

    return check


def items(each: Check, most: int, least: int = 1) -> Check:
    """A list of so many."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, list):
            say(report, "must provide an array", path)
            return
        if len(value) > most:
            say(report, f"no more than {most} items allowed", path)
        if len(value) < least:
            say(report, f"no fewer than {least} items allowed", path)
        for number, item in enumerate(value):
            each(item, f"{path}/{number}", report)

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these fields and no others."""
    known = {**required, **optional}

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            say(report, "must provide an object", path)
            return
        for name in required:
            if name not in value:
                say(report, f"missing required field: {name}", path)
        for name, inner in value.items():
            if name in known:
                known[name](inner, f"{path}/{name}", report)
            elif name != "type":
                say(report, f"invalid additional property: {name}", path)

    return check


def typed(table: Mapping[str, Check]) -> Check:
    """An object whose `type` says what else it must be."""

    def check(value: Any, path: str, report: Report) -> None:
        if not isinstance(value, dict):
            say(report, "must provide an object", path)
        elif "type" not in value:
            say(report, "missing required field: type", path)
        elif value["type"] not in table:
            say(report, f"unsupported type: {value['type']}", f"{path}/type")
        else:
            table[value["type"]](value, path, report)

    return check
