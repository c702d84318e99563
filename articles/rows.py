"""Briefings as rows of what was found. All but the words around what was found is printed once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .cards import Card
from .hits import Hit
from .models import BriefingPage
from .shelf import shelf

# Stands where the snippet will.
HOLE = "\ue004"


def rows_of(hits: Sequence[Hit], states: Mapping[UUID, str], *, version: str) -> list[SafeString]:
    """``states``: what each is to its reader, by its key. ``version``: what they were found for, or empty.

    One query for all that are not at hand; what is published no longer by then is left out.
    """
    own = {hit.pk: states.get(hit.key, "") for hit in hits}
    places = {pk: (version, "row", pk, word) for pk, word in own.items()}
    known = {pk: row for pk in own if (row := shelf.get(places[pk]))} if version else {}
    if missing := own.keys() - known.keys():
        for card in cards_of(missing):
            row = printed_row(replace(card, own=own[card.pk]))
            known[card.pk] = row
            if version:
                shelf.put(places[card.pk], row, size=len(row))
    return [mark_safe(known[hit.pk].replace(HOLE, hit.snippet)) for hit in hits if hit.pk in known]  # noqa: S308


def cards_of(pages: Iterable[int]) -> list[Card]:
    return [page.card for page in BriefingPage.objects.live().filter(pk__in=pages).for_cards()]


def printed_row(card: Card) -> str:
    return render_to_string("articles/row.html", {"card": card, "snippet": HOLE, "level": 2})
