"""Pure: finds what is left in a text of HTML, Markdown, LaTeX or JSON."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from digest.mathtext import pieces

_EXCERPT = 40
_TAGS = (
    "a|abbr|address|article|aside|audio|b|blockquote|body|br|button|caption|center|cite|code|dd|del|details|div|dl"
    "|dt|em|embed|figcaption|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd|li|link|main"
    "|mark|meta|nav|object|ol|option|p|pre|q|script|section|select|small|span|strike|strong|style|sub|summary|sup"
    "|svg|table|tbody|td|textarea|tfoot|th|thead|title|tr|tt|u|ul|var|video|wbr"
)
_MARKS = tuple(
    re.compile("|".join(ways), re.IGNORECASE | re.MULTILINE)
    for ways in (
        (  # HTML
            rf"<(?:{_TAGS})(?:\s[^<>]{{0,300}})?/?>|</(?:{_TAGS})\s?>",
            r"<[a-z][\w-]{0,20}\s+[a-z-]{1,20}\s?=[^<>]{0,300}>",
            r"<!--|-->|<!\[CDATA|<!doctype|<\?(?:xml|php)",
            r"\b(?:rel|href|src|srcset|class|style|target|colspan|onclick|onerror|onload)\s?=\s?[\"'“”‘’„″]",
            r"[\"'“”]\s?/?>(?=\S)",
            r"&(?:amp|lt|gt|quot|nbsp|apos|[mn]dash|hellip|[lr]squo|[lr]dquo|copy|times|thinsp);",
            r"&#(?:\d{1,6}|x[0-9a-f]{1,6});",
        ),
        (  # Markdown
            r"!\[[^\]\n]{0,200}\]\(|\[[^\]\n]{1,200}\]\([^)\s]{0,300}[/#:.][^)\n]{0,300}\)",
            r"\[[^\]\n]{1,100}\]\{|\[\[[^\]\n]{1,100}\]\]",
            r"(?:^|\s)#{1,6}[ \t]+\S",
            r"(?<![\d)*])\*\*(?=[^\s*,.)])",
            r"__(?=\S)[^_\n]{1,200}__",
            r"(?<![a-z0-9*])\*[^\s*][^*\n]{0,80}[^\s*]\*(?![a-z0-9*])",
            r"~~\S|\|\|\S[^|\n]{0,200}\|\|",
            r"```|~~~|``|`[^`\n]{1,200}`|(?<=[a-z])''(?=[\s.,;:)]|$)",
            r"\s-[ \t]+[^\W\d]\w{2,40}\s-[ \t]+[^\W\d]\w{2,40}",  # a list whose lines were joined
            r"^[ \t]{0,6}[-*+][ \t]+\S|^[ \t]{0,3}>[ \t]",
            r"^[ \t]*\|.{1,400}\|[ \t]*$|\|\s?:?-{3,}",
            r"^[ \t]*(?:-{3,}|\*{3,}|_{3,}|={3,})[ \t]*$",
        ),
        (  # LaTeX outside of formulas
            r"\\[a-z]{2,}|\\[()\[\]%_&#$*{}]|[\^_]\{[^{}\n]{1,40}\}",
        ),
        (  # JSON, and what it writes characters with
            r"[\"“”](?:answers?|questions?|quotes?|text|claims?|citations?|passages?|passage_ids?)[\"“”]\s?[:：]",
            r"[\"“”](?:summary|gist|tags|title|id|standing|lines|title_translated|abstract_translated)[\"“”]\s?[:：]",
            r"\b(?:passage_ids?|title_translated|abstract_translated)\b",
            r"\A\s?[{\[]\s?\"|\"\s?[}\]]\s?,?\s?\Z|\}\s?,\s?\{\s?\"|\{\{|\}\}|\{%|%\}",
            r"\\[nrt](?![a-z])|\\u[0-9a-f]{4}|\\\"",
        ),
        (  # marks that models cite with, and those of forums
            r"【[\d†:：\s]{1,12}[^】\n]{0,60}】|\[\^\d{1,3}\]",
            r"\[(?:p|passage |source |doc )\d{1,4}[^\]\n]{0,40}\]",
            r":?contentReference\[|\bcite?turn\d|oaicite",
            r"\[/(?:b|i|u|url|code|quote|color|img|size)\]|\[(?:url|img|color|size)(?:=[^\]\n]{0,60})?\]",
        ),
    )
)
_WORD_IN = re.compile(r"[a-z]{5,}", re.IGNORECASE)
_TAG_LIKE = re.compile(r"</?[a-z][\w|-]{0,40}\s?/?>", re.IGNORECASE)


def markup(text: str, may_hold: Sequence[str] = ()) -> str:
    """What of a text is left of markup, outside of formulas `$…$`; empty where there is none.

    Words within formulas, and marks in angle brackets that no page is written with, as `<pause>`,
    are those of the paper where one of `may_hold` has them, other than the text itself; where
    nothing is given to compare with they pass.
    """
    if "$$" in text:
        return "$$"
    parts = pieces(text)
    prose = " ".join(piece.text for piece in parts if not piece.maths)
    for one in (prose, unicodedata.normalize("NFKC", prose)):
        for marks in _MARKS:
            if found := marks.search(one):
                return found[0].strip()[:_EXCERPT]
    if not may_hold:
        return ""
    formulas = " ".join(_full_size(piece.text) for piece in parts if piece.maths)
    own = (*_WORD_IN.findall(formulas), *_TAG_LIKE.findall(prose))
    held = [_full_size(source) for source in may_hold if own and source.strip() != text.strip()]
    return next((str(one) for one in own if not any(one.casefold() in source for source in held)), "")


def _full_size(text: str) -> str:
    """Small letters where letters are raised, lowered or large: a word in a subscript is a word."""
    return unicodedata.normalize("NFKC", text).casefold()
