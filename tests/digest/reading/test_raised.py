"""Raised characters: exponents stay to be read, marks that point to notes do not stand in sentences."""

from __future__ import annotations

import pytest
from fpdf import FPDF

from digest.reading.inside import read
from digest.reading.lines import Line
from digest.reading.raised import settled, without_mark
from digest.reading.wire import Order

ORDER = Order(300, 10**7, 60, 60, 60, 10**9)


@pytest.mark.parametrize(
    ("line", "meant"),
    [
        ("trained on 10⁶ samples", "trained on 10^6 samples"),
        ("about 8 × 10¹⁸ operations", "about 8 × 10^18 operations"),
        ("a rate of 10⁻⁶ or less", "a rate of 10^-6 or less"),
        ("a field of 3 m² (12 cm²)", "a field of 3 m² (12 cm²)"),
        ("where x² is R²", "where x² is R²"),
        ("ガス削減 (m³) の値", "ガス削減 (m³) の値"),
        ("m³) の値", "m³) の値"),
        ("the lamp¹² of the reader.³ The next", "the lamp of the reader. The next"),
        ("as others say¹,² and", "as others say and"),
        ("OpenAI¹）の", "OpenAIの"),
        ("(the lamp¹) was", "(the lamp) was"),
        ("in 2019³ we", "in 2019 we"),
        ("¹Of the recipes", "¹Of the recipes"),
    ],
)
def test_exponents_stay_and_marks_go(line: str, meant: str) -> None:
    assert settled(line) == meant


@pytest.mark.parametrize("mark", ["1 ", "¹", "2) ", "*", "1）"])
def test_a_note_is_read_without_its_mark(mark: str) -> None:
    assert without_mark(f"{mark}We weighed it.") == "We weighed it."


@pytest.mark.parametrize("text", ["25 walnuts were weighed.", "3.5 grams", "A lamp"])
def test_what_begins_with_a_number_keeps_it(text: str) -> None:
    assert without_mark(text) == text


@pytest.mark.parametrize("hyphen", ["\u2010", "\u00ad", "\u2010 "])
def test_any_hyphen_at_a_lines_end_joins(hyphen: str) -> None:
    assert Line(f"normalises spell{hyphen}", 1, 0, 0, 9, 9).cleaned().text == "normalises spell\ufffe"


def raised_pdf() -> bytes:
    """A page with footnote marks in a sentence and behind one, and a power of ten."""
    pdf = FPDF(format="A4", unit="pt")
    pdf.add_page()
    pdf.set_font("Times", size=11)

    def said(text: str, mark: str = "") -> None:
        pdf.write(14, text)
        pdf.char_vpos = "SUP"
        pdf.write(14, mark)
        pdf.char_vpos = "LINE"

    said("We gave every household a reading lamp", "1")
    said(" and asked it to read for ten evenings in a row without a break.", "2")
    pdf.ln(14)
    said("The problem is that lamps burn on after their readers have fallen asleep, so that 10", "6")
    said(" hours of light are wasted in every year that passes.")
    pdf.ln(14)
    return bytes(pdf.output())


def test_marks_of_a_page_do_not_stand_in_its_sentences() -> None:
    document = read(raised_pdf(), ORDER).unwrap()
    text = " ".join(document.text.split())
    assert "a reading lamp and asked it" in text
    assert "without a break. The problem is" in text
    assert "so that 10^6 hours of light" in text


def test_headings_set_with_spaces_are_read_as_words() -> None:
    assert Line("R E S U L T S", 1, 0, 0, 9, 9).cleaned().text == "RESULTS"
    assert Line("a b c", 1, 0, 0, 9, 9).cleaned().text == "a b c"
