from django.db import models
from django.db.models import Q

from credits.models import LedgerAccount

from ...models.user import User
from .order import Order


class Gift(models.Model):
    """A pack for a named person. Its credits wait in a wallet of their own until the link is followed.

    Whoever has the link has the gift: it is not bound to the address that it was sent to.
    """

    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="gift")
    wallet = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+")
    token_digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what the link holds.")
    giver_name = models.CharField(max_length=100)
    recipient_name = models.CharField(max_length=100)
    recipient_email = models.EmailField()
    message = models.TextField(max_length=1000, blank=True)
    deliver_on = models.DateField()
    sent_at = models.DateTimeField(null=True)
    send_attempts = models.PositiveSmallIntegerField(default=0)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="gifts_claimed")
    claimed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                name="gift_is_claimed_by_somebody",
                condition=Q(claimed_by=None, claimed_at=None)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        # No name: this is copied into logs.
        return f"Gift of order {self.order_id}"
