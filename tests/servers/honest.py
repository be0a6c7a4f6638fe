"""A stand-in for a good model: it knows nothing but the prompt, and all it says can be checked.

    ScriptedModel(lambda asked: Says(honest_reply(asked.body)))

It reads the task off the prompt, chooses sentences of the fenced text by their words, quotes them
verbatim and names their terms in quotation marks, in the language it was told to write in. The
same prompt always gives the same reply. `misbehave` turns its replies into bad ones.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.servers.honest_words import (
    ABSTRACT,
    ANSWERS,
    ASIDE,
    COMMON,
    GIST,
    LINES,
    MORE,
    OFF_TOPIC,
    SUMMARY,
    TITLE,
    TOPICS,
    Topic,
)
from tests.servers.misbehaviour import KINDS, Misbehaved, misbehave

__all__ = ["KINDS", "Misbehaved", "honest_reply", "misbehave"]

_PAIRS = 10
_CLAIMS = 3
_LINE = re.compile(r"\[(?P<id>[pa]\d+)\] (?P<text>.*)")
_SENTENCE = re.compile(r"[^。！？]+[。！？]|.+?[.!?](?=\s+[A-Z“(]|\s*$)")
_CJK = r"\u30a1-\u30fa\u30fc\u3400-\u9fff々"
_WORD = re.compile(rf"[A-Za-z][A-Za-z'’-]*[A-Za-z]|[{_CJK}]{{2,}}")
_PHRASE = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9'’%.,-]*(?: [A-Za-z0-9][A-Za-z0-9'’%.,-]*){{0,2}}|[{_CJK}]{{2,14}}"
)
_LEAST, _MOST = 30, 300


@dataclass(frozen=True)
class _Sentence:
    """A sentence of the text, with the id of its line and the heading above it."""

    text: str
    id: str
    section: str

    @cached_property
    def terms(self) -> list[str]:
        """Phrases of the sentence that hold no word of grammar and nothing turned around by a `not`."""
        found = [
            term.rstrip(".,-")
            for chunk in re.split(r"[^\w\s'’%.,-]|[,.] ", self.text)
            for term in _PHRASE.findall(_without_common(chunk))
        ]
        telling = [term for term in found if len(term) >= (6 if term.isascii() else 2) and _WORD.search(term)]
        whole = [
            term for term in dict.fromkeys(telling) if not _DIGIT.search(term) or self._stands_free(term)
        ]
        return sorted(whole, key=lambda term: _DIGIT.search(term) is None)

    def _stands_free(self, term: str) -> bool:
        """Whether nothing is written onto the term, as the sign of a number or the rest of it."""
        at = self.text.find(term)
        while at >= 0:
            before, after = self.text[at - 1 : at], self.text[at + len(term) :][:1]
            if (not before or before.isspace() or before in "(“「") and (
                not after or after.isspace() or after in ".,;:)”」"
            ):
                return True
            at = self.text.find(term, at + 1)
        return False


_DIGIT = re.compile(r"\d")


def _without_common(chunk: str) -> str:
    """The chunk with two spaces in place of each common word, so that no phrase goes across it."""
    return " ".join("" if word.casefold().strip(".,") in COMMON else word for word in chunk.split())


@dataclass(frozen=True)
class _Prompt:
    """What a prompt holds, for one who reads it."""

    language: str
    task: str
    """What is asked last."""
    mark: str
    title: str
    lines: Mapping[str, str] = field(default_factory=dict)
    sentences: Sequence[_Sentence] = ()

    @classmethod
    def read(cls, request: Mapping[str, Any]) -> _Prompt:
        messages = request["messages"]
        system, task = messages[0]["content"], messages[-1]["content"]
        found = re.search(r"<text-(\w+)>", system)
        assert found, "the instructions name no marks"
        mark = found[1]
        (text,) = _fenced("text", mark, messages[1]["content"])
        lines: dict[str, str] = {}
        sentences: list[_Sentence] = []
        section = ""
        for line in text.splitlines():
            if line.startswith("# "):
                section = line[2:]
            elif match := _LINE.match(line):
                lines[match["id"]] = match["text"]
                sentences += _sentences(match["text"], match["id"], section)
        language = "ja" if "日本語" in system else "en"
        return cls(language, task, mark, text.partition("\n")[0], lines, sentences)

    def fenced(self, kind: str) -> list[str]:
        """What stands between marks of a kind in the task."""
        return _fenced(kind, self.mark, self.task)


def honest_reply(request: Mapping[str, Any]) -> str:
    """The reply of a good model to the body of a request for a chat completion."""
    prompt = _Prompt.read(request)
    return json.dumps(_reply(prompt), ensure_ascii=False)


def _reply(prompt: _Prompt) -> dict[str, Any]:
    if prompt.fenced("question"):
        return _answer(prompt)
    if "paper_ids" in prompt.task:
        return {"lines": _overview(prompt)}
    empty = {
        "title_translated": "",
        "gist": {"text": "", "passage_ids": []},
        "summary": [],
        "abstract_translated": "",
        "tags": [],
        "questions": [],
    }
    if drafts := prompt.fenced("drafts"):
        return empty | _repair(prompt, [json.loads(line) for line in drafts[0].splitlines()])
    reply = empty
    if "title_translated" in prompt.task:
        reply = reply | _summary(prompt)
    if "quote" in prompt.task:
        reply = reply | {"questions": _pairs(prompt)}
    return reply


# ---------------------------------------------------------------------------- papers


def _summary(prompt: _Prompt) -> dict[str, Any]:
    used: set[str] = set()
    told = [
        {"text": template.format(*found.terms), "passage_ids": [found.id]}
        for template, topic in zip((GIST[prompt.language], *SUMMARY[prompt.language]), TOPICS, strict=False)
        if (found := _fitting(prompt, topic, used)) is not None
    ]
    foreign = prompt.language == "ja"
    return {
        "title_translated": TITLE.format(prompt.title) if foreign else "",
        "gist": told[0] if told else {"text": "", "passage_ids": []},
        "summary": told[1:] or told,
        "abstract_translated": ABSTRACT if foreign else "",
        "tags": _tags(prompt),
    }


def _tags(prompt: _Prompt) -> list[str]:
    words = Counter(
        word.casefold()
        for text in prompt.lines.values()
        for word in _WORD.findall(text)
        if word.casefold() not in COMMON and (5 <= len(word) <= 20 or (not word.isascii() and len(word) <= 8))
    )
    return [word for word, _ in words.most_common(4)]


def _pairs(prompt: _Prompt) -> list[dict[str, Any]]:
    """Questions and answers, each on a sentence of its own: by topic first, then by what is left."""
    used: set[str] = set()
    pairs = [
        _pair(topic.question[prompt.language], topic.answer[prompt.language], found)
        for topic in TOPICS
        if (found := _fitting(prompt, topic, used)) is not None
    ]
    for question, answer in MORE[prompt.language]:
        found = _fitting(prompt, None, used)
        if found is not None and len(pairs) < _PAIRS:
            pairs.append(_pair(question.format(*found.terms), answer, found))
    return pairs[:_PAIRS]


def _pair(question: str, answer: str, found: _Sentence) -> dict[str, Any]:
    return {
        "question": question,
        "answer": answer.format(*found.terms[1:] if found.terms[0] in question else found.terms),
        "citations": [{"passage_id": found.id, "quote": found.text}],
    }


def _repair(prompt: _Prompt, drafts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    kept = {line for block in prompt.fenced("kept") for line in block.splitlines()}
    fresh = [pair for pair in _pairs(prompt) if pair["question"] not in kept]
    summary = _summary(prompt)
    asked = [draft["question"] for draft in drafts if "question" in draft]
    same = [pair for pair in fresh if pair["question"] in asked]
    others = [pair for pair in fresh if pair["question"] not in asked]
    fields = Counter(draft["field"] for draft in drafts if "field" in draft)
    mended = {name: summary[name] for name in fields if name in summary}
    if "summary" in fields:
        mended["summary"] = summary["summary"][-fields["summary"] :]
    return mended | {"questions": [*same, *others][: len(asked)]}


def _fitting(prompt: _Prompt, topic: Topic | None, used: set[str]) -> _Sentence | None:
    """The first sentence not used yet that speaks of a topic, its section counting as well."""

    def worth(sentence: _Sentence) -> int:
        if topic is None:
            return 1
        found = len(topic.words.findall(sentence.text))
        return 2 * found + 3 * bool(found and topic.words.search(sentence.section))

    usable = [one for one in prompt.sentences if one.text not in used and len(one.terms) >= 3]
    best = max(usable, key=worth, default=None)
    if best is None or not worth(best):
        return None
    used.add(best.text)
    return best


# ---------------------------------------------------------------------------- questions


def _answer(prompt: _Prompt) -> dict[str, Any]:
    question = prompt.fenced("question")[0]
    if any(word in question.casefold() for word in OFF_TOPIC):
        return {"standing": "off topic", "claims": []}
    earlier = " ".join(prompt.fenced("earlier")[:1])
    found = _answering(prompt, question) or (_answering(prompt, earlier) if earlier else [])
    templates = ANSWERS[prompt.language]
    claims = [
        {
            "text": template.format(*sentence.terms),
            "citations": [{"passage_id": sentence.id, "quote": sentence.text}],
        }
        for template, sentence in zip(templates, found, strict=False)
    ]
    return {"standing": "answered" if claims else "not said", "claims": claims}


def _answering(prompt: _Prompt, question: str) -> list[_Sentence]:
    """The sentences that share most with a question: words, or a topic in another language."""
    asked = {word.casefold() for word in _WORD.findall(question)} - COMMON - ASIDE
    topics = [topic for topic in TOPICS if topic.words.search(question)]
    scored = []
    for sentence in prompt.sentences:
        said = {word.casefold() for word in _WORD.findall(sentence.text)}
        score = 2 * len(asked & said) + sum(bool(topic.words.search(sentence.text)) for topic in topics)
        if score and len(sentence.terms) >= 3:
            scored.append((score, sentence))
    scored.sort(key=lambda one: -one[0])
    best = scored[0][0] if scored else 0
    return [sentence for score, sentence in scored if score >= best][:_CLAIMS]


# ---------------------------------------------------------------------------- weeks


def _overview(prompt: _Prompt) -> list[dict[str, Any]]:
    titles = [(name, line.partition(" | ")[0]) for name, line in prompt.lines.items()]
    lines = []
    for number, template in enumerate(LINES[prompt.language]):
        two = (titles[number:] + titles[:number])[:2]
        text = template.format(two[0][1], two[-1][1]) if len(titles) > number else ""
        if text:
            lines.append({"text": text, "paper_ids": [name for name, _ in two]})
    return lines


# ---------------------------------------------------------------------------- reading


def _sentences(text: str, name: str, section: str) -> Iterator[_Sentence]:
    for match in _SENTENCE.finditer(text):
        sentence = match[0].strip()
        least = _LEAST if sentence.isascii() else _LEAST // 2
        if least <= len(sentence) <= _MOST:
            yield _Sentence(sentence, name, section)


def _fenced(kind: str, mark: str, text: str) -> list[str]:
    return re.findall(rf"^<{kind}-{mark}>\n(.*?)\n</{kind}-{mark}>$", text, re.DOTALL | re.MULTILINE)
