from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from credits.statements import spendable

from .plan import plan

# Pages of stories and the Club's; the ways in have a way back of their own.
COME_BACK_TO = {"wagtail_serve", "club"}


@dataclass(frozen=True)
class SectionLink:
    title: str
    url: str
    current: bool


def masthead(request: HttpRequest) -> dict[str, Any]:
    """What the frame of every page shows. Asked for only by the template that shows it."""
    return {
        "site_name": settings.WAGTAIL_SITE_NAME,
        "masthead_sections": SimpleLazyObject(lambda: sections_for(request.path)),
        "masthead_balance": SimpleLazyObject(lambda: balance_for(request)),
        "masthead_next": way_back(request),
    }


def way_back(request: HttpRequest) -> str:
    """Where who signs in from here wants to be afterwards, as a query or nothing."""
    match = request.resolver_match
    here = match is not None and match.url_name in COME_BACK_TO
    return f"?next={quote(request.path)}" if here else ""


def sections_for(path: str) -> list[SectionLink]:
    desks = [desk for desk in plan().desks.values() if desk.show_in_menus and desk.url]
    return [SectionLink(desk.title, desk.url, path.startswith(desk.url)) for desk in desks]


def balance_for(request: HttpRequest) -> int:
    """Credits to spend; a page that has asked already says so on the request."""
    known: int | None = getattr(request, "masthead_balance", None)
    if known is not None:
        return known
    return spendable(request.user.wallet_id) if isinstance(request.user, User) else 0
