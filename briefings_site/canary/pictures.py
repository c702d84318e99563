"""A canary that survives being scaled and compressed: sixteen fields of grey, one for each of its digits."""

import re
from io import BytesIO
from itertools import islice

from PIL import Image, UnidentifiedImageError

from .words import LENGTH

FIELDS = 4
A_FIELD = 120
BEGINNING = re.compile("\x89PNG\r\n|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|.{4}ftyp(?:avif|mif1)", re.DOTALL)
MOST = 20


def picture_of(word: str) -> bytes:
    digits = word[-LENGTH:]
    fields = Image.new("L", (FIELDS, FIELDS))
    fields.putdata([int(digit, 16) * 17 for digit in digits])
    large = fields.resize((FIELDS * A_FIELD, FIELDS * A_FIELD), Image.Resampling.NEAREST)
    file = BytesIO()
    large.convert("RGB").save(file, format="PNG")
    return file.getvalue()


def words_in_pictures(text: str) -> str:
    """What the fields of each picture in it would spell."""
    data = text.encode("latin-1", "ignore") if BEGINNING.search(text) else b""
    found = islice(BEGINNING.finditer(data.decode("latin-1")), MOST)
    return "\n".join(word_of(data[picture.start() :]) for picture in found)


def word_of(file: bytes) -> str:
    try:
        with Image.open(BytesIO(file)) as picture:
            fields = picture.convert("L").resize((FIELDS * 3, FIELDS * 3), Image.Resampling.BOX)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return ""
    shades = (fields.getpixel((3 * x + 1, 3 * y + 1)) for y in range(FIELDS) for x in range(FIELDS))
    return "canary" + "".join(f"{round(int(shade) / 17):x}" for shade in shades)  # type: ignore[arg-type]
