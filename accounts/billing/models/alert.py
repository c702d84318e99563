from django.db import models
from django.db.models import Q
from django.utils import timezone


class BillingAlert(models.Model):
    """Somebody has to look at something about money, and is told of it once. It names no person."""

    key = models.CharField(max_length=200, unique=True)
    subject = models.CharField(max_length=200)
    text = models.TextField()
    raised_at = models.DateTimeField(default=timezone.now)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-raised_at", "-pk"]
        default_permissions = ()
        indexes = [models.Index(fields=["raised_at"], condition=Q(mailed_at=None), name="alert_to_mail")]

    def __str__(self) -> str:
        return self.subject
