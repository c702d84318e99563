"""What a search is tried on, and what it found, by its titles."""

from typing import Any

from articles.hits import Hits
from articles.models import BriefingPage
from articles.search import search


def story(text: str) -> list[Any]:
    return [("paragraph", f"<p>{text}</p>")]


def found(words: str) -> list[str]:
    return titles(search(words).hits)


def titles(found: Hits) -> list[str]:
    return [BriefingPage.objects.get(pk=hit.pk).title for hit in found.found]
