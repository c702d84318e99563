"""A reader's wish to unlock a briefing, kept in the session until the sign-in or purchase it led to is done.

It lives in the session and not with the address, so that nobody can plant a wish in another's account.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest

from accounts.models import User
from credits.errors import LedgerError

from .asked import page_at_stake
from .gated import GatedInsights
from .models import Unlock
from .sentences import unlocked_text
from .unlocks import Intent, PriceChanged, unlock

KEPT_SECONDS = 24 * 60 * 60
IN_SESSION = "wish"


@dataclass(frozen=True)
class Wish:
    page: GatedInsights
    title: str
    price: int
    url: str


def note(request: HttpRequest) -> None:
    """Keep the wish that a sign-up link carries (``?unlock=<page id>``) and show what is wished for."""
    if not request.user.is_authenticated:
        keep(request)
    request.wish = current(request)  # type: ignore[attr-defined]


def note_to_buy(request: HttpRequest) -> None:
    """The same of a link to buy credits, whose reader is in already."""
    keep(request)
    request.wish = current(request)  # type: ignore[attr-defined]


def keep(request: HttpRequest) -> None:
    page = page_at_stake(request.GET.get("unlock", ""), request) if request.method == "GET" else None
    if page is not None:
        request.session[IN_SESSION] = {"page": page.pk, "price": page.price, "at": int(time.time())}


def current(request: HttpRequest) -> Wish | None:
    kept = request.session.get(IN_SESSION)
    if not kept or time.time() - kept["at"] > KEPT_SECONDS:
        return None
    page = page_at_stake(str(kept["page"]), request)
    if page is None:
        return None
    return Wish(page=page, title=page.title, price=kept["price"], url=page.get_url(request) or "/")


def fulfil(request: HttpRequest, user: User) -> str | None:
    """Unlock what was wished for and say where it stands, or None where nothing was wished for.

    Where it cannot be paid, or costs more than was shown, nothing is spent: the gate on the page says why.
    """
    wish = current(request)
    request.session.pop(IN_SESSION, None)
    if wish is None:
        return None
    with suppress(LedgerError, PriceChanged):
        outcome = unlock(reader=user, page=wish.page, intent=Intent(price=wish.price, way=Unlock.Way.WISH))
        messages.success(request, unlocked_text(outcome.spent, outcome.balance))
    return f"{wish.url}#insights"


def fulfil_after_buying(request: HttpRequest, user: User, back_to: str) -> str | None:
    """Only where the purchase set out from the page wished for, and so said that it would unlock it."""
    wish = current(request)
    if wish is None or urlsplit(wish.url).path != urlsplit(back_to).path:
        return None
    return fulfil(request, user)
