"""What a scene is played on: readers, the site, the local Stripe, and news that waits to be delivered."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone

from accounts.billing import handlers, inbox, webhooks, withdrawing
from accounts.billing.models import Order, Receipt, StripeCustomer, StripeEvent, Subscription
from accounts.billing.standing import GRACE
from accounts.billing.subscribing import sync_subscription
from accounts.models import Pack, Tier, User
from articles.models import BriefingPage
from briefings_site.demo.stripe.delivery import signature
from credits.audit import audit
from credits.models import AccountFreeze
from credits.statements import lots, owed
from insights.models import Unlock
from insights.unlocks import Intent, unlock
from tests.emulator import WEBHOOK_SECRET, Emulator
from tests.newsroom import Newsroom, open_newsroom

from ...conftest import make_reader
from .. import club_till, till

real_now = timezone.now


@dataclass(frozen=True, kw_only=True)
class Has:
    """What a reader ends with. `member`: until when, in words; empty where no paid membership is live.

    `receipts` in the order of their numbers, below zero for credit notes, in minor units; None: any.
    """

    paid: int = 0
    promotional: int = 0
    owes: int = 0
    on_hold: bool = False
    unlocks: int = 0
    member: str = ""
    orders: tuple[str, ...] = ()
    clubs: tuple[str, ...] = ()
    receipts: tuple[int, ...] | None = ()


RENEWED = "a week after the next payment is due"
REFUSED = "a week after the last was refused"
CANCELLED = "the end of what is paid"


@dataclass(frozen=True, kw_only=True)
class News:
    """An event to be posted. Two with one `id` are one event that came twice."""

    id: str
    type: str
    body: str

    @property
    def concerns_us(self) -> bool:
        return self.type in handlers.HANDLERS

    def told_again_as_another(self) -> "News":
        """Stripe may make two events of one thing that happened."""
        told = json.loads(self.body)
        told["id"] = f"evt_{uuid4().hex}"
        return News(id=told["id"], type=self.type, body=json.dumps(told))


@dataclass
class Stage:
    emulator: Emulator
    monkeypatch: pytest.MonkeyPatch
    readers: dict[str, User] = field(default_factory=dict)
    waiting: list[News] = field(default_factory=list)
    delivered: list[News] = field(default_factory=list)
    ahead: timedelta = timedelta(0)
    newsroom: Newsroom | None = None

    # Who and what there is

    def reader(self, name: str = "reader") -> User:
        if name not in self.readers:
            self.readers[name] = make_reader(f"{name}@example.com")
        return User.objects.get(pk=self.readers[name].pk)

    def briefing(self, price: int) -> BriefingPage:
        self.newsroom = self.newsroom or open_newsroom()
        return self.newsroom.file(f"A briefing for {price} {uuid4().hex[:6]}", price=price)

    # What readers do

    def buy(self, pack: Pack, *, by: str = "reader", quantity: int = 1) -> Order:
        """An order, and its session open at Stripe."""
        return till.begin(self.reader(by), pack, quantity=quantity)

    def bought(self, pack: Pack, *, by: str = "reader", **buyer: Any) -> Order:
        return self.pay(self.buy(pack, by=by), **buyer)

    def pay(self, order: Order, **buyer: Any) -> Order:
        self.emulator.pay(order.session_id, **buyer)
        return order

    def join(self, tier: Tier, *, by: str = "reader", interval: str = "month") -> Order:
        """An order, and its session open at Stripe."""
        return club_till.begin(self.reader(by), tier, interval)

    def joined(self, tier: Tier, *, by: str = "reader", **how: Any) -> Order:
        return self.pay(self.join(tier, by=by, **how))

    def unlock(self, page: BriefingPage, *, by: str = "reader") -> None:
        unlock(reader=self.reader(by), page=page, intent=Intent(price=page.price))

    # What is done at Stripe

    def intent_of(self, order: Order) -> str:
        session = till.at_stripe().v1.checkout.sessions.retrieve(order.session_id)
        return str(session.payment_intent)

    def charge_of(self, order: Order) -> str:
        return str(till.at_stripe().v1.payment_intents.retrieve(self.intent_of(order)).latest_charge)

    def pay_back(self, order: Order, amount: int | None = None) -> str:
        params: dict[str, Any] = {"payment_intent": self.intent_of(order)}
        if amount is not None:
            params["amount"] = amount
        return till.at_stripe().v1.refunds.create(params).id  # type: ignore[arg-type]

    def subscription_of(self, order: Order) -> str:
        session = till.at_stripe().v1.checkout.sessions.retrieve(order.session_id)
        return str(session.subscription)

    def club_intent(self, order: Order) -> str:
        """Of the payment of its latest invoice."""
        asked: Any = {"subscription": self.subscription_of(order), "expand": ["data.payments"], "limit": 1}
        latest = till.at_stripe().v1.invoices.list(asked).data[0]
        assert latest.payments is not None
        return str(latest.payments.data[0].payment.payment_intent)

    def pay_club_back(self, order: Order, amount: int) -> None:
        till.at_stripe().v1.refunds.create({"payment_intent": self.club_intent(order), "amount": amount})

    def dispute_club(self, order: Order) -> str:
        charge = till.at_stripe().v1.payment_intents.retrieve(self.club_intent(order)).latest_charge
        return self.emulator.dispute(str(charge))

    def change_club(self, order: Order, **changes: Any) -> None:
        changes = {"proration_behavior": "always_invoice"} | changes if "items" in changes else changes
        till.at_stripe().v1.subscriptions.update(self.subscription_of(order), changes)  # type: ignore[arg-type]

    def switch(self, order: Order, tier: Tier, interval: str = "month") -> None:
        held = till.at_stripe().v1.subscriptions.retrieve(self.subscription_of(order))
        item = held["items"].data[0].id
        self.change_club(order, items=[{"id": item, "price": club_till.price_of(tier, interval)}])

    def customer(self, by: str = "reader") -> str:
        return StripeCustomer.objects.filter(reader=self.reader(by)).latest("pk").stripe_id

    def pass_days(self, days: float) -> None:
        """At Stripe and here."""
        self.emulator.advance(days=days)
        self.ahead += timedelta(days=days)
        ahead = self.ahead
        self.monkeypatch.setattr(timezone, "now", lambda: real_now() + ahead)

    # News

    def tell(self, kind: str, thing: dict[str, Any], **facts: Any) -> None:
        """News that the local Stripe would not tell."""
        told = {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "type": kind,
            "api_version": "2026-10-28.endive",
        }
        told |= {"created": int(timezone.now().timestamp()), "livemode": False, "data": {"object": thing}}
        told |= {"api_version": "2026-10-28.endive", **facts}
        self.waiting.append(News(id=told["id"], type=kind, body=json.dumps(told)))

    def listen(self) -> None:
        for posting in self.emulator.take_held():
            self.waiting.append(News(id=posting.event, type=posting.type, body=posting.body))

    def post(self, news: News) -> int:
        """To the webhook, signed as it would be now; how it was answered."""
        signed = signature(WEBHOOK_SECRET, news.body, at=int(timezone.now().timestamp()))
        request = RequestFactory().post(
            "/stripe/webhook/", news.body, "application/json", headers={"stripe-signature": signed}
        )
        status: int = webhooks.receive(request).status_code
        self.delivered.append(news)
        return status

    def work(self, news: News) -> None:
        event = StripeEvent.objects.get(stripe_id=news.id)
        inbox.work(event.pk)

    def deliver(self, several: Iterable[News]) -> None:
        """One after the other, each worked as it comes."""
        for news in several:
            assert self.post(news) == 200
            self.work(news)

    def deliver_at_once(self, several: Iterable[News]) -> None:
        """All are in the inbox before the first is worked."""
        several = list(several)
        for news in several:
            assert self.post(news) == 200
        for news in dict.fromkeys(several):
            self.work(news)

    def deliver_all(self) -> None:
        """Until nothing more is told, also of what our own work did at Stripe."""
        self.listen()
        while self.waiting:
            news, self.waiting = self.waiting, []
            self.deliver_at_once(news)
            self.listen()

    def deliver_some(self, chance: random.Random) -> None:
        """A share of what waits, in any order, and of what was told already."""
        self.listen()
        chosen = [news for news in self.waiting if chance.random() < 0.5]
        self.waiting = [news for news in self.waiting if news not in chosen]
        again = chance.sample(self.delivered, min(2, len(self.delivered)))
        told = [*chosen, *again]
        chance.shuffle(told)
        self.deliver_at_once(told)

    def do_what_is_due(self) -> None:
        """What the clock does of itself. Its own jobs are held elsewhere to doing no more than this."""
        for withdrawal in withdrawing.waiting():
            withdrawing.carry_out(withdrawal)
        for stripe_id in Subscription.objects.to_be_ended().values_list("stripe_id", flat=True):
            sync_subscription(stripe_id)

    # How it ended

    def has(self, name: str) -> Has:
        reader = self.reader(name)
        here = lots(wallet_id=reader.wallet_id)
        return Has(
            paid=sum(lot.remaining for lot in here if lot.kind == "paid"),
            promotional=sum(lot.remaining for lot in here if lot.kind == "promotional"),
            owes=owed(reader.wallet_id),
            on_hold=AccountFreeze.objects.filter(wallet_id=reader.wallet_id, lifted_at=None).exists(),
            unlocks=Unlock.objects.standing().filter(reader=reader).count(),
            member=", ".join(held_until(held) for held in open_clubs(reader)),
            orders=tuple(reader.orders.order_by("pk").values_list("state", flat=True)),
            clubs=tuple(reader.subscriptions.order_by("created_at", "pk").values_list("status", flat=True)),
            receipts=tuple(
                Receipt.objects.filter(reader=reader).order_by("number").values_list("total", flat=True)
            ),
        )

    def nothing_is_broken(self) -> None:
        """What holds at the end of every scene, whatever it was about."""
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert audit().first_difference is None
        numbers = sorted(int(number[5:]) for number in Receipt.objects.values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1)), "a receipt's number is missing"
        waiting = StripeEvent.objects.filter(state=StripeEvent.State.WAITING)
        assert not waiting.exists(), list(waiting.values_list("type", "why"))

    def parked(self) -> set[str]:
        return set(StripeEvent.objects.parked().values_list("why", flat=True))


def open_clubs(reader: User) -> list[Subscription]:
    now = timezone.now()
    held = Subscription.objects.filter(membership__reader=reader).select_related("membership")
    return [one for one in held.order_by("created_at") if one.membership and one.membership.is_live(now)]


def held_until(held: Subscription) -> str:
    assert held.membership is not None
    until = held.membership.ends_at
    named = {held.period_end + GRACE: RENEWED, held.cancel_at: CANCELLED}
    if held.past_due_since:
        named[held.past_due_since + GRACE] = REFUSED
    return named.get(until, str(until))
