"""Nouns for tests, whole unless told otherwise; everything in them is invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from digest.models import (
    QA,
    Citation,
    Claim,
    Coverage,
    Document,
    Entry,
    Exchange,
    Extent,
    Issue,
    Paper,
    Passage,
    SourceReport,
    Summary,
    Verdict,
    Week,
    Writing,
)
from digest.places import Place

WEEK = Week(2024, 9)
PLACE = Place("local", "-", "papers")
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=UTC)
FULL = Coverage(Extent.FULL)
QUOTE = "LampNet reduces wasted light by 31% compared with a timer."


def paper(number: int = 1, **changes: object) -> Paper:
    key = f"2402.{number:05d}"
    whole = Paper(
        key=f"arxiv:{key}",
        title=f"LampNet {number}: Reading Lamps That Learn",
        url=f"https://arxiv.org/abs/{key}",
        pdf_url=f"https://arxiv.org/pdf/{key}v1",
        version="v1",
        authors=("Akari Hoshino", "Bram de Wit"),
        published=date(2024, 2, 29),
        updated=date(2024, 3, 1),
        categories=("cs.CL", "cs.LG"),
        abstract=f"We present LampNet {number}. {QUOTE}",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def document(*texts: str, version: str = "v1", coverage: Coverage = FULL, **changes: object) -> Document:
    bodies = texts or (QUOTE,)
    found = tuple(
        Passage(f"p{number}", text, "1 Introduction", ((0, len(text)),), ((0, number),))
        for number, text in enumerate(bodies, 1)
    )
    whole = Document(found, "en", coverage, "pdf", version, f"https://arxiv.org/pdf/{version}")
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def citation(quote: str = QUOTE, **changes: object) -> Citation:
    whole = Citation("p1", quote, 1, "1 Introduction", "https://arxiv.org/pdf/2402.00001v1#page=1")
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def writing(of: Paper | None = None, language: str = "en", pairs: int = 2, **changes: object) -> Writing:
    subject = of or paper()
    whole = Writing(
        paper_key=subject.key,
        version=subject.version or "-",
        language=language,
        writer="plain",
        model="-",
        prompt_version="1",
        summary=Summary("Lamps learn.", "LampNet learns when readers want light.", tags=("lamps",)),
        qa=tuple(
            QA(f"What is asked {number}?", f"That is answered {number}.", (citation(),))
            for number in range(1, pairs + 1)
        ),
        text_language=language,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def entry(number: int = 1, language: str = "en", **changes: object) -> Entry:
    subject = paper(number)
    whole = Entry(subject, FULL, writing(subject, language), "listed:A list")
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def issue(
    entries: Sequence[Entry] | None = None, week: Week = WEEK, language: str = "en", **changes: object
) -> Issue:
    whole = Issue(
        selection="main",
        week=week,
        language=language,
        start=week.start,
        end=week.end,
        overview=("Lamps learn more.", "Books stay the same."),
        sources=(SourceReport("A list", "list", ok=True),),
        entries=tuple(entries) if entries is not None else tuple(entry(n, language) for n in (1, 2, 3)),
        complete=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def exchange(number: int = 1, **changes: object) -> Exchange:
    whole = Exchange(
        id=f"exchange-{number}",
        paper_key="arxiv:2402.00001",
        question="How much light is saved?",
        language="en",
        verdict=Verdict.GROUNDED,
        claims=(Claim("It saves 31%.", (citation(),)),),
        writer="plain",
        conversation="local/-/papers/@ann",
        asker="local/-/ann",
        at=NOON.replace(minute=number % 60),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]  # fields by name
