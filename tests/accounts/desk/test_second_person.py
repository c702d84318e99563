from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from wagtail.models import ModelLogEntry

from accounts.models import StaffPosting, User
from credits.statements import owed, spendable

from .conftest import Give, asked_for, at_the_desk, bookkeeper
from .test_reversing import reverse

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(desk: Client, reader: User) -> StaffPosting:
    desk.post("/admin/ledger/grant/", asked_for(500))
    return StaffPosting.objects.get()


def approve(client: Client, posting: StaffPosting) -> str:
    form = client.get(f"/admin/ledger/staff/{posting.pk}/approve/").context["form"]
    sent = {"seen": form["seen"].value()}
    return client.post(f"/admin/ledger/staff/{posting.pk}/approve/", sent, follow=True).content.decode()


def test_a_second_person_approves_and_it_is_posted(waiting: StaffPosting, second: User, reader: User) -> None:
    assert "Posted: Grant of 500" in approve(at_the_desk(second), waiting)
    waiting.refresh_from_db()
    assert waiting.approved_by == second
    assert waiting.posted is not None
    assert spendable(reader.wallet_id) == 500
    actions = list(ModelLogEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["staff_posting.ask", "staff_posting.approve"]


def test_nobody_approves_what_they_asked_for(desk: Client, waiting: StaffPosting) -> None:
    assert "/approve/" not in desk.get(f"/admin/ledger/staff/{waiting.pk}/").content.decode()
    desk.post(f"/admin/ledger/staff/{waiting.pk}/approve/", {"seen": ""})
    assert StaffPosting.objects.waiting().exists()


def test_nobody_approves_for_their_own_wallet(desk: Client, second: User) -> None:
    desk.post("/admin/ledger/grant/", asked_for(500, email=second.email))
    posting = StaffPosting.objects.get()
    at_the_desk(second).post(f"/admin/ledger/staff/{posting.pk}/approve/", {"seen": ""})
    assert spendable(second.wallet_id) == 0


def test_whoever_may_grant_but_not_approve_does_not(waiting: StaffPosting) -> None:
    clerk = at_the_desk(bookkeeper("clerk@example.com", ["view", "grant", "reverse"]))
    clerk.post(f"/admin/ledger/staff/{waiting.pk}/approve/", {"seen": ""})
    clerk.post(f"/admin/ledger/staff/{waiting.pk}/decline/", {"because": "No"})
    assert StaffPosting.objects.waiting().exists()


def test_it_is_declined_with_a_reason_and_never_posted(
    waiting: StaffPosting, second: User, reader: User
) -> None:
    client = at_the_desk(second)
    assert (
        "required"
        in client.post(f"/admin/ledger/staff/{waiting.pk}/decline/", {"because": ""}).content.decode()
    )
    html = client.post(
        f"/admin/ledger/staff/{waiting.pk}/decline/", {"because": "Too many"}, follow=True
    ).content.decode()
    assert "Too many" in html
    assert (
        "decided already"
        in client.get(f"/admin/ledger/staff/{waiting.pk}/approve/", follow=True).content.decode()
    )
    client.post(f"/admin/ledger/staff/{waiting.pk}/approve/", {"seen": ""})
    assert spendable(reader.wallet_id) == 0


def test_who_asked_may_think_better_of_it(desk: Client, waiting: StaffPosting, keeper: User) -> None:
    desk.post(f"/admin/ledger/staff/{waiting.pk}/decline/", {"because": "My mistake"})
    waiting.refresh_from_db()
    assert waiting.declined_by == keeper


def test_what_is_shown_to_the_second_person_is_what_happens(
    desk: Client, second: User, reader: User, give: Give, take: Give
) -> None:
    posted = give(200).transaction_id
    reverse(desk, posted)
    posting = StaffPosting.objects.get()
    client = at_the_desk(second)
    seen = client.get(f"/admin/ledger/staff/{posting.pk}/approve/").context["form"]["seen"].value()
    take(50)
    late = client.post(f"/admin/ledger/staff/{posting.pk}/approve/", {"seen": seen}).content.decode()
    assert "The wallet has changed" in late
    assert "50 are gone and become a debt" in late
    approve(client, posting)
    assert owed(reader.wallet_id) == 50


def test_what_was_reversed_meanwhile_cannot_be_approved(desk: Client, second: User, give: Give) -> None:
    from credits import ledger

    posted = give(200).transaction_id
    reverse(desk, posted)
    ledger.reverse(transaction_id=posted, key="other", reason="By a refund")
    client = at_the_desk(second)
    posting = StaffPosting.objects.get()
    form = client.get(f"/admin/ledger/staff/{posting.pk}/approve/").context["form"]
    answer = client.post(f"/admin/ledger/staff/{posting.pk}/approve/", {"seen": form["seen"].value()})
    assert "is reversed already" in answer.content.decode()
    assert posting.waiting


def row(reader: User, keeper: User | None, **more: object) -> StaffPosting:
    terms = {
        "key": uuid4(),
        "what": "grant",
        "reader": reader,
        "amount": 5,
        "kind": "promotional",
        "reason": "Why",
    }
    return StaffPosting(**(terms | {"asked_by": keeper} | more))


def test_postgresql_holds_the_second_person_by_itself(
    reader: User, keeper: User, second: User, give: Give
) -> None:
    def posted() -> dict[str, object]:
        return {"posted_id": give(1).transaction_id}

    now = timezone.now()
    agreed = {"waits_because": "amount", "approved_at": now, "amount": 500}
    forbidden = [
        row(reader, keeper, amount=101, **posted()),
        row(keeper, keeper, amount=1, **posted()),
        row(reader, keeper, amount=101, waits_because="amount", **posted()),
        row(reader, keeper, approved_by=keeper, **agreed, **posted()),
        row(reader, keeper, approved_by=reader, **agreed, **posted()),
        row(reader, keeper, approved_by=second, **agreed),
        row(reader, keeper),
        row(reader, None, waits_because="amount"),
        row(reader, keeper, amount=0, **posted()),
        row(reader, keeper, reason="", **posted()),
        row(reader, keeper, what="reversal", **posted()),
        row(reader, keeper, waits_because="day", declined_by=second, declined_at=now),
        row(
            reader, keeper, approved_by=second, declined_by=second, declined_at=now, declined_because="No",
            **agreed, **posted(),
        ),
    ]  # fmt: skip
    for posting in forbidden:
        with pytest.raises(IntegrityError), transaction.atomic():
            posting.save()
    row(reader, keeper, approved_by=second, **agreed, **posted()).save()
    row(reader, None, amount=500, **posted()).save()


def test_what_was_asked_and_decided_stays(waiting: StaffPosting, second: User) -> None:
    changes = [{"amount": 1}, {"reason": "Other"}, {"waits_because": "day"}, {"asked_by": second}]
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            StaffPosting.objects.filter(pk=waiting.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffPosting.objects.all().delete()
    approve(at_the_desk(second), waiting)
    with pytest.raises(IntegrityError), transaction.atomic():
        StaffPosting.objects.filter(pk=waiting.pk).update(approved_at=timezone.now())
