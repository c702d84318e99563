"""What staff ask of the ledger: one row an act, with who asked, who agreed and what came of it."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone

from credits.models import LedgerTransaction, LotKind

from .user import User

# What one person moves for one reader within a day, before a second person has to agree.
ALONE = 100
A_DAY = timedelta(hours=24)
BY_COMMAND = Q(asked_by=None)


class StaffPostingQuerySet(models.QuerySet["StaffPosting"]):
    def waiting(self) -> Self:
        return self.filter(posted__isnull=True, declined_at__isnull=True)

    def alone_today(self, *, asked_by: User, reader: User) -> int:
        """Credits this person moved for this reader within a day, with nobody else agreeing."""
        lately = self.filter(asked_by=asked_by, reader=reader, asked_at__gt=timezone.now() - A_DAY)
        return int(lately.filter(waits_because="").aggregate(n=Sum("amount", default=0))["n"])


class StaffPosting(models.Model):
    """Asked by nobody: by a command, at the machine. It waits for nobody and is posted at once."""

    class What(models.TextChoices):
        GRANT = "grant", "Grant"
        REVERSAL = "reversal", "Reversal"

    class Wait(models.TextChoices):
        AMOUNT = "amount", f"It moves more than {ALONE} credits"
        DAY = "day", f"With what the same person moved for this reader within a day, it is more than {ALONE}"
        OWN = "own", "It is the wallet of the person who asks"

    key = models.UUIDField(unique=True, editable=False)
    what = models.CharField(max_length=8, choices=What)
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reverses = models.ForeignKey(LedgerTransaction, on_delete=models.PROTECT, null=True, related_name="+")
    amount = models.PositiveIntegerField(help_text="Credits it moves.")
    kind = models.CharField(max_length=12, choices=LotKind, blank=True)
    expires_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200)
    waits_because = models.CharField(max_length=6, choices=Wait, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    declined_at = models.DateTimeField(null=True)
    declined_because = models.CharField(max_length=200, blank=True)
    posted = models.OneToOneField(LedgerTransaction, on_delete=models.PROTECT, null=True, related_name="+")

    objects = StaffPostingQuerySet.as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        default_permissions = ()
        permissions = [
            ("view_staffposting", "Can read the ledger"),
            ("grant_staffposting", "Can grant credits"),
            ("reverse_staffposting", "Can reverse transactions"),
            ("approve_staffposting", "Can approve what others ask of the ledger"),
        ]
        constraints = [
            models.CheckConstraint(
                name="staff_posting_says_what",
                condition=Q(what="grant", reverses=None, kind__in=LotKind.values)
                | Q(what="reversal", reverses__isnull=False, kind="", expires_at=None),
            ),
            models.CheckConstraint(
                name="staff_posting_moves_credits_for_a_reason", condition=Q(amount__gt=0) & ~Q(reason="")
            ),
            models.CheckConstraint(
                name="staff_posting_of_paid_credits_never_expires",
                condition=~Q(kind=LotKind.PAID) | Q(expires_at=None),
            ),
            models.CheckConstraint(
                name="staff_posting_of_many_credits_waits",
                condition=BY_COMMAND | Q(amount__lte=ALONE) | ~Q(waits_because=""),
            ),
            models.CheckConstraint(
                name="staff_posting_to_oneself_waits",
                condition=BY_COMMAND | ~Q(asked_by=F("reader")) | ~Q(waits_because=""),
            ),
            models.CheckConstraint(
                name="staff_posting_waits_or_is_posted",
                condition=Q(waits_because="", posted__isnull=False, approved_by=None)
                | ~BY_COMMAND & ~Q(waits_because=""),
            ),
            models.CheckConstraint(
                name="staff_posting_that_waits_is_posted_by_approval",
                condition=Q(waits_because="")
                | Q(posted=None, approved_by=None, approved_at=None)
                | Q(posted__isnull=False, approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="staff_posting_is_approved_by_somebody_else",
                condition=Q(approved_by=None) | ~Q(approved_by=F("asked_by")) & ~Q(approved_by=F("reader")),
            ),
            models.CheckConstraint(
                name="staff_posting_has_one_outcome",
                condition=Q(declined_by=None, declined_at=None, declined_because="")
                | Q(declined_by__isnull=False, declined_at__isnull=False, posted=None)
                & ~Q(declined_because=""),
            ),
            models.UniqueConstraint(
                fields=["reverses"],
                condition=Q(declined_at=None, reverses__isnull=False),
                name="one_staff_posting_reverses_a_transaction",
            ),
        ]

    def __str__(self) -> str:
        # No address: this is copied into the audit log, which outlives accounts.
        return f"{self.get_what_display()} of {self.amount:,}"

    @property
    def waiting(self) -> bool:
        return self.posted_id is None and self.declined_at is None
