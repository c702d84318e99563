"""What money knows of a reader who leaves: what nobody needs any more goes, what the law wants kept stays.

Receipts keep the buyer's name and address for as long as a tax office may ask for them, and a withdrawal
keeps what was declared. Both are shown to nobody but staff who may read orders.
"""

from django.db.models import Q

from ..models import User
from .models import Gift, StripeCustomer, StripeEvent

WAITING = StripeEvent.State.WAITING


def forget(reader: User) -> None:
    """Words and names on gifts that have arrived, and what Stripe told of the reader in settled events."""
    given = Gift.objects.filter(order__reader=reader, claimed_at__isnull=False)
    given.update(giver_name="", recipient_name="", recipient_email="", message="")
    customers = list(StripeCustomer.objects.filter(reader=reader).values_list("stripe_id", flat=True))
    told = Q(object_id__in=customers) | Q(payload__data__object__customer__in=customers)
    StripeEvent.objects.exclude(state=WAITING).filter(told).update(payload={})
