"""Who may make another briefing of one: whoever may edit it. Wagtail asks for less.

In a copy one has, at a desk of one's own, all that is in the source. An alias that was turned into a page is
a copy of its source, and so is the copy of an alias.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from wagtail.admin.api.views import PagesAdminAPIViewSet
from wagtail.models import Page

from .files.desks import gated_models
from .gated import source_of

MAKES_ANOTHER = {"copy", "copy_for_translation", "create_alias", "convert_alias"}


def refuse_who_may_not_edit(person: Any, page: Page) -> None:
    """Raises `PermissionDenied` where they may not edit it, what is beneath it, or a source of these."""
    gated = page.get_descendants(inclusive=True).type(*gated_models())
    if not all(source_of(one).permissions_for_user(person).can_edit() for one in gated):
        raise PermissionDenied


class PagesAPI(PagesAdminAPIViewSet):
    """The admin's own, which asks no hook before it acts."""

    def action_view(self, request: Any, pk: int, action_name: str) -> Any:
        if action_name in MAKES_ANOTHER:
            refuse_who_may_not_edit(request.user, self.get_object())
        return super().action_view(request, pk, action_name)
