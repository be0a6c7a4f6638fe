"""Reads Discord's Markdown as its clients do, by rules of its own: what shows, and what it leads to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_BLOCK = re.compile(r"^(#{1,3} |-# |> |\s*[-*+] |\s*\d+\. )")
_RULES = [
    ("escape", re.compile(r"\\([^0-9A-Za-z\s])")),
    ("code", re.compile(r"(`+)([\s\S]*?[^`])\1(?!`)")),
    (
        "made",
        re.compile(r"<(?:@[!&]?\d+|#\d+|t:-?\d+(?::\w)?|a?:\w+:\d+|id:\w+|/[^:>]+:\d+)>|@everyone|@here"),
    ),
    ("emoji", re.compile(r":[^\s:]+?(?:::skin-tone-\d)?:")),
    ("auto", re.compile(r"<[^: >]+:/[^ >]+>|https?://[^\s<]+[^<.,:;\"')\]\s]")),
    (
        "link",
        re.compile(
            r"\[((?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*)\]\(\s*<?((?:\([^)]*\)|[^\s\\]|\\.)*?)>?"
            r"(?:\s+['\"]([\s\S]*?)['\"])?\s*\)"
        ),
    ),
    ("strong", re.compile(r"\*\*((?:\\[\s\S]|[^\\])+?)\*\*(?!\*)")),
    ("underline", re.compile(r"__((?:\\[\s\S]|[^\\])+?)__(?!_)")),
    ("em", re.compile(r"\*(?=\S)((?:\\[\s\S]|[^\\*])+?)\*|_((?:\\[\s\S]|[^\\_])+?)_(?![0-9A-Za-z_])")),
    ("strike", re.compile(r"~~((?:\\[\s\S]|[^\\])+?)~~")),
    ("spoiler", re.compile(r"\|\|([\s\S]+?)\|\|")),
]
_PLAIN = re.compile(r"(?:[^\\`<@:\[*_~|h]|h(?!ttps?://))+")
"""What no rule begins with."""


@dataclass
class Shown:
    """A message as readers see it."""

    text: str = ""
    """What shows, without the marks at the start of lines."""
    links: list[tuple[str, str]] = field(default_factory=list)
    strong: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    """Marks that we never make: mentions, emoji by name, code, bare links and further styles."""


def read(text: str) -> Shown:
    """Read a text."""
    shown = Shown()
    lines = []
    for line in text.split("\n"):
        found = _BLOCK.match(line)
        rest = line[found.end() :] if found else line
        if inner := _BLOCK.match(rest):
            shown.others.append(inner[0])
        lines.append(rest)
    shown.text = _inline("\n".join(lines), shown)
    return shown


def _inline(text: str, shown: Shown) -> str:
    pieces, at = [], 0
    while at < len(text):
        if plain := _PLAIN.match(text, at):
            pieces.append(plain[0])
            at = plain.end()
            continue
        for name, rule in _RULES:
            if found := rule.match(text, at):
                pieces.append(_one(name, found, shown))
                at = found.end()
                break
        else:
            pieces.append(text[at])
            at += 1
    return "".join(pieces)


def _one(name: str, found: re.Match[str], shown: Shown) -> str:
    if name == "escape":
        return found[1]
    if name == "link":
        label = _inline(found[1], shown)
        shown.links.append((label, found[2]))
        return label
    if name == "strong":
        words = _inline(found[1], shown)
        shown.strong.append(words)
        return words
    shown.others.append(found[0])
    return found[0]
