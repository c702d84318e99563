"""Which private file may leave the house for whom."""

from typing import Any

from insights.access import access_for
from insights.gated import GatedInsights
from insights.models import PrivateFile
from insights.models.private_file import Stored
from insights.standing import Reader

from .desks import usable_by
from .use import ids_in, pages_using


def shown(reader: Reader, page: GatedInsights, *, number: int, variant: str) -> Stored | None:
    """A variant of a file that stands in a section of this page which is open to this reader.

    Whether the file exists is asked last, and only where it may be known.
    """
    opened = access_for(reader, page).opened
    standing = {one for part in opened if part.blocks is not None for one in ids_in(part.blocks.raw_data)}
    if number not in standing:
        return None
    file = PrivateFile.objects.filter(pk=number).first()
    return file.variants.get(variant) if file else None


def shown_in_the_newsroom(person: Any, *, number: int, variant: str) -> Stored | None:
    """For previews and choosers: files of one's desks, and those on pages that one may edit."""
    file = PrivateFile.objects.filter(pk=number).first()
    if file is None or not may_see(person, file):
        return None
    return file.variants.get(variant)


def may_see(person: Any, file: PrivateFile) -> bool:
    if usable_by(person).filter(pk=file.pk).exists():
        return True
    return any(page.permissions_for_user(person).can_edit() for page in pages_using(file))
