"""What was found at Stripe, and what is to be done about it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ..offers import EndpointAtStripe, Good, PortalAtStripe, PriceAtStripe, ProductOffer


class Refused(Exception):
    """A drift that only a person can mend. Nothing was changed."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True, kw_only=True)
class Step:
    """`text` says what it does, `do` does it and may answer with what has to be said afterwards."""

    text: str
    do: Callable[[], str | None]


@dataclass(frozen=True, kw_only=True)
class Found:
    """What Stripe holds of ours, read before anything is changed."""

    goods: list[Good]
    products: dict[str, ProductOffer]
    prices: dict[str, PriceAtStripe]
    portals: list[PortalAtStripe]
    endpoints: list[EndpointAtStripe]

    def holder_of(self, lookup_key: str) -> PriceAtStripe | None:
        return next((one for one in self.prices.values() if one.offer.lookup_key == lookup_key), None)

    def of_product(self, product_id: str) -> list[PriceAtStripe]:
        return [one for one in self.prices.values() if one.offer.product_id == product_id]


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a person allows in so many words. `forget`: prices that Stripe knows nothing of any more."""

    replace_endpoint: bool = False
    forget: bool = False


@dataclass(kw_only=True)
class Plan:
    found: Found
    wishes: Wishes
    steps: list[Step] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def step(self, text: str, do: Callable[[], str | None]) -> None:
        self.steps.append(Step(text=text, do=do))

    def refuse(self, why: str) -> None:
        self.refused.append(why)
