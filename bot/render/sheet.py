"""A page in logical pixels and the few things that are drawn on it.

Positions are logical pixels from the top left corner. Everything goes straight on a matplotlib
``Figure`` with the Agg canvas: no pyplot, no axes, no global state, so it can run in any thread.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.font_manager import get_font
from matplotlib.ft2font import LoadFlags
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image

from bot.render.lettering import clean, shorten
from bot.render.look import HEIGHT, PLAIN, SCALE, WIDTH, Face, Palette, font
from bot.render.place import Box

Floats = npt.NDArray[np.float64]
Align = Literal["left", "center", "right"]

_POINTS_PER_INCH = 72
_SUBPIXELS = 64
"""FreeType measures in 64ths of a pixel."""
_COMPRESSION = 3
_GLOW_REACH = 12.0
_HATCH = 9.0
_SHARE_OF_WIDTH = {"left": 0.0, "center": 0.5, "right": 1.0}


class Sheet:
    """One picture while it is drawn. What is drawn later lies on top."""

    def __init__(self, palette: Palette) -> None:
        """Take an empty page in the colours of ``palette``."""
        self.palette = palette
        # At this resolution a point is a logical pixel: sizes and widths need no conversion.
        self.figure = Figure(
            figsize=(WIDTH / _POINTS_PER_INCH, HEIGHT / _POINTS_PER_INCH),
            dpi=_POINTS_PER_INCH * SCALE,
            facecolor=palette.page,
        )
        self._canvas = FigureCanvasAgg(self.figure)
        self._to_device = Affine2D().scale(SCALE, -SCALE).translate(0, HEIGHT * SCALE)
        self._drawn = 0

    def _add(self, artist: Artist, role: str = "") -> None:
        """Put an artist on top of the others; ``role`` names it for tests."""
        artist.set_transform(self._to_device)
        artist.set_gid(role)
        self._drawn += 1
        artist.set_zorder(self._drawn)
        self.figure.add_artist(artist)

    def measure(self, text: str, face: Face = PLAIN) -> float:
        """The width of ``text``."""
        return _width(clean(text), face)

    def shorten(self, text: str, width: float, face: Face = PLAIN) -> str:
        """``text``, cut with an ellipsis to ``width``."""
        return shorten(clean(text), width, lambda part: self.measure(part, face))

    def text_box(self, x: float, y: float, text: str, face: Face, align: Align = "left") -> Box:
        """The space that :meth:`text` would take."""
        width = self.measure(text, face)
        left = x - width * _SHARE_OF_WIDTH[align]
        return Box(left, y - face.ascent, left + width, y + face.descent)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        face: Face,
        color: str,
        *,
        align: Align = "left",
        role: str = "",
    ) -> Box:
        """Write ``text`` with its baseline at ``y``."""
        words = clean(text)
        if words:
            # Without parse_math=False two dollar signs would start a formula.
            artist = Text(x, y, words, color=color, fontproperties=font(face), parse_math=False)
            artist.set_horizontalalignment(align)
            artist.set_verticalalignment("baseline")
            self._add(artist, role)
        return self.text_box(x, y, words, face, align)

    def line(
        self,
        xs: Sequence[float] | Floats,
        ys: Sequence[float] | Floats,
        color: str,
        width: float,
        *,
        alpha: float = 1.0,
        dashes: tuple[float, float] | None = None,
        role: str = "",
    ) -> None:
        """A line with round caps; NaN is a gap."""
        artist = Line2D(xs, ys, color=color, linewidth=width, alpha=alpha, antialiased=True)
        artist.set_solid_capstyle("round")
        artist.set_solid_joinstyle("round")
        if dashes:
            # matplotlib counts dashes in line widths.
            artist.set_linestyle((0, (dashes[0] / width, dashes[1] / width)))
            artist.set_dash_capstyle("round")
        self._add(artist, role)

    def rect(self, box: Box, color: str, *, alpha: float = 1.0, radius: float = 0.0) -> None:
        """A filled rectangle, its corners rounded by ``radius``."""
        corner = (box.left, box.top)
        artist = (
            FancyBboxPatch(corner, *box.size, boxstyle=f"round,pad=0,rounding_size={radius}")
            if radius
            else Rectangle(corner, *box.size)
        )
        artist.set(facecolor=color, edgecolor="none", linewidth=0, alpha=alpha)
        self._add(artist)

    def rects(self, boxes: Floats, color: str) -> None:
        """Many plain rectangles at once: rows of left, top, right, bottom."""
        left, top, right, bottom = boxes.T
        corners = np.stack([left, top, right, top, right, bottom, left, bottom, left, top], axis=1)
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
        path = Path(corners.reshape(-1, 2), np.tile(codes, len(boxes)))
        # Not snapped to whole pixels: that would make the gaps between columns uneven.
        self._add(PathPatch(path, facecolor=color, linewidth=0, snap=False), "columns")

    def area(self, xs: Floats, tops: Floats, bottoms: Floats, color: str, alpha: float) -> None:
        """What lies between two lines over the same places, without gaps."""
        corners = np.stack(
            [np.concatenate([xs, xs[::-1]]), np.concatenate([tops, bottoms[::-1]])], axis=1
        )
        artist = PathPatch(Path(corners, closed=False), facecolor=color, linewidth=0, alpha=alpha)
        self._add(artist, "area")

    def marker(
        self, x: float, y: float, shape: str, size: float, color: str, *, role: str = ""
    ) -> None:
        """A shape (matplotlib's marker letter) centred on a point, with a rim of page colour."""
        artist = Line2D([x], [y], marker=shape, markersize=size, markerfacecolor=color)
        artist.set(linestyle="none", markeredgecolor=self.palette.page, markeredgewidth=2.0)
        self._add(artist, role)

    def dots(self, xs: Floats, ys: Floats, size: float, color: str) -> None:
        """Plain dots."""
        artist = Line2D(xs, ys, marker="o", markersize=size, color=color)
        artist.set(linestyle="none", markeredgewidth=0)
        self._add(artist, "dots")

    def lane(
        self,
        box: Box,
        colors: tuple[str, str],
        *,
        radius: float,
        glow: float = 0.0,
        hatched: bool = False,
    ) -> None:
        """A rounded bar with a gradient from left to right, optionally glowing or hatched."""
        reach = _GLOW_REACH if glow else 1.0
        left, top = round((box.left - reach) * SCALE), round((box.top - reach) * SCALE)
        wide = round((box.right + reach) * SCALE) - left
        high = round((box.bottom + reach) * SCALE) - top
        x = ((np.arange(wide) + 0.5 + left) / SCALE)[None, :]
        y = ((np.arange(high) + 0.5 + top) / SCALE)[:, None]
        distance = _outside(x, y, box, radius)
        cover = np.clip(0.5 - distance * SCALE, 0.0, 1.0)
        if hatched:
            cover *= (x + y) % _HATCH < _HATCH / 2
        if glow:
            halo = glow * np.clip(1 - distance / reach, 0.0, 1.0) ** 2
            cover = np.maximum(cover, halo * (distance > 0))
        share = np.clip((x - box.left) / max(box.width, 1.0), 0.0, 1.0)[..., None]
        start, end = np.array(to_rgb(colors[0])), np.array(to_rgb(colors[1]))
        pixels = np.empty((high, wide, 4))
        pixels[..., :3] = start + (end - start) * share
        pixels[..., 3] = cover
        self._add(_Pixels((pixels * 255 + 0.5).astype(np.uint8), left, HEIGHT * SCALE - top - high))

    def png(self) -> bytes:
        """The picture. The same drawing gives the same bytes. Ends the sheet."""
        self._canvas.draw()  # type: ignore[no-untyped-call]
        pixels = np.asarray(self._canvas.buffer_rgba())  # type: ignore[no-untyped-call]
        # matplotlib would save RGBA, and its version as metadata; RGB is smaller and faster.
        buffer = io.BytesIO()
        image = Image.fromarray(pixels).convert("RGB")
        image.save(buffer, format="png", compress_level=_COMPRESSION)
        # Each artist refers to the list that it is in, and each text to the renderer with its
        # 6 MB of pixels. Cut here, they go at once, not at the next full garbage collection.
        self.figure.artists.clear()
        del self._canvas.renderer
        return buffer.getvalue()


@lru_cache(maxsize=4096)
def _width(text: str, face: Face) -> float:
    # Shaping a label takes half a millisecond, and most labels come again in the next picture.
    shaped = get_font(face.file)
    shaped.set_size(face.size, _POINTS_PER_INCH * SCALE)
    shaped.set_text(text, flags=LoadFlags.DEFAULT)
    return float(shaped.get_width_height()[0]) / _SUBPIXELS / SCALE


class _Pixels(Artist):
    """An image put down as it is; matplotlib's own images would be resampled first."""

    def __init__(self, pixels: npt.NDArray[np.uint8], left: int, bottom: int) -> None:
        super().__init__()
        self._pixels, self._left, self._bottom = pixels, left, bottom

    def draw(self, renderer: RendererBase) -> None:
        context = renderer.new_gc()
        renderer.draw_image(context, self._left, self._bottom, self._pixels)
        context.restore()


def _outside(x: Floats, y: Floats, box: Box, radius: float) -> Floats:
    """How far points lie outside a rounded rectangle (negative inside)."""
    radius = min(radius, box.width / 2, box.height / 2)
    across = np.abs(x - box.centre) - box.width / 2 + radius
    down = np.abs(y - box.middle) - box.height / 2 + radius
    outer = np.hypot(np.maximum(across, 0.0), np.maximum(down, 0.0))
    inner = np.minimum(np.maximum(across, down), 0.0)
    result: Floats = outer + inner - radius
    return result
