from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails
from django_ratelimit.decorators import ratelimit

from accounts.models import User
from credits.errors import Frozen, InDebt, InsufficientCredits

from .access import access_for
from .asked import gated_page, page_at_stake
from .files.serving import send
from .files.showing import shown
from .gated import GatedInsights
from .library import library_of
from .sentences import credits_text, refused_text, unlocked_text
from .unlocks import Intent, PriceChanged, unlock

A_PAGE = 20
A_MINUTE = "60/m"
# The limit's name, and where a request says that it was counted before it came here.
PRESSED, COUNTED = "unlock", "marquee.counted"


class HtmxRequest(HttpRequest):
    htmx: HtmxDetails


def rate(group: str, request: HttpRequest) -> str | None:
    return None if request.META.get(COUNTED) else A_MINUTE


@require_POST
@ratelimit(group=PRESSED, key="user_or_ip", rate=rate, method="POST", block=True)
def unlock_briefing(request: HtmxRequest, page_id: int) -> HttpResponse:
    page = page_at_stake(str(page_id), request)
    if page is None:
        raise Http404
    if not isinstance(request.user, User):
        way_in = f"{reverse('account_signup')}?unlock={page_id}&next={page.get_url(request)}"
        return HttpResponseClientRedirect(way_in) if request.htmx else see_other(way_in)
    return answer(request, page, *attempt(request.user, page, agreed=price_agreed(request)))


def attempt(reader: User, page: GatedInsights, *, agreed: int) -> tuple[int, str]:
    """The message level and text that say what came of it."""
    try:
        outcome = unlock(reader=reader, page=page, intent=Intent(price=agreed))
    except (InsufficientCredits, InDebt, Frozen) as refused:
        return messages.ERROR, refused_text(refused)
    except PriceChanged:
        return (
            messages.ERROR,
            f"Not unlocked. The price is now {credits_text(page.price)}: please look again.",
        )
    return messages.SUCCESS, unlocked_text(outcome.spent, outcome.balance)


def price_agreed(request: HttpRequest) -> int:
    agreed = request.POST.get("price", "")
    return int(agreed) if agreed.isdecimal() and len(agreed) <= 3 else 0


def answer(request: HtmxRequest, page: GatedInsights, level: int, text: str) -> HttpResponse:
    if not request.htmx:
        messages.add_message(request, level, text)
        return see_other(f"{page.get_url(request)}#insights")
    whole = type(page).objects.get(pk=page.pk)
    context = {"page": whole, "access": access_for(request.user, whole), "announce": text, "swapped": True}
    return render(request, "insights/swap.html", context)


def see_other(url: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(url, status=303)


@login_required
def library(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    rows = Paginator(library_of(request.user), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "insights/library.html", {"rows": rows})


@require_safe
def private_file(request: HttpRequest, page_id: int, file_id: int, variant: str) -> HttpResponseBase:
    """What is not there, not here and not open are one answer."""
    page = gated_page(str(page_id), request)
    stored = page and shown(request.user, page, number=file_id, variant=variant)
    if stored is None:
        raise Http404
    return send(request, stored)
