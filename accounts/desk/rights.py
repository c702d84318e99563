"""Who may do what at the desk: a right each for reading, granting, reversing and approving."""

from typing import Any

from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.urls import reverse
from wagtail.admin.views.generic.permissions import PermissionCheckedMixin
from wagtail.permission_policies import ModelPermissionPolicy

from accounts.models import StaffPosting, User

POLICY = ModelPermissionPolicy(StaffPosting)
VIEW, GRANT, REVERSE, APPROVE = "view", "grant", "reverse", "approve"


def may(user: Any, act: str) -> bool:
    return bool(POLICY.user_has_permission(user, act))


def desk_permissions() -> QuerySet[Permission]:
    return Permission.objects.filter(content_type__app_label="accounts", content_type__model="staffposting")


class DeskPage(PermissionCheckedMixin):
    """``trail`` leads from the desk to the page."""

    any_permission_required: list[str] | None = None

    @property
    def person(self) -> User:
        assert isinstance(self.request.user, User)
        return self.request.user

    def trail(self) -> list[dict[str, str]]:
        return []

    def get_breadcrumbs_items(self) -> list[dict[str, str]]:
        here = {"url": "", "label": self.get_page_title(), "sublabel": self.get_page_subtitle()}
        return [*self.breadcrumbs_items, *self.trail(), here]


class DeskMixin(DeskPage):
    """Nobody does anything here who may not read the ledger."""

    permission_policy = POLICY
    permission_required = VIEW
    header_icon = "table"

    def trail(self) -> list[dict[str, str]]:
        return [crumb("Ledger", "ledger:transactions")]


def crumb(label: str, name: str, *arguments: int) -> dict[str, str]:
    return {"url": reverse(name, args=arguments), "label": label}
