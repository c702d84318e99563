"""What lines come to: discount shared out among them, tax within or on top. All in minor units."""

from dataclasses import dataclass

from .coupons import reduction
from .store import Object
from .tax import Levy


@dataclass(frozen=True, kw_only=True)
class Line:
    """``amount`` before discount; its tax is within when ``inclusive``, else on top."""

    amount: int
    inclusive: bool
    product: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reckoned:
    amount: int
    discount: int
    tax: int
    inclusive: bool
    taxable: int

    @property
    def total(self) -> int:
        return self.amount - self.discount + (0 if self.inclusive else self.tax)


def reckon(lines: list[Line], coupon: Object | None, levied: Levy) -> list[Reckoned]:
    discounts = shared_out(coupon, lines)
    return [_reckoned(line, discount, levied) for line, discount in zip(lines, discounts, strict=True)]


def _reckoned(line: Line, discount: int, levied: Levy) -> Reckoned:
    left = line.amount - discount
    tax = levied.of(left, inclusive=line.inclusive)
    taxable = left - tax if line.inclusive else left
    return Reckoned(amount=line.amount, discount=discount, tax=tax, inclusive=line.inclusive, taxable=taxable)


def shared_out(coupon: Object | None, lines: list[Line]) -> list[int]:
    """In proportion to the lines it applies to, the rounding's remainder to the last of them."""
    products = coupon["_products"] if coupon else None
    weights = [line.amount if products is None or line.product in products else 0 for line in lines]
    weights = [max(0, weight) for weight in weights]
    whole = sum(weights)
    left = reduction(coupon, whole)
    shares = []
    for weight in weights:
        share = left * weight // whole if whole else 0
        shares.append(share)
        left, whole = left - share, whole - weight
    return shares


def tax_of(lines: list[Reckoned]) -> int:
    return sum(line.tax for line in lines)


def total_of(lines: list[Reckoned]) -> int:
    return sum(line.total for line in lines)
