"""Pure: what a week's papers have in common, counted and said in the locale's phrases."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlsplit

from digest.models import Paper, Writing
from digest.phrases import Glossary, Phrases, Taxonomy
from digest.searchtext import fold

_MOST = 3
_CODE_HOSTS = ("github.com", "gitlab.com", "huggingface.co", "bitbucket.org", "codeberg.org")
_CODE_LABELS = ("code", "github", "repo", "コード")


def trends(
    writings: Sequence[tuple[Paper, Writing]], phrases: Phrases, taxonomy: Taxonomy, glossary: Glossary
) -> tuple[str, ...]:
    """About three lines on a week: its fields, the terms that recur, what can be taken further.

    A line of which nothing is known is left out; an empty week has none.
    """
    if not writings:
        return ()
    papers = [paper for paper, _ in writings]
    lines = [
        _fields(papers, phrases, taxonomy),
        _terms([writing for _, writing in writings], phrases, glossary, _named(papers, taxonomy)),
        _further(papers, [writing for _, writing in writings], phrases),
    ]
    return tuple(line for line in lines if line)


def counted(phrases: Phrases, name: str, count: int, /, **values: object) -> str:
    """A phrase that holds a number, in the form the number asks for: `name` or `name_one`."""
    form = f"{name}_one" if count == 1 and phrases.has(f"{name}_one") else name
    return phrases(form, count=count, **values)


def _fields(papers: Sequence[Paper], phrases: Phrases, taxonomy: Taxonomy) -> str:
    total = counted(phrases, "overview.papers", len(papers))
    primary = Counter(
        taxonomy.name(paper.categories[0], phrases.language) for paper in papers if paper.categories
    )
    known = primary.total() == len(papers)
    if known and len(primary) <= _MOST:
        fields = _joined(primary.most_common(), phrases) if len(papers) > 1 else next(iter(primary))
        return phrases("overview.fields", papers=total, fields=fields)
    leading = [(name, count) for name, count in primary.most_common(_MOST) if count > 1]
    if leading:
        most = 2 * sum(count for _, count in leading) > len(papers)
        name = "overview.fields_most" if most else "overview.fields_often"
        return phrases(name, papers=total, fields=_joined(leading, phrases))
    if known:
        return phrases("overview.fields_many", papers=total, count=len(primary))
    return counted(phrases, "overview.count", len(papers), papers=total)


def _named(papers: Sequence[Paper], taxonomy: Taxonomy) -> set[str]:
    """The names of the week's categories, which the line on its fields has already."""
    codes = {code for paper in papers for code in paper.categories or ()}
    return {fold(taxonomy.name(code, language)) for code in codes for language in ("en", "ja")}


def _terms(writings: Sequence[Writing], phrases: Phrases, glossary: Glossary, named: set[str]) -> str:
    recurring: Counter[str] = Counter()
    for writing in writings:
        recurring.update({_in(tag, phrases.language, glossary) for tag in writing.summary.tags})
    for term in list(recurring):
        if fold(term) in named:
            del recurring[term]
    shared = [(term, count) for term, count in recurring.most_common(_MOST) if count > 1]
    return phrases("overview.terms", terms=_joined(shared, phrases)) if shared else ""


def _further(papers: Sequence[Paper], writings: Sequence[Writing], phrases: Phrases) -> str:
    coded = sum(_links_code(paper) for paper in papers)
    questions = sum(len(writing.qa) for writing in writings)
    said = []
    if coded:
        said.append(counted(phrases, "overview.code", coded))
    if questions:
        said.append(counted(phrases, "overview.questions", questions))
    return phrases("overview.sentence_separator").join(said)


def _links_code(paper: Paper) -> bool:
    for link in paper.links:
        host = (urlsplit(link.url).hostname or "").removeprefix("www.")
        if host in _CODE_HOSTS or any(label in link.label.casefold() for label in _CODE_LABELS):
            return True
    return False


def _joined(counts: Sequence[tuple[str, int]], phrases: Phrases) -> str:
    items = [counted(phrases, "overview.item", count, name=name) for name, count in counts]
    return phrases("list.separator").join(items)


def _in(tag: str, language: str, glossary: Glossary) -> str:
    """A tag as the overview says it: in its language and as words, where the glossary has it."""
    for row in glossary.rows:
        if row.get("tag") and tag in (row["tag"][0], *row.get("ja", ())[:1]):
            return row["ja"][0] if language == "ja" else _as_words(row["tag"][0], row.get("en", ()))
    return fold(tag) if tag.isascii() else tag


def _as_words(tag: str, forms: Sequence[str]) -> str:
    """A tag as it is written in a sentence: “language models”, “LLM”, “few-shot”."""
    for form in forms:
        for ending in ("", "s"):
            if re.sub(r"\s+", "-", fold(form)) + ending == tag:
                return form + ending
    return tag
