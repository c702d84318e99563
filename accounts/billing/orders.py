"""An order is written down, committed, and only then does Stripe hear of it."""

from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from ..models import Pack, User
from ..turns import take_turn
from . import customers, gifts
from .errors import NoSuchObject, NotSetUp
from .gateway import clubs, payments
from .models import Order, StripePrice
from .objects import Session, SessionRequest
from .rebates import coupon_months

# The ledger posts a million credits at most, and a pack holds a tenth of that.
MOST_OF_A_PACK = 10
# Shorter than a session and an idempotency key live, which is a day.
GONE_ON_WITH = timedelta(hours=20)
REBATE = "For credits you spent"


@transaction.atomic
def start_pack(
    *, reader: User, pack: Pack, currency: str, back_to: str, consent: str, quantity: int = 1
) -> Order:
    """The order to be paid: the one of a moment ago where it was for the same (two tabs, a double click).

    Raises `NotSetUp` where the pack cannot be sold in that currency.
    """
    take_turn(f"orders of reader {reader.pk}")
    wanted = order_of(reader, pack, currency, quantity, what=Order.What.PACK)
    order = same_as(wanted).first() or wanted
    return consented(order, back_to=back_to, consent=consent)


@transaction.atomic
def start_gift(
    *,
    reader: User,
    pack: Pack,
    currency: str,
    back_to: str,
    consent: str,
    giver_name: str,
    recipient_name: str,
    recipient_email: str,
    message: str,
    deliver_on: date,
    quantity: int = 1,
) -> Order:
    """As `start_pack`; the gift is written down with it. Another word to the recipient is another gift."""
    take_turn(f"orders of reader {reader.pk}")
    wanted = order_of(reader, pack, currency, quantity, what=Order.What.GIFT)
    same = same_as(wanted).filter(
        gift__giver_name=giver_name,
        gift__recipient_name=recipient_name,
        gift__recipient_email=recipient_email.lower(),
        gift__message=message,
        gift__deliver_on=deliver_on,
    )
    if found := same.first():
        return consented(found, back_to=back_to, consent=consent)
    order = consented(wanted, back_to=back_to, consent=consent)
    gifts.prepare(
        order,
        giver_name=giver_name,
        recipient_name=recipient_name,
        recipient_email=recipient_email,
        message=message,
        deliver_on=deliver_on,
    )
    return order


def order_of(reader: User, pack: Pack, currency: str, quantity: int, *, what: Order.What) -> Order:
    """What it is and costs today, not yet saved."""
    price = pack.price_in(currency)
    if not pack.active or price is None or not 1 <= quantity <= MOST_OF_A_PACK:
        raise NotSetUp(f"{quantity} of {pack} are not sold in {currency}")
    return Order(
        reader=reader,
        what=what,
        pack=pack,
        title=pack.name if quantity == 1 else f"{quantity} × {pack.name}",
        quantity=quantity,
        credits=pack.credits * quantity,
        bonus=pack.bonus * quantity,
        bonus_days=pack.bonus_days,
        currency=currency,
        amount=price.amount * quantity,
        livemode=settings.STRIPE_LIVEMODE,
    )


SAME = (
    "what",
    "pack",
    "title",
    "quantity",
    "credits",
    "bonus",
    "bonus_days",
    "currency",
    "amount",
    "livemode",
)


def same_as(wanted: Order) -> QuerySet[Order]:
    return open_orders_of(wanted.reader).filter(**{name: getattr(wanted, name) for name in SAME})


def open_orders_of(reader: User) -> QuerySet[Order]:
    """Those that can still be paid by the session they have, or are yet to have."""
    since = timezone.now() - GONE_ON_WITH
    return Order.objects.filter(reader=reader, state=Order.State.STARTED, created_at__gt=since)


def open_order_of(reader: User, *, what: Order.What) -> Order | None:
    return open_orders_of(reader).filter(what=what).first()


def consented(order: Order, *, back_to: str, consent: str) -> Order:
    order.back_to, order.consent, order.consented_at = back_to, consent, timezone.now()
    order.save()
    return order


def checkout_url(order: Order) -> str:
    """Where to send the reader: Stripe's page, or our own where nothing is left to be paid.

    The same order has the same session, however often it is asked for and wherever the answer was lost.
    Raises `Unavailable`, `NotSetUp`, `PaymentError`.
    """
    customer_id = customers.customer_of(order.reader)
    with transaction.atomic():
        take_turn(f"order {order.key}")
        order.refresh_from_db()
        if order.state != Order.State.STARTED:
            return page_of(order)
        session = payments.session(order.session_id) if order.session_id else begin(order, customer_id)
        if order.session_id != session.id:
            order.session_id = session.id
            order.save(update_fields=["session_id"])
    is_open = session.status == "open" and session.url
    return session.url if is_open else page_of(order)


def begin(order: Order, customer_id: str) -> Session:
    try:
        return payments.create_session(request_for(order, customer_id), key=f"order:{order.key}")
    except NoSuchObject:
        another = customers.customer_after(order.reader, customer_id)
        if another == customer_id:
            raise
        return payments.create_session(request_for(order, another), key=f"order:{order.key}:{another}")


def request_for(order: Order, customer_id: str) -> SessionRequest:
    is_club = order.what == Order.What.CLUB
    coupon_id = coupon_for(order) if order.rebate else None
    code = clubs.promotion_code(order.promotion_code) if order.promotion_code else None
    return SessionRequest(
        mode="subscription" if is_club else "payment",
        order_key=str(order.key),
        customer_id=customer_id,
        price_id=price_of(order).stripe_id,
        quantity=order.quantity,
        success_url=f"{settings.BASE_URL}{page_of(order)}?returning=1",
        cancel_url=f"{settings.BASE_URL}{shop_of(order)}?{urlencode({'cancelled': str(order.key)})}",
        trial_days=order.trial_days,
        coupon_id=coupon_id,
        promotion_code_id=code.id if code else None,
        allow_codes=coupon_id is None and code is None,
    )


def coupon_for(order: Order) -> str:
    return clubs.create_coupon(
        amount=order.rebate,
        currency=order.currency,
        name=REBATE,
        key=f"rebate:{order.key}",
        months=coupon_months(order.trial_days),
    )


def price_of(order: Order) -> StripePrice:
    """Stripe's price must be ours: an order is not sent off to be paid at another."""
    found = StripePrice.objects.filter(
        pack=order.pack,
        tier=order.tier,
        interval=order.interval,
        currency=order.currency,
        livemode=order.livemode,
        active=True,
    ).first()
    if found is None or found.amount * order.quantity != order.amount:
        raise NotSetUp(f"{order.title} costs something else at Stripe, or is not sold there")
    return found


def page_of(order: Order) -> str:
    return reverse("order", args=[order.key])


def shop_of(order: Order) -> str:
    shops = {Order.What.PACK: "buy_credits", Order.What.GIFT: "give_credits", Order.What.CLUB: "club"}
    return reverse(shops[Order.What(order.what)])
