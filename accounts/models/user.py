from typing import Any

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Lower

from credits.ledger import open_wallet
from credits.models import LedgerAccount


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> "User":
        user = self.model(email=email, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractUser):
    """A person known by an email address. Every one owns a wallet from the first save on."""

    username = None  # type: ignore[assignment]
    email = models.EmailField("email address", unique=True)
    wallet = models.OneToOneField(LedgerAccount, on_delete=models.PROTECT, related_name="+", editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="merged_from", editable=False
    )

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()  # type: ignore[assignment, misc]

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_an_address"),
            models.CheckConstraint(
                name="whoever_is_merged_is_closed",
                condition=Q(merged_into__isnull=True)
                | (Q(closed_at__isnull=False) & ~Q(merged_into=F("id"))),
            ),
        ]

    @property
    def by_now(self) -> "User":
        """Who this reader is by now: the one they were merged into, at last."""
        reader, passed = self, set[int]()
        while reader.merged_into is not None and reader.pk not in passed:
            passed.add(reader.pk)
            reader = reader.merged_into
        return reader

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.lower()
        with transaction.atomic():
            if not self.wallet_id:
                self.wallet = open_wallet()
            super().save(*args, **kwargs)
