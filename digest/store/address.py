"""Where a database is: an SQLAlchemy address, its driver named, and what is wrong with it."""

from __future__ import annotations

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from digest.errors import StoreError

_EXAMPLES = (
    "Write it as sqlite+aiosqlite:///path/to/rinko.db or postgresql+psycopg://user:password@host/name."
)
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
}
_KNOWN = frozenset(_DRIVERS.values())


def parse_address(url: str) -> URL:
    """An address as SQLAlchemy takes it. Raises `StoreError`, which never shows the password."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What raised it may quote the address; so it is not kept.
        raise StoreError("The database address is not one.", hint=_EXAMPLES) from None
    parsed = parsed.set(drivername=_DRIVERS.get(parsed.drivername, parsed.drivername))
    if parsed.drivername not in _KNOWN:
        raise StoreError(f"Rinko has no driver for {parsed.drivername} databases.", hint=_EXAMPLES)
    if "@" in (parsed.host or ""):
        raise StoreError(
            "The database address has more than one @.", hint="Write an @ in the password as %40, a / as %2F."
        )
    return parsed
