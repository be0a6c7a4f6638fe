"""Pure: how many tokens a text takes, estimated without a tokenizer, which would need a download."""

from __future__ import annotations

import re
from math import ceil

_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef]+")
HEADROOM = 1.75
"""How far above the estimate a text may come: formulas and tables take more tokens than prose."""


def estimate(text: str) -> int:
    """The tokens of a text, about: a quarter of a token an ASCII character, one a CJK one.

    A whole paper takes less than a millisecond, as this runs beside everything else.
    """
    ascii_ = len(text.encode("ascii", "ignore"))
    cjk = sum(map(len, _CJK.findall(text))) if ascii_ < len(text) else 0
    return ceil(ascii_ / 4 + cjk + (len(text) - ascii_ - cjk) * 0.8)


def at_most(text: str) -> int:
    """The most tokens a text may be expected to take."""
    return ceil(estimate(text) * HEADROOM)
