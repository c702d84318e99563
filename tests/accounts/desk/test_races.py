"""Real threads on real connections: two who act at once."""

from uuid import UUID, uuid4

import pytest

from accounts.desk.asking import ask_grant
from accounts.desk.deciding import approve, decline
from accounts.desk.refusals import Settled
from accounts.models import StaffPosting, User
from credits.statements import spendable
from tests.accounts.conftest import make_reader
from tests.accounts.test_races import AT_ONCE, at_once

from .conftest import bookkeeper

pytestmark = pytest.mark.django_db(transaction=True)


def grant(amount: int, key: UUID, reader: User, by: User) -> StaffPosting:
    return ask_grant(key=key, reader=reader, amount=amount, reason="For the talk", asked_by=by)


def test_a_form_sent_many_times_at_once_is_posted_once() -> None:
    reader, keeper, key = make_reader("reader@example.com"), bookkeeper("keeper@example.com"), uuid4()
    made = at_once([lambda: grant(5, key, reader, keeper).pk] * AT_ONCE)
    assert len(set(made)) == 1
    assert spendable(reader.wallet_id) == 5


def test_parts_sent_at_once_do_not_slip_past_the_second_person() -> None:
    reader, keeper = make_reader("reader@example.com"), bookkeeper("keeper@example.com")
    at_once([lambda: grant(40, uuid4(), reader, keeper).pk] * AT_ONCE)
    assert spendable(reader.wallet_id) == 80
    assert StaffPosting.objects.waiting().count() == AT_ONCE - 2


def test_of_many_who_decide_at_once_one_does() -> None:
    reader, keeper = make_reader("reader@example.com"), bookkeeper("keeper@example.com")
    others = [make_reader(f"other{number}@example.com") for number in range(AT_ONCE)]
    posting = grant(500, uuid4(), reader, keeper)

    def decide(number: int) -> str:
        try:
            if number % 2:
                decline(posting_id=posting.pk, declined_by=others[number], because="No")
            else:
                approve(posting_id=posting.pk, approved_by=others[number])
        except Settled:
            return "late"
        return "decided"

    said = at_once([lambda number=number: decide(number) for number in range(AT_ONCE)])
    assert sorted(said) == ["decided"] + ["late"] * (AT_ONCE - 1)
    posting.refresh_from_db()
    assert spendable(reader.wallet_id) == (500 if posting.posted_id else 0)
