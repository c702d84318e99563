"""How text can stand in an answer without being seen at first sight, and how to see it all the same.

Text is handled as one character a byte (Latin-1), so that nothing is lost on the way to what is binary.
Each decoder gives back what it can make of a text, or nothing where it finds nothing of its kind.
"""

import base64
import html
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from urllib.parse import unquote

from .pictures import words_in_pictures

DEEPEST = 3
MOST_UNPACKED = 4_000_000
MOST_PACKED = 200

ESCAPED = re.compile(
    r"\\(\\)|\\u\{?0*([0-9a-f]{2,4})\}?|\\x([0-9a-f]{2})|%u00([0-9a-f]{2})|\\0{0,4}([2-7][0-9a-f])[ \t]?",
    re.I,
)
QUOTED = re.compile(r"=([0-9A-F]{2})")
# Soft hyphens and what has no width, as one character or in UTF-8; NUL is every other byte of UTF-16.
HIDDEN = re.compile(
    "[\0\xad\u200b-\u200f\u2060-\u2064\ufeff]"
    "|\xc2\xad|\xe2\x80[\x8b-\x8f]|\xe2\x81[\xa0-\xa4]|\xef\xbb\xbf|<wbr\\s*/?>"
)
TAG = re.compile(r"<[^<>]*>")
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}(?:\r?\n[A-Za-z0-9+/_-]+)*")
HEX = re.compile(r"(?:[0-9A-Fa-f]{2}[\s:]?){14,}")
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]|PK\x03\x04")


def entities(text: str) -> str:
    return html.unescape(text) if "&" in text else ""


def escapes(text: str) -> str:
    r"""JSON, JavaScript and style sheets: ``\u0063``, ``\x63``, ``%u0063``, ``\63``."""
    return ESCAPED.sub(lambda found: found[1] or chr(int(next(filter(None, found.groups())), 16)), text)


def percent(text: str) -> str:
    return unquote(text, encoding="latin-1") if "%" in text else ""


def quoted_printable(text: str) -> str:
    joined = text.replace("=\r\n", "").replace("=\n", "")
    return QUOTED.sub(lambda found: chr(int(found[1], 16)), joined)


def hidden(text: str) -> str:
    return HIDDEN.sub("", text)


def markup(text: str) -> str:
    return TAG.sub("", text) if "<" in text else ""


def backwards(text: str) -> str:
    return text[::-1]


def from_base64(text: str) -> str:
    """Every run that could be base64, of either alphabet, read from each of its first four characters on."""
    runs = (re.sub(r"\s", "", run).replace("-", "+").replace("_", "/") for run in BASE64.findall(text))
    parts = (padded(run[start:]) for run in runs for start in range(4))
    return "\n".join(base64.b64decode(part).decode("latin-1") for part in parts)


def padded(run: str) -> str:
    return run[:-1] if len(run) % 4 == 1 else run + "=" * (-len(run) % 4)


def from_hex(text: str) -> str:
    runs = (re.sub(r"[^0-9A-Fa-f]", "", run) for run in HEX.findall(text))
    parts = (run[start:][: (len(run) - start) // 2 * 2] for run in runs for start in range(2))
    return "\n".join(bytes.fromhex(part).decode("latin-1") for part in parts)


def unpacked(text: str) -> str:
    """What was packed by gzip or zlib, wherever it begins: in PDF, PNG and Office files too."""
    data = text.encode("latin-1", "ignore")
    found = (inflated(data, match) for match in islice(PACKED.finditer(data), MOST_PACKED))
    return "\n".join(part.decode("latin-1") for part in found if part)


def inflated(data: bytes, found: re.Match[bytes]) -> bytes:
    start, window = found.start(), 47
    if found[0] == b"PK\x03\x04":
        start, window = start + 30 + sum(sizes_of_names(data, start)), -15
    try:
        return zlib.decompressobj(window).decompress(data[start:], MOST_UNPACKED)
    except zlib.error:
        return b""


def sizes_of_names(data: bytes, start: int) -> Iterator[int]:
    yield from (int.from_bytes(data[start + at : start + at + 2], "little") for at in (26, 28))


DECODERS: dict[str, Callable[[str], str]] = {
    "entities": entities,
    "escapes": escapes,
    "percent": percent,
    "quoted-printable": quoted_printable,
    "hidden characters": hidden,
    "markup": markup,
    "reversed": backwards,
    "base64": from_base64,
    "hex": from_hex,
    "gzip": unpacked,
    "picture": words_in_pictures,
}
# Twice the same makes nothing new.
ONCE = {"reversed", "markup", "picture"}


def readings(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """The text and all that up to three decoders, one after the other, make of it, with their names."""
    seen = {text}
    waiting: deque[tuple[tuple[str, ...], str]] = deque([((), text)])
    while waiting:
        names, reading = waiting.popleft()
        yield names, reading
        if len(names) == DEEPEST:
            continue
        for name, decode in DECODERS.items():
            decoded = "" if name in ONCE and name in names else decode(reading)
            if decoded and decoded not in seen:
                seen.add(decoded)
                waiting.append(((*names, name), decoded))
