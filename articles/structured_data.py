"""schema.org's NewsArticle for a briefing, with the gated part declared as Google asks publishers to.

https://developers.google.com/search/docs/appearance/structured-data/paywalled-content
"""

from typing import TYPE_CHECKING, Any

from django.conf import settings

from .pictures import ShownPicture

if TYPE_CHECKING:
    from .models import BriefingPage

GATED_PART = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".insight-section"}


def news_article(
    page: "BriefingPage", *, bylines: list[str], hero: ShownPicture | None, canonical: str, gated: bool
) -> dict[str, Any]:
    """Public fields only. ``gated``: a visitor finds part of it locked."""
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": page.title,
        "description": page.standfirst,
        "url": canonical,
        "mainEntityOfPage": canonical,
        "articleSection": page.section.title,
        "datePublished": page.date.isoformat(),
        **({"dateModified": page.last_published_at.isoformat()} if page.last_published_at else {}),
        "author": [{"@type": "Organization", "name": name} for name in bylines],
        "publisher": {"@type": "Organization", "name": settings.WAGTAIL_SITE_NAME},
        **({"image": [hero.absolute_url]} if hero and hero.absolute_url else {}),
        "isAccessibleForFree": not gated,
        **({"hasPart": GATED_PART} if gated else {}),
    }
