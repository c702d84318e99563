"""Where private files lie: a storage of their own, which has no address."""

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver
from django.utils.text import get_valid_filename, slugify
from wagtail.models import Page

from accounts.models import User
from insights.models import PrivateFile
from insights.models.private_file import DOCUMENT, WEBP

from .content import Content
from .pictures import Drawn

PRIVATE = "private"
NAME_KEPT = 100


def private_storage() -> Storage:
    return storages[PRIVATE]


@dataclass(frozen=True)
class Filed:
    """What the newsroom calls a file, where it is filed, and who brought it."""

    title: str
    desk: Page | None
    by: User | None = None


def add_exhibit(drawn: list[Drawn], *, filed: Filed) -> PrivateFile:
    file = begun(PrivateFile.Kind.EXHIBIT, filed)
    file.content_type, file.widths = WEBP, [one.width for one in drawn]
    file.width, file.height = drawn[-1].width, drawn[-1].height
    return keep(file, {f"{file.folder}/{one.width}.webp": ContentFile(one.webp) for one in drawn})


def add_attachment(upload: BinaryIO, *, content: Content, name: str, filed: Filed) -> PrivateFile:
    file = begun(PrivateFile.Kind.ATTACHMENT, filed)
    file.content_type, file.name = content.content_type, named(name, content.extension, file.folder)
    upload.seek(0)
    kept = ContentFile(upload.read())
    file.size = kept.size
    return keep(file, {f"{file.folder}/{DOCUMENT}": kept})


def begun(kind: PrivateFile.Kind, filed: Filed) -> PrivateFile:
    return PrivateFile(kind=kind, title=filed.title, desk=filed.desk, uploaded_by=filed.by)


def named(name: str, extension: str, folder: UUID) -> str:
    """The uploader's name for it, made harmless, with the extension that its content asks for."""
    stem = slugify(PurePath(name.replace("\\", "/")).stem)[:NAME_KEPT]
    return get_valid_filename(f"{stem or folder.hex[:8]}.{extension}")


def keep(file: PrivateFile, parts: dict[str, ContentFile[bytes]]) -> PrivateFile:
    """Bytes first: a row never points at nothing."""
    for name, part in parts.items():
        private_storage().save(name, part)
    file.save()
    return file


@receiver(post_delete, sender=PrivateFile)
def throw_away(instance: PrivateFile, **kwargs: Any) -> None:
    names = [stored.name for stored in instance.variants.values()]
    transaction.on_commit(partial(delete_bytes, names))


def delete_bytes(names: list[str]) -> None:
    for name in names:
        private_storage().delete(name)
