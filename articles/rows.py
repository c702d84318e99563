"""A briefing as a row of what was found. All but the words around what was found is printed once."""

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .cards import Card
from .shelf import shelf

# Stands where the snippet will.
HOLE = "\ue004"


def row_of(card: Card, snippet: SafeString, *, version: str) -> SafeString:
    """``snippet`` is put in as it is. ``version`` is what the card was read for, or empty."""
    return mark_safe(row_at_hand(card, version).replace(HOLE, snippet))  # noqa: S308


def row_at_hand(card: Card, version: str) -> str:
    """What the card is to its reader is part of the key: one of few words, the same for all who see it."""
    place = (version, "row", card.pk, card.own)
    printed: str | None = shelf.get(place) if version else None
    if printed is None:
        printed = render_to_string("articles/row.html", {"card": card, "snippet": HOLE, "level": 2})
        if version:
            shelf.put(place, printed, size=len(printed))
    return printed
