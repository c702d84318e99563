"""What staff see of money in the admin, and the two things they may do there."""

import json
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone
from wagtail.admin.admin_url_finder import AdminURLFinder
from wagtail.models import ModelLogEntry

from accounts.billing import reconciling
from accounts.billing.models import Order, StripeEvent
from accounts.models import Pack, PackPrice, Tier, User
from credits.statements import spendable
from tests.accounts.conftest import make_reader
from tests.emulator import Emulator

from . import till

pytestmark = pytest.mark.django_db

LISTS = ["orders", "events", "receipts", "disputes", "subscriptions", "reconciliations"]


def signed_in(*rights: str) -> Client:
    group = Group.objects.create(name=f"Staff: {rights}")
    group.permissions.set(Permission.objects.filter(codename__in=["access_admin", *rights]))
    person = make_reader(f"staff-{len(rights)}@example.com", is_staff=True)
    person.groups.add(group)
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(f"/admin/{path}")
    assert answer.status_code == 200, (path, answer.status_code, answer.headers.get("Location"))
    return answer.content.decode()


def an_event(**facts: Any) -> StripeEvent:
    facts = {"state": StripeEvent.State.PARKED, "settled_at": timezone.now(), "why": "Odd."} | facts
    return StripeEvent.objects.create(
        **{
            "stripe_id": "evt_1",
            "type": "charge.refunded",
            "object_id": "ch_1",
            "livemode": False,
            "happened_at": timezone.now(),
            "payload": {"id": "evt_1", "note": "<b>bold</b>"},
        }
        | facts
    )


def test_an_order_is_shown_with_all_that_belongs_to_it(emulator: Emulator, reader: User) -> None:
    order = till.paid(emulator, reader, credits=10, bonus=2)
    till.pay_back(order, 500)
    emulator.dispute(till.charge_of(order))
    till.hear(emulator)
    reconciling.reconcile()
    chief = signed_in("view_order", "replay_stripeevent", "view_staffposting")
    shown = page(chief, f"billing/orders/{order.pk}/")
    number = order.receipts.earliest("pk").number
    for text in (
        "£10.00",
        "£5.00",
        number,
        "needs_response",
        "charge.refunded",
        str(order.key),
        reader.email,
    ):
        assert text in shown, text
    assert "Bonus: " in shown
    for name in LISTS:
        assert page(chief, f"billing/{name}/")
        assert page(chief, f"billing/{name}/results/?q=nothing-like-it")
    assert "Odd." not in page(chief, "billing/events/")
    run = page(chief, "billing/reconciliations/")
    assert "Light" in run


@pytest.mark.parametrize("asked", ["reader@", "key", "session_id", "payment_intent_id", "customer", "number"])
def test_an_order_is_found_by_whatever_names_it(emulator: Emulator, reader: User, asked: str) -> None:
    order = till.paid(emulator, reader)
    other = till.begin(make_reader("other@example.com"), order.pack)  # type: ignore[arg-type]
    named = {
        "customer": reader.stripe_customers.get().stripe_id,
        "number": order.receipts.get().number,
        "reader@": "reader@",
    }
    wanted = named.get(asked) or str(getattr(order, asked))
    found = page(signed_in("view_order"), f"billing/orders/?q={wanted}")
    assert f"/admin/billing/orders/{order.pk}/" in found
    assert f"/admin/billing/orders/{other.pk}/" not in found


def test_who_may_not_read_orders_sees_nothing_of_them(reader: User) -> None:
    event, editor = an_event(), signed_in()
    paths = [f"billing/{name}/" for name in LISTS] + [f"billing/events/{event.pk}/"]
    assert {editor.get(f"/admin/{path}").status_code for path in paths} == {302}
    assert "Billing" not in page(editor, "")
    assert editor.post(f"/admin/billing/events/{event.pk}/replay/").status_code in (302, 403)
    event.refresh_from_db()
    assert event.state == StripeEvent.State.PARKED


