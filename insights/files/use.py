"""Where private files stand: in the blocks of pages as they are published, drafted or scheduled."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import ProtectedError, Q
from django.db.models.signals import pre_delete
from django.dispatch import receiver
from wagtail.models import Page, Revision

from insights.blocks import FILED
from insights.gated import GatedInsights
from insights.models import PrivateFile
from insights.sections import SECTIONS

from .desks import gated_models


def ids_in(blocks: Iterable[Any]) -> Iterator[int]:
    """From blocks as they are stored: nothing is fetched."""
    for block in blocks:
        number = block["value"].get("file") if block["type"] in FILED else None
        if number is not None:
            yield int(number)


def ids_on(page: GatedInsights) -> set[int]:
    return {number for section in SECTIONS for number in ids_in(getattr(page, section.field).raw_data)}


def pages_using(file: PrivateFile) -> list[Page]:
    """Pages on which it stands, in any version that is or can still come to be published."""
    found = {page.pk: page for page in [*published_with(file), *drafted_with(file)]}
    return list(found.values())


def published_with(file: PrivateFile) -> Iterator[Page]:
    block = [{"type": file.kind, "value": {"file": file.pk}}]
    stands = Q()
    for section in SECTIONS:
        stands |= Q(**{f"{section.field}__contains": block})
    for model in gated_models():
        yield from model.objects.filter(stands)


def drafted_with(file: PrivateFile) -> Iterator[Page]:
    for model in gated_models():
        pages = model.objects.filter(has_unpublished_changes=True).in_bulk()
        coming = Q(pk__in=[page.latest_revision_id for page in pages.values()])
        scheduled = Q(approved_go_live_at__isnull=False)
        revisions = Revision.page_revisions.filter(coming | scheduled, object_id__in=map(str, pages))
        for revision in revisions:
            if file.pk in ids_drafted(revision.content):
                yield pages[int(revision.object_id)]


def ids_drafted(content: dict[str, Any]) -> set[int]:
    streams = (json.loads(content.get(section.field) or "[]") for section in SECTIONS)
    return {number for blocks in streams for number in ids_in(blocks)}


@receiver(pre_delete, sender=PrivateFile)
def keep_what_stands_on_a_page(instance: PrivateFile, **kwargs: Any) -> None:
    if pages := pages_using(instance):
        raise ProtectedError("The file stands in a briefing: take it out there first.", set(pages))
