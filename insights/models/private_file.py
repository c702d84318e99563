import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from wagtail.models import Page

DOCUMENT = "document"
WEBP = "image/webp"


@dataclass(frozen=True)
class Stored:
    """One file as the private storage keeps it, and as it leaves the house."""

    name: str
    content_type: str
    download: str = ""


class PrivateFile(models.Model):
    """An exhibit or an attachment of an insight section. Its bytes never change, and no one but its checked
    address hands them out. Only the desk it is filed at may choose it."""

    class Kind(models.TextChoices):
        EXHIBIT = "exhibit", "Exhibit"
        ATTACHMENT = "attachment", "Attachment"

    kind = models.CharField(max_length=10, choices=Kind, editable=False)
    title = models.CharField(max_length=120, help_text="For the newsroom. Readers never see it.")
    desk = models.ForeignKey(
        Page,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Whoever writes for this desk can use the file.",
    )
    folder = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField("file name", max_length=120, blank=True, editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(default=0, editable=False, help_text="In bytes, of a document.")
    widths = ArrayField(models.PositiveSmallIntegerField(), default=list, editable=False)
    width = models.PositiveSmallIntegerField(default=0, editable=False)
    height = models.PositiveSmallIntegerField(default=0, editable=False)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", editable=False
    )
    uploaded_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["-uploaded_at", "-pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def variants(self) -> dict[str, Stored]:
        """What can be asked for, by the last part of its address."""
        if self.kind == self.Kind.ATTACHMENT:
            return {DOCUMENT: Stored(f"{self.folder}/{DOCUMENT}", self.content_type, download=self.name)}
        return {f"{width}.webp": Stored(f"{self.folder}/{width}.webp", WEBP) for width in self.widths}

    @property
    def smallest(self) -> str:
        return next(iter(self.variants), "")

    @property
    def largest(self) -> str:
        return next(reversed(self.variants), "")

    @property
    def extension(self) -> str:
        return self.name.rpartition(".")[2].upper()
