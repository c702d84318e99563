"""A signed-in reader's page, printed once for all to whom it says the same, with holes for what is their own.

What is printed is public, or open to everyone of the same ``Access.shape``. What goes into the holes is read
for every request anew.
"""

import re
import time
import zlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate, zip_longest
from typing import TypeAlias, TypeVar

from django.conf import settings
from django.utils.http import http_date

from insights.access import Access
from insights.facts import Facts
from insights.sentences import credits_text
from insights.states import words_by

from .asked import Address

Hole: TypeAlias = str | int
Own: TypeAlias = dict[Hole, bytes]
# The word of what is published, and the address.
Place: TypeAlias = tuple[str, str, Address]
Headers: TypeAlias = tuple[tuple[str, str], ...]
Head: TypeAlias = tuple[str, Headers]
Same = TypeVar("Same", bound=Hashable)

TOKEN, NONCE = "token", "nonce"
# The headers that have holes.
POLICY, LENGTH, COOKIE = "Content-Security-Policy", "Content-Length", "Set-Cookie"
# A number that concerns the reader, and the same in words: "3 credits".
BALANCE, MISSING, OWED = "balance", "missing", "owed"
# Bytes, about.
A_HOLE_WEIGHS, A_SHEET_WEIGHS = 100, 600


@dataclass(frozen=True, slots=True)
class Stencil:
    """A text without what goes into its holes, packed: a newsroom's pages have to fit in a process, and to
    unpack one takes less than a twentieth of its time. ``holes`` are in their order, with their places."""

    packed: bytes
    holes: tuple[tuple[int, Hole], ...]

    def filled(self, own: Mapping[Hole, bytes]) -> bytes:
        text, at = zlib.decompress(self.packed), 0
        parts: list[bytes] = []
        for place, hole in self.holes:
            parts += (text[at:place], own[hole])
            at = place
        return b"".join((*parts, text[at:]))


def cut(text: bytes, marks: Mapping[bytes, Hole]) -> Stencil:
    """Holes wherever one of these marks stands; of marks that begin alike the longest counts."""
    longest_first = sorted(marks, key=len, reverse=True)
    pieces = re.split(b"(" + b"|".join(map(re.escape, longest_first)) + b")", text)
    places = accumulate(map(len, pieces[::2]))
    holes = tuple(zip(places, (marks[mark] for mark in pieces[1::2]), strict=False))
    return Stencil(zlib.compress(b"".join(pieces[::2])), holes)


@dataclass(frozen=True, slots=True)
class Patch:
    """A header but for its own parts, each of which stands in it once."""

    parts: tuple[str, ...]

    def with_own(self, *own: str) -> str:
        said = zip_longest(self.parts, own, fillvalue="")
        return "".join(part for pair in said for part in pair)


def patch(text: str, *own: str) -> Patch:
    """``own`` in the order in which they come. Raises ValueError where one of them is not there."""
    parts: list[str] = []
    for mark in own:
        before, found, text = text.partition(mark)
        if not found:
            raise ValueError("a header has not got what it should say")
        parts.append(before)
    return Patch((*parts, text))


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page asks of whoever reads it. ``briefing`` and ``briefings`` are keys, ready for the database.

    ``access`` is that of nobody, without text; None on a page that has no gate.
    """

    briefing: str | None
    briefings: str
    access: Access | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """``words`` are, for each card in the order of ``Outline.briefings``, what each state of it looks like.

    ``headers`` are those that every reader is sent alike; ``heads`` holds, once such a page left the house,
    the status and all that it was sent with, from outside of Django.
    """

    body: Stencil
    headers: Headers
    policy: Patch
    cookie: Patch
    words: tuple[dict[str, bytes], ...]
    heads: list[Head] = field(default_factory=list)

    def cookie_with(self, secret: str) -> str:
        """Sent back with every page that has a form, as Django does, so that it does not expire."""
        expires = http_date(time.time() + settings.CSRF_COOKIE_AGE)
        return self.cookie.with_own(secret, expires)

    @property
    def size(self) -> int:
        """In bytes, without what all pages share."""
        holes = len(self.body.holes) + len(self.words)
        return len(self.body.packed) + A_HOLE_WEIGHS * holes + A_SHEET_WEIGHS


@lru_cache(maxsize=256)
def shared(value: Same) -> Same:
    """The first that was equal to it: thousands of sheets say the same in their heads and on their cards."""
    return value


def shelved_at(place: Place, outline: Outline, access: Access | None) -> tuple[object, ...]:
    """With the cards, because two looks at one place may be a moment before and after a change."""
    return place, outline.briefings, access.shape if access else ()


def own_parts(sheet: Sheet, facts: Facts, access: Access | None) -> Own:
    """For every hole of the body but the token and the nonce."""
    own = in_figures(BALANCE, facts.balance)
    if access is not None:
        own |= in_figures(OWED, facts.owed) | in_figures(MISSING, access.missing)
    if sheet.words:
        words = zip(sheet.words, words_by(facts), strict=True)
        own |= {n: card[word] for n, (card, word) in enumerate(words)}
    return own


def in_figures(name: str, number: int) -> Own:
    return {name: str(number).encode(), in_words(name): credits_text(number).encode()}


def in_words(name: str) -> str:
    return f"{name} in words"
