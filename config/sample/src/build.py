"""Prints the sample papers in this folder to PDF with headless Chromium; run it after editing one.

    python config/sample/src/build.py [tide-lm ...]

Needs Chromium, fonttools (a development dependency) and the fonts Liberation and Noto Serif CJK.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont, newTable

_HERE = Path(__file__).parent
_CHROMIUM = "/usr/bin/chromium"
_CJK = Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-{}.ttc")
_FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--disable-pdf-tagging")
_MAXP = ("maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
         "maxSizeOfInstructions", "maxComponentElements", "maxPoints", "maxContours", "maxCompositePoints",
         "maxCompositeContours", "maxComponentDepth")  # fmt: skip
_PRINTED = b"D:20260302090000+00'00'"


def main(names: list[str]) -> None:
    """Print the named papers, or all of them."""
    sources = [_HERE / f"{name}.html" for name in names] or sorted(_HERE.glob("*.html"))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        for source in sources:
            target = _HERE.parent / f"{source.stem}.pdf"
            print_paper(source, target, work)
            sys.stdout.write(f"{target.name}: {target.stat().st_size // 1024} KB\n")


def print_paper(source: Path, target: Path, work: Path) -> None:
    """Print one paper, with its Japanese font cut to the characters it uses."""
    html = source.read_text(encoding="utf-8")
    css = (_HERE / "paper.css").read_text(encoding="utf-8")
    faces = ""
    if 'lang="ja"' in html:
        for weight, style in ((400, "Regular"), (700, "Bold")):
            cut_font(html + css, style, work / f"{style}.ttf")
            faces += (
                f'@font-face {{ font-family: "Sample JP"; font-weight: {weight}; src: url({style}.ttf) }}\n'
            )
    (work / "paper.css").write_text(faces + css, encoding="utf-8")
    (work / "charts.js").write_bytes((_HERE / "charts.js").read_bytes())
    page = work / source.name
    page.write_text(html, encoding="utf-8")
    command = [_CHROMIUM, *_FLAGS, f"--print-to-pdf={work / 'out.pdf'}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - our own fixed command
    target.write_bytes(with_fixed_dates((work / "out.pdf").read_bytes()))


def cut_font(text: str, style: str, target: Path) -> None:
    """Write the font with the characters of `text` only.

    In the whole font one glyph serves both an ideograph and its Kangxi radical, and a PDF
    printed with it maps 生 to U+2F63 instead of U+751F. The cut font knows no radicals.
    """
    font = TTFont(str(_CJK).format(style), fontNumber=0)
    options = subset.Options(layout_features=["palt", "halt", "kern", "liga"], notdef_outline=True)
    cutter = subset.Subsetter(options)
    cutter.populate(text=text)
    cutter.subset(font)
    use_quadratic_outlines(font)
    font.save(str(target))


def use_quadratic_outlines(font: TTFont) -> None:
    """Turn the font's PostScript outlines into TrueType's, which Chromium embeds at a third of the size."""
    outlines, names = font.getGlyphSet(), font.getGlyphOrder()
    glyphs = {}
    for name in names:
        pen = TTGlyphPen(outlines)
        outlines[name].draw(Cu2QuPen(pen, max_err=1.5, reverse_direction=True))
        glyphs[name] = pen.glyph()
    font["loca"], font["glyf"], font["maxp"] = newTable("loca"), newTable("glyf"), newTable("maxp")
    font["glyf"].glyphOrder, font["glyf"].glyphs = names, glyphs
    for field in _MAXP:
        setattr(font["maxp"], field, 0)
    font["maxp"].tableVersion, font["maxp"].maxZones, font["maxp"].numGlyphs = 0x00010000, 1, len(names)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 2.0, [], {}
    for table in ("CFF ", "VORG"):
        if table in font:
            del font[table]
    font.sfntVersion = "\x00\x01\x00\x00"


def with_fixed_dates(pdf: bytes) -> bytes:
    """The PDF with its dates of printing fixed, so that printing it again changes nothing."""
    return re.sub(rb"D:\d{14}\+00'00'", _PRINTED, pdf)


if __name__ == "__main__":
    main(sys.argv[1:])
