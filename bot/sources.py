"""From `[[sources]]` to sources."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from config.sections import SourceSettings
from config.settings import SAMPLE
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
    """The source that one `[[sources]]` describes; the settings have made sure that it is whole."""
    match settings.kind:
        case "dair":
            source: _Known = DairSource(web, settings.url or DAIR_URL, clock)
        case "huggingface":
            source = HuggingFaceSource(web, clock, url=settings.url or HUGGING_FACE_URL)
        case "arxiv":
            source = ArxivSource(arxiv, settings.query or "", clock)
        case "feed":
            source = FeedSource(web, settings.url or "", clock)
        case "list":
            file = SAMPLE / "list.md" if settings.path == "sample" else Path(settings.path or "")
            source = ReadingList(file, clock)
    return replace(source, name=settings.name) if settings.name else source
