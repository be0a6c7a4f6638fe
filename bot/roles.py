"""What a process does, where several share a database."""

from __future__ import annotations

from enum import StrEnum

from digest.errors import WrongUse


class Role(StrEnum):
    """What one process does."""

    ALL = "all"
    GATEWAY = "gateway"
    WORKER = "worker"

    @property
    def listens(self) -> bool:
        """Whether it hears what people say on the platforms, and shows the page."""
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it posts what is due."""
        return self is not Role.GATEWAY

    def check(self, *, shared: bool) -> None:
        """Raise `WrongUse` where the database is not one that processes can `share`."""
        if self is not Role.ALL and not shared:
            raise WrongUse(
                f"A {self} alone needs a database that other processes share, and this one is SQLite.",
                hint="Set RINKO_DATABASE__URL to postgresql+psycopg://user:password@host/name, "
                "or leave --role away.",
            )
