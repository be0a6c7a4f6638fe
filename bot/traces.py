"""One id for all that one act or job sets going, in every line of the log that it leaves behind."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.contextvars import bound_contextvars, get_contextvars

from digest.ports import JobHandler

_ID = "id"
_BYTES = 4
_OFTEN = frozenset({"wake"})
"""Jobs that look whether there is anything to do: they are told of where they do something."""

_log = structlog.get_logger(__name__)


@contextmanager
def traced(*, anew: bool = False, **known: str) -> Iterator[str]:
    """Give all that is logged within an id, and what else is known of it; the id.

    What has one already keeps it, unless it begins `anew`: an act begins where a platform hears it,
    and again where it is carried out. Tasks that are made within take the id with them.
    """
    own = secrets.token_hex(_BYTES) if anew else reference() or secrets.token_hex(_BYTES)
    with bound_contextvars(**{_ID: own, **known}):
        yield own


def reference() -> str:
    """The id of what is being done, as readers are told it where something broke; empty outside of all."""
    return str(get_contextvars().get(_ID, ""))


async def run_job(name: str, argument: str, handler: JobHandler) -> None:
    """Carry a job out under an id of its own, and log how it went; what it raises is raised.

    A timer may be set within an act, and would hand that act's id on.
    """
    with traced(anew=True, job=name):
        begun = time.monotonic()
        try:
            await handler(argument)
        except Exception as error:
            _log.error("job failed", argument=argument, error=str(error), exc_info=error)
            raise
        level = "debug" if name in _OFTEN else "info"
        seconds = round(time.monotonic() - begun, 3)
        getattr(_log, level)("job done", argument=argument, seconds=seconds)
