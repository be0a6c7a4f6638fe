"""Which addresses of ours a reader can open from outside the local page."""

from __future__ import annotations

from dataclasses import dataclass

_SAMPLE = "sample:"


@dataclass(frozen=True)
class Links:
    """Maps `sample:` documents to the local page that serves them."""

    port: int
    """0 where any free one is taken: then nobody can know the address beforehand."""

    def __call__(self, url: str) -> str | None:
        """The address to open, None where there is none."""
        if url.startswith(("https://", "http://", "file://")):
            return url
        if url.startswith(_SAMPLE) and self.port:
            return f"http://127.0.0.1:{self.port}/sample/{url.removeprefix(_SAMPLE)}"
        return None
