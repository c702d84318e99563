"""Withdrawing from a contract in two steps: to declare it, and to confirm it.

Directive 2011/83/EU Art. 11a (by Directive (EU) 2023/2673, applied from 19 June 2026): a function that can
be reached throughout the 14 days, a statement with name, contract and an address for the answer, a button
"Confirm withdrawal", and an acknowledgement by mail without delay.
"""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView
from django_ratelimit.decorators import ratelimit

from ...views import ReaderMixin, SupportMixin
from .. import withdrawing
from ..models import Order, Subscription
from .forms import WithdrawForm
from .mine import clubs_of, orders_of
from .tasks import carry_out

CONFIRMED = "confirmed"
TOO_LATE = (
    "There is nothing more to withdraw from: the time is over, all of it is used, or it was done before."
)
DONE = "You have withdrawn. A confirmation is on its way to {email}."


class ContractsView(ReaderMixin, SupportMixin, TemplateView):
    """Every contract that can still be withdrawn from."""

    template_name = "accounts/billing/withdraw_from.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        now = timezone.now()
        bought = orders_of(self.reader).paid().exclude(what=Order.What.CLUB)
        shown = {
            "orders": [order for order in bought if withdrawing.offer(order, now)],
            "clubs": [club for club in clubs_of(self.reader) if withdrawing.offer(club, now)],
        }
        return super().get_context_data(**kwargs) | shown


@method_decorator(ratelimit(key="user_or_ip", rate="20/m", method="POST", block=True), name="dispatch")
class WithdrawalView(ReaderMixin, SupportMixin, FormView):
    template_name = "accounts/billing/withdraw.html"
    form_class = WithdrawForm

    @cached_property
    def contract(self) -> Order | Subscription:
        """Somebody else's is not there."""
        raise NotImplementedError

    @property
    def title(self) -> str:
        raise NotImplementedError

    def get_initial(self) -> dict[str, Any]:
        return super().get_initial() | {"name": self.reader.get_full_name()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {
            "offer": withdrawing.offer(self.contract, timezone.now()),
            "contract": self.contract,
            "title": self.title,
            "is_club": isinstance(self.contract, Subscription),
            "gift": getattr(self.contract, "gift", None),
        }
        return super().get_context_data(**kwargs) | shown

    def form_valid(self, form: Any) -> HttpResponse:
        statement = self.statement(form.cleaned_data["name"])
        if CONFIRMED not in self.request.POST:
            return self.render_to_response(self.get_context_data(form=form, declared=statement))
        try:
            withdrawal = withdrawing.declare(self.contract, reader=self.reader, statement=statement)
        except withdrawing.NothingToWithdraw:
            messages.error(self.request, TOO_LATE)
        else:
            carry_out.enqueue(withdrawal.pk)
            messages.success(self.request, DONE.format(email=self.reader.email))
        return HttpResponseRedirect(reverse("orders"), status=303)

    def statement(self, name: str) -> str:
        return f"I withdraw from this contract: {self.title}.\n{name}, {self.reader.email}"


class OrderWithdrawalView(WithdrawalView):
    @cached_property
    def contract(self) -> Order:
        return get_object_or_404(orders_of(self.reader), key=self.kwargs["key"])

    @property
    def title(self) -> str:
        """Not to whom a gift is: what was declared is kept, and names on gifts are not."""
        order = self.contract
        what = f"{order.title}, a gift" if order.what == Order.What.GIFT else order.title
        return f"{what}, ordered on {day(order.created_at)}, order {order.key}"


class ClubWithdrawalView(WithdrawalView):
    @cached_property
    def contract(self) -> Subscription:
        return get_object_or_404(clubs_of(self.reader), pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        club = self.contract
        return f"{club.tier or 'Executives Club'}, joined on {day(club.created_at)}, membership {club.pk}"


def day(moment: Any) -> str:
    return date_format(timezone.localtime(moment), "j F Y")
