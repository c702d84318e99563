"""Who a reader is at Stripe."""

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ..models import User
from ..turns import take_turn
from .gateway import payments
from .models import StripeCustomer


@transaction.atomic
def customer_of(reader: User) -> str:
    """Stripe's id, made on the first purchase. Raises `PaymentError`."""
    take_turn(f"customer of reader {reader.pk}")
    known = StripeCustomer.objects.filter(reader=reader, livemode=settings.STRIPE_LIVEMODE)
    found = known.filter(deleted_at=None).first()
    if found is None:
        stripe_id = payments.create_customer(reader=reader, key=key_for(reader, serial=known.count()))
        found = StripeCustomer.objects.create(
            reader=reader, stripe_id=stripe_id, livemode=settings.STRIPE_LIVEMODE
        )
    return found.stripe_id


def key_for(reader: User, *, serial: int) -> str:
    """Another address, or another site on the same account, is another request."""
    facts = f"{urlsplit(settings.BASE_URL).netloc} {reader.pk} {reader.date_joined} {reader.email} {serial}"
    return f"customer:{salted_hmac('accounts.billing.customers', facts, algorithm='sha256').hexdigest()}"


def customer_after(reader: User, gone: str) -> str:
    """Another one, where Stripe knows the last as deleted and nobody told us."""
    if not payments.customer_lives(gone):
        StripeCustomer.objects.filter(stripe_id=gone, deleted_at=None).update(deleted_at=timezone.now())
    return customer_of(reader)
