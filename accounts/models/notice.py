from django.db import models
from django.utils import timezone

from credits.models import LotMovement

from .user import User


class ExpiryNotice(models.Model):
    """A reader was told, so many days before, that credits expire.

    It is kept for what filled the lot from empty: its grant, or a reversal that came back to it after all
    was spent. A lot filled again is told of again.
    """

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filled_by = models.ForeignKey(LotMovement, on_delete=models.PROTECT, related_name="+", db_index=False)
    days = models.PositiveSmallIntegerField()
    credits = models.BigIntegerField()
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["filled_by", "days"], name="one_notice_a_filling_and_threshold"),
        ]

    def __str__(self) -> str:
        return f"{self.credits} credits, {self.days} days before"
