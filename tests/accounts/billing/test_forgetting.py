"""Of a reader who leaves stays what tax and contract law want kept, and nothing else that money knows."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.billing import gifts
from accounts.billing.models import Gift, Receipt, StripeCustomer, StripeEvent
from accounts.closing import close_account
from accounts.models import User

from ..conftest import make_reader
from ..test_closing import places_of
from .test_gifts import gift_of

pytestmark = pytest.mark.django_db
State = StripeEvent.State
WORDS = ("R. Eader", "A Friend", "friend@example.com", "With thanks", "cus_leaving", "told@example.com")


def told(name: str, state: State, **thing: Any) -> StripeEvent:
    return StripeEvent.objects.create(
        stripe_id=name,
        type="customer.updated",
        livemode=False,
        happened_at=timezone.now(),
        payload={"data": {"object": {"email": "told@example.com", **thing}}},
        state=state,
        settled_at=None if state == State.WAITING else timezone.now(),
    )


def test_a_gift_that_arrived_and_settled_events_say_nothing_more(reader: User) -> None:
    StripeCustomer.objects.create(reader=reader, stripe_id="cus_leaving", livemode=False)
    gifts.claim(gift_of(reader), reader=make_reader("claimer@example.com"))
    told("evt_1", State.DONE, customer="cus_leaving")
    told("evt_2", State.IGNORED, customer="cus_leaving")
    kept = told("evt_3", State.WAITING, customer="cus_leaving")
    others = told("evt_4", State.DONE, customer="cus_other")
    close_account(reader)
    told_still = set(StripeEvent.objects.exclude(payload={}).values_list("pk", flat=True))
    assert told_still == {kept.pk, others.pk}
    assert [place for word in WORDS[:4] for place in places_of(word)] == []


def test_a_gift_that_is_still_to_be_claimed_can_be(reader: User) -> None:
    gift = gift_of(reader)
    close_account(reader)
    assert Gift.objects.get(pk=gift.pk).recipient_email == "friend@example.com"
    assert not Receipt.objects.exists()
