"""What became of an order. Nothing is granted here: a page shows the row, and looks again while it waits."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import TemplateView
from django_ratelimit.decorators import ratelimit

from ...signals import returned
from ...views import ReaderMixin, SupportMixin
from .. import gifts, withdrawing
from ..errors import PaymentError
from ..models import Order
from .buying import buy_address
from .checkout import said, to_payment
from .mine import orders_of
from .waiting import pause, turn_of

A_PAGE = 30
# What the payment page's way back carries, so that a look at an old order does not lead away from it.
RETURNING = "returning"


class OneOrder(ReaderMixin):
    kwargs: dict[str, Any]

    @cached_property
    def order(self) -> Order:
        """Somebody else's is not there."""
        return get_object_or_404(orders_of(self.reader), key=self.kwargs["key"])


class OrderView(OneOrder, SupportMixin, TemplateView):
    template_name = "accounts/billing/order.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        returning = RETURNING in request.GET
        if returning and is_delivered(self.order) and self.order.what != Order.What.GIFT:
            return HttpResponseRedirect(self.way_back())
        return super().get(request, *args, **kwargs)

    def way_back(self) -> str:
        order = self.order
        messages.success(self.request, delivered_text(order))
        answers = returned.send(sender=Order, request=self.request, user=self.reader, order=order)
        asked = next((url for _, url in answers if url), "")
        return asked or order.back_to or reverse("club" if order.what == Order.What.CLUB else "wallet")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        order = self.order
        waits = RETURNING in self.request.GET and not is_settled(order)
        shown = {
            "order": order,
            "delivered": is_delivered(order),
            "waits": waits,
            "pause": pause(self.request) if waits else None,
            "next_turn": turn_of(self.request) + 1,
            "again": buy_address(order),
            "receipts": order.receipts.all(),
            "withdrawal": getattr(withdrawing.meant_by(order), "withdrawal", None),
            "paid_back": 0 < (order.amount_paid or 0) <= order.amount_refunded,
            "offer": withdrawing.offer(order, timezone.now()) if is_delivered(order) else None,
            "gift_link": gift_link(self.request, order),
        }
        return super().get_context_data(**kwargs) | shown


@method_decorator(ratelimit(key="user_or_ip", rate="20/m", block=True), name="dispatch")
class GoOnView(OneOrder, TemplateView):
    """To the payment page of an order that was left before it was paid."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            if self.order.state == Order.State.STARTED:
                return to_payment(self.order)
        except PaymentError as trouble:
            messages.error(request, said(trouble))
        return HttpResponseRedirect(reverse("order", args=[self.order.key]), status=303)


class OrdersView(ReaderMixin, TemplateView):
    template_name = "accounts/billing/orders.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        own = orders_of(self.reader).exclude(state=Order.State.EXPIRED).prefetch_related("receipts")
        shown = {"rows": Paginator(own, A_PAGE).get_page(self.request.GET.get("page"))}
        return super().get_context_data(**kwargs) | shown


def is_settled(order: Order) -> bool:
    """Whether looking again in a moment is of no use."""
    return order.state not in (Order.State.STARTED, Order.State.PAID) or is_delivered(order)


def is_delivered(order: Order) -> bool:
    """Paid, and what was paid for is there: both are done in one transaction, save for a club that began."""
    if order.state != Order.State.PAID:
        return False
    if order.what == Order.What.CLUB:
        return order.subscriptions.filter(membership__isnull=False).exists()
    return order.granted_id is not None


def delivered_text(order: Order) -> str:
    if order.what == Order.What.CLUB:
        opened = " Every insight is open to you." if order.tier and order.tier.opens_everything else ""
        return f"Welcome to {order.tier}.{opened}"
    number = order.credits + order.bonus
    return f"{number} credit{pluralize(number)} {pluralize(number, 'is,are')} in your wallet."


def gift_link(request: HttpRequest, order: Order) -> str:
    """For the giver to hand over themselves, where it still opens and nobody has claimed it."""
    if order.what != Order.What.GIFT or not gifts.can_be_claimed(order.gift):
        return ""
    known = gifts.link_holds(order.gift)
    return request.build_absolute_uri(reverse("gift", args=[gifts.token_of(order)])) if known else ""
