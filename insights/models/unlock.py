from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from credits.models import LedgerTransaction


class UnlockQuerySet(models.QuerySet["Unlock"]):
    def standing(self) -> Self:
        """Those that open something now: given, or paid for by a spend that was not taken back."""
        return self.filter(transaction__reversed_by__isnull=True)


class Unlock(models.Model):
    """A reader's right to a briefing's insights, for good: who, when, and how it came about."""

    class Reason(models.TextChoices):
        UNLOCKED = "unlocked", "Unlocked"
        GIFT = "gift", "Given"

    class Way(models.TextChoices):
        FORM = "form", "On the page"
        WISH = "wish", "Wished for at sign-up"
        STAFF = "staff", "By staff"

    reader = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="unlocks", db_index=False
    )
    briefing_key = models.UUIDField()
    title = models.CharField(max_length=255, help_text="The headline on the day, kept if the page goes.")
    reason = models.CharField(max_length=8, choices=Reason, default=Reason.UNLOCKED)
    way = models.CharField(max_length=5, choices=Way, default=Way.FORM)
    price = models.PositiveSmallIntegerField(help_text="In credits.")
    transaction = models.OneToOneField(
        LedgerTransaction, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    unlocked_at = models.DateTimeField(default=timezone.now)

    # A list of Wagtail's, row by row, of what refers to what, for editors.
    wagtail_reference_index_ignore = True

    objects = UnlockQuerySet.as_manager()

    class Meta:
        ordering = ["-unlocked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "briefing_key"], name="one_unlock_a_reader_and_briefing"
            ),
            models.CheckConstraint(
                condition=Q(reason="gift", price=0, transaction=None)
                | Q(reason="unlocked", price__gt=0, transaction__isnull=False),
                name="an_unlock_is_paid_for_or_given",
            ),
        ]
        indexes = [
            models.Index(fields=["reader", "-unlocked_at"], name="unlocks_of_a_reader"),
            models.Index(fields=["briefing_key"], name="unlocks_of_a_briefing"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.reason})"

    @property
    def stands(self) -> bool:
        return self.transaction is None or not hasattr(self.transaction, "reversed_by")


class Opening(models.Model):
    """A briefing that a member's standing opened free: recorded once, the first time."""

    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="openings")
    briefing_key = models.UUIDField()
    reason = models.CharField(max_length=8)
    opened_at = models.DateTimeField(default=timezone.now)

    wagtail_reference_index_ignore = True

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reader", "briefing_key"], name="one_opening_a_reader_and_briefing"
            )
        ]
        indexes = [models.Index(fields=["briefing_key"], name="openings_of_a_briefing")]

    def __str__(self) -> str:
        return f"{self.briefing_key} ({self.reason})"
