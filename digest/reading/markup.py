"""Web pages before they are read: decoding, bounding, and leaving out what nobody can see."""

from __future__ import annotations

import codecs
import html
import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from digest.errors import TooDemanding
from digest.reading.lines import without_unseen

_LONGEST_TAG = 50_000
_MOST = 4_000_000
_DATA = re.compile(r"data:[\w.+/-]{0,80}[;,][^\"'\s>)]{500,}")
_SCRIPT = re.compile(r"<(script|svg)\b[^<>]{0,5000}>.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_KEPT_SCRIPT = re.compile(r"<script[^<>]*type\s*=\s*[\"']?(?:math/|application/ld\+json)", re.IGNORECASE)
_MATH = re.compile(r"(<math\b[^<>]{0,20000}alttext=[^<>]{0,20000}>).*?</math\s*>", re.IGNORECASE | re.DOTALL)
_HUGE_TAG = re.compile(rf"<([a-zA-Z][\w-]{{0,40}})\b[^<>]{{{_LONGEST_TAG},}}(?:>|(?=<)|$)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_SAME_AS = {"shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "gb2312": "gb18030",
            "gbk": "gb18030", "iso-8859-1": "cp1252", "latin-1": "cp1252", "us-ascii": "cp1252"}  # fmt: skip

_ZERO = r"0*\.?0+(?:px|em|rem|pt|%|vw)?\s*(?:!important\s*)?(?:;|$)"
_HIDING = re.compile(
    rf"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|opacity\s*:\s*{_ZERO}|font-size\s*:\s*{_ZERO}"
    r"|font\s*:[^;]*\b0(?:px|pt|em)?\s*/|(?:^|[;\s])color\s*:\s*transparent|text-indent\s*:\s*-\d{3,}"
    r"|(?:left|top|right|margin-left|margin-top)\s*:\s*-\d{3,}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]+[01]"
    r"|clip-path\s*:\s*inset\(\s*(?:50|100)%|transform\s*:[^;]*scale\(\s*0\s*\)"
    rf"|(?:max-)?(?:height|width)\s*:\s*[01]?{_ZERO}[^{{}}]*overflow\s*:\s*hidden"
    rf"|overflow\s*:\s*hidden[^{{}}]*(?:max-)?(?:height|width)\s*:\s*{_ZERO}",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*color\s*:\s*([^;!]+)", re.IGNORECASE)
_GROUND = re.compile(r"(?:^|;)\s*background(?:-color|-image)?\s*:\s*([^;!]+)", re.IGNORECASE)
_RULE = re.compile(r"([^{}]{1,2000})\{([^{}]{0,4000})\}")
_AT_BLOCK = re.compile(r"@[\w-]+[^{};]{0,500}\{(?:[^{}]{0,4000}\{[^{}]{0,4000}\}){0,500}[^{}]{0,4000}\}")
_REFERENCE = re.compile(r"&(?:#x0*[0-9a-f]{2,6}|#0*\d{3,7}|[a-z]{3,20});?", re.IGNORECASE)
_SIMPLE = re.compile(r"[\w-]*[.#][\w-]+")
_HIDDEN = ("[hidden]", "[aria-hidden=true]", ".sr-only", ".visually-hidden", ".screen-reader-text",
           ".visuallyhidden", ".screenreader-only", "template", "input[type=hidden]")  # fmt: skip


def decoded(data: bytes, content_type: str) -> str:
    """The text of a page, by its mark, its header, its own word or what its bytes look like."""
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ):
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace")
    named = [_CHARSET.search(content_type.encode("ascii", "replace")), _CHARSET.search(data[:8192])]
    names = [match[1].decode("ascii").lower() for match in named if match]
    for name in [*names, "utf-8", "cp932", "euc_jp"]:
        try:
            text = data.decode(_SAME_AS.get(name, name))
        except (LookupError, UnicodeDecodeError):
            continue
        return text
    return data.decode(_known(names[0]) if names else "utf-8", "replace")


def _known(name: str) -> str:
    """The codec of a declared name, UTF-8 for one that is none."""
    try:
        return codecs.lookup(_SAME_AS.get(name, name)).name
    except LookupError:
        return "utf-8"


def bounded(text: str) -> str:
    """The page without what only makes it big. Raises `TooDemanding` where it is still too big."""
    text = _DATA.sub("data:,", text)
    text = _SCRIPT.sub(lambda match: match[0] if _KEPT_SCRIPT.match(match[0]) else " ", text)
    text = _HUGE_TAG.sub(r"<\1>", text)
    text = _MATH.sub(r"\1</math>", text)
    if len(text) > _MOST:
        raise TooDemanding("The page is too large to be read.")
    return text


def without_hidden(tree: LexborHTMLParser) -> int:
    """Remove from a page what its readers cannot see; how many characters that were."""
    count = 0
    selectors = [*_HIDDEN, *_hiding_rules(tree)]
    for selector in selectors:
        for node in tree.css(selector):
            count += _removed(node)
    for node in tree.css("[style]"):
        style = node.attributes.get("style") or ""
        if _HIDING.search(style) or _is_pale(node, style):
            count += _removed(node)
    for node in tree.css("font[color]"):
        if _is_white(node.attributes.get("color") or "") and not _on_ground(node):
            count += _removed(node)
    return count


def _removed(node: LexborNode) -> int:
    """Remove a node; how many characters it showed."""
    if node.tag in {"html", "body", "head"} or node.parent is None:
        return 0
    told = node.text(deep=True) or re.sub(r"<[^>]*>", "", node.html or "")
    count = len(re.sub(r"\s+", "", told))
    node.decompose()
    return count


def _hiding_rules(tree: LexborHTMLParser) -> list[str]:
    """Classes and ids that the page's own style sheet hides, outside of media queries."""
    sheet = "\n".join(node.text(deep=True) for node in tree.css("style"))[:200_000]
    sheet = _AT_BLOCK.sub("", re.sub(r"/\*.*?\*/", "", sheet, flags=re.DOTALL))
    found = []
    for rule in _RULE.finditer(sheet):
        if _HIDING.search(rule[2]) or _pale_rule(rule[2]):
            found += [each.strip() for each in rule[1].split(",") if _SIMPLE.fullmatch(each.strip())]
    return found[:500]


def _pale_rule(style: str) -> bool:
    """Whether a rule writes white without giving it a ground."""
    colour = _COLOUR.search(style)
    ground = _GROUND.search(style)
    return bool(colour and ground and _is_white(colour[1]) and _is_white(ground[1]))


def _is_pale(node: LexborNode, style: str) -> bool:
    """Whether a node writes white, or its ground's colour, where nothing gives it another ground."""
    colour = _COLOUR.search(style)
    if not colour:
        return False
    ground = _GROUND.search(style)
    if ground and ground[1].strip().lower() == colour[1].strip().lower():
        return True
    return _is_white(colour[1]) and not _on_ground(node)


def _is_white(colour: str) -> bool:
    """Whether a CSS colour is white or nearly so."""
    colour = re.sub(r"\s+", "", colour).lower()
    if match := re.fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})(?:[0-9a-f]{1,2})?", colour):
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return min(int(digits[i : i + 2], 16) for i in (0, 2, 4)) >= 0xF2
    if match := re.match(r"rgba?\((\d+)[, ](\d+)[, ](\d+)", colour):
        return min(int(part) for part in match.groups()) >= 0xF2
    return colour in {"white", "snow", "ivory", "ghostwhite", "floralwhite", "whitesmoke"}


