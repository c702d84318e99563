"""A briefing that readers unlocked for good is not deleted: it can only be unpublished."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, ProtectedError
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.models import Page

from .gated import GatedInsights
from .models import Unlock


def unlocked_below(pages: Iterable[Page]) -> Page | None:
    """The first page among these and all below them that readers own, if there is one."""
    bought = Unlock.objects.standing().filter(briefing_key=OuterRef("translation_key"))
    for page in pages:
        found = Page.objects.descendant_of(page, inclusive=True).filter(Exists(bought), alias_of=None).first()
        if found:
            return found
    return None


@receiver(pre_delete)
def protect_what_readers_own(sender: type, instance: Any, **kwargs: Any) -> None:
    if not isinstance(instance, GatedInsights) or instance.alias_of_id is not None:
        return
    owners = Unlock.objects.standing().filter(briefing_key=instance.translation_key)
    if owners.exists():
        raise ProtectedError(
            "Readers unlocked this briefing for good: unpublish it instead.", set(owners[:5])
        )
