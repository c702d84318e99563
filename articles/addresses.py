"""Addresses under the home that are the site's own, and that a page there would never be found at."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import get_resolver


def refuse_the_sites_own(slug: str) -> None:
    """Raises ``ValidationError`` for a page at the top with a slug that the site's addresses begin with."""
    files = {settings.STATIC_URL.strip("/"), settings.MEDIA_URL.strip("/")}
    if slug in files | set(beginnings(get_resolver().url_patterns)):
        raise ValidationError({"slug": f"The site itself answers at /{slug}/."})


def beginnings(patterns: Iterable[Any]) -> Iterator[str]:
    for pattern in patterns:
        route = str(pattern.pattern)
        if route:
            yield route.split("/")[0]
        else:
            yield from beginnings(pattern.url_patterns)
