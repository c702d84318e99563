from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import urlencode
from django.views.generic import FormView
from django_ratelimit.decorators import ratelimit

from credits.freezes import open_freezes
from credits.statements import owed, spendable

from ...signals import buying
from ...views import ReaderMixin
from .. import consents, orders
from ..models import Order
from .checkout import CheckoutMixin, back_to
from .forms import BuyForm
from .mine import orders_of
from .packs import currencies, currency_of, offers


@method_decorator(ratelimit(key="user_or_ip", rate="20/m", method="POST", block=True), name="dispatch")
class BuyCreditsView(ReaderMixin, CheckoutMixin, FormView):
    template_name = "accounts/billing/buy.html"
    form_class = BuyForm

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        buying.send(sender=type(self), request=request)
        return super().get(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: str, **kwargs: Any) -> HttpResponse:
        buying.send(sender=type(self), request=request)
        return super().post(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"wording": consents.AT_THE_CHECKOUT}

    def start(self, form: Any) -> Order:
        return orders.start_pack(
            reader=self.reader,
            pack=form.cleaned_data["pack"],
            currency=currency_of(self.request),
            back_to=self.came_from,
            consent=consents.WORDING,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        wallet = self.reader.wallet_id
        balance, debt, wish = spendable(wallet), owed(wallet), self.wish
        missing = debt + max(0, wish.price - balance) if wish else debt
        currency = currency_of(self.request)
        shown = {
            "balance": balance,
            "owed": debt,
            "on_hold": open_freezes(wallet).exists(),
            "wish": wish,
            "missing": missing,
            "currency": currency,
            "currencies": currencies(),
            "offers": offers(currency, chosen=self.request.POST.get("pack", ""), missing=missing),
            "next": self.came_from,
            "carried": urlencode({"next": self.came_from}) if self.came_from else "",
            "cancelled": self.cancelled,
        }
        return super().get_context_data(**kwargs) | shown

    @property
    def came_from(self) -> str:
        return back_to(self.request) or (self.cancelled.back_to if self.cancelled else "")

    @property
    def wish(self) -> Any:
        """What is wished for, where the reader comes from its page: an older wish is not brought up."""
        wish = getattr(self.request, "wish", None)
        return wish if wish and urlsplit(wish.url).path == urlsplit(self.came_from).path else None

    @property
    def cancelled(self) -> Order | None:
        """The order whose payment page the reader left, where it can be gone on with."""
        key = self.request.GET.get("cancelled", "")
        found = orders_of(self.reader).filter(key=key).first() if is_key(key) else None
        return found if found and found.state == Order.State.STARTED else None


def is_key(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def buy_address(order: Order) -> str:
    """Where the same can be bought anew, on the way to the same page."""
    names = {Order.What.GIFT: "give_credits", Order.What.CLUB: "club"}
    query = f"?{urlencode({'next': order.back_to})}" if order.back_to else ""
    return reverse(names.get(Order.What(order.what), "buy_credits")) + query
