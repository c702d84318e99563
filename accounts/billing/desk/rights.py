"""Who may read orders, have an event worked again, and set prices."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from wagtail.permission_policies import ModelPermissionPolicy

from accounts.desk.rights import DeskPage

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


class BillingMixin(DeskPage):
    """Nobody sees anything here who may not read orders."""

    permission_policy = ModelPermissionPolicy(Order)
    permission_required: str | None = "view"
    header_icon = "tag"