def test_who_may_only_read_has_nothing_worked_again(emulator: Emulator, reader: User) -> None:
    event, order, auditor = an_event(), till.begin(reader, till.make_pack()), signed_in("view_order")
    assert "Work it again" not in page(auditor, f"billing/events/{event.pk}/")
    assert "Look again" not in page(auditor, f"billing/orders/{order.pk}/")
    for path in (
        f"events/{event.pk}/replay/",
        f"events/{event.pk}/set-aside/",
        "events/replay-parked/",
        f"orders/{order.pk}/look-again/",
        f"orders/{order.pk}/set-aside/",
    ):
        assert auditor.post(f"/admin/billing/{path}").status_code in (302, 403)
    event.refresh_from_db()
    assert event.state == StripeEvent.State.PARKED
    assert not ModelLogEntry.objects.exists()


def test_what_is_parked_is_counted_on_the_first_page_and_its_payload_is_shown_as_text() -> None:
    event, chief = an_event(), signed_in("view_order")
    first = page(chief, "")
    assert "1 parked event" in first
    assert "Events (1 parked)" in first
    shown = page(chief, f"billing/events/{event.pk}/")
    assert "It waits for a person: Odd." in shown
    assert "&lt;b&gt;bold&lt;/b&gt;" in shown


@pytest.mark.parametrize(("state", "called"), [("ignored", "Why"), ("done", "Last trouble")])
def test_what_is_not_ours_had_no_trouble(state: str, called: str) -> None:
    event = an_event(state=state)
    assert f"<dt>{called}</dt><dd>Odd.</dd>" in page(signed_in("view_order"), f"billing/events/{event.pk}/")


