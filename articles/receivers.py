"""What changes what the site has published: every such change renews the version."""

from functools import partial
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete, post_migrate, post_save
from django.dispatch import receiver
from taggit.models import Tag
from wagtail.models import Page, PageViewRestriction, Site
from wagtail.signals import (
    page_published,
    page_slug_changed,
    page_unpublished,
    post_page_move,
)

from accounts.models import Tier

from .former_renditions import forget
from .gone import note_deleted
from .models import Author, BriefingPage, Picture, PublicText
from .purging import purge_soon
from .search import index_briefing
from .tasks import make_renditions
from .versions import everything_changed, renewed, something_changed

SHOWN = (Page, Author, Picture, Site, Tag, Tier, PageViewRestriction)


@receiver([post_save, post_delete])
def renew_when_shown(sender: type, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, SHOWN):
        something_changed()


@receiver(post_migrate)
def renew_when_deployed(sender: Any, **kwargs: Any) -> None:
    """New code migrates first, and may show the same content in another way."""
    if sender.name == "articles":
        everything_changed()


@receiver(renewed)
def purge_when_renewed(**kwargs: Any) -> None:
    purge_soon()


@receiver([page_published, page_unpublished, page_slug_changed, post_page_move])
def renew_when_published(**kwargs: Any) -> None:
    something_changed()


@receiver(post_delete)
def note_when_deleted(sender: type, instance: Any, **kwargs: Any) -> None:
    if isinstance(instance, Page):
        note_deleted(instance)


@receiver(page_published, sender=BriefingPage)
def index_when_published(instance: BriefingPage, **kwargs: Any) -> None:
    index_briefing(instance)


@receiver(page_unpublished, sender=BriefingPage)
def forget_when_unpublished(instance: BriefingPage, **kwargs: Any) -> None:
    """Whatever the page says of itself: one that goes with its section is told of while it is still live."""
    PublicText.objects.filter(page=instance.pk).delete()


@receiver(post_delete, sender=Picture)
def forget_renditions(instance: Picture, **kwargs: Any) -> None:
    transaction.on_commit(partial(forget, instance.pk, instance.made_from))


@receiver(post_save, sender=Picture)
def make_renditions_ahead(instance: Picture, **kwargs: Any) -> None:
    make_renditions.enqueue(instance.pk)
