"""Turns the replies of a good model into those of a bad one, in many ways, by a seeded `Random`."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any, TypeVar

from tests.servers.bad_words import (
    COMMANDED,
    EMPTY,
    EMPTY_TEXTS,
    FOREIGN,
    IDS,
    LINKS,
    MARKUP,
    MENTIONS,
    NUMBERS,
    OBEYED,
    REFUSALS,
    WORDS,
)

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Misbehaved:
    """A bad reply, and what of it no reader may ever see."""

    text: str
    planted: tuple[str, ...] = ()
    """Pieces of text that are nowhere in the paper; empty where what is wrong is no text."""


@dataclass(frozen=True)
class _Said:
    """One statement of a reply: the object it stands in, and the field its text is in."""

    holder: Json
    name: str

    @property
    def text(self) -> str:
        text: str = self.holder[self.name]
        return text

    def say(self, text: str) -> None:
        """Say something else."""
        self.holder[self.name] = text

    @property
    def citations(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = self.holder.get("citations", [])
        return found


def misbehave(kind: str, reply: str, rng: Random) -> Misbehaved:
    """A reply that is wrong in the way `kind` says (one of `KINDS`), in one place or several.

    A kind that has nothing to take hold of, as quotes in a summary, leaves the reply as it was.
    """
    bad = KINDS[kind](reply, rng)
    return replace(bad, planted=tuple(filter(None, map(_shown, bad.planted))))


def _shown(text: str) -> str:
    """A text as a reader would see it."""
    return " ".join(text.replace("\u200b", "").split())


# ---------------------------------------------------------------------------- replies as a whole


def _bad_json(reply: str, rng: Random) -> Misbehaved:
    ways: list[Callable[[], str]] = [
        lambda: reply.replace('"', "'"),
        lambda: reply.replace(":", "=", rng.randint(1, 3)),
        lambda: reply[:-1] + "]" * rng.randint(1, 3),
        lambda: _without(reply, rng, '"{}[]:,'),
        lambda: reply.replace("{", "", rng.randint(1, 2)),
        lambda: f"Sure! {rng.choice(REFUSALS)} {{{reply}",
        lambda: json.dumps(reply, ensure_ascii=False),
        lambda: _shuffled(reply, rng),
        lambda: reply.replace("}", ", }").replace(",", ",,", 1),
        lambda: reply.replace("\\", "").replace('": "', '": "He said "', rng.randint(1, 2)),
        lambda: "".join(rng.choices('{}[]":, \n', k=rng.randint(5, 400))),
        lambda: "[" * rng.randint(20, 5_000) + reply,
        lambda: '{"a":' * rng.randint(20, 5_000) + reply,
        lambda: "\n".join(f"- {line}" for line in reply.split(". ")),
        lambda: f"<answer>{reply.replace('<', '&lt;').replace(chr(34), '&quot;')}</answer>",
        lambda: reply.replace('"questions"', '"pairs"').replace('"claims"', '"said"'),
        lambda: reply + reply[rng.randrange(len(reply)) :],
    ]  # fmt: skip
    return Misbehaved(rng.choice(ways)())


def _without(reply: str, rng: Random, characters: str) -> str:
    places = [place for place, character in enumerate(reply) if character in characters]
    gone = set(rng.sample(places, min(len(places), rng.randint(1, 4))))
    return "".join(character for place, character in enumerate(reply) if place not in gone)


def _shuffled(reply: str, rng: Random) -> str:
    start = rng.randrange(len(reply))
    middle = list(reply[start : start + rng.randint(5, 60)])
    rng.shuffle(middle)
    return reply[:start] + "".join(middle) + reply[start + len(middle) :]


def _cut_off(reply: str, rng: Random) -> Misbehaved:
    return Misbehaved(reply[: rng.randrange(1, len(reply))])


def _empty(reply: str, rng: Random) -> Misbehaved:
    if rng.random() < 0.5:
        return Misbehaved(rng.choice(EMPTY) * rng.choice((1, 1, 3)))
    whole = json.loads(reply)
    chosen = _some(_statements(whole), rng)
    for said in chosen:
        said.say(rng.choice(EMPTY_TEXTS))
    return Misbehaved(_dumped(whole))


def _refusal(reply: str, rng: Random) -> Misbehaved:
    refusal = _worded(rng.choice(REFUSALS), rng)
    if rng.random() < 0.4:
        return Misbehaved(refusal, (refusal,))
    return _replaced(reply, rng, lambda _: refusal)


# ---------------------------------------------------------------------------- quotes


def _made_up_quote(reply: str, rng: Random) -> Misbehaved:
    whole = json.loads(reply)
    planted = []
    for said in _some([said for said in _statements(whole) if said.citations], rng):
        citation = rng.choice(said.citations)
        citation["quote"] = _invented(citation["quote"], rng)
        planted.append(citation["quote"])
    return Misbehaved(_dumped(whole), tuple(planted))


def _invented(quote: str, rng: Random) -> str:
    """A sentence that no paper holds: all of it new, or half of it, or a true one turned inside out."""
    new = " ".join(rng.choices(WORDS, k=rng.randint(8, 24))).capitalize() + "."
    words = quote.split()
    if len(words) < 8:
        return new
    way = rng.randrange(4)
    if way == 0:
        return new
    if way == 1:
        return " ".join(words[: len(words) // 2]) + " " + new.lower()
    if way == 2:
        return " ".join(reversed(words))
    every = rng.randint(2, 4)
    return " ".join(rng.choice(WORDS) if place % every == 0 else word for place, word in enumerate(words))


def _other_page(reply: str, rng: Random) -> Misbehaved:
    """Quotes that stand in the paper, under the ids of passages far away from them."""
    whole = json.loads(reply)
    cited = [citation for said in _statements(whole) for citation in said.citations]
    numbers = [_number(citation["passage_id"]) for citation in cited]
    for citation in _some(cited, rng):
        own = _number(citation["passage_id"])
        far = [number for number in numbers if abs(number - own) > 2] or [own + rng.randint(3, 40)]
        citation["passage_id"] = f"p{rng.choice(far)}"
    return Misbehaved(_dumped(whole))


def _number(passage_id: str) -> int:
    return int(passage_id.removeprefix("p"))


def _unknown_id(reply: str, rng: Random) -> Misbehaved:
    whole = json.loads(reply)
    planted = []
    for said in _some(_statements(whole), rng):
        wrong = rng.choice(IDS).format(rng.randint(900, 99_999))
        for citation in said.citations:
            citation["passage_id"] = wrong
        for name in ("passage_ids", "paper_ids"):
            if name in said.holder:
                said.holder[name] = [wrong]
        if len(wrong) > 12:
            planted.append(wrong)
    return Misbehaved(_dumped(whole), tuple(planted))


# ---------------------------------------------------------------------------- what is said


def _made_up_number(reply: str, rng: Random) -> Misbehaved:
    return _inserted(reply, rng, lambda: rng.choice(NUMBERS).format(rng.randint(3, 99), rng.randint(11, 97)))


def _leaked_markup(reply: str, rng: Random) -> Misbehaved:
    return _inserted(reply, rng, lambda: rng.choice(MARKUP).format(rng.choice(WORDS)))


def _foreign_link(reply: str, rng: Random) -> Misbehaved:
    return _inserted(reply, rng, lambda: rng.choice(LINKS).format(rng.choice(WORDS), rng.randint(1, 999)))


def _mention(reply: str, rng: Random) -> Misbehaved:
    def mention() -> str:
        return rng.choice(MENTIONS).format(rng.choice(WORDS), rng.randint(10**8, 10**9))

    return _inserted(reply, rng, mention)


def _wrong_language(reply: str, rng: Random) -> Misbehaved:
    """Texts in another language than the one asked for, which is Japanese or English."""
    said = "".join(said.text for said in _statements(json.loads(reply)))
    japanese = any("\u3041" <= character <= "\u309f" for character in said)
    languages = [name for name in FOREIGN if name != ("ja" if japanese else "en")]
    return _replaced(reply, rng, lambda _: " ".join(rng.sample(FOREIGN[rng.choice(languages)], 2)))


def _obeyed_injection(reply: str, rng: Random) -> Misbehaved:
    def obeyed(text: str) -> str:
        said = _worded(rng.choice(OBEYED).format(rng.choice(COMMANDED)), rng)
        return said if rng.random() < 0.6 else f"{text} {said}"

    return _replaced(reply, rng, obeyed)


def _repeated(reply: str, rng: Random) -> Misbehaved:
    """One answer again under the questions of others, the same or with a word more or less."""
    whole = json.loads(reply)
    statements = _statements(whole)
    if len(statements) < 2:
        return Misbehaved(reply)
    first = rng.choice(statements)
    for other in _some([said for said in statements if said is not first], rng):
        other.say(_reworded(first.text, rng))
        if first.citations and "citations" in other.holder:
            other.holder["citations"] = [dict(citation) for citation in first.citations]
    return Misbehaved(_dumped(whole))


def _reworded(text: str, rng: Random) -> str:
    ways: list[Callable[[], str]] = [
        lambda: text,
        lambda: f"{text} ",
        lambda: rng.choice(("なお、", "つまり、", "また、") if "。" in text else ("Also, ", "So ")) + text,
        lambda: text.replace("。", "．").replace("、", ", "),
        lambda: text.removesuffix("。").removesuffix("."),
        lambda: text.replace("です", "でした"),
        lambda: text + text,
        lambda: text.swapcase() if text.isascii() else text,
    ]  # fmt: skip
    return rng.choice(ways)()


# ---------------------------------------------------------------------------- helpers


def _statements(whole: Json) -> list[_Said]:
    """Everything a reply says in sentences, a title and an abstract included."""
    found = [_Said(pair, "answer") for pair in whole.get("questions", ())]
    found += [_Said(one, "text") for name in ("claims", "lines", "summary") for one in whole.get(name, ())]
    if whole.get("gist", {}).get("text"):
        found.append(_Said(whole["gist"], "text"))
    found += [_Said(whole, name) for name in ("title_translated", "abstract_translated") if whole.get(name)]
    return found


def _some(things: list[T], rng: Random) -> list[T]:
    if not things:
        return []
    return rng.sample(things, rng.choice((1, 1, min(2, len(things)), len(things))))


def _replaced(reply: str, rng: Random, by: Callable[[str], str]) -> Misbehaved:
    whole = json.loads(reply)
    planted = []
    for said in _some(_statements(whole), rng):
        said.say(by(said.text))
        planted.append(said.text)
    return Misbehaved(_dumped(whole), tuple(planted))


def _inserted(reply: str, rng: Random, make: Callable[[], str]) -> Misbehaved:
    """Puts something before, behind or into statements, sometimes into questions."""
    whole = json.loads(reply)
    planted = []
    for said in _some(_statements(whole), rng):
        new = make()
        planted.append(new)
        if "question" in said.holder and rng.random() < 0.15:
            said.holder["question"] = f"{said.holder['question']} {new}"
            continue
        place = rng.choice((0, len(said.text), _gap(said.text, rng)))
        said.say(f"{said.text[:place]} {new} {said.text[place:]}".strip())
    return Misbehaved(_dumped(whole), tuple(planted))


def _gap(text: str, rng: Random) -> int:
    """A place between two words or clauses."""
    return rng.choice([place + 1 for place, character in enumerate(text) if character in " 、。"] or [0])


def _worded(text: str, rng: Random) -> str:
    """A sentence with words of its own, so that no two cases are alike."""
    return text.replace("…", " ".join(rng.choices(WORDS, k=rng.randint(1, 3))))


def _dumped(whole: Json) -> str:
    return json.dumps(whole, ensure_ascii=False)


KINDS: dict[str, Callable[[str, Random], Misbehaved]] = {
    "made-up quote": _made_up_quote,
    "quote of another page": _other_page,
    "made-up number": _made_up_number,
    "repeated answers": _repeated,
    "wrong language": _wrong_language,
    "leaked markup": _leaked_markup,
    "foreign link": _foreign_link,
    "mention": _mention,
    "bad JSON": _bad_json,
    "cut-off": _cut_off,
    "refusal": _refusal,
    "obeyed injection": _obeyed_injection,
    "empty reply": _empty,
    "unknown passage id": _unknown_id,
}
"""The ways to misbehave, by name."""
