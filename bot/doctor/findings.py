"""What an examination finds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `hint` says what to do where it is not right."""

    about: str
    ok: bool
    detail: str
    hint: str | None = None

    def line(self) -> str:
        """The finding as one or two lines."""
        line = f"{'✓' if self.ok else '✗'} {self.about}: {self.detail}"
        return f"{line}\n    → {self.hint}" if self.hint else line

    def document(self) -> dict[str, Any]:
        """The finding as plain values."""
        return asdict(self)
