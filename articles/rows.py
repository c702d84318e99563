"""Briefings as rows of what was found. All but the words around what was found is printed once."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, router
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from .cards import Card
from .hits import Hit
from .models import BriefingPage
from .pictures import CARD, ShownPicture, shown
from .plan import Plan, plan
from .shelf import shelf

# Stands where the snippet will.
HOLE = "\ue004"
FIND_CARDS = "SELECT * FROM find_cards(%s)"


class Row(NamedTuple):
    pk: int
    key: UUID
    title: str
    url_path: str
    standfirst: str
    date: Any
    price: int
    minutes: int
    made: str | None
    alt: str


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
    """As their own pages say it. A query of the ORM for them takes ten times as long."""
    house = plan()
    with connections[router.db_for_read(BriefingPage)].cursor() as cursor:
        cursor.execute(FIND_CARDS, [list(pages)])
        return [card_from(Row(*row), house) for row in cursor.fetchall()]


def card_from(row: Row, house: Plan) -> Card:
    return Card(
        pk=row.pk,
        briefing_key=row.key,
        title=row.title,
        standfirst=row.standfirst,
        url=house.url_of(row.url_path) or "",
        date=row.date,
        minutes=row.minutes,
        price=row.price,
        image=picture_from(row.made, row.alt) if row.made else None,
    )


@lru_cache(maxsize=256)
def picture_from(made: str, alt: str) -> ShownPicture | None:
    """Many briefings show the same, and to unpack what was made of it is most of a card."""
    return shown(json.loads(made), CARD, at=480, alt=alt)


def printed_row(card: Card) -> str:
    return render_to_string("articles/row.html", {"card": card, "snippet": HOLE, "level": 2})
