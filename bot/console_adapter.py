"""The console: a chat in the terminal."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.adapter import Picture
from bot.desk import Desk
from bot.render.text import footer, text
from commands.dispatch import request_of
from commands.reply import Reply, Tone
from commands.snapshot import Snapshot
from commands.words import _

_STYLES = {
    Tone.GOOD: "bold green",
    Tone.WARM: "bold yellow",
    Tone.CALM: "bold cyan",
    Tone.BAD: "bold red",
    Tone.MUTED: "bold",
}


class ConsoleAdapter:
    """Prints answers, keeps pictures as files, and takes numbers for buttons."""

    def __init__(
        self, current: Snapshot, *, theme: str, locale: str, pictures: Path | None
    ) -> None:
        self._desk = Desk(current, theme=theme)
        self._locale = locale
        self._folder = pictures
        self._console = Console(highlight=False, soft_wrap=True)
        self._buttons: tuple[str, ...] = ()

    def show(self, line: str) -> Reply:
        """Answer one line; print the answer and where its picture is."""
        self._console.print(Text(f"> {line}", style="dim"))
        reply, picture = asyncio.run(self._answered(line))
        self._print(reply)
        if picture is not None:
            self._show_picture(line, picture.png)
        self._buttons = tuple(button.command for button in reply.buttons)
        for number, button in enumerate(reply.buttons, 1):
            label = f"  [{number}] {button.label}"
            shown = label if button.label == button.command else f"{label}  {button.command}"
            self._console.print(Text(shown, style="dim"))
        self._console.print()
        return reply

    def chat(self, first: tuple[str, ...]) -> None:
        """Answer lines until the end of the input."""
        for line in first:
            self.show(line)
        while True:
            try:
                line = self._console.input("[bold]spillover>[/bold] ").strip()
            except (EOFError, KeyboardInterrupt):
                self._console.print()
                return
            if line in ("exit", "quit"):
                return
            if line:
                self.show(self._pressed(line))

    def _pressed(self, line: str) -> str:
        """The command behind a button's number, or the line itself."""
        if line.isdigit() and 1 <= int(line) <= len(self._buttons):
            return self._buttons[int(line) - 1]
        return line

    def _print(self, reply: Reply) -> None:
        body = text(reply).splitlines()
        self._console.print(Text(body[0], style=_STYLES[reply.tone]))
        last = footer(reply)
        for line in body[1:]:
            self._console.print(Text(line, style="dim" if line == last else ""))

    async def _answered(self, line: str) -> tuple[Reply, Picture | None]:
        reply = await self._desk.answer(request_of(line, locale=self._locale))
        return reply, await self._desk.draw(reply.chart) if reply.chart else None

    def _show_picture(self, line: str, png: bytes) -> None:
        folder = self._folder or Path(tempfile.gettempdir()) / "spillover"
        folder.mkdir(parents=True, exist_ok=True)
        name = "-".join(line.strip("/ ").split()) or "picture"
        path = folder / f"{name.replace('/', '-')[:60]}.png"
        path.write_bytes(png)
        if sys.stdout.isatty():
            self._preview(path)
        self._console.print(Text(_("Picture: {path}").format(path=path), style="dim"))

    def _preview(self, path: Path) -> None:
        """A coarse look at the picture in the terminal itself."""
        from PIL import Image
        from rich_pixels import Pixels

        with Image.open(path) as image:
            width = min(self._console.width, 96)
            size = (width, round(width * image.height / image.width))
            self._console.print(Pixels.from_image(image.convert("RGB"), resize=size))
