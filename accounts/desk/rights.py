"""Who may do what at the desk: a right each for reading, granting, reversing and approving."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from accounts.models import StaffPosting

POLICY = ModelPermissionPolicy(StaffPosting)
VIEW, GRANT, REVERSE, APPROVE = "view", "grant", "reverse", "approve"


def may(user: Any, act: str) -> bool:
    return bool(POLICY.user_has_permission(user, act))


def desk_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label="accounts", content_type__model="staffposting")


class DeskMixin(PermissionCheckedMixin):
    """Nobody does anything here who may not read the ledger. ``trail`` leads from it to the page."""

    permission_policy = POLICY
    permission_required = VIEW
    any_permission_required: list[str] | None = None
    header_icon = "table"

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Ledger", "ledger:transactions")]

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, *self.trail(), here]


def crumb(label: str, name: str, *arguments: int) -> dict[str, str]:
    return {"url": reverse(name, args=arguments), "label": label}
