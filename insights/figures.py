"""What editors see: which briefings were unlocked and opened, by how many readers, for how many credits."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, Sum
from django.utils import timezone
from wagtail.models import Page

from .models import Opening, Unlock

DAYS = 30


@dataclass(frozen=True)
class BriefingFigures:
    """Unlocks, openings free by members, credits spent; ``recent`` are the unlocks of the last 30 days."""

    title: str
    page: Page | None
    unlocks: int
    recent: int
    openings: int
    credits: int


@dataclass(frozen=True)
class Totals:
    unlocks: int
    recent: int
    openings: int
    credits: int
    readers: int


def totals() -> Totals:
    sums = Unlock.objects.standing().aggregate(
        unlocks=Count("pk"),
        recent=Count("pk", filter=lately()),
        credits=Sum("price", default=0),
        readers=Count("reader", distinct=True),
    )
    return Totals(openings=Opening.objects.count(), **sums)


def by_briefing() -> list[BriefingFigures]:
    """Every briefing that was ever opened behind its gate, most unlocked first. Three queries."""
    unlocked = {row["briefing_key"]: row for row in unlocks_by_key()}
    opened = Counter(dict(Opening.objects.values_list("briefing_key").annotate(Count("pk"))))
    pages = pages_for([*unlocked, *opened])
    rows = [figures_of(unlocked.get(key, {}), opened[key], pages.get(key)) for key in {*unlocked, *opened}]
    return sorted(rows, key=lambda row: (-row.unlocks, -row.openings, row.title))


def unlocks_by_key() -> Iterable[Mapping[str, Any]]:
    return (
        Unlock.objects.standing()
        .order_by()
        .values("briefing_key")
        .annotate(
            unlocks=Count("pk"),
            recent=Count("pk", filter=lately()),
            credits=Sum("price"),
            headline=Max("title"),
        )
    )


def figures_of(unlocked: Mapping[str, Any], openings: int, page: Page | None) -> BriefingFigures:
    return BriefingFigures(
        title=page.title if page else unlocked.get("headline", "A deleted briefing"),
        page=page,
        unlocks=unlocked.get("unlocks", 0),
        recent=unlocked.get("recent", 0),
        openings=openings,
        credits=unlocked.get("credits", 0),
    )


def lately() -> Q:
    return Q(unlocked_at__gte=timezone.now() - timedelta(days=DAYS))


def pages_for(keys: list[UUID]) -> dict[UUID, Page]:
    return {
        page.translation_key: page for page in Page.objects.filter(translation_key__in=keys, alias_of=None)
    }
