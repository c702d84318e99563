"""A search for a locked word must answer as one for a word that is nowhere."""

import re
from collections.abc import Iterator
from urllib.parse import quote

from .asking import Asker, Request
from .words import LENGTH, new_seed

CHANGING = re.compile(rb'(nonce=|csrfmiddlewaretoken" value=|"X-CSRFToken": ?)"[^"]+"')
CUT_SHORT = 12


def told_apart(asker: Asker, words: list[str]) -> Iterator[str]:
    """Those of the words that the search answers otherwise, whole or by their beginning."""
    nowhere = f"canary{new_seed()[:LENGTH]}"
    for length in (len(nowhere), CUT_SHORT):
        expected = found(asker, nowhere[:length])
        yield from (word for word in words if found(asker, word[:length]) != expected)


def found(asker: Asker, words: str) -> bytes:
    answer = asker.ask(Request(f"/search/?q={quote(words)}"))
    return CHANGING.sub(b"", answer.content.replace(words.encode(), b"..."))
