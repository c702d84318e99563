"""Who may read orders, have an event worked again, and set prices."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from ..models import Order

VIEW, REPLAY, SELL = "view_order", "replay_stripeevent", "sell"
READING = ("view",)
SELLING = ("add", "change", *READING)


def may(user: Any, right: str) -> bool:
    return bool(user.has_perm(f"accounts.{right}"))


def billing_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label="accounts", codename__in=[VIEW, REPLAY, SELL])


class SoldNotDeleted(ModelPermissionPolicy):
    """Packs and tiers: edited by whoever sells, read by whoever reads orders, and deleted by nobody."""

    def user_has_permission(self, user: Any, action: str) -> bool:
        if action == "delete":
            return False
        sells = action in SELLING and may(user, SELL)
        reads = action in READING and may(user, VIEW)
        return sells or reads or bool(super().user_has_permission(user, action))

    def user_has_any_permission(self, user: Any, actions: Any) -> bool:
        return any(self.user_has_permission(user, action) for action in actions)


class BillingMixin(PermissionCheckedMixin):
    """Nobody sees anything here who may not read orders. ``trail`` leads from the list to the page."""

    permission_policy = ModelPermissionPolicy(Order)
    permission_required: str | None = "view"
    any_permission_required: list[str] | None = None
    header_icon = "tag"

    def trail(self) -> list[dict[str, str]]:
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, *self.trail(), here]


def crumb(label: str, name: str) -> dict[str, str]:
    return {"url": reverse(name), "label": label}
