"""What a briefing shows of other tables: read by the query that reads the page, or from what is in memory."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

if TYPE_CHECKING:
    from .models import BriefingPage

BYLINES = ("Byline", "page", "sort_order", {"name": "author__name"})
SOURCES = ("BriefingSource", "page", "sort_order", {"name": "name", "url": "url"})
CORRECTIONS = ("Correction", "page", "sort_order", {"date": "date", "text": "text"})
TAGS = ("BriefingTag", "content_object", "tag__name", {"name": "tag__name"})
FOR_READING = {"bylines": BYLINES, "sources": SOURCES, "tags": TAGS, "corrections": CORRECTIONS}
FOR_FEEDS = {"bylines": BYLINES, "tags": TAGS}


@dataclass(frozen=True)
class Gathered:
    bylines: list[str]
    sources: list[tuple[str, str]]
    tags: list[str]
    corrections: list[tuple[datetime.date, str]]


def rows_for(parts: dict[str, tuple[str, str, str, dict[str, str]]]) -> JSONObject:
    """One expression with the rows of all these tables. What is not asked for is not there."""
    return JSONObject(**{name: rows_of(*part) for name, part in parts.items()})


def rows_of(model: str, key: str, order: str, fields: dict[str, str]) -> ArraySubquery:
    rows = apps.get_model("articles", model)._base_manager.filter(**{key: OuterRef("pk")})
    return ArraySubquery(rows.order_by(order).values(row=JSONObject(**fields)))


def gathered_of(page: "BriefingPage") -> Gathered:
    """A draft's rows are in memory only, and so are a preview's: they were read with no such query."""
    rows: dict[str, Any] | None = getattr(page, "rows", None)
    return in_memory(page) if rows is None else as_read(rows)


def as_read(rows: dict[str, Any]) -> Gathered:
    return Gathered(
        bylines=[row["name"] for row in rows["bylines"]],
        sources=[(row["name"], row["url"]) for row in rows.get("sources", [])],
        tags=[row["name"] for row in rows["tags"]],
        corrections=[
            (datetime.date.fromisoformat(row["date"]), row["text"]) for row in rows.get("corrections", [])
        ],
    )


def in_memory(page: "BriefingPage") -> Gathered:
    return Gathered(
        bylines=[byline.author.name for byline in page.bylines.all()],
        sources=[(source.name, source.url) for source in page.sources.all()],
        tags=[tag.name for tag in page.tags.all()],
        corrections=[(note.date, note.text) for note in page.corrections.all()],
    )
