from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ...models.user import User


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self, at: datetime | None = None) -> Self:
        return self.filter(state=StripeEvent.State.WAITING, next_try_at__lte=at or timezone.now())

    def parked(self) -> Self:
        return self.filter(state=StripeEvent.State.PARKED)


class StripeEvent(models.Model):
    """The inbox. An event is stored before it is answered for, and worked afterwards, once or again."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        IGNORED = "ignored", "Not ours"
        PARKED = "parked", "Waits for a person"

    stripe_id = models.CharField(max_length=255, unique=True)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    api_version = models.CharField(max_length=40, blank=True)
    livemode = models.BooleanField()
    happened_at = models.DateTimeField(help_text="By Stripe's clock.")
    payload = models.JSONField()
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    why = models.CharField(max_length=300, blank=True, help_text="The last trouble, or why it was left.")
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    received_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    replayed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-received_at", "-pk"]
        default_permissions = ()
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="waiting"), name="event_by_next_try"),
            models.Index(fields=["object_id"], name="event_by_object"),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_is_settled_or_waits",
                condition=Q(state="waiting", settled_at=None)
                | ~Q(state="waiting") & Q(settled_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stripe_id}"
