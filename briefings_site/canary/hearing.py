"""Listens for canaries in whatever is said."""

import re
from collections.abc import Iterable

from .decoding import readings
from .words import WORD

CONTINUED = re.compile(r".*=|[A-Za-z0-9+/_-]{60,}")


class Ear:
    """Knows its canaries. What it once found silent, line by line, it need not decode again."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = {match[1]: word for word in words if (match := WORD.match(word))}
        self.silent: set[int] = set()

    def hear(self, said: bytes) -> dict[str, str]:
        """The canaries in it, each with the way in which it was written."""
        pieces = pieces_of(said)
        fresh = [piece for piece in pieces if hash(piece) not in self.silent]
        heard = self.decode("\n".join(fresh)) if fresh else {}
        if not heard:
            self.silent.update(map(hash, fresh))
        return heard

    def decode(self, text: str) -> dict[str, str]:
        heard: dict[str, str] = {}
        for names, reading in readings(text):
            for digits in WORD.findall(reading.lower()):
                if digits in self.words:
                    heard.setdefault(self.words[digits], " then ".join(names) or "plain")
        return heard


def pieces_of(said: bytes) -> list[str]:
    """Lines of text; but what is binary, or goes on over lines, only as a whole."""
    text = said.decode("latin-1")
    lines = text.split("\n")
    return [text] if is_binary(said) or any(map(goes_on, lines)) else lines


def is_binary(said: bytes) -> bool:
    try:
        return "\0" in said.decode()
    except UnicodeDecodeError:
        return True


def goes_on(line: str) -> bool:
    """The end of a line of base64 or quoted-printable that the next one continues."""
    return CONTINUED.fullmatch(line.rstrip("\r")) is not None
