"""The packs for sale in one currency, as the pages that sell them show them."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from ...models import Pack
from ...money import brief, exact

# The button that shows the prices in it, and sends nothing.
ANOTHER_CURRENCY = "show"


@dataclass(frozen=True, kw_only=True)
class Offer:
    """`chosen`: ticked when the page opens. Prices are written out."""

    pack: Pack
    price: str
    a_credit: str
    chosen: bool


def offers(currency: str, *, chosen: str = "", missing: int = 0) -> list[Offer]:
    """The one asked for is chosen; else the smallest with which a reader has enough; else the last."""
    priced = [(pack, price) for pack in for_sale() if (price := pack.price_in(currency))]
    enough = [str(pack.pk) for pack, _ in priced if pack.credits + pack.bonus >= missing]
    last = str(priced[-1][0].pk) if priced else ""
    ticked = chosen or next(iter(enough), last)
    return [
        Offer(
            pack=pack,
            price=brief(price.amount, currency),
            a_credit=exact(round(price.amount / pack.credits), currency),
            chosen=str(pack.pk) == ticked,
        )
        for pack, price in priced
    ]


def for_sale() -> list[Pack]:
    return list(Pack.objects.for_sale().prefetch_related("prices"))


def currencies() -> list[str]:
    sold_in = {price.currency for pack in for_sale() for price in pack.prices.all()}
    return [currency for currency in settings.CURRENCIES if currency in sold_in]


def currency_of(request: HttpRequest) -> str:
    """The one asked for, where something is sold in it; else the first."""
    sent = request.POST
    asked = sent.get(ANOTHER_CURRENCY) or sent.get("currency") or request.GET.get("currency", "")
    known = currencies()
    return asked if asked in known else next(iter(known), settings.BILLING_CURRENCY)
