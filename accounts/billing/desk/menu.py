"""Where Wagtail's admin shows billing, and how many things there wait for a person."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from wagtail.admin.admin_url_finder import ModelAdminURLFinder
from wagtail.admin.menu import Menu, MenuItem, SubmenuMenuItem
from wagtail.admin.ui.components import Component

from ..models import Order, StripeEvent
from .rights import VIEW, may

PAGES = [
    ("Orders", "orders", "tag"),
    ("Events", "events", "mail"),
    ("Receipts", "receipts", "doc-full"),
    ("Subscriptions", "subscriptions", "key"),
    ("Disputes", "disputes", "warning"),
    ("Reconciliations", "reconciliations", "check"),
]


def parked_orders() -> int:
    return Order.objects.filter(state=Order.State.PARKED).count()


def parked_events() -> int:
    return StripeEvent.objects.parked().count()


COUNTS: dict[str, Callable[[], int]] = {"orders": parked_orders, "events": parked_events}


class BillingItem(MenuItem):
    """Its label says how many wait for a person, if any."""

    def is_shown(self, request: HttpRequest) -> bool:
        return may(request.user, VIEW)

    def render_component(self, request: HttpRequest) -> Any:
        component = super().render_component(request)
        if count := COUNTS.get(self.name.removeprefix("billing-"), int)():
            component.label = f"{self.label} ({count} parked)"
        return component


class OrderURLFinder(ModelAdminURLFinder):
    """Leads from the audit log to the order."""

    edit_url_name = "billing_desk:order"

    def get_edit_url(self, instance: Any) -> str | None:
        if self.user and not may(self.user, VIEW):
            return None
        url: str = self.construct_edit_url(instance)
        return url


class EventURLFinder(OrderURLFinder):
    edit_url_name = "billing_desk:event"


def billing_menu() -> SubmenuMenuItem:
    items = [
        BillingItem(
            label, reverse(f"billing_desk:{name}"), name=f"billing-{name}", icon_name=icon, order=order
        )
        for order, (label, name, icon) in enumerate(PAGES)
    ]
    return SubmenuMenuItem("Billing", Menu(register_hook_name=None, items=items), icon_name="tag", order=250)


class WaitingPanel(Component):
    """On the admin's first page, for those who may look, when there is something to look at."""

    order = 50

    def render_html(self, parent_context: Any = None) -> str:
        if not may(parent_context["request"].user, VIEW):
            return ""
        waiting = {"orders": parked_orders(), "events": parked_events()}
        if not any(waiting.values()):
            return ""
        return render_to_string("accounts/billing/desk/waiting.html", {"waiting": waiting})


def add_waiting_panel(request: HttpRequest, panels: list[Any]) -> None:
    panels.append(WaitingPanel())
