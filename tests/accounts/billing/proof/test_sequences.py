"""Every sequence of events that matters ends in one state: whatever came twice, late, or in another order."""

import pytest

from accounts.billing import inbox
from accounts.billing.models import Order, StripeEvent

from . import scenes_of_clubs as scenes_of_clubs
from . import scenes_of_credits as scenes_of_credits
from .playing import SCENES, Scene, perform
from .scenes_of_credits import PAID, a_pack
from .stage import Has, Stage


@pytest.mark.django_db
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_it_ends_the_same_however_the_news_comes(scene: Scene, stage: Stage) -> None:
    perform(scene, stage)


@pytest.mark.django_db
def test_what_a_person_has_worked_again_is_asked_for_again(stage: Stage) -> None:
    """Stripe was asked since, but what was wrong was our row."""
    order = stage.bought(a_pack())
    Order.objects.filter(pk=order.pk).update(amount=900)
    stage.deliver_all()
    assert stage.has("reader") == Has(orders=("parked",))
    Order.objects.filter(pk=order.pk).update(amount=1000)
    event = StripeEvent.objects.get(type="checkout.session.completed")
    inbox.replay(event, by=stage.reader())
    inbox.work(event.pk)
    assert stage.has("reader") == PAID