def test_an_event_is_worked_again_and_who_asked_is_on_record(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    stored = [event for posting in emulator.take_held() if (event := till.store(posting))]
    StripeEvent.objects.update(state=StripeEvent.State.PARKED, settled_at=timezone.now(), why="Odd.")
    clerk = signed_in("view_order", "replay_stripeevent")
    assert f"{len(stored)} parked events" in page(clerk, "billing/events/replay-parked/")
    one = next(event for event in stored if event.type == "checkout.session.completed")
    clerk.post(f"/admin/billing/events/{one.pk}/replay/")
    one.refresh_from_db()
    assert one.replayed_by is not None
    assert one.state == StripeEvent.State.WAITING
    clerk.post("/admin/billing/events/replay-parked/")
    assert not StripeEvent.objects.parked().exists()
    lines = ModelLogEntry.objects.filter(action="billing.replay")
    assert lines.count() == len(stored)
    assert lines.filter(user=one.replayed_by).count() == len(stored)
    assert AdminURLFinder(one.replayed_by).get_edit_url(one) == f"/admin/billing/events/{one.pk}/"
    assert AdminURLFinder(make_reader("editor@example.com")).get_edit_url(one) is None
    assert "@" not in json.dumps(list(lines.values_list("data", flat=True)))


def test_what_must_never_be_worked_is_set_aside() -> None:
    event, clerk = an_event(), signed_in("view_order", "replay_stripeevent")
    assert "Set it aside" in page(clerk, f"billing/events/{event.pk}/")
    clerk.post(f"/admin/billing/events/{event.pk}/set-aside/")
    event.refresh_from_db()
    assert (event.state, event.why) == (StripeEvent.State.IGNORED, "Set aside by staff. Odd.")
    assert ModelLogEntry.objects.get(action="billing.set_aside").data["why"] == "Odd."
    again = clerk.post(f"/admin/billing/events/{event.pk}/set-aside/", follow=True)
    assert "not parked any more" in again.content.decode()
    assert ModelLogEntry.objects.count() == 1


def test_an_order_settled_outside_is_set_aside_and_stays_so(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    Order.objects.filter(pk=order.pk).update(amount=1)
    emulator.pay(order.session_id)
    assert till.settle(order).state == Order.State.PARKED
    clerk = signed_in("view_order", "replay_stripeevent")
    assert "Set it aside" in page(clerk, f"billing/orders/{order.pk}/")
    clerk.post(f"/admin/billing/orders/{order.pk}/set-aside/")
    assert "Set aside by staff" in page(clerk, f"billing/orders/{order.pk}/")
    assert till.settle(order).state == Order.State.FAILED
    assert [finding.kind for finding in reconciling.reconcile().findings] == []
    assert spendable(reader.wallet_id) == 0
    assert ModelLogEntry.objects.get(action="billing.set_aside").data["order"] == str(order.key)


def test_staff_have_stripe_asked_again(emulator: Emulator, reader: User) -> None:
    order = till.begin(reader, till.make_pack())
    emulator.pay(order.session_id)
    clerk = signed_in("view_order", "replay_stripeevent")
    emulator.down()
    there = f"/admin/billing/orders/{order.pk}/look-again/"
    assert "Stripe does not answer" in clerk.post(there, follow=True).content.decode()
    emulator.clear()
    assert "The order is: Paid" in clerk.post(there, follow=True).content.decode()
    order.refresh_from_db()
    assert order.state == Order.State.PAID
    assert ModelLogEntry.objects.filter(action="billing.look_again").count() == 2
    assert clerk.get(there).status_code == 405


def test_packs_and_tiers_are_set_by_who_sells_and_only_read_by_who_reads() -> None:
    pack = Pack.objects.create(name="Ten", credits=10)
    PackPrice.objects.create(pack=pack, currency="GBP", amount=1000)
    tier = Tier.objects.create(name="Club", slug="club", price_monthly=900)
    seller, auditor = signed_in("sell"), signed_in("view_order", "view_staffposting")
    assert "£10" in page(auditor, "packs/")
    assert auditor.get(f"/admin/packs/edit/{pack.pk}/").status_code == 302
    form = {
        "name": "Ten",
        "credits": 10,
        "bonus": 1,
        "bonus_days": 365,
        "active": "on",
        "order": 0,
        "prices-TOTAL_FORMS": 2,
        "prices-INITIAL_FORMS": 1,
        "prices-MIN_NUM_FORMS": 0,
        "prices-MAX_NUM_FORMS": 1000,
        "prices-0-id": pack.prices.get().pk,
        "prices-0-currency": "GBP",
        "prices-0-amount": 1100,
        "prices-1-id": "",
        "prices-1-currency": "EUR",
        "prices-1-amount": 1300,
    }
    answer = seller.post(f"/admin/packs/edit/{pack.pk}/", form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    assert dict(pack.prices.values_list("currency", "amount")) == {"GBP": 1100, "EUR": 1300}
    assert "trial_days" in page(seller, f"tiers/edit/{tier.pk}/")
    admin = Client()
    admin.force_login(make_reader("root@example.com", is_superuser=True, is_staff=True))
    assert admin.post(f"/admin/packs/delete/{pack.pk}/").status_code == 302
    assert Pack.objects.exists()


@pytest.mark.parametrize(("active", "told"), [("on", True), ("", False)])
def test_who_saves_a_pack_for_sale_without_a_price_is_told_that_it_is_not_sold(
    active: str, told: bool
) -> None:
    seller = signed_in("sell")
    form = {"name": "Twenty", "credits": 20, "bonus": 0, "bonus_days": 365, "active": active, "order": 0}
    form |= {"prices-TOTAL_FORMS": 0, "prices-INITIAL_FORMS": 0}
    added = seller.post("/admin/packs/new/", form, follow=True)
    edited = seller.post(f"/admin/packs/edit/{Pack.objects.get(name='Twenty').pk}/", form, follow=True)
    for answer in (added, edited):
        assert ("“Twenty” has no price, so it is not sold." in answer.content.decode()) is told


def test_the_rights_can_be_given_to_a_group() -> None:
    admin = Client()
    admin.force_login(make_reader("root@example.com", is_superuser=True, is_staff=True))
    shown = page(admin, "groups/new/")
    for text in ("Can read orders", "Can have an event worked again", "Can edit packs and tiers"):
        assert text in shown


def test_bookkeepers_read_orders_from_the_start() -> None:
    rights = Permission.objects.filter(group__name="Bookkeepers").values_list("codename", flat=True)
    assert {"view_order", "replay_stripeevent"} <= set(rights)
    assert "sell" not in rights
