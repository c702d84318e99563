from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class LedgerAudit(models.Model):
    """One run of the audit, and what it found. `marks` name the findings that somebody has been told of."""

    started_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, editable=False)
    transactions = models.BigIntegerField(default=0, editable=False)
    sealed = models.BigIntegerField(default=0, editable=False)
    differences = models.PositiveIntegerField(default=0, editable=False)
    first_difference = models.TextField(blank=True, editable=False)
    marks = models.JSONField(default=list, editable=False)
    wallets_frozen = models.JSONField(default=list, editable=False)

    class Meta:
        ordering = ["-pk"]
        get_latest_by = "pk"
        constraints = [
            models.CheckConstraint(
                name="an_audit_names_what_it_found",
                condition=Q(differences=0, first_difference="")
                | (Q(differences__gt=0) & ~Q(first_difference="")),
            ),
        ]

    def __str__(self) -> str:
        return f"audit {self.pk}: {self.first_difference or 'the ledger agrees'}"
