"""Notices when the file of a database is gone, or another stands in its place, while it is open."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from digest.errors import StoreError


@dataclass
class SameFile:
    """The file that was opened first.

    A system lets go on who has a file open that is gone: all they write would be lost, and a new
    connection would make an empty database in its place.
    """

    path: Path
    _known: tuple[int, int] | None = None

    def watch(self, engine: AsyncEngine) -> None:
        """Look before a connection is made, and each time that one is used."""
        event.listen(engine.sync_engine, "do_connect", self._before)
        event.listen(engine.sync_engine, "connect", self._made)
        event.listen(engine.sync_engine, "checkout", self._used)

    def check(self) -> None:
        """Raise `StoreError` where the file is not the one that was opened."""
        if self._known is not None and self._found() != self._known:
            what = f"The database file {self.path} is gone, or another is in its place; nothing was changed."
            raise StoreError(what, hint="Put it back, and start Rinko again.")

    def _found(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _before(self, *_: Any) -> None:
        self.check()

    def _made(self, *_: Any) -> None:
        self._known = self._known or self._found()

    def _used(self, *_: Any) -> None:
        self.check()
