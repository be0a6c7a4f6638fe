"""The language of a document: by script and common words, else by py3langid."""

from __future__ import annotations

from digest.language import by_script, likely


def language_of(text: str) -> str:
    """The BCP 47 tag of a text. Slow to start where script and words do not tell: child only."""
    return by_script(text) or likely(text)[0][0]
