"""An uploaded picture drawn anew: what leaves the house was written by this house, pixel for pixel."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from django.core.exceptions import ValidationError
from PIL import Image, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
WIDTHS = (480, 960, 1600)
MOST_PIXELS = 40_000_000
MOST_ON_A_SIDE = 16_000
QUALITY = 86
NOT_A_PICTURE = "This is no picture that can be read: PNG, JPEG, WebP, AVIF or GIF."


@dataclass(frozen=True)
class Drawn:
    width: int
    height: int
    webp: bytes


def redraw(file: BinaryIO) -> list[Drawn]:
    """The picture in a few widths, smallest first, without a word of what the original said of itself.

    Raises ``ValidationError``.
    """
    picture = read(file)
    return [encode(resized(picture, width)) for width in widths_of(picture.width)]


def read(file: BinaryIO) -> Image.Image:
    file.seek(0)
    try:
        with warnings.catch_warnings():
            # Our own limit is lower, and asked before any pixel is read.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            opened = Image.open(file, formats=FORMATS)
            check_measures(opened)
            upright = ImageOps.exif_transpose(opened)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise ValidationError(NOT_A_PICTURE) from error


def check_measures(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS or max(picture.size) > MOST_ON_A_SIDE:
        raise ValidationError(
            f"The picture is too large: at most {MOST_PIXELS // 1_000_000} million pixels, "
            f"{MOST_ON_A_SIDE:,} on a side."
        )


def widths_of(width: int) -> Iterator[int]:
    """No wider than it came: a small picture is kept in its own width."""
    yield from (step for step in WIDTHS if step < width)
    if width <= WIDTHS[-1]:
        yield width


def resized(picture: Image.Image, width: int) -> Image.Image:
    if width == picture.width:
        return picture
    height = max(1, round(picture.height * width / picture.width))
    return picture.resize((width, height), Image.Resampling.LANCZOS)


def encode(picture: Image.Image) -> Drawn:
    out = BytesIO()
    # A new image carries nothing over: no EXIF, no colour profile, no comment.
    bare = Image.new(picture.mode, picture.size)
    bare.paste(picture)
    bare.save(out, "WEBP", quality=QUALITY, method=4)
    return Drawn(width=picture.width, height=picture.height, webp=out.getvalue())
