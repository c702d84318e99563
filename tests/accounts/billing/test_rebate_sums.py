from decimal import Decimal
from typing import Any

import pytest

from accounts.billing.objects import PromotionCode
from accounts.billing.rebates import Spent, coupon_months, fits, taken_off, worth


def spent(credits: int, of: int, paid: int, kept: int | None = None) -> Spent:
    return Spent(credits=credits, of=of, paid=paid, kept=paid if kept is None else kept)


@pytest.mark.parametrize(
    ("spends", "sum_of_it"),
    [
        ([], 0),
        ([spent(4, 10, 1000)], 400),
        ([spent(10, 10, 999)], 999),
        ([spent(1, 3, 1000)], 333),
        ([spent(1, 3, 1000), spent(2, 3, 1000)], 1000),
        ([spent(5, 10, 0)], 0),
        # Six of ten credits were given back with their money: the four that were spent stay at their price.
        ([spent(4, 10, 1000, kept=400)], 400),
        ([spent(4, 10, 1000, kept=100)], 100),
    ],
)
def test_credits_come_off_at_what_was_paid_for_them(spends: list[Spent], sum_of_it: int) -> None:
    assert worth(spends) == sum_of_it


@pytest.mark.parametrize(
    ("terms", "off"),
    [
        ({"percent_off": Decimal("25")}, 300),
        ({"percent_off": Decimal("33.3")}, 399),
        ({"percent_off": Decimal("100")}, 1200),
        ({"amount_off": 500, "currency": "GBP"}, 500),
        ({"amount_off": 5000, "currency": "GBP"}, 1200),
        ({"amount_off": 500, "currency": "EUR"}, 0),
        ({"percent_off": Decimal("25"), "minimum": 1201, "minimum_currency": "GBP"}, 0),
        ({"percent_off": Decimal("25"), "minimum": 100, "minimum_currency": "EUR"}, 0),
        ({"percent_off": Decimal("25"), "minimum": 1200, "minimum_currency": "GBP"}, 300),
        ({"percent_off": Decimal("25"), "product_ids": ("prod_other",)}, 0),
        ({"percent_off": Decimal("25"), "product_ids": ("prod_other", "prod_1")}, 300),
    ],
)
def test_a_code_takes_off_what_it_is_for(terms: dict[str, Any], off: int) -> None:
    code = PromotionCode(id="promo_1", code="SPRING", duration="once", **terms)
    assert taken_off(code, amount=1200, currency="GBP", product_id="prod_1") == off


def test_a_coupon_reaches_the_first_payment_after_a_trial_and_never_the_second() -> None:
    assert coupon_months(0) == 0
    assert coupon_months(14) == 1
    assert coupon_months(27) == 1
    assert coupon_months(28) == 2
    assert fits(27, "month")
    assert not fits(28, "month")
    assert fits(90, "year")
