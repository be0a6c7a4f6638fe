"""`rinko ask`: a question about a paper from the command line."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import export
from bot.app import App
from bot.posting import UNLIMITED
from bot.rendering import markdown
from bot.terminal import (
    ConfigOption,
    JsonOption,
    LanguageOption,
    language_of,
    out,
    progress_shown,
    with_app,
)
from digest.addresses import refer
from digest.answers import AnswerLayout
from digest.asking import Question
from digest.errors import NoQuestion, NotFound, RinkoError
from digest.language import of_question
from digest.models import Exchange, Paper, Verdict
from digest.ports import Step

_CONVERSATION = "command line"


def ask(
    paper: Annotated[str, typer.Argument(help="An arXiv id, an address, a file, or part of a title.")],
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    config: ConfigOption = None,
    language: LanguageOption = None,
    json: JsonOption = False,
) -> None:
    """Ask a question about a paper."""

    async def work(rinko: App) -> None:
        chosen = language_of(rinko, language) if language else _spoken(rinko, question)
        if not question.strip():
            raise NoQuestion(hint='Write: rinko ask PAPER "What is new?"')
        with progress_shown() as progress:
            progress(Step("read", paper, 0, 1))
            exchange, asked = await _asked(rinko, paper, question, chosen)
        layout = AnswerLayout(rinko.services.say(chosen), UNLIMITED)
        if json:
            out(export.dumps(_document(exchange, asked, layout, rinko)))
        else:
            abstract_only = await rinko.services.rests_on_abstract(asked)
            answer = layout.done(exchange, asked, abstract_only=abstract_only, ratable=False)
            out(markdown.post(answer, rinko.links))

    with_app(config, work)


async def _asked(rinko: App, words: str, question: str, language: str) -> tuple[Exchange, Paper]:
    file = Path(words)
    is_file = await asyncio.to_thread(file.is_file)
    if refer(words) is None and _is_a_path(words) and not is_file:
        raise NotFound(
            f"There is no file {words}.", hint="Name a PDF or HTML file, an arXiv id or an address."
        )
    if is_file:
        data = await asyncio.to_thread(file.read_bytes)
        url = (await asyncio.to_thread(file.resolve)).as_uri()
        paper = await rinko.services.readings.bring(data, file.name, url, _CONVERSATION)
    else:
        paper = await rinko.services.asking.find(words, _CONVERSATION)
    # Each call is a talk of its own: what was asked before is not part of the question.
    talk = f"{_CONVERSATION} {rinko.clock.now()}"
    async for step in rinko.services.asking.ask(Question(question, language, paper, talk, _CONVERSATION)):
        if isinstance(step, Exchange):
            return step, await rinko.services.library.paper(paper.key) or paper
    raise RinkoError("The answer came to no end.")


def _spoken(rinko: App, question: str) -> str:
    """The language of the question, where Rinko speaks it; else that of the settings."""
    found = of_question(question, rinko.settings.language)
    return found if found in rinko.services.phrases else rinko.settings.language


def _is_a_path(words: str) -> bool:
    """Whether words can only mean a file, as `paper.pdf` or `~/papers/one.html`."""
    return Path(words).suffix.casefold() in {".pdf", ".html", ".htm"} and not words.startswith("sample:")


def _document(exchange: Exchange, paper: Paper, layout: AnswerLayout, rinko: App) -> dict[str, Any]:
    """The answer as plain values; without one, what is said instead and the nearest passages."""
    grounded = exchange.verdict is Verdict.GROUNDED
    quotes = [export.citation(one, rinko.links) for claim in exchange.claims for one in claim.citations]
    answer = "\n".join(claim.text for claim in exchange.claims) if grounded else layout.verdict(exchange)
    return {
        "paper": paper.key,
        "question": exchange.question,
        "answer": answer,
        "grounded": grounded,
        "citations": quotes if grounded else [],
        "nearest": [] if grounded else quotes,
        "writer": exchange.writer,
    }
