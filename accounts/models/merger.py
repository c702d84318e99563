from django.db import models
from django.utils import timezone

from .user import User


class Merger(models.Model):
    """One reader turned out to be another: who, into whom, when, by whom and why."""

    source = models.OneToOneField(User, on_delete=models.PROTECT, related_name="merger")
    target = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    reason = models.CharField(max_length=200, blank=True, help_text="Emptied when the reader leaves.")
    merged_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.source_id} into {self.target_id}"
