from __future__ import annotations

import asyncio
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

from digest.errors import Damaged, Encrypted, NoText
from digest.models import Document
from digest.reading.child import ChildLimits, Parser

TACL = "tacl-two-column.pdf"
JAPANESE = "japanese-nlp2024.pdf"


async def read(path: Path) -> Document:
    data = await asyncio.to_thread(path.read_bytes)
    return (await Parser(ChildLimits()).parse(data, url="https://example.org/x.pdf")).unwrap()


@pytest.mark.parametrize(
    ("name", "error"),
    [("damaged.pdf", Damaged), ("encrypted-1234.pdf", Encrypted), ("scanned-no-text.pdf", NoText)],
)
async def test_what_goes_wrong(shared: Path, name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        await read(shared / "data/pdf" / name)


def folded(text: str) -> str:
    """Letters and digits alone: no spaces, hyphens or marks beside letters."""
    text = unicodedata.normalize("NFKD", text)
    return re.sub(r"[\W_]+", "", "".join(c for c in text if not unicodedata.combining(c))).casefold()


def stands_on(sentence: str, page: str) -> bool:
    """Whether a page prints a sentence, in one piece, around one figure, or with marks of footnotes."""
    return _letters(sentence) in _letters(page) or any(
        sentence[:cut] in page and sentence[cut:] in page
        for cut in [len(sentence), *range(4, len(sentence) - 3)]
    )


def _letters(text: str) -> str:
    return re.sub(r"\d", "", text)


def printed_pages(path: Path) -> list[str]:
    """The pages by another way than ours: PDFium's plain text, folded."""
    document = pypdfium2.PdfDocument(path)
    pages = [folded(page.get_textpage().get_text_range()) for page in document]
    document.close()
    return pages


@pytest.mark.parametrize("name", [TACL, JAPANESE])
async def test_every_sentence_stands_on_the_page_it_claims(shared: Path, name: str) -> None:
    path = shared / "data/pdf" / name
    pages = printed_pages(path)
    document = await read(path)
    wrong = []
    count = 0
    for passage in document.passages:
        breaks = [offset for offset, _ in passage.pages]
        for start, end in passage.sentences:
            cuts = [start, *(offset for offset in breaks if start < offset < end), end]
            for begin, stop in pairwise(cuts):
                count += 1
                page = passage.page_at(begin)
                assert page is not None
                if not stands_on(folded(passage.text[begin:stop]), pages[page - 1]):
                    wrong.append((page, passage.section, passage.text[begin:stop]))
    assert count > 100
    assert not wrong


async def test_a_two_column_survey(shared: Path) -> None:
    document = await read(shared / "data/pdf" / TACL)
    assert document.title == (
        "Automatically Correcting Large Language Models: "
        "Surveying the Landscape of Diverse Automated Correction Strategies"
    )
    assert document.language == "en"
    assert document.abstract
    assert document.abstract.startswith("While large language models")
    assert document.abstract.endswith("emerging field.")
    assert str(document.coverage) == "full text"
    sections = list(dict.fromkeys(p.section for p in document.passages))
    assert [s for s in sections if s and not s.startswith(("Figure", "Table"))] == [
        "Abstract", "1 Introduction", "2 Conceptual Framework", "2.1 What Gets Corrected?",
        "2.2 What Is the Source of the Feedback?", "2.3 What Is the Format of the Feedback?",
        "2.4 When to Correct the Model?", "2.5 How to Correct the Model with Feedback?",
        "2.6 Summary of Existing Work", "3 Methodologies", "3.1 Training-Time Correction",
        "3.2 Generation-Time Correction", "3.3 Post-hoc Correction", "3.4 Multi-Agent Debate",
        "4.1 Prior Research on Automated Correction", "4.2 When Does Automated Correction Work?",
        "5.1 Theoretical Justifications", "5.2 Benchmarking Automated Correction",
        "5.3 Continual Self-Improvement", "5.4 Self-Correction with Model Editing",
        "5.5 Multi-modal Self-Correction", "6 Conclusion", "Acknowledgments",
    ]  # fmt: skip
    text = document.text
    for furniture in ("Downloaded from", "Action Editor", "CC-BY", "ucsb.edu", "[1]", "arXiv:"):
        assert furniture not in text
    assert "Feifan Song" not in text, "a name from the references"
    for whole in (
        "toxicity. A promising",
        "(iteratively) learns",
        "training-time, generation-time, and post-hoc",
    ):
        assert whole in text
    assert "\ufffe" not in text


async def test_a_japanese_paper(shared: Path) -> None:
    document = await read(shared / "data/pdf" / JAPANESE)
    assert document.title == "文献理解のための人間の応答を利用したプロンプト最適化"
    assert document.language == "ja"
    assert document.abstract
    assert document.abstract.startswith("大規模言語モデルを利用した")
    sections = list(dict.fromkeys(p.section or "" for p in document.passages))
    assert [s for s in sections if not s.startswith(("図", "表"))] == [
        "概要", "1 はじめに", "2 関連研究", "3.1 2 段階プロンプト", "3.2.1 フィードバックの利用",
        "3.2.2 フィードバックの取得", "4.1 実験概要", "4.2 データセット", "4.3 フィードバックの取得",
        "4.4 プロンプト最適化設定", "5.1 フィードバックを用いた最適化で獲得されたプロンプトの性能",
        "5.2 最適化によるプロンプトの変化", "6 考察", "7 おわりに", "謝辞",
    ]  # fmt: skip
    for furniture in ("1238", "言語処理学会", "licensed", "Promptagent", "s2220565"):
        assert furniture not in document.text
    assert "実験で使用する論文は，Papers with Code" in document.text
    assert "抜粋・抽出の最適化 ✓ ✓ 0.843 0.525" in document.text
