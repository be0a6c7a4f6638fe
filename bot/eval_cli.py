"""`rinko eval …`: measures how well Rinko works."""

from __future__ import annotations

from pathlib import Path

import typer

from bot import article, check_file, evaluate, evaluate_answers, export
from bot.app import App
from bot.terminal import ConfigOption, JsonOption, fail, out, progress_shown, settings_of, with_app
from digest.errors import RinkoError

app = typer.Typer(no_args_is_help=True, help="Measures how well Rinko works.")


@app.command(name="retrieval")
def retrieval_(file: Path, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Recall of evidence among the first five passages, beside plain BM25."""
    settings_of(config)
    try:
        report = evaluate.retrieval(file)
    except RinkoError as error:
        fail(error)
    out(export.dumps(report.document()) if json else report.text())


@app.command(name="checks")
def checks_(file: Path, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Run the checks that guard the channel over a file of answers."""
    settings_of(config)
    try:
        verdicts = check_file.check_file(file)
    except RinkoError as error:
        fail(error)
    out(export.dumps(verdicts) if json else check_file.text(verdicts))


@app.command(name="answers")
def answers_(file: Path, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Ask the configured writer every question of a file, and measure what it gives."""

    async def work(rinko: App) -> None:
        with progress_shown() as progress:
            report = await evaluate_answers.answers(file, rinko.services, progress)
        out(export.dumps(report.document()) if json else report.text())

    with_app(config, work)


@app.command(name="article")
def article_(file: Path, config: ConfigOption = None, json: JsonOption = False) -> None:
    """Find the faults of a finished article, by kind and place."""
    settings_of(config)
    try:
        report = article.read(file)
    except RinkoError as error:
        fail(error)
    out(export.dumps(report.document()) if json else report.text())
