"""A reader joins the club: on which terms, and the order that is written down for it."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from ..models import Tier, User
from ..turns import take_turn
from . import orders, rebates
from .ending import seniority
from .errors import NoSuchObject, NotSetUp, PaymentError, Unavailable
from .gateway import clubs, payments
from .models import Order, StripeCustomer, StripePrice, Subscription
from .objects import PromotionCode


class JoinRefused(Exception):
    """Nothing was begun. The text says why, and is for the reader's eyes."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """`price` a month or year and `rebate` off the first payment, in minor units; `trial_days` before it."""

    price: int
    currency: str
    trial_days: int
    rebate: int

    @property
    def first_payment(self) -> int:
        return self.price - self.rebate


def club_of(reader: User) -> Subscription | None:
    """The one that counts, while any of theirs lives at Stripe."""
    living = Subscription.objects.living().filter(reader=reader).select_related("tier", "membership")
    return min(living, key=lambda held: (held.end_because != "", *seniority(held)), default=None)


def terms_for(reader: User, tier: Tier, interval: str, *, now: datetime | None = None) -> Terms:
    """What this reader would be asked today. Raises `NotSetUp` where the tier is not sold so."""
    price = rebates.price_of(tier, interval)
    if not price:
        raise NotSetUp(f"{tier} is not sold by the {interval}")
    rebate = rebate_for(reader, tier, interval, now=now)
    free = trial_days_for(reader, tier)
    if rebate and not rebates.fits(free, interval):
        free = rebates.LONGEST_TRIAL_WITH_REBATE
    return Terms(price=price, currency=tier.currency, trial_days=free, rebate=rebate)


def rebate_for(reader: User, tier: Tier, interval: str, *, now: datetime | None = None) -> int:
    """For credits spent lately, off the first payment, in minor units of the tier's currency."""
    return rebates.rebate_for(reader, tier, interval, now=now)


def trial_days_for(reader: User, tier: Tier) -> int:
    """Once a reader, by whichever of their accounts."""
    had_one = Subscription.objects.filter(reader=reader, trial_end__isnull=False).exists()
    return 0 if had_one else tier.trial_days


def start_club(
    *, reader: User, tier: Tier, interval: str, back_to: str, consent: str, code: str = ""
) -> Order:
    """The order to be paid: the one of a moment ago where it was for the same.

    Stripe takes one discount: of the rebate and a code the one that takes more off the first payment.
    Raises `JoinRefused`, `NotSetUp`, and `PaymentError` where Stripe has to be asked and cannot.
    """
    entered = code_for(reader, tier, interval, code.strip())
    with transaction.atomic():
        take_turn(f"orders of reader {reader.pk}")
        refuse_a_second(reader)
        wanted = order_of(reader, terms_for(reader, tier, interval), tier, interval, entered)
        order = same_as(wanted) or wanted
        close_other_ways_in(reader, order)
        return orders.consented(order, back_to=back_to, consent=consent)


def refuse_a_second(reader: User) -> None:
    if club_of(reader) is not None:
        raise JoinRefused("You are a member already. Change your plan instead.")


def order_of(reader: User, terms: Terms, tier: Tier, interval: str, code: PromotionCode | None) -> Order:
    """Not yet saved."""
    code_wins = code is not None and worth(code, tier, interval) >= terms.rebate
    return Order(
        reader=reader,
        what=Order.What.CLUB,
        tier=tier,
        interval=interval,
        title=f"{tier}, {'yearly' if interval == 'year' else 'monthly'}",
        currency=terms.currency,
        amount=terms.price,
        rebate=0 if code_wins else terms.rebate,
        trial_days=terms.trial_days,
        promotion_code=code.code if code is not None and code_wins else "",
        livemode=settings.STRIPE_LIVEMODE,
    )


SAME = ("tier", "interval", "rebate", "trial_days", "promotion_code")


def same_as(wanted: Order) -> Order | None:
    return orders.same_as(wanted).filter(**{name: getattr(wanted, name) for name in SAME}).first()


def close_other_ways_in(reader: User, order: Order) -> None:
    """Of two plans in two tabs only the later can still be paid."""
    others = orders.open_orders_of(reader).filter(what=Order.What.CLUB).exclude(pk=order.pk)
    for other in others:
        take_turn(f"order {other.key}")
        other.refresh_from_db()
        if other.session_id:
            expire(other)
        else:
            other.state = Order.State.EXPIRED
            other.save(update_fields=["state"])


def expire(other: Order) -> None:
    """Stripe's event about it settles the order. One that was paid meanwhile cannot be expired."""
    try:
        payments.expire_session(other.session_id)
    except (Unavailable, NotSetUp):
        raise
    except NoSuchObject:
        return
    except PaymentError:
        if payments.session(other.session_id).status == "complete":
            raise JoinRefused("Your payment is on its way: your membership begins in a moment.") from None


def code_for(reader: User, tier: Tier, interval: str, code: str) -> PromotionCode | None:
    if not code:
        return None
    found = clubs.promotion_code(code)
    if found is None or not is_for(found, reader) or not worth(found, tier, interval):
        raise JoinRefused("This code is not, or is no longer, good for this membership.")
    return found


def is_for(code: PromotionCode, reader: User) -> bool:
    if code.first_time_only and Order.objects.paid().filter(reader=reader).exists():
        return False
    if code.customer_id is None:
        return True
    return StripeCustomer.objects.filter(reader=reader, stripe_id=code.customer_id).exists()


def worth(code: PromotionCode, tier: Tier, interval: str) -> int:
    """What it takes off the first payment, in minor units."""
    price = StripePrice.objects.filter(
        tier=tier,
        interval=interval,
        currency=tier.currency,
        livemode=settings.STRIPE_LIVEMODE,
        active=True,
    ).first()
    if price is None:
        return 0
    return rebates.taken_off(code, amount=price.amount, currency=price.currency, product_id=price.product_id)
