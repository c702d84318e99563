"""Search over the public text of what is published. A locked word has no entry, so no answer depends on it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank, SearchVector
from django.db import connection
from django.db.models import F, QuerySet, TextField, Value
from django.db.models.functions import Concat
from django.utils.safestring import SafeString, mark_safe
from rapidfuzz import fuzz, process

from .models import BriefingPage, PublicText
from .versions import kept

LONGEST = 120
CLOSE_ENOUGH = 75
BEGIN, END = "\ue000", "\ue001"


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
            "story": text,
            "document": weighted(published, text, tags, config="english"),
            "words": weighted(published, text, tags, config="simple"),
        },
    )


def weighted(page: BriefingPage, text: str, tags: str, *, config: str) -> SearchVector:
    parts = [(page.title, "A"), (page.standfirst, "B"), (tags, "B"), (text, "C")]
    first, *rest = (
        SearchVector(Value(words, output_field=TextField()), weight=weight, config=config) for words, weight in parts
    )
    return sum(rest, start=first)


@dataclass(frozen=True)
class Answer:
    """``corrected`` is what was searched for instead, where nothing was found for the words as typed."""

    query: str
    found: QuerySet[PublicText]
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


def matching(words: str) -> QuerySet[PublicText]:
    query = SearchQuery(words, config="english", search_type="websearch")
    text = Concat(F("page__standfirst"), Value(" "), F("story"), output_field=TextField())
    return (
        PublicText.objects.filter(document=query, page__live=True, page__view_restrictions=None)
        .annotate(
            rank=SearchRank(F("document"), query),
            headline=SearchHeadline(
                text, query, config="english", start_sel=BEGIN, stop_sel=END, max_words=34, min_words=18
            ),
        )
        .select_related("page")
        .order_by("-rank", "-page__date", "-pk")
    )


def marked(headline: str) -> SafeString:
    """A snippet with the words found in <mark>. The text itself is escaped first."""
    safe = escape(headline).replace(BEGIN, "<mark>").replace(END, "</mark>")
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
    live = (
        "SELECT t.words FROM articles_publictext t JOIN wagtailcore_page p ON p.id = t.page_id WHERE p.live"
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT word FROM ts_stat(%s) WHERE length(word) > 2 ORDER BY ndoc DESC", [live])
        return [row[0] for row in cursor.fetchall()]
