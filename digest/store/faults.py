"""What databases answer when they cannot do what was asked, in words that say what to do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from digest.errors import StoreError

_Fault = tuple[str, str, str]
"""How it is told (an SQLSTATE or its beginning, or words of a message), what to say, what to do."""

_FULL = ("The disk of the database is full; nothing was changed.", "Free some space and try again.")
_OLD = ("The database's tables are not up to date.", "Run `rinko db upgrade`.")
_AWAY = ("The PostgreSQL server does not answer.", "Check that it runs, and host and port in database.url.")
_CUT = ("The connection to the PostgreSQL server was lost; nothing was changed.", "Try again in a moment.")
_WHO = ("The PostgreSQL server refuses the user or the password.", "Check both in database.url.")
_NO_DATABASE = (
    "The PostgreSQL server has no such database.",
    "Make it with `createdb`, or correct its name.",
)
_MANY = (
    "The PostgreSQL server has no connection left.",
    "Run fewer processes, or raise its max_connections.",
)
_DAMAGED = ("The PostgreSQL server finds its files damaged.", "Look into its log; put back a backup.")
_RIGHTS = (
    "The database user lacks a right in PostgreSQL.",
    "Make it the owner of the database, or grant it CREATE on its schema.",
)
_RIVALS = ("Others were changing the same rows; nothing was changed.", "Try again.")

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_BY_STATE: Sequence[_Fault] = (
    ("28", *_WHO),
    ("3D000", *_NO_DATABASE),
    ("53100", *_FULL),
    ("53200", "The PostgreSQL server is out of memory; nothing was changed.", "Try again later."),
    ("53300", *_MANY),
    ("57P03", "The PostgreSQL server is starting or stopping.", "Try again in a moment."),
    ("57P", *_CUT),
    ("08", *_CUT),
    ("25P03", *_CUT),
    ("55P03", "The database is locked by another program; nothing was changed.", "Try again in a moment."),
    ("57014", "The database took too long to answer; nothing was changed.", "Try again later."),
    ("40", *_RIVALS),
    ("25006", "The PostgreSQL server takes no writes; it is a copy of another.", "Name the first server."),
    ("42501", *_RIGHTS),
    ("42P01", *_OLD),
    ("42703", *_OLD),
    ("58030", "The PostgreSQL server cannot reach its files; nothing was changed.", "Look into its log."),
    ("XX001", *_DAMAGED),
    ("XX002", *_DAMAGED),
)

# Where no connection came about, libpq hands on the server's words alone.
_BY_WORDS: Sequence[_Fault] = (
    (r"password|authentication|role \S+ does not exist|no pg_hba.conf entry", *_WHO),
    (r"database \S+ does not exist", *_NO_DATABASE),
    (r"too many (clients|connections)|connection slots", *_MANY),
    (r"starting up|shutting down|in recovery", "The PostgreSQL server is starting or stopping.", _CUT[1]),
    (r"closed the connection|connection (is|was|has been)? ?(lost|closed|reset)|terminating", *_CUT),
    (r"connection (failed|refused|timeout)|resolve host|no such file|not known|timeout expired", *_AWAY),
    (r"no such table|no such column|no column named", *_OLD),
    (r"disk is full|no space left", *_FULL),
    (r"locked|busy", "The database is locked by another program.", "Close it and try again."),
    (
        r"malformed|not a database|corrupt|could not decode",
        "The database file is damaged; nothing was written to it.",
        "Stop Rinko, keep the file and put back a backup; docs/operating.md says how to save the rest.",
    ),
    (
        r"disk i/o error",
        "The disk of the database cannot be used: it is full, broken or gone. Nothing was changed.",
        "Look at the disk, and free some space if it is full.",
    ),
    (r"readonly|unable to open", "The database file cannot be written.", "Check the folder and its rights."),
)

_RIVAL_STATES = ("40001", "40P01")


class clear_errors:  # noqa: N801 - reads as a statement
    """Turns what the driver raises into one clear error; the data are as they were."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        """Name the trouble in words."""
        if isinstance(error, DBAPIError):
            _drop_details(error)
            raise _store_error(error) from error
        if isinstance(error, PoolTimeout):
            raise StoreError("The database is too busy to answer.", hint="Try again later.") from error


def lost_to_rivals(error: StoreError) -> bool:
    """Whether a transaction was undone because of another one, so that it may simply be repeated."""
    cause = error.__cause__
    return isinstance(cause, DBAPIError) and _state(cause) in _RIVAL_STATES


def _state(error: DBAPIError) -> str:
    return str(getattr(error.orig, "sqlstate", None) or "")


def _store_error(error: DBAPIError) -> StoreError:
    state, words = _state(error), str(error.orig).lower()
    for beginning, what, hint in _BY_STATE:
        if state.startswith(beginning):
            return StoreError(what, hint=hint)
    for pattern, what, hint in _BY_WORDS:
        if not state and re.search(pattern, words):
            return StoreError(what, hint=hint)
    return StoreError(f"The database answered: {error.orig}")


def _drop_details(error: DBAPIError) -> None:
    """Keep the first line of PostgreSQL's message: the others quote the row, which is not for a log."""
    first = getattr(getattr(error.orig, "diag", None), "message_primary", None)
    if first and error.orig is not None:
        error.orig.args = (first,)
        error.args = (f"({type(error.orig).__name__}) {first}",)
