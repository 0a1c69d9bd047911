"""The command line."""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.files import whole
from bot.refusals import plain_words, refuse, written

if TYPE_CHECKING:
    from bot.console_adapter import ConsoleAdapter
    from bot.settings import Settings
    from commands.reply import Document, Reply
    from commands.snapshot import Snapshot
    from rotation.timeline import Timeline


def _day(text: str) -> dt.date:
    """A date in any form that a chat may write, seen from the newest decision by the clock."""
    from commands.dates import read_day
    from feeds.http import utc_now
    from rotation.inputs import newest_decision

    found = read_day(text, newest_decision(utc_now()))
    if found is None:
        raise click.BadParameter(f"“{text}” is no date. Write it as year-month-day: 2025-09-26.")
    return found


def _png(_ctx: click.Context, _option: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix.lower() != ".png":
        raise click.BadParameter(f"A picture is a PNG: name it {path.with_suffix('.png')}")
    return path


DEMO = ("/rotation", "/russell")
EMPTY = (
    "`spillover run` fills it from the sources, `spillover import FOLDER` from CSV files; "
    "`spillover demo` needs neither."
)
FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
DATA = click.option(
    "--data", type=click.Path(path_type=Path), help="A folder of CSV files (date,value or OHLC)."
)
AS_OF = click.option(
    "--as-of", type=_day, metavar="DATE", help="Answer as the decision for this day."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="spillover")
def main() -> None:
    """Spillover: where capital stands on its way from US liquidity to altcoins."""


@main.command()
def demo() -> None:
    """Chat on sample data; without a terminal, print two answers and end."""
    from bot.app import snapshot
    from bot.console_adapter import ConsoleAdapter

    console = ConsoleAdapter(snapshot(), theme="dark", locale="en", pictures=None)
    if sys.stdin.isatty() and sys.stdout.isatty():
        console.chat(DEMO)
        return
    for line in DEMO:
        console.show(line)


@main.command()
@DATA
@AS_OF
@click.option(
    "--as", "shown_as", type=click.Choice(["telegram", "discord"]), help="As shown there."
)
def console(data: Path | None, as_of: dt.date | None, shown_as: str | None) -> None:
    """Chat in the terminal."""
    _console(data, as_of, shown_as).chat(("/start",))


@main.command()
@click.argument("line")
@DATA
@AS_OF
@click.option("--json", "as_json", is_flag=True, help="The answer and the day's row as JSON.")
@click.option("--image", type=FILE, callback=_png, help="Write the picture to this file (.png).")
@click.option("--theme", type=click.Choice(["dark", "light"]), help="Colours of the picture.")
def ask(
    line: str,
    data: Path | None,
    as_of: dt.date | None,
    as_json: bool,
    image: Path | None,
    theme: str | None,
) -> None:
    """One command, one answer, such as: spillover ask "/russell"."""
    import asyncio

    from bot.console_adapter import delivery_note
    from bot.desk import Desk
    from bot.own_store import OwnStore
    from commands.dispatch import request_of
    from commands.words import speak

    settings = _settings()
    current = _snapshot(settings, data, as_of)
    desk = Desk(current, store=OwnStore(_store_of(settings, data)))
    reply = asyncio.run(desk.answer(request_of(line, locale=settings.language)))
    speak(reply.language)
    _print(reply, current.timeline if as_json else None)
    if note := delivery_note(line, reply, current):
        click.echo(note, err=True)
    if reply.document is not None:
        _keep(reply.document)
    if image is not None:
        _write_image(image, reply.chart, theme or settings.theme)
    sys.exit(1 if reply.failed else 0)


def _print(reply: Reply, facts: Timeline | None) -> None:
    """An answer as text, or with a timeline as JSON that has its last row."""
    from bot.render.text import data, text
    from commands.timeline_file import last_row

    if facts is not None:
        shown = {**data(reply), "facts": last_row(facts)}
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    click.echo(text(reply))
    for button in reply.buttons if reply.failed else ():
        click.echo(f"  {button.command}")


def _keep(document: Document) -> None:
    """The file of an answer into the current folder, over no other."""
    path = Path(Path(document.name).name)
    if path.exists():
        refuse(f"{path} is in this folder already. Move it away, then ask again.")
    with written(path):
        whole(path, document.data)
    click.echo(f"File: {path.resolve()}", err=True)


@main.command()
@DATA
@AS_OF
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv")
@click.option("--output", type=FILE, help="A file instead of the terminal.")
def export(data: Path | None, as_of: dt.date | None, form: str, output: Path | None) -> None:
    """The whole daily timeline, one row a decision."""
    from commands.timeline_file import WRITERS

    timeline = _snapshot(_settings(), data, as_of).timeline
    write = WRITERS[form]
    if output is None:
        write(timeline, sys.stdout)
        return
    text = io.StringIO()
    write(timeline, text)
    with written(output):
        whole(output, text.getvalue().encode())
    click.echo(f"{len(timeline.days)} decisions written to {output}", err=True)


@main.command()
@click.argument("first", type=_day, metavar="FROM")
@click.argument("last", type=_day, metavar="TO")
@DATA
@click.option("--jsonl", is_flag=True, help="One JSON object a day.")
@click.option("--alert", "wanted", multiple=True, help="A threshold, such as: altseason above 60")
def replay(
    first: dt.date, last: dt.date, data: Path | None, jsonl: bool, wanted: tuple[str, ...]
) -> None:
    """Day by day: what would have been said and alerted."""
    from bot.replay import alerts_of, replay
    from commands.registry import CommandError
    from rotation.timeline import UnknownDayError

    if last < first:
        refuse(f"The dates are swapped. Write: spillover replay {last} {first}")
    snapshot = _snapshot(_settings(), data, None)
    try:
        alerts = alerts_of(wanted, snapshot)
        for said in replay(snapshot, first, last, alerts):
            click.echo(said.as_json() if jsonl else said.line())
    except CommandError as error:
        refuse(error.message)
    except UnknownDayError as error:
        refuse(f"There is no such day: {error}.")


@main.command()
@click.argument(
    "folder", metavar="DIR", type=click.Path(file_okay=False, writable=True, path_type=Path)
)
@DATA
@AS_OF
def report(folder: Path, data: Path | None, as_of: dt.date | None) -> None:
    """The whole evidence as one HTML file that needs no network."""
    from bot.report import write_report

    snapshot = _snapshot(_settings(), data, as_of)
    with written(folder, "folder"):
        path = write_report(snapshot, folder)
    click.echo(f"The report was written to {path}.")


@main.command()
def run() -> None:
    """Serve the platforms whose tokens are set, and keep the store fresh."""
    import asyncio

    from bot.serve import serve

    settings = _settings()
    with plain_words():
        asyncio.run(serve(settings))


@main.command("import")
@click.argument("path", type=click.Path(exists=True, path_type=Path))
def import_(path: Path) -> None:
    """Bring a folder of CSV, or a file of fund flows, into the store."""
    from bot.operate import import_data

    settings = _settings()
    with plain_words():
        result, harvest = import_data(settings, path)
    for problem in harvest.problems:
        click.echo(f"mind: {problem}", err=True)
    click.echo(f"{result.new} new, {result.revised} revised, {result.same} known already.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite the file.")
def backup(file: Path, *, force: bool) -> None:
    """A consistent copy of the store, also while it runs."""
    from storage.backup import backup as copy

    settings = _settings()
    with plain_words():
        copy(settings.store, file, force=force)
    click.echo(f"The store was copied to {file}. `spillover restore {file}` puts it back.")


@main.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Put a backup in place of the store; the bot has to be stopped."""
    from storage.backup import restore as put_back

    settings = _settings()
    with plain_words():
        before = put_back(file, settings.store)
    click.echo(f"{file} is the store {settings.store} now.")
    if before is not None:
        click.echo(f"What was there is kept as {before}, with the files beside it.")


@main.command()
@click.argument("text")
@click.option("--dry-run", is_flag=True, help="Only say how many chats it would reach.")
def broadcast(text: str, *, dry_run: bool) -> None:
    """Say something to every subscriber; the running bot sends it, after alerts and digests."""
    from bot.operate import spread

    with plain_words():
        count = spread(_settings(), text, dry_run=dry_run)
    chats = "1 chat" if count == 1 else f"{count} chats"
    if dry_run:
        click.echo(f"{chats} would get it.")
    elif count:
        click.echo(f"Left for {chats}: the running bot sends it, once a day to each.")
    else:
        click.echo("Nobody has a digest or hears of events, so nothing was left.")


@main.command()
def stats() -> None:
    """Chats, digests, thresholds, and what was sent in the last day and week."""
    from bot.operate import stats_lines

    with plain_words():
        click.echo("\n".join(stats_lines(_settings())))


@main.group()
def record() -> None:
    """The log of frozen calls."""


@record.command()
def verify() -> None:
    """Check that no call was changed or removed since it was frozen; exit code 1 if one was."""
    from bot.operate import forged

    with plain_words():
        count, found = forged(_settings())
    click.echo("\n".join(found) or f"{count} calls, each as it was frozen.")
    sys.exit(1 if found else 0)


@main.command()
@click.option("--offline", is_flag=True, help="Ask no source.")
@click.option("--budget", "only_budget", is_flag=True, help="Only print what the sources cost.")
def doctor(*, offline: bool, only_budget: bool) -> None:
    """Check settings, store and sources; exit code 0 well, 1 to mind, 2 bad."""
    from bot.operate import BAD, GOOD, budget_lines, examine

    settings = _settings()
    if only_budget:
        click.echo("\n".join(budget_lines(settings)))
        return
    verdicts = set()
    for finding in examine(settings, online=not offline):
        verdicts.add(finding.verdict)
        click.echo(f"{finding.verdict:>4}  {finding.text}")
    sys.exit(2 if BAD in verdicts else 0 if verdicts == {GOOD} else 1)


def _settings() -> Settings:
    from bot.settings import Settings, SettingsError

    try:
        return Settings.load()
    except SettingsError as error:
        refuse(error)


def _snapshot(settings: Settings, data: Path | None, as_of: dt.date | None) -> Snapshot:
    from bot.app import current_snapshot
    from feeds.feed import FeedError

    with plain_words():
        try:
            return current_snapshot(settings, data, as_of)
        except FeedError as error:
            if as_of is not None or _store_of(settings, data) is None:
                raise
            raise FeedError(f"{error} {EMPTY}") from error


def _console(data: Path | None, as_of: dt.date | None, shown_as: str | None) -> ConsoleAdapter:
    from bot.console_adapter import ConsoleAdapter

    settings = _settings()
    if settings.pictures is not None:
        with written(settings.pictures, "folder of pictures"):
            settings.pictures.mkdir(parents=True, exist_ok=True)
    return ConsoleAdapter(
        _snapshot(settings, data, as_of),
        theme=settings.theme,
        locale=settings.language,
        pictures=settings.pictures,
        shown_as=shown_as,
        store=_store_of(settings, data),
    )


def _store_of(settings: Settings, data: Path | None) -> Path | None:
    """The store that answers come from; None where they come from a folder or the sample."""
    aside = data or settings.data
    return settings.store if aside is None and settings.store.is_file() else None


def _write_image(path: Path, chart: object, theme: str) -> None:
    from bot.render.chart import Theme, draw
    from commands.reply import Chart

    if not isinstance(chart, Chart):
        click.echo("This answer has no picture.", err=True)
        return
    with written(path):
        whole(path, draw(chart, Theme(theme)))


if __name__ == "__main__":
    main()
