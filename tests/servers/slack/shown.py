"""What a reader sees of a message, as plain text: with the asterisks that Slack leaves standing."""

from __future__ import annotations

import re
import unicodedata

from tests.servers.slack.nouns import Json, Message, View
from tests.servers.slack.text import unescaped

_CODE_BLOCK = re.compile(r"```(.*?)```", re.DOTALL)
_ANGLED = re.compile(r"<([^<>]*)>")
_MARKED = re.compile(r"(?P<mark>[*_~`])(?P<inside>(?!\s)[^\n]+?(?<!\s))(?P=mark)")
_MARKDOWN_LINK = re.compile(r"!?\[([^\]\n]*)\]\(([^()\s]+)\)")
_MARKDOWN_LEAD = re.compile(r"^(?:#{1,6} |> )", re.MULTILINE)
_STRONG = re.compile(r"(?P<mark>\*\*|__)(?P<inside>[^\n]+?)(?P=mark)")


def shown(what: Message | View) -> str:
    """A message or a view, line by line. The fallback text is seen only where there are no blocks."""
    if isinstance(what, Message) and not what.blocks:
        return mrkdwn(what.text)
    return "\n".join(line for block in what.blocks if (line := _block(block)))


def mrkdwn(text: str) -> str:
    """Slack's own markup as it is rendered.

    A mark works only where what stands outside it is neither a letter or digit nor anything wide: beside
    kana, kanji or full-width punctuation the asterisks are seen.
    """
    parts = _CODE_BLOCK.split(text)
    # Every second part is the inside of a code block: nothing is markup there.
    return "".join(unescaped(part) if number % 2 else _inline(part) for number, part in enumerate(parts))


def _inline(text: str) -> str:
    def mark(found: re.Match[str]) -> str:
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        if _keeps(before) or _keeps(after):
            return found[0]
        return found["inside"]

    text = re.sub(r"^&gt; ?", "", text, flags=re.MULTILINE)
    while (once := _MARKED.sub(mark, text)) != text:
        text = once
    return unescaped(_ANGLED.sub(lambda found: _angled(found[1]), text))


def _keeps(outside: str) -> bool:
    """Whether this character beside a mark keeps it from working."""
    return bool(outside) and (outside.isalnum() or unicodedata.east_asian_width(outside) in "WF")


def _angled(inside: str) -> str:
    """A control sequence: a link, a mention, a date."""
    target, _, label = inside.partition("|")
    if target.startswith("!date^"):
        return label
    if target.startswith("!subteam^"):
        return label or "@" + target.removeprefix("!subteam^")
    if target[:1] in "!@#":
        return target[:1].replace("!", "@") + (label or target[1:])
    return label or target


def markdown(text: str) -> str:
    """A `markdown` block as rendered, with CommonMark's rule that leaves `**「太字」**は` as it stands."""

    def strong(found: re.Match[str]) -> str:
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        first, last = found["inside"][0], found["inside"][-1]
        if first.isspace() or last.isspace():
            return found[0]
        opens = not _punctuation(first) or not before or before.isspace() or _punctuation(before)
        closes = not _punctuation(last) or not after or after.isspace() or _punctuation(after)
        return found["inside"] if opens and closes else found[0]

    return _MARKDOWN_LINK.sub(r"\1", _MARKDOWN_LEAD.sub("", _STRONG.sub(strong, text)))


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _text(node: Json) -> str:
    return mrkdwn(node["text"]) if node["type"] == "mrkdwn" else unescaped(node["text"])


def _block(block: Json) -> str:
    match block["type"]:
        case "section":
            lines = [_text(block["text"])] if "text" in block else []
            lines += [_text(each) for each in block.get("fields", [])]
            return "\n".join(lines + ([_element(block["accessory"])] if "accessory" in block else []))
        case "header":
            return _text(block["text"])
        case "context" | "actions" | "context_actions":
            return " ".join(_element(each) for each in block["elements"])
        case "rich_text":
            return "\n".join(_rich(each) for each in block["elements"])
        case "markdown":
            return markdown(block["text"])
        case "input":
            return f"{_text(block['label'])} {_element(block['element'])}".strip()
        case "table":
            return "\n".join(" | ".join(_cell(cell) for cell in row) for row in block["rows"])
    return str(block.get("alt_text") or block.get("title") or "")


def _cell(cell: Json) -> str:
    return (
        str(cell["text"])
        if cell["type"] == "raw_text"
        else "\n".join(_rich(each) for each in cell["elements"])
    )


def _element(element: Json) -> str:
    match element["type"]:
        case "plain_text" | "mrkdwn":
            return _text(element)
        case "image":
            return str(element["alt_text"])
        case "button" | "icon_button":
            return f"[{_text(element['text'])}]"
        case "feedback_buttons":
            return " ".join(
                f"[{_text(element[name]['text'])}]" for name in ("positive_button", "negative_button")
            )
    return f"[{_text(element['placeholder'])}]" if "placeholder" in element else ""


def _rich(element: Json) -> str:
    if element["type"] != "rich_text_list":
        return "".join(_run(run) for run in element["elements"])
    first = element.get("offset", 0) + 1
    ordered = element["style"] == "ordered"
    lines = [
        f"{f'{first + number}.' if ordered else '•'} {_rich(each)}"
        for number, each in enumerate(element["elements"])
    ]
    return "\n".join("  " * element.get("indent", 0) + line for line in lines)


def _run(run: Json) -> str:
    match run:
        case {"type": "text", "text": str(text)} | {"type": "link", "text": str(text)} if text:
            return text
        case {"type": "link", "url": str(name)} | {"type": "date", "fallback": str(name)}:
            return name
        case {"type": "user", "user_id": str(name)} | {"type": "usergroup", "usergroup_id": str(name)}:
            return "@" + name
        case {"type": "broadcast", "range": str(name)}:
            return "@" + name
        case {"type": "channel", "channel_id": str(name)}:
            return "#" + name
        case {"type": "emoji", "name": str(name)}:
            return f":{name}:"
    return str(run.get("value", ""))
