"""Files that pages named before a picture was changed or deleted."""

import re
from contextlib import suppress
from datetime import timedelta

from django.utils import timezone
from wagtail.images.models import get_rendition_storage

from .models import Picture
from .renditions import ROOT, folder

A_MAKING = re.compile(r"^(\d+)-([0-9a-f]{12})$")
# Somebody may still look at a page that names them.
STAY = timedelta(days=1)

Making = tuple[int, str]


def forget_former() -> int:
    """Delete the makings that no picture has now and nobody looks at any more. Returns their number."""
    now = dict(Picture.objects.values_list("pk", "made_from"))
    former = [making for making in makings() if now.get(making[0]) != making[1] and is_old(making)]
    # Replaced a moment ago: pages that name the old one are still being read.
    out = [(pk, made_from) for pk, made_from in former if pk not in now or is_old((pk, now[pk]))]
    for making in out:
        forget(*making)
    return len(out)


def makings() -> list[Making]:
    found = (A_MAKING.match(name) for name in listed(ROOT)[0])
    return [(int(making[1]), making[2]) for making in found if making]


def is_old(making: Making) -> bool:
    """True when all its files were there a day ago. False when it has none, or is being made."""
    storage = get_rendition_storage()
    there = folder(*making)
    times = [storage.get_modified_time(f"{there}/{name}") for name in listed(there)[1]]
    return bool(times) and max(times) < timezone.now() - STAY


def forget(pk: int, made_from: str) -> None:
    storage = get_rendition_storage()
    there = folder(pk, made_from)
    for name in listed(there)[1]:
        storage.delete(f"{there}/{name}")
    storage.delete(there)


def listed(there: str) -> tuple[list[str], list[str]]:
    with suppress(FileNotFoundError):
        return get_rendition_storage().listdir(there)
    return [], []
