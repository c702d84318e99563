"""Who may use, see and change a private file: whoever writes for the desk it is filed at.

Wagtail's own collections would be a second set of rights beside those of pages, and could say otherwise.
"""

from collections.abc import Collection, Iterator
from typing import Any

from django.db.models import QuerySet
from wagtail.models import Page, get_page_models
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permissions import page_permission_policy

from insights.gated import GatedInsights
from insights.models import PrivateFile

WRITING = {"add", "change", "publish"}


def gated_models() -> Iterator[Any]:
    return (model for model in get_page_models() if issubclass(model, GatedInsights))


def desks_of(user: Any) -> QuerySet[Page]:
    """Pages that briefings stand under and that this person writes for."""
    kinds = {kind for model in gated_models() for kind in model.allowed_parent_page_models()}
    pages = page_permission_policy.instances_user_has_any_permission_for(user, WRITING)
    return pages.type(*kinds)


class DeskPolicy(BasePermissionPolicy):
    def user_has_permission(self, user: Any, action: str) -> bool:
        return bool(user.has_perm("wagtailadmin.access_admin") and desks_of(user).exists())

    def user_has_permission_for_instance(self, user: Any, action: str, instance: PrivateFile) -> bool:
        return self.instances_user_has_any_permission_for(user, [action]).filter(pk=instance.pk).exists()

    def instances_user_has_any_permission_for(
        self, user: Any, actions: Collection[str]
    ) -> QuerySet[PrivateFile]:
        if user.is_active and user.is_superuser:
            return PrivateFile.objects.all()
        if not user.has_perm("wagtailadmin.access_admin"):
            return PrivateFile.objects.none()
        return PrivateFile.objects.filter(desk__in=desks_of(user).values("pk"))

    def users_with_any_permission(self, actions: Collection[str]) -> QuerySet[Any]:
        return page_permission_policy.users_with_any_permission(WRITING)


def usable_by(user: Any) -> QuerySet[PrivateFile]:
    return DeskPolicy(PrivateFile).instances_user_has_any_permission_for(user, ["choose"])
