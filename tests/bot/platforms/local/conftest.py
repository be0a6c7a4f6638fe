from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.platforms.local.support import LocalChannel, close_channel, open_channel


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    (folder / "paper-01.pdf").write_bytes(b"%PDF-1.4\n")
    (folder / "page.html").write_text("<p>hello</p><script>alert(1)</script>")
    (folder / "notes.txt").write_text("not for readers")
    (tmp_path / "secret.pdf").write_bytes(b"%PDF-1.4 secret\n")
    (folder / "linked.pdf").symlink_to(tmp_path / "secret.pdf")
    return folder


@pytest.fixture
async def local(tmp_path: Path, samples: Path) -> AsyncIterator[LocalChannel]:
    channel = await open_channel(tmp_path, samples=samples)
    yield channel
    await close_channel(channel)
