"""Pure: what kind of section each passage of a paper stands in, by the sections' titles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from digest.models import Passage


class Kind(StrEnum):
    """The kinds of sections, as far as they matter for choosing among them."""

    ABSTRACT = "abstract"
    INTRODUCTION = "introduction"
    METHOD = "method"
    RESULTS = "results"
    LIMITATIONS = "limitations"
    CONCLUSION = "conclusion"
    OTHER = "other"
    RELATED = "related work"
    APPENDIX = "appendix"


_SAYS = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        (
            Kind.APPENDIX,
            r"\bappendi|\bsupplement|\backnowledge?ment|\bauthor contributions?|\bfunding|\bchecklist"
            r"|\bcompeting interests?|\breferences?\b|付録|補遺|謝辞|参考文献",
        ),
        (Kind.ABSTRACT, r"^\W*(?:abstract|summary|概\s*要|要\s*旨|あらまし|抄\s*録|アブストラクト)\W*$"),
        (
            Kind.RELATED,
            r"\brelated works?|\b(?:previous|prior|earlier) (?:works?|stud|research)|\bliterature"
            r"|\bbackground$|\bpreliminar|関連研究|先行研究|関連技術|従来研究|準備$",
        ),
        (Kind.LIMITATIONS, r"\blimitation|\bethic|\bbroader impact|\bthreats? to|限界|制約|今後の課題|倫理"),
        (Kind.INTRODUCTION, r"\bintroduction|\bmotivation|はじめに|序論|序章|まえがき|緒言|背景"),
        (
            Kind.RESULTS,
            r"\bexperiment|\bresults?\b|\bevaluat|\bablation|\banalys[ie]s|\bfindings?\b|\bperformance"
            r"|\bbenchmark|\bdata ?sets?\b|\bdata\b|\bcase stud|\bset-?ups?\b|\bdiscussion"
            r"|実験|結果|評価|分析|検証|データ|性能|考察",
        ),
        (
            Kind.CONCLUSION,
            r"\bconclu|\bfuture (?:work|direction)|\bavailability|\boutlook"
            r"|おわりに|終わりに|結論|まとめ|むすび|あとがき|今後",
        ),
        (
            Kind.METHOD,
            r"\bmethod|\bapproach|\bmodels?\b|\barchitecture|\bframework|\balgorithm|\bsystem\b|\bproposed"
            r"|\bdesign|\btraining\b|\bimplementation|手法|方法|モデル|構成|設計|提案|アルゴリズム|学習|実装",
        ),
    )
)
_CAPTION = re.compile(r"\s*(?:fig(?:ure)?|tab(?:le)?|algorithm|listing|図|表)\s*\.?\s*\d", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(?:第)?(?P<top>\d{1,2}|[IVX]{1,5}|[A-Z])(?P<below>[.．]\d[\d.．]*)?[.．章節]?\s+\S")
_TIGHT = re.compile(r"\s*第?(?P<top>\d{1,2})(?P<below>[.．]\d[\d.．]*)?[.．章節]?\s*\S")


def kinds(passages: Sequence[Passage]) -> tuple[Kind, ...]:
    """The kind of section of each passage.

    A section below another is of the other's kind, and a caption of the kind it stands in. One
    that names nothing known is the method as long as no results came, since methods go by names
    of their own.
    """
    known: dict[str | None, Kind] = {}
    tops: dict[str, Kind] = {}
    seen: set[Kind] = set()
    found: list[Kind] = []
    for passage in passages:
        section = passage.section
        if section is not None and found and _CAPTION.match(section):
            known.setdefault(section, found[-1])
        elif section not in known:
            known[section] = _kind(section, tops, seen)
            seen.add(known[section])
            top, below = _numbered(section)
            if top and not below:
                tops[top] = known[section]
        found.append(known[section])
    return tuple(found)


def titles(passages: Sequence[Passage], taken: Sequence[Passage]) -> tuple[str, ...]:
    """The sections that some passages stand in, each once; those below another go by the other's title.

    Captions are left out.
    """
    tops: dict[str, str] = {}
    for passage in passages:
        top, below = _numbered(passage.section)
        if top and not below and passage.section:
            tops.setdefault(top, passage.section)
    named = []
    for passage in taken:
        if _CAPTION.match(passage.section or ""):
            continue
        top, below = _numbered(passage.section)
        named.append(tops.get(top, passage.section) if below else passage.section)
    return tuple(dict.fromkeys(title for title in named if title))


def _kind(section: str | None, tops: dict[str, Kind], seen: set[Kind]) -> Kind:
    if section is None:
        return Kind.OTHER if seen - {Kind.ABSTRACT} else Kind.ABSTRACT
    top, below = _numbered(section)
    closed = Kind.CONCLUSION in seen or Kind.LIMITATIONS in seen
    if Kind.APPENDIX in seen or (closed and re.fullmatch("[A-Z]", top)):
        said = _said(section)
        return said if top.isdigit() and said is not Kind.OTHER else Kind.APPENDIX
    if below and tops.get(top, Kind.OTHER) is not Kind.OTHER:
        return tops[top]
    said = _said(section)
    if said is Kind.OTHER and Kind.RESULTS not in seen and seen - {Kind.ABSTRACT}:
        return Kind.METHOD
    return said


def _said(title: str) -> Kind:
    return next((kind for kind, pattern in _SAYS if pattern.search(title)), Kind.OTHER)


def _numbered(title: str | None) -> tuple[str, bool]:
    """The number of the section that a title stands in or opens, and whether it stands below it."""
    match = _NUMBER.match(title or "") or _TIGHT.match(title or "")
    return (match["top"], bool(match["below"])) if match else ("", False)
