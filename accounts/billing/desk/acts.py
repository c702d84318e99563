"""What staff may do: have Stripe asked about an order again, and have events worked again. Each is a POST."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.views.generic import TemplateView, View
from wagtail.admin.views.generic.base import WagtailAdminTemplateMixin

from accounts.desk.rights import crumb
from accounts.models import User
from credits.errors import LedgerError

from .. import inbox, settling, tasks
from ..errors import Foreign, Parked, PaymentError, Unavailable
from ..models import Order, StripeEvent
from . import trail
from .rights import REPLAY, BillingMixin, may

AWAY = "Stripe does not answer. Nothing was changed."
# One press of a button. The rest wait for the next.
AT_ONCE = 1000


class Act(BillingMixin, View):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not may(request.user, REPLAY):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class LookAgainView(Act):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_object_or_404(Order, pk=pk)
        good, said = look_again(order)
        trail.looked(order, by=self.person, outcome=said)
        (messages.success if good else messages.error)(request, said)
        return redirect("billing_desk:order", pk)


def look_again(order: Order) -> tuple[bool, str]:
    try:
        looked = settling.sync_order(order.pk)
    except Unavailable:
        return False, AWAY
    except (Foreign, Parked, PaymentError, LedgerError) as error:
        return False, f"{type(error).__name__}: {error}"
    return True, f"Stripe was asked. The order is: {looked.get_state_display()}."


class ReplayView(Act):
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        replay(get_object_or_404(StripeEvent, pk=pk), by=self.person)
        messages.success(request, "The event is worked again. Look again in a moment.")
        return redirect("billing_desk:event", pk)


class SetAsideView(Act):
    """For what is settled outside, and what must never be worked: it waits for nobody any more."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        event = get_object_or_404(StripeEvent, pk=pk)
        if set_aside(event, by=self.person):
            messages.success(request, "Set aside. It can still be worked again.")
        else:
            messages.error(request, "It is not parked any more. Nothing was changed.")
        return redirect("billing_desk:event", pk)


class SetOrderAsideView(Act):
    """For an order whose money was paid back at Stripe, or whose credits were given by hand."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        if set_order_aside(get_object_or_404(Order, pk=pk), by=self.person):
            messages.success(request, "Set aside. Nothing is granted for it.")
        else:
            messages.error(request, "It is not parked any more. Nothing was changed.")
        return redirect("billing_desk:order", pk)


class ReplayParkedView(Act, WagtailAdminTemplateMixin, TemplateView):
    template_name = "accounts/billing/desk/replay_parked.html"
    page_title = "Work all parked events again"
    header_icon = "rotate"

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Events", "billing_desk:events")]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(count=StripeEvent.objects.parked().count(), **kwargs)

    def post(self, request: HttpRequest) -> HttpResponseRedirect:
        parked = list(StripeEvent.objects.parked().defer("payload").order_by("pk")[:AT_ONCE])
        for event in parked:
            replay(event, by=self.person)
        messages.success(request, f"Worked again: {len(parked)}.")
        return redirect("billing_desk:events")


@transaction.atomic
def replay(event: StripeEvent, *, by: User) -> None:
    trail.replayed(event, by=by)
    inbox.replay(event, by=by)
    transaction.on_commit(lambda: tasks.work_event.enqueue(event.pk))


@transaction.atomic
def set_aside(event: StripeEvent, *, by: User) -> bool:
    why = f"Set aside by staff. {event.why}"[: inbox.LONGEST_WHY]
    parked = StripeEvent.objects.parked().filter(pk=event.pk)
    if not parked.update(state=StripeEvent.State.IGNORED, why=why):
        return False
    trail.set_aside(event, by=by)
    return True


@transaction.atomic
def set_order_aside(order: Order, *, by: User) -> bool:
    parked = Order.objects.filter(pk=order.pk, state=Order.State.PARKED)
    if not parked.update(state=Order.State.FAILED):
        return False
    trail.order_set_aside(order, by=by)
    return True
