"""What a briefing's template is given: the public parts, and of the gated ones only what may be read."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from accounts.models import User
from insights.access import Access, access_for, access_of
from insights.standing import VISITOR
from insights.unlocks import record_opening

from .cards import Card, with_own_states
from .gathering import gathered_of
from .story_html import story_html
from .structured_data import news_article
from .versions import kept

if TYPE_CHECKING:
    from .models import BriefingPage

IN_THE_RAIL = 3


def context_of(request: HttpRequest, page: "BriefingPage") -> dict[str, Any]:
    access = access_of_request(request, page)
    request.masthead_balance = access.standing.balance  # type: ignore[attr-defined]
    return {
        "access": access,
        "public": public_parts(page, fresh=is_preview(request)),
        "more": with_own_states(more_in_section(page), request.user),
    }


def access_of_request(request: HttpRequest, page: "BriefingPage") -> Access:
    """An editor's preview stands in for a reader, and so does nobody, for whom a page is printed; everyone
    else is who they are."""
    if is_preview(request) or hasattr(request, "previewed_standing"):
        return access_of(request.previewed_standing, page)  # type: ignore[attr-defined]
    access = access_for(request.user, page)
    if isinstance(request.user, User) and is_read(request):
        record_opening(reader=request.user, page=page, access=access)
    return access


def is_read(request: HttpRequest) -> bool:
    """Not asked for by a browser on a guess, nor for its headers alone."""
    return request.method == "GET" and "prefetch" not in request.headers.get("Sec-Purpose", "")


def is_preview(request: HttpRequest) -> bool:
    return getattr(request, "is_preview", False)


def public_parts(page: "BriefingPage", *, fresh: bool) -> dict[str, Any]:
    """All of the page that is the same for everyone, with no query where it is kept.

    The page was read before the version is: its own date, and the version it was read for, keep an old text
    from standing for a new version.
    """
    name = (
        f"briefing:{page.pk}:{page.last_published_at and page.last_published_at.timestamp()}:{page.read_for}"
    )
    return parts_of(page) if fresh else kept(name, lambda: parts_of(page))


def parts_of(page: "BriefingPage") -> dict[str, Any]:
    gathered, hero, canonical = gathered_of(page), page.hero_image, page.canonical_url
    return {
        "section_title": page.section.title,
        "section_url": page.section.url,
        "bylines": gathered.bylines,
        "sources": gathered.sources,
        "tags": sorted(gathered.tags),
        "corrections": gathered.corrections,
        "minutes": page.minutes,
        "body": story_html(page.body, path=page.path),
        "hero": hero,
        "canonical": canonical,
        "json_ld": news_article(
            page,
            bylines=gathered.bylines,
            hero=hero,
            canonical=canonical,
            gated=bool(access_of(VISITOR, page).locked),
        ),
    }


def more_in_section(page: "BriefingPage") -> list[Card]:
    """The three newest others of the section."""
    return kept(f"more:{page.pk}", lambda: page.newest_others(IN_THE_RAIL))
