from datetime import UTC, datetime, timedelta

import pytest

from accounts.billing.months import months_after, months_begun, paid_periods, payer_of

from .club_states import invoice, line


def day(month: int, day: int, year: int = 2026) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("first", "count", "then"),
    [
        (day(1, 31), 1, day(2, 28)),
        (day(1, 31), 2, day(3, 31)),
        (day(1, 31, 2028), 1, day(2, 29, 2028)),
        (day(12, 15), 1, day(1, 15, 2027)),
        (day(12, 15), 13, day(1, 15, 2028)),
        (day(6, 30), 0, day(6, 30)),
    ],
)
def test_a_month_keeps_its_day_where_the_calendar_has_it(first: datetime, count: int, then: datetime) -> None:
    assert months_after(first, count) == then


def test_a_month_begins_when_it_is_paid_and_not_before() -> None:
    periods = paid_periods([invoice(line(day(1, 31), day(2, 28)))])
    assert months_begun(periods, now=day(1, 31) - timedelta(hours=1)) == []
    assert months_begun(periods, now=day(1, 31)) == [day(1, 31)]
    assert months_begun(periods, now=day(2, 28)) == [day(1, 31)]
    renewed = [*periods, *paid_periods([invoice(line(day(2, 28), day(3, 31)), id="in_2")])]
    assert months_begun(renewed, now=day(2, 28)) == [day(1, 31), day(2, 28)]


def test_a_year_gives_its_months_one_by_one() -> None:
    periods = paid_periods([invoice(line(day(1, 31), day(1, 31, 2027)))])
    given = set[datetime]()
    for days in range(400):
        given |= set(months_begun(periods, now=day(1, 31) + timedelta(days=days)))
    assert sorted(given) == [months_after(day(1, 31), count) for count in range(12)]


def test_a_month_missed_for_long_is_not_made_up_for() -> None:
    periods = paid_periods([invoice(line(day(1, 31), day(1, 31, 2027)))])
    assert months_begun(periods, now=day(7, 1)) == [day(6, 30)]


def test_a_trial_pays_for_no_month_and_a_first_month_that_credits_paid_does() -> None:
    span = (day(1, 1), day(1, 15))
    assert paid_periods([invoice(line(*span, total=0), subtotal=0)]) == []
    assert len(paid_periods([invoice(line(*span, total=0), subtotal=1200)])) == 1
    assert paid_periods([invoice(line(*span), status="open")]) == []
    assert paid_periods([invoice(line(*span, total=-300), subtotal=900)]) == []


def test_switching_to_and_fro_gives_no_month_twice_and_loses_none() -> None:
    monthly = invoice(line(day(1, 1), day(2, 1)), id="in_1", created=day(1, 1))
    yearly = invoice(
        line(day(1, 1), day(2, 1), total=-800, proration=True),
        line(day(1, 11), day(1, 11, 2027), total=12000),
        id="in_2",
        created=day(1, 11),
    )
    back = invoice(
        line(day(1, 11), day(1, 11, 2027), total=-11900, proration=True),
        line(day(1, 14), day(2, 14), total=1200),
        id="in_3",
        created=day(1, 14),
        subtotal=-10700,
    )
    periods = paid_periods([back, yearly, monthly])
    given = set[datetime]()
    for days in range(45):
        given |= set(months_begun(periods, now=day(1, 1) + timedelta(days=days)))
    assert sorted(given) == [day(1, 1), day(2, 1)]
    assert payer_of(day(1, 1), periods) == "in_1"
    assert payer_of(day(2, 1), periods) == "in_3"
    assert payer_of(day(1, 1, 2028), periods) is None
