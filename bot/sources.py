"""From `[[sources]]` to sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.settings import SAMPLE, SourceSettings
from digest.errors import SettingsError
from digest.ports import Clock, Source, Web
from digest.sources.arxiv import ArxivSource
from digest.sources.arxiv_client import ArxivClient
from digest.sources.dair import DairSource
from digest.sources.feed import FeedSource
from digest.sources.huggingface import HuggingFaceSource
from digest.sources.reading_list import ReadingList

DAIR_URL = "https://raw.githubusercontent.com/dair-ai/AI-Papers-of-the-Week/main/README.md"
HUGGING_FACE_URL = "https://huggingface.co/api/daily_papers"

_Known = DairSource | HuggingFaceSource | ArxivSource | FeedSource | ReadingList


def make_source(settings: SourceSettings, web: Web, arxiv: ArxivClient, clock: Clock) -> Source:
    """The source that one `[[sources]]` describes. Raises `SettingsError` where it lacks something."""
    match settings.kind:
        case "dair":
            source: _Known = DairSource(web, settings.url or DAIR_URL, clock)
        case "huggingface":
            source = HuggingFaceSource(web, clock, url=settings.url or HUGGING_FACE_URL)
        case "arxiv":
            source = ArxivSource(arxiv, _needed(settings, "query"), clock)
        case "feed":
            source = FeedSource(web, _needed(settings, "url"), clock)
        case "list":
            path = _needed(settings, "path")
            file = SAMPLE / "list.md" if path == "sample" else Path(path)
            source = ReadingList(file, clock)
    return replace(source, name=settings.name) if settings.name else source


def _needed(settings: SourceSettings, name: str) -> str:
    value: str | None = getattr(settings, name)
    if not value:
        raise SettingsError(f'A source of kind = "{settings.kind}" needs {name}.')
    return value
