"""What a person sees: messages that the stand-in servers hold, drawn as a chat on a phone of 360
pixels by headless Chromium. It is no copy of the real apps; widths, order, wrapping and buttons are
true. `python -m tests.bot.screens` writes docs/screenshots.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import html
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from bot.desk import Desk
from commands import REGISTRY
from tests.servers.discord_server import DiscordServer
from tests.servers.telegram import TelegramServer

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
WIDTH = 360
FOLDER = Path(__file__).resolve().parents[2] / "docs" / "screenshots"
SHOTS = {
    "rotation": ("rotation", ""),
    "settings": ("settings", ""),
    "help": ("help", ""),
    "mistake": ("chart", "mrz"),
}
STYLE = """
*{box-sizing:border-box}
body{margin:0;width:360px;font:15px/1.35 Inter,'DejaVu Sans',sans-serif}
.t{background:#9bb8c9;padding:8px}
.t .me{background:#e3fdc8;margin:4px 0 8px auto;width:fit-content}
.t .m{background:#fff;margin:0 24px 0 0}
.t .b{border-radius:12px;padding:6px 10px;overflow:hidden; overflow-wrap:anywhere}
.t img{display:block;width:calc(100% + 20px);margin:-6px -10px 6px}
.t blockquote{margin:4px 0;padding:2px 8px;border-left:3px solid #3390ec;background:#3390ec14;
 border-radius:4px;font-size:14px}
.t i{color:#5c6b75;font-size:13px}
.row{display:flex;gap:4px;margin-top:4px}
.t .row{margin-right:24px}
.t .k{flex:1;text-align:center;background:#5d7f93cc;color:#fff;border-radius:8px;
 padding:7px 2px;font-size:13px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis}
.t pre{font:13px/1.3 'DejaVu Sans Mono',monospace;margin:4px 0;white-space:pre-wrap}
.d{background:#313338;color:#dbdee1;padding:10px;font-size:14px}
.d .who{color:#949ba4;font-size:12px}
.d .e{background:#2b2d31;border-left:4px solid;border-radius:4px;padding:8px 10px;margin:6px 0;
 overflow-wrap:anywhere}
.d h3{margin:0 0 4px;font-size:15px}
.d li{margin-left:-20px}
.d img{display:block;width:100%;border-radius:4px;margin:6px 0}
.d footer{color:#b5bac1;font-size:12px}
.d ul{margin:4px 0}
.d .row{flex-wrap:wrap}
.d .k{background:#4e5058;border-radius:4px;padding:6px 12px;font-size:13px}
.d .s{background:#1e1f22;border-radius:4px;padding:8px;flex:1;color:#949ba4}
.d .p{color:#949ba4;font-size:12px}
.d pre{background:#1e1f22;padding:6px;border-radius:4px;overflow:hidden}
"""


def page(kind: str, body: str) -> str:
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><body class={kind}>{body}"


def picture(png: bytes | None) -> str:
    return f"<img src='data:image/png;base64,{base64.b64encode(png).decode()}'>" if png else ""


def of_telegram(line: str, messages: list) -> str:
    parts = [f"<div class='b me'>{html.escape(line)}</div>"]
    for message in messages:
        words = re.sub(r"\n?(</?blockquote>|</?pre>)\n?", r"\1", message.html)
        words = words.replace("\n", "<br>")
        parts.append(f"<div class='b m'>{picture(message.photo)}{words}</div>")
        for row in message.buttons:
            keys = "".join(f"<span class=k>{html.escape(label)}</span>" for label in row)
            parts.append(f"<div class=row>{keys}</div>")
    return page("t", "".join(parts))


def of_discord(line: str, message: object) -> str:
    parts = [f"<div class=who>ann used {html.escape(line)}</div><b>Spillover</b>"]
    if message.content:
        parts.append(f"<div>{marked(message.content)}</div>")
    for embed in message.embeds:
        inner = f"<h3>{marked(embed['title'])}</h3>" if embed.get("title") else ""
        inner += marked(embed.get("description", ""))
        inner += "".join(picture(file.data) for file in message.attachments if file.shown_inside)
        if embed.get("footer"):
            inner += f"<footer>{html.escape(embed['footer']['text'])}</footer>"
        colour = f"#{embed.get('color', 0):06x}"
        parts.append(f"<div class=e style='border-color:{colour}'>{inner}</div>")
    for row in message.components:
        keys = "".join(component(part) for part in row["components"])
        parts.append(f"<div class=row>{keys}</div>")
    if message.ephemeral_to is not None:
        parts.append("<div class=p>Only you can see this</div>")
    return page("d", "".join(parts))


def component(part: dict) -> str:
    if part["type"] == 3:
        return f"<span class=s>{html.escape(part.get('placeholder', ''))} ▾</span>"
    return f"<span class=k>{html.escape(part.get('label', ''))}</span>"


def marked(words: str) -> str:
    """The little of Discord's markup that answers use."""
    blocks = re.split(r"```\n(.*?)\n```", words, flags=re.DOTALL)
    shown = []
    for number, block in enumerate(blocks):
        text = html.escape(block)
        if number % 2:
            shown.append(f"<pre>{text}</pre>")
            continue
        text = re.sub(r"\\(.)", r"\1", text)
        lines = [
            f"<ul><li>{one[2:]}</ul>" if one.startswith("- ") else f"<div>{one}</div>"
            for one in text.splitlines()
        ]
        shown.append("".join(lines).replace("</ul><ul>", ""))
    return "".join(shown)


def shoot(source: str, path: Path) -> None:
    """The page as a picture, as tall as it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        file.write_text(source, encoding="utf-8")
        command = [
            CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            f"--user-data-dir={folder}/profile", "--force-device-scale-factor=2",
        ]  # fmt: skip
        measured = subprocess.run(
            [*command, "--dump-dom", _tall(file)], capture_output=True, text=True, timeout=60,
            check=True,
        )  # fmt: skip
        height = int(re.search(r"data-tall=.(\d+)", measured.stdout)[1])
        size = f"--window-size={WIDTH},{height + 200}"  # a low window is not drawn to its end
        subprocess.run(
            [*command, size, f"--screenshot={path}", file.as_uri()], capture_output=True,
            timeout=60, check=True,
        )  # fmt: skip
    with Image.open(path) as shot:
        whole = shot.crop((0, 0, 2 * WIDTH, 2 * height))
    whole.save(path, optimize=True)


def _tall(file: Path) -> str:
    script = "<script>document.body.dataset.tall=document.body.offsetHeight</script>"
    other = file.with_name("tall.html")
    other.write_text(file.read_text(encoding="utf-8") + script, encoding="utf-8")
    return other.as_uri()


@contextlib.asynccontextmanager
async def _serving(adapter):
    task = asyncio.create_task(adapter.run())
    try:
        yield
    finally:
        await adapter.close()
        await task


async def telegram_pages(desk: Desk, shots: dict) -> dict[str, str]:
    """Pages of what a person in a direct chat sees."""
    from bot.telegram_adapter import TelegramAdapter

    found = {}
    async with TelegramServer() as server:
        address = f"http://127.0.0.1:{server.port}"
        adapter = TelegramAdapter(server.token, desk.answer, desk.draw, REGISTRY, api_url=address)
        async with _serving(adapter):
            for name, (command, rest) in shots.items():
                ann, line = server.private(), f"/{command} {rest}".strip()
                await ann.say(line)
                await ann.next_message(30)
                found[name] = of_telegram(line, ann.answers)
    return found


async def discord_pages(desk: Desk, shots: dict) -> dict[str, str]:
    """The same in a channel of a server."""
    from bot.discord_adapter import DiscordAdapter

    found, token = {}, "a.token.of-the-stand-in"
    async with DiscordServer(token=token) as server:
        guild = server.guild("The Den")
        channel, ann = guild.text_channel("general"), guild.member("ann", admin=True)
        adapter = DiscordAdapter(
            token, desk.answer, desk.draw, REGISTRY, lambda: desk.current,
            api_url=server.api_url, gateway_url=server.gateway_url,
        )  # fmt: skip
        async with _serving(adapter):
            await server.until(lambda: server.published_commands, 30)
            await server.bot_is_online()
            for name, (command, rest) in shots.items():
                first = REGISTRY.find(command).options[:1]
                options = {first[0].name: rest} if rest else {}
                answer = await ann.slash(channel, command, **options)
                found[name] = of_discord(f"/{command} {rest}", answer.message)
    return found


def main() -> None:
    from bot.app import snapshot
    from storage.database import Database

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, Database(Path(folder) / "s.db") as store:
        desk = Desk(snapshot(), store=store)
        for platform, pages in (("telegram", telegram_pages), ("discord", discord_pages)):
            for name, source in asyncio.run(pages(desk, SHOTS)).items():
                shoot(source, FOLDER / f"{platform}-{name}.png")
                print(FOLDER / f"{platform}-{name}.png")
        desk.close()


if __name__ == "__main__":
    sys.exit(main() if CHROMIUM else "Chromium is not installed.")
