"""How the command line speaks: one document on standard output, all else on standard error."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import stamina.instrumentation
import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn

from bot.app import App, open_app
from bot.roles import Role
from bot.traces import traced
from config.settings import Settings, load_settings
from digest.errors import RinkoError, SettingsError, WrongUse
from digest.ports import Progress as Report
from digest.ports import Step, silent

T = TypeVar("T")

DONE, FAILED, WRONG_USE = 0, 1, 2
_SUBJECT = 60
_STEPS = {
    "sources": "asking",
    "facts": "looking up authors and dates",
    "read": "reading",
    "write": "writing up",
    "deliver": "posting to",
    "copy": "copying",
}

ConfigOption = Annotated[
    Path | None, typer.Option("--config", help="Settings file; rinko.toml in this folder otherwise.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
LanguageOption = Annotated[
    str | None, typer.Option("--language", help="ja or en; the settings' language otherwise.")
]

errors = Console(stderr=True, highlight=False)


def out(text: str) -> None:
    """Write to standard output, as it is."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a line to standard error as it is: neither wrapped nor taken for markup."""
    errors.print(text, markup=False, soft_wrap=True)


def fail(error: RinkoError) -> NoReturn:
    """Say what is wrong and what to do, and leave with the right code."""
    note(f"✗ {error.message}" if errors.is_terminal else error.message)
    if error.hint:
        note(error.hint)
    wrong = isinstance(error, (SettingsError, WrongUse))
    raise typer.Exit(WRONG_USE if wrong else FAILED)


def _plain(text: str) -> str:
    """Text that rich does not take for markup."""
    return text.replace("[", r"\[")


def settings_of(config: Path | None, *, lasting: bool = False) -> Settings:
    """All settings; leaves with code 2 where one is wrong.

    `lasting`: whether this process runs for long, so that its log is read later, and tells more.
    """
    try:
        settings = load_settings(config)
    except RinkoError as error:
        fail(error)
    _set_up_log(settings, lasting=lasting)
    return settings


def with_app(
    config: Path | None,
    work: Callable[[App], Awaitable[T]],
    *,
    hurried: bool = False,
    role: Role = Role.ALL,
) -> T:
    """Run work with everything put together; leaves with code 1 or 2 where it fails.

    A `hurried` command leaves as soon as all is closed: a thread that a server keeps waiting
    would otherwise hold the process until its own time limit.
    """
    settings = settings_of(config, lasting=hurried)

    async def main() -> T:
        async with open_app(settings, role=role) as app:
            result = await work(app)
        if hurried:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(DONE)
        return result

    try:
        # What keeps running does many things, each with an id of its own.
        with nullcontext() if hurried else traced():
            return asyncio.run(main())
    except RinkoError as error:
        fail(error)
    except OSError as error:
        fail(RinkoError(f"{error.filename or 'A file'}: {error.strerror or type(error).__name__}."))


def language_of(app: App, language: str | None) -> str:
    """The language asked for. Raises `WrongUse` for one that Rinko does not speak."""
    chosen = language or app.settings.language
    if chosen not in app.services.phrases:
        known = ", ".join(sorted(app.services.phrases))
        raise WrongUse(f"Rinko does not speak “{chosen}”.", hint=f"It speaks: {known}.")
    return chosen


@contextmanager
def progress_shown() -> Iterator[Report]:
    """Progress on the terminal; nothing where nobody is watching one."""
    if not errors.is_terminal:
        yield silent
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(24), MofNCompleteColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task("", total=1)

        def report(step: Step) -> None:
            subject = step.subject if len(step.subject) <= _SUBJECT else step.subject[: _SUBJECT - 1] + "…"
            words = f"{_STEPS.get(step.name, step.name)} {subject}"
            bar.update(task, description=_plain(words), completed=step.done, total=max(1, step.total))

        yield report


def _set_up_log(settings: Settings, *, lasting: bool) -> None:
    """Structured logs on standard error, the libraries' own warnings among them."""
    stamina.instrumentation.set_on_retry_hooks([_log_retry])
    if not any(isinstance(handler, _Libraries) for handler in logging.getLogger().handlers):
        logging.getLogger().addHandler(_Libraries())
    name = settings.log.level
    if name == "auto":
        name = "info" if lasting and not errors.is_terminal else "warning"
    level = logging.getLevelNamesMapping()[name.upper()]
    # A trace never shows the values of variables: they hold keys, and what people asked.
    plain = structlog.dev.plain_traceback
    rendering: list[Any] = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    if not settings.log.json_:
        colours = errors.is_terminal
        rendering = [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain)]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            *rendering,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def _log_retry(details: stamina.instrumentation.RetryDetails) -> None:
    """Log what is tried again; what it was called with may hold what somebody wrote."""
    structlog.get_logger().info(
        "tried again",
        what=details.name,
        attempt=details.retry_num,
        wait=round(details.wait_for, 3),
        error=type(details.caused_by).__name__,
    )


class _Libraries(logging.Handler):
    """Hands what libraries warn of on to our own log, so that it reads alike and has the id."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log one record."""
        try:
            log = structlog.get_logger(library=record.name)
            log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)
        except Exception:  # noqa: BLE001 - a log that cannot be written must not end what is logged
            self.handleError(record)
