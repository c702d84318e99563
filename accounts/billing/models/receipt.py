from django.db import models
from django.db.models import Q
from django.utils import timezone

from ...models.user import User
from .order import Order
from .subscription import Subscription


class ReceiptCounter(models.Model):
    """The last number of a year. Locked while the next is taken, so that no number is missing."""

    year = models.PositiveSmallIntegerField(unique=True)
    last = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class Receipt(models.Model):
    """A payment or a refund on paper. It is never changed: a credit note corrects it.

    ``lines`` are dicts of text, quantity, net, tax, total and tax_lines (label, rate, amount, inclusive);
    ``buyer`` of name, email, country, address (a list of lines) and vat_ids. Amounts in minor units.
    """

    class Kind(models.TextChoices):
        RECEIPT = "receipt", "Receipt"
        CREDIT_NOTE = "credit", "Credit note"

    number = models.CharField(max_length=30, unique=True)
    kind = models.CharField(max_length=7, choices=Kind)
    source = models.CharField(
        max_length=255, unique=True, help_text="What it is for: order:…, invoice:… or refund:…"
    )
    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="receipts")
    order = models.ForeignKey(Order, on_delete=models.PROTECT, null=True, related_name="receipts")
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, null=True, related_name="receipts"
    )
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="corrections")
    issued_at = models.DateTimeField(default=timezone.now)
    currency = models.CharField(max_length=3)
    net = models.IntegerField()
    tax = models.IntegerField()
    total = models.IntegerField()
    lines = models.JSONField()
    buyer = models.JSONField()
    mailed_at = models.DateTimeField(null=True)
    mail_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["-issued_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["issued_at"], condition=Q(mailed_at=None), name="receipt_to_mail")]
        constraints = [
            models.CheckConstraint(
                name="receipt_adds_up", condition=Q(total=models.F("net") + models.F("tax"))
            ),
            models.CheckConstraint(
                name="credit_note_corrects_a_receipt",
                condition=Q(kind="receipt", corrects=None) | Q(kind="credit", corrects__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number
