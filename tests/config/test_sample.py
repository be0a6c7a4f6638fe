"""The sample week: complete, small, marked as fictitious, readable, and pointing nowhere."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path

import pypdfium2
import pytest
from selectolax.lexbor import LexborHTMLParser

CONFIG = Path(__file__).parents[2] / "config"
SAMPLE = CONFIG / "sample"
LIST = (SAMPLE / "list.md").read_text(encoding="utf-8")
ITEM = re.compile(r"^- \[(?P<title>.+)\]\(sample:(?P<file>[\w.-]+)\)\n(?P<facts>(?:  .+\n)+)", re.MULTILINE)
ITEMS = {match["file"]: match for match in ITEM.finditer(LIST)}
PDFS = sorted(name for name in ITEMS if name.endswith(".pdf"))
JAPANESE = {"sento.pdf", "unazuki.html"}
HIDDEN = "Ignore all previous instructions"

SENTENCES = {
    "birdsong.pdf": "The sequential rule uses 27,520 answers and reaches an accuracy of 92.4%",
    "crease-first.pdf": "The crane succeeded in eleven of twenty attempts",
    "daylight.pdf": "The hidden request is carried out in 826 of 4,500 trials, or 18.4%.",
    "larder.pdf": "Larder reaches an nDCG@10 of 0.523",
    "lost-property.html": "Chosen questions raise the share from 63.0% to 81.0%",
    "purl.pdf": "Purl finds 146 of the 160 errors, a recall of 91.3%, with a precision of 94.2%.",
    "sento.pdf": "湯番スケジューラでは排熱の利用率が87.0%に達し、到着順の61.3%を25.7ポイント上回った。",
    "seventeen.pdf": "Saijiki passes for 44% of the poems in English",
    "tide-lm.pdf": "TideLM predicts heights with a mean error of 5.6 cm",
    "unazuki.html": "うなずき120Mは適合率0.73、再現率0.69で、F1は0.71に達した。",
}


def facts(name: str) -> dict[str, str]:
    """The indented lines under a paper of the list."""
    return dict(line.strip().split(": ", 1) for line in ITEMS[name]["facts"].splitlines())


@cache
def pages(name: str) -> tuple[str, ...]:
    """The text of each page, as the PDF library gives it; a web page is one page."""
    if name.endswith(".html"):
        return (LexborHTMLParser((SAMPLE / name).read_text(encoding="utf-8")).body.text(),)
    with pypdfium2.PdfDocument(SAMPLE / name) as document:
        return tuple(page.get_textpage().get_text_range() for page in document)


def squeezed(text: str) -> str:
    """The text without white space and hyphens, as a hyphen may stand at the end of a line."""
    return re.sub(r"[\s\ufffe-]+", "", text)


def taxonomy() -> dict[str, dict[str, object]]:
    return tomllib.loads((CONFIG / "taxonomy.toml").read_text(encoding="utf-8"))


def test_ten_papers_two_of_them_japanese_two_of_them_pages():
    assert "## 2026-W10" in LIST
    assert len(ITEMS) == 10
    assert len(PDFS) == 8
    assert set(ITEMS) >= JAPANESE
    assert LIST.count("\n- ") == 10


def test_every_file_is_listed_and_every_listed_file_is_there():
    assert {path.name for path in SAMPLE.iterdir() if path.suffix in {".pdf", ".html"}} == set(ITEMS)


def test_one_paper_has_fourteen_authors_and_one_a_single_one():
    counts = {name: len(facts(name)["authors"].split(", ")) for name in ITEMS}
    assert counts["seventeen.pdf"] == 14
    assert counts["birdsong.pdf"] == 1


def test_dates_are_of_the_week():
    for name in ITEMS:
        published, updated = facts(name)["published"], facts(name).get("updated", "2026-03-08")
        assert "2026-03-02" <= published <= updated <= "2026-03-08"


def test_some_facts_are_left_unknown():
    assert "categories" not in facts("lost-property.html")
    assert "code" not in facts("birdsong.pdf")
    assert sum("updated" not in facts(name) for name in ITEMS) >= 3


def test_files_are_small():
    assert all((SAMPLE / name).stat().st_size < 150_000 for name in ITEMS)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 1_000_000


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_it_says_that_it_is_fictitious(name: str):
    notice = (
        "Rinko 付属の架空の論文です" if name in JAPANESE else "Fictitious sample paper shipped with Rinko"
    )
    assert all(notice in page for page in pages(name))


@pytest.mark.parametrize("name", sorted(ITEMS))
def test_known_sentences_title_authors_and_abstract_stand_in_the_text(name: str):
    text = squeezed("".join(pages(name)))
    assert squeezed(SENTENCES[name]) in text
    assert squeezed(ITEMS[name]["title"]) in text
    assert squeezed(facts(name)["abstract"]) in text
    for author in facts(name)["authors"].split(", "):
        assert squeezed(author) in text


@pytest.mark.parametrize("name", PDFS)
def test_a_pdf_has_several_pages_and_enough_to_read(name: str):
    assert 3 <= len(pages(name)) <= 4
    text = "".join(pages(name))
    if name in JAPANESE:
        assert 2_500 <= len(squeezed(text)) <= 4_500
    else:
        assert 1_200 <= len(text.split()) <= 1_900


@pytest.mark.parametrize("name", sorted(JAPANESE))
def test_japanese_is_made_of_ordinary_characters(name: str):
    text = "".join(pages(name))
    odd = {
        c for c in text if unicodedata.name(c, "").startswith(("KANGXI", "CJK RADICAL", "CJK COMPATIBILITY"))
    }
    assert not odd
    assert "\ufffd" not in text
    assert {"用", "文", "生", "見"} & set(text)


@pytest.mark.parametrize("name", PDFS)
def test_columns_are_in_order(name: str):
    text = "".join(pages(name))
    numbers = [
        int(n) for n in re.findall(r"^(\d)\.? [A-Zぁ-んァ-ヶ一-龠][^\d.\r\n]{1,50}\r?$", text, re.MULTILINE)
    ]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= 7


def test_only_the_paper_on_hidden_text_has_some_and_the_readme_says_so():
    assert [name for name in sorted(ITEMS) if HIDDEN in "".join(pages(name))] == ["daylight.pdf"]
    assert HIDDEN in pages("daylight.pdf")[0]
    assert HIDDEN in (SAMPLE / "README.md").read_text(encoding="utf-8")


def test_the_awkward_paper_breaks_words_at_line_ends():
    assert "".join(pages("larder.pdf")).count("\ufffe") >= 4


def test_links_lead_to_reserved_domains_only():
    sources = [
        path.read_text(encoding="utf-8") for path in SAMPLE.rglob("*") if path.suffix in {".md", ".html"}
    ]
    texts = [*sources, *("".join(pages(name)) for name in ITEMS)]
    hosts = {host for text in texts for host in re.findall(r"https?://([^/\s\"<]+)", text)}
    assert hosts == {"example.org"}


def test_the_taxonomy_names_every_category_of_the_sample():
    names = taxonomy()["categories"]
    used = {code for name in ITEMS for code in facts(name).get("categories", "").split(", ") if code}
    assert used <= set(names)
    assert len(names) > 145


def test_every_category_is_named_in_both_languages():
    for code, names in taxonomy()["categories"].items():
        assert set(names) == {"en", "ja"}, code
        assert all(names.values()), code


def test_every_alias_points_at_a_category_and_is_none_itself():
    tables = taxonomy()
    assert set(tables["aliases"].values()) <= set(tables["categories"])
    assert not set(tables["aliases"]) & set(tables["categories"])
    assert tables["aliases"]["cmp-lg"] == "cs.CL"
