from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import include, path, reverse
from wagtail import hooks
from wagtail.admin.admin_url_finder import register_admin_url_finder
from wagtail.permissions import register_permission_policy

from .billing.desk import menu as billing_menu
from .billing.desk import rights as billing_rights
from .billing.desk import trail as billing_trail
from .billing.models import Order, StripeEvent
from .closing import close_account
from .desk import menu, rights, trail
from .models import Membership, Pack, StaffPosting, Tier, User
from .staff import EndedNotDeleted, ReadersGroup

register_permission_policy(Membership, EndedNotDeleted(Membership))
register_permission_policy(Pack, billing_rights.SoldNotDeleted(Pack))
register_permission_policy(Tier, billing_rights.SoldNotDeleted(Tier))
register_admin_url_finder(StaffPosting, menu.PostingURLFinder)
register_admin_url_finder(Order, billing_menu.OrderURLFinder)
register_admin_url_finder(StripeEvent, billing_menu.EventURLFinder)
hooks.register("register_admin_menu_item", menu.ledger_menu)
hooks.register("register_permissions", rights.desk_permissions)
hooks.register("register_log_actions", trail.register)
hooks.register("register_admin_menu_item", billing_menu.billing_menu)
hooks.register("construct_homepage_panels", billing_menu.add_waiting_panel)
hooks.register("register_permissions", billing_rights.billing_permissions)
hooks.register("register_log_actions", billing_trail.register)


@hooks.register("register_admin_urls")
def desks() -> list[Any]:
    return [
        path("ledger/", include("accounts.desk.urls")),
        path("billing/", include("accounts.billing.desk.urls")),
    ]


@hooks.register("register_admin_viewset")
def readers() -> ReadersGroup:
    return ReadersGroup()


@hooks.register("before_bulk_action")
def close_instead_of_deleting(
    request: HttpRequest, action_type: str, objects: Iterable[Any], action: Any
) -> HttpResponse | None:
    """Wagtail would delete the rows of several users in one statement."""
    if action_type != "delete" or action.model is not User:
        return None
    closed = [close_account(user) for user in objects]
    messages.success(request, f"Accounts closed: {len(closed)}.")
    return HttpResponseRedirect(reverse("wagtailusers_users:index"))
