"""All that a sweep needs to be there, and the manifest that says what it is."""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from articles.models import BriefingPage
from insights.files.use import ids_on
from insights.models import PrivateFile

from .manifest import Manifest, PlantedPage
from .newsroom import STATES, Planter
from .people import Admitter
from .words import Seed, new_seed


def plant(file: Path) -> Manifest:
    """Plants, or finds what the manifest says is planted, and writes the manifest. Raises ``BadManifest``."""
    old = Manifest.read(file) if file.exists() else None
    with transaction.atomic():
        manifest = planted(old)
    manifest.write(file)
    return manifest


def planted(old: Manifest | None) -> Manifest:
    seed = Seed(old.seed if old else new_seed())
    planter = Planter(seed)
    pages = still_there(old) if old else None
    words = old.words if old and pages else planter.words
    pages = pages or planter.plant()
    readers = Admitter(seed, planter, pages).admit()
    shown = with_aliases(pages)
    return Manifest(
        seed=seed.secret,
        session_cookie=settings.SESSION_COOKIE_NAME,
        pages={name: described(page) for name, page in shown.items()},
        words=words,
        readers=readers,
        desks=[desk.pk for desk in planter.desks.values()],
        files=sorted(address for page in shown.values() for address in files_of(page)),
    )


def still_there(old: Manifest) -> dict[str, BriefingPage] | None:
    """The pages of an earlier planting, unless one of them is gone."""
    names = {state.name for state in STATES}
    ids = {name: page.id for name, page in old.pages.items() if name in names}
    found = BriefingPage.objects.in_bulk(ids.values())
    return {name: found[pk] for name, pk in ids.items()} if len(found) == len(names) else None


def with_aliases(pages: dict[str, BriefingPage]) -> dict[str, BriefingPage]:
    aliases = BriefingPage.objects.filter(alias_of__in=[page.pk for page in pages.values()])
    return pages | {f"alias of {alias.alias_of.slug}": alias for alias in aliases}


def described(page: BriefingPage) -> PlantedPage:
    revisions = page.revisions.order_by("pk").values_list("pk", flat=True)
    return PlantedPage(page.pk, page.relative_url(None) or page.url_path, page.title, list(revisions))


def files_of(page: BriefingPage) -> list[str]:
    """Where the private files of a page are handed out, to whom they are open."""
    numbers = ids_on(page) | ids_on(page.get_latest_revision_as_object())
    return [
        reverse("private_file", args=[page.pk, file.pk, variant])
        for file in PrivateFile.objects.filter(pk__in=numbers)
        for variant in file.variants
    ]
