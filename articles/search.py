"""Search over the public text of what is published. No answer depends on a locked word: it has no entry."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import Any

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
from django.db import connection
from django.db.models import F, Prefetch, QuerySet, TextField, Value
from django.utils.safestring import SafeString, mark_safe
from rapidfuzz import fuzz, process

from .models import BriefingPage, PublicText
from .versions import kept

LONGEST = 120
CLOSE_ENOUGH = 75
BEGIN, END = "\ue000", "\ue001"
# PostgreSQL takes <script> for markup, and neither finds nor shows what follows it: the signs are veiled.
LESS, MORE = "\ue002", "\ue003"
VEIL = str.maketrans({"<": LESS, ">": MORE})


def index_briefing(page: BriefingPage) -> None:
    """Write the words of what is published now; forget those of what is not, and of an alias."""
    if not page.live or page.alias_of_id is not None:
        PublicText.objects.filter(page=page).delete()
        return
    published = BriefingPage.objects.get(pk=page.pk)
    tags = " ".join(tag.name for tag in published.tags.all())
    text = published.story_text
    PublicText.objects.update_or_create(
        page=published,
        defaults={
            "story": f"{published.standfirst} {text}".translate(VEIL),
            "document": weighted(published, text, tags, config="english"),
            "words": weighted(published, text, tags, config="simple"),
        },
    )


def weighted(page: BriefingPage, text: str, tags: str, *, config: str) -> SearchVector:
    parts = [(page.title, "A"), (page.standfirst, "B"), (tags, "B"), (text, "C")]
    first, *rest = (
        SearchVector(Value(words.translate(VEIL), output_field=TextField()), weight=weight, config=config)
        for words, weight in parts
    )
    return sum(rest, start=first)


@dataclass(frozen=True)
class Answer:
    """``corrected`` is what was searched for instead, where nothing was found for the words as typed."""

    query: str
    found: QuerySet[Any]
    corrected: str = ""


def search(typed: str) -> Answer:
    words = " ".join(typed.replace("\x00", " ").split())[:LONGEST]
    found = matching(words)
    if not words or found.exists():
        return Answer(query=words, found=found)
    mended = mend(words)
    if mended == words:
        return Answer(query=words, found=found)
    return Answer(query=words, found=matching(mended), corrected=mended)


def matching(words: str) -> QuerySet[Any]:
    query = SearchQuery(words, config="english", search_type="websearch")
    return (
        everyones()
        .filter(document=query)
        .annotate(
            rank=SearchRank(F("document"), query),
            headline=SearchHeadline(
                F("story"), query, config="english", start_sel=BEGIN, stop_sel=END, max_words=34, min_words=18
            ),
        )
        .prefetch_related(Prefetch("page", queryset=BriefingPage.objects.for_cards()))
        .order_by("-rank", "-page__date", "-pk")
    )


def everyones() -> QuerySet[PublicText]:
    """What every visitor may open: published, and in no restricted part of the site."""
    return PublicText.objects.filter(page__in=BriefingPage.objects.live().public())


def marked(headline: str) -> SafeString:
    """A snippet with the words found in <mark>. The text itself is escaped first."""
    safe = escape(headline).replace(BEGIN, "<mark>").replace(END, "</mark>")
    safe = safe.replace(LESS, "&lt;").replace(MORE, "&gt;")
    return mark_safe(safe)  # noqa: S308


def mend(words: str) -> str:
    """Each word that no published story has, replaced by the closest that one has."""
    known = kept("vocabulary", vocabulary)
    return re.sub(r"\w{3,}", lambda found: closest(found[0], known), words)


def closest(word: str, known: Iterable[str]) -> str:
    lower = word.lower()
    near = process.extractOne(lower, known, scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return near[0] if near else word


def vocabulary() -> list[str]:
    """Every word of three letters or more that stands in a published story."""
    words = everyones().values("words").query
    with connection.cursor() as cursor:
        sql = connection.ops.compose_sql(  # type: ignore[attr-defined]
            *words.sql_with_params()
        )
        cursor.execute("SELECT word FROM ts_stat(%s) WHERE length(word) > 2 ORDER BY ndoc DESC", [sql])
        return [row[0] for row in cursor.fetchall()]
