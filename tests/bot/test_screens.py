"""Screenshots can be made of what a person sees, where Chromium is installed."""

from io import BytesIO

import pytest
from PIL import Image

from bot.desk import Desk
from tests.bot import screens

pytestmark = pytest.mark.skipif(screens.CHROMIUM is None, reason="Chromium is not installed")


@pytest.mark.parametrize("pages", [screens.telegram_pages, screens.discord_pages])
async def test_an_answer_as_a_person_sees_it(sample, tmp_path, pages):
    desk = Desk(sample)
    (source,) = (await pages(desk, {"help": ("help", "")})).values()
    desk.close()
    assert "What Spillover can tell you" in source
    screens.shoot(source, tmp_path / "shot.png")
    with Image.open(BytesIO((tmp_path / "shot.png").read_bytes())) as image:
        assert image.width == 2 * screens.WIDTH
        assert image.height > 400
        assert len(image.convert("RGB").getcolors(1 << 20)) > 50