def _on_ground(node: LexborNode | None) -> bool:
    """Whether a node or one around it is painted in a colour other than white."""
    while node is not None and node.tag not in {"-document", None}:
        ground = _GROUND.search(node.attributes.get("style") or "")
        painted = ground[1] if ground else node.attributes.get("bgcolor") or ""
        if painted and not _is_white(painted):
            return painted.strip().lower() not in {"none", "transparent", "inherit"}
        if painted:
            return False
        node = node.parent
    return False


def formulas(tree: LexborHTMLParser) -> None:
    """Put formulas into the text as `$…$`, from whichever form the page gives them in."""
    for node in tree.css(".katex, mjx-container, .MathJax, .MathJax_Display"):
        source = node.css_first('annotation[encoding="application/x-tex"]')
        if source is not None:
            node.replace_with(_dollars(source.text(deep=True)))
    for node in tree.css('script[type^="math/tex"]'):
        node.replace_with(_dollars(node.text(deep=True)))
    for node in tree.css("math"):
        source = node.css_first('annotation[encoding="application/x-tex"]')
        written = node.attributes.get("alttext") or (source.text(deep=True) if source else "")
        node.replace_with(_dollars(written) if written else node.text(deep=True))


def _dollars(formula: str) -> str:
    """A formula between dollar signs, without what only sets its size."""
    formula = re.sub(r"\\(?:displaystyle|textstyle|scriptstyle)\b\s*|%\s*\n", "", formula)
    formula = " ".join(formula.split())
    return f"${formula}$" if formula else ""


def unseen_characters(text: str) -> tuple[str, int]:
    """The page without zero-width, bidi and tag characters, also those written as references."""
    return without_unseen(_REFERENCE.sub(_spelt, text))


def _spelt(match: re.Match[str]) -> str:
    """A character reference as its character where that cannot be seen, else as it was."""
    character = html.unescape(match[0])
    return character if without_unseen(character)[1] else match[0]
