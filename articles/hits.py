"""What a search finds, ten to a page, each with the words around what was found: one query."""

from dataclasses import dataclass
from html import escape
from math import ceil
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connections, router
from django.utils.safestring import SafeString, mark_safe

from .models import ListedBriefing, PublicText
from .plan import Plan, plan

A_PAGE = 10
# So many of those found, the newest, are put in order by how well they match.
RANKED = 200
# As the function has them.
BEGIN, END = "\ue000", "\ue001"
# PostgreSQL takes <script> for markup, and neither finds nor shows what follows it: the signs are veiled.
LESS, MORE = "\ue002", "\ue003"
VEIL = str.maketrans({"<": LESS, ">": MORE})


FIND = "SELECT * FROM find_briefings(%s, %s::integer[], %s::text[], %s, %s, %s)"
FIND_WORDS = "SELECT find_words(%s::text[], %s::integer[], %s::text[])"


class Row(NamedTuple):
    total: int
    pk: int
    key: UUID
    headline: str


class Hit(NamedTuple):
    """``key``: what an unlock of the briefing belongs to."""

    pk: int
    key: UUID
    snippet: SafeString


@dataclass(frozen=True)
class Hits:
    """``total`` of all that was found; ``listed`` of those whose order is known. ``found`` is one page's."""

    total: int = 0
    number: int = 1
    found: tuple[Hit, ...] = ()

    @property
    def listed(self) -> int:
        return min(self.total, RANKED)


def hits(words: str, number: int) -> Hits:
    """The page of that number, or the last."""
    house = plan()
    rows = answered(words, number, house)
    total = rows[0].total
    last = max(1, ceil(min(total, RANKED) / A_PAGE))
    if number > last:
        number, rows = last, answered(words, last, house)
    found = tuple(Hit(row.pk, row.key, marked(row.headline)) for row in rows if row.pk)
    return Hits(total=total, number=number, found=found)


def answered(words: str, number: int, house: Plan) -> list[Row]:
    """At least one, which has the total."""
    skip = (min(number, RANKED) - 1) * A_PAGE
    with connections[router.db_for_read(PublicText)].cursor() as cursor:
        cursor.execute(FIND, [words, *hidden(house), RANKED, A_PAGE, skip])
        return [Row(*row) for row in cursor.fetchall()]


def known_of(words: list[str]) -> set[str]:
    """Those that stand in a story that everyone may read."""
    with connections[router.db_for_read(PublicText)].cursor() as cursor:
        cursor.execute(FIND_WORDS, [words, *hidden(plan())])
        return {row[0] for row in cursor.fetchall()}


def hidden(house: Plan) -> tuple[list[int], list[str]]:
    """What stands behind a restriction: the pages, and the paths beneath which it lies."""
    return [each.pk for each in house.restricted], [each.path for each in house.restricted]


def everyones() -> Any:
    """What every visitor may open: published, and in no restricted part of the site."""
    return ListedBriefing.objects.public().once()


def marked(headline: str) -> SafeString:
    """A snippet with the words found in <mark>. The text itself is escaped first."""
    safe = escape(headline).replace(BEGIN, "<mark>").replace(END, "</mark>")
    safe = safe.replace(LESS, "&lt;").replace(MORE, "&gt;")
    return mark_safe(safe)  # noqa: S308
