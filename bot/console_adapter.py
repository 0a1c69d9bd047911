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
from bot.own_store import OwnStore
from bot.render.preview import preview
from bot.render.text import asked, footer, mark, pressed, text
from commands import REGISTRY
from commands.dispatch import parse, request_of
from commands.registry import Access, CommandError
from commands.reply import Document, Form, Reply, Tone
from commands.snapshot import Snapshot
from commands.words import _, speak
from storage.errors import cannot

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
        self,
        current: Snapshot,
        *,
        theme: str,
        locale: str,
        pictures: Path | None,
        shown_as: str | None = None,
        store: Path | None = None,
    ) -> None:
        self._snapshot = current
        self._desk = Desk(current, theme=theme, store=OwnStore(store))
        self._shown_as = shown_as
        self._locale = locale
        self._folder = pictures
        self._console = Console(highlight=False, soft_wrap=True)
        self._presses: tuple[str | Form, ...] = ()

    def show(self, line: str) -> Reply:
        """Answer one line; print the answer and where its picture is."""
        self._console.print(Text(f"> {line}", style="dim"))
        reply, picture = asyncio.run(self._answered(line))
        speak(reply.language or self._locale)
        self._print(reply)
        try:
            if picture is not None:
                self._show_picture(line, picture.png)
            if reply.document is not None:
                self._show_document(reply.document)
        except OSError as error:
            trouble = cannot(Path(error.filename or ""), error, "file")
            self._console.print(Text(str(trouble), style="dim"))
        if note := delivery_note(line, reply, self._snapshot):
            self._console.print(Text(note, style="dim"))
        self._offer(reply)
        self._console.print()
        return reply

    def _offer(self, reply: Reply) -> None:
        """Everything that can be pressed, by number."""
        forms = {mark(form): form for form in reply.forms}
        buttons = [button for group in pressed(reply) for button in group]
        self._presses = tuple(forms.get(button.command, button.command) for button in buttons)
        for number, button in enumerate(buttons, 1):
            label, form = f"  [{number}] {button.label}", forms.get(button.command)
            line = f"{form.command} …" if form else button.command
            shown = label if button.label == line else f"{label}  {line}"
            self._console.print(Text(shown, style="dim"))

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
                self._press(line)

    def _press(self, line: str) -> None:
        """A button's number, or a line."""
        number = int(line) if line.isdigit() else 0
        press = self._presses[number - 1] if 1 <= number <= len(self._presses) else line
        if isinstance(press, Form):
            self._print(asked(press))
            self._console.print()
        else:
            self.show(press)

    def _print(self, reply: Reply) -> None:
        if self._shown_as is not None:
            self._console.print(Text("\n".join(preview(reply, self._shown_as))))
            return
        body = text(reply).splitlines()
        self._console.print(Text(body[0], style=_STYLES[reply.tone]))
        last = footer(reply)
        for line in body[1:]:
            self._console.print(Text(line, style="dim" if line == last else ""))

    async def _answered(self, line: str) -> tuple[Reply, Picture | None]:
        reply = await self._desk.answer(request_of(line, locale=self._locale))
        return reply, await self._desk.draw(reply.chart) if reply.chart else None

    def _show_picture(self, line: str, png: bytes) -> None:
        name = "-".join(line.strip("/ ").split()) or "picture"
        path = self._place() / f"{name.replace('/', '-')[:60]}.png"
        path.write_bytes(png)
        if sys.stdout.isatty():
            self._preview(path)
        self._console.print(Text(_("Picture: {path}").format(path=path), style="dim"))

    def _show_document(self, document: Document) -> None:
        path = self._place() / Path(document.name).name
        path.write_bytes(document.data)
        if document.caption:
            self._console.print(Text(document.caption))
        self._console.print(Text(_("File: {path}").format(path=path), style="dim"))

    def _place(self) -> Path:
        folder = self._folder or Path(tempfile.gettempdir()) / "spillover"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _preview(self, path: Path) -> None:
        """A coarse look at the picture in the terminal itself."""
        from PIL import Image
        from rich_pixels import Pixels

        with Image.open(path) as image:
            width = min(self._console.width, 96)
            size = (width, round(width * image.height / image.width))
            self._console.print(Pixels.from_image(image.convert("RGB"), resize=size))


def delivery_note(line: str, reply: Reply, snapshot: Snapshot) -> str:
    """What a chat sets may promise messages that never come to a terminal; else empty."""
    request = request_of(line)
    try:
        command = REGISTRY.find(request.command)
        values = parse(command, request, snapshot)
    except CommandError:
        return ""
    only_read = command.access is Access.EVERYBODY or command.reads(values)
    if only_read or reply.failed or reply.document is not None:
        return ""
    return _(
        "Nothing is delivered to a terminal: digests, alerts and events go to chats on Telegram "
        "and Discord."
    )
