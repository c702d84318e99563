from django.db import models

from ...models.user import User


class StripeCustomer(models.Model):
    """A reader at Stripe. One who was merged brings theirs along; the newest that lives is used."""

    reader = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stripe_customers")
    stripe_id = models.CharField(max_length=255, unique=True)
    livemode = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.stripe_id
