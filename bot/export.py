"""An issue as a document: JSON, Markdown or HTML; the same issue always gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bot.rendering import article, markdown
from digest.compose import Composer
from digest.layout import dropped_words
from digest.models import QA, Citation, Dropped, Entry, Issue

LinkTo = Callable[[str], str | None]


def as_markdown(issue: Issue, composer: Composer, link: LinkTo) -> str:
    """The digest as Markdown."""
    return markdown.document(composer.parts(issue), link)


def as_html(issue: Issue, composer: Composer, link: LinkTo) -> str:
    """The digest as an HTML page of its own."""
    return article.document(composer.parts(issue), link)


def as_json(issue: Issue, composer: Composer, link: LinkTo) -> str:
    """The digest as JSON; what is not known is null."""
    return dumps(issue_document(issue, composer, link))


def dumps(document: Any) -> str:
    """One JSON document, readable and ending with a line break."""
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def issue_document(issue: Issue, composer: Composer, link: LinkTo) -> dict[str, Any]:
    """The digest as plain values."""
    return {
        "week": str(issue.week),
        "start": issue.start.isoformat(),
        "end": issue.end.isoformat(),
        "language": issue.language,
        "overview": list(issue.overview),
        "sources": [{"name": report.name, "ok": report.ok, "note": report.note} for report in issue.sources],
        "entries": [_entry(entry, composer, link) for entry in issue.entries],
    }


def _entry(entry: Entry, composer: Composer, link: LinkTo) -> dict[str, Any]:
    paper, writing = entry.paper, entry.writing
    summary = writing.summary if writing else None
    return {
        "key": paper.key,
        "title": paper.title,
        "title_translated": summary.title_translated if summary else None,
        "authors": list(paper.authors) if paper.authors else None,
        "published": paper.published.isoformat() if paper.published else None,
        "updated": paper.updated.isoformat() if paper.updated else None,
        "url": _open(paper.url, link),
        "pdf_url": _open(paper.pdf_url, link),
        "categories": list(paper.categories) if paper.categories else None,
        "category_names": composer.category_names(paper),
        "gist": summary.gist if summary else None,
        "summary": summary.text if summary else None,
        "abstract": paper.abstract,
        "abstract_translated": summary.abstract_translated if summary else None,
        "tags": list(summary.tags) if summary else [],
        "links": [asdict(one) for one in paper.links],
        "read": "chosen sections" if writing and writing.sections else str(entry.coverage),
        "sections": list(writing.sections) if writing else [],
        "hidden_characters": entry.hidden_characters,
        "corrections": [{"date": one.day.isoformat(), "text": one.text} for one in entry.corrections],
        "text_language": writing.text_language if writing else None,
        "extract": writing.extract if writing else None,
        "qa": [_qa(qa, link) for qa in writing.qa] if writing else [],
        "dropped": [_dropped(one, composer) for one in writing.dropped] if writing else [],
        "writer": writing.writer if writing else None,
        "model": writing.model if writing and writing.model != "-" else None,
        "stood_in": writing.stood_in if writing else None,
    }


def _dropped(one: Dropped, composer: Composer) -> dict[str, Any]:
    return {"question": one.question, "reason": dropped_words(composer.phrases, one), "check": one.reason}


def _qa(qa: QA, link: LinkTo) -> dict[str, Any]:
    return {
        "question": qa.question,
        "answer": qa.answer,
        "citations": [citation(one, link) for one in qa.citations],
    }


def citation(one: Citation, link: LinkTo) -> dict[str, Any]:
    """A citation as plain values."""
    return {"page": one.page, "section": one.section, "quote": one.quote, "url": _open(one.url, link)}


def _open(url: str | None, link: LinkTo) -> str | None:
    return link(url) if url else None
