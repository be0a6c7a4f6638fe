"""What looking a database over finds."""

from __future__ import annotations

from dataclasses import dataclass

from digest.errors import StoreError


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at; `hint` says what to do where it is not right."""

    about: str
    ok: bool
    detail: str
    hint: str | None = None

    @classmethod
    def fault(cls, about: str, error: StoreError) -> Checked:
        """Something that could not even be looked at."""
        return cls(about, False, error.message, error.hint)
