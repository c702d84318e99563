from django.conf import settings

from ..gateway import catalogue as gateway
from ..offers import goods
from .endpoint import plan_endpoint
from .portal import plan_portal
from .prices import plan_prices, plan_product, plan_what_is_forgotten
from .steps import Found, Plan, Refused, Wishes

NOTHING_MORE = Wishes()


def read() -> Found:
    wanted = goods()
    products = {good.product.id: gateway.product(good.product.id) for good in wanted}
    there = {product_id: product for product_id, product in products.items() if product}
    prices = [price for product_id in there for price in gateway.prices_of(product_id)]
    prices += gateway.prices_with(offer.lookup_key for good in wanted for offer in good.prices)
    return Found(
        goods=wanted,
        products=there,
        prices={price.id: price for price in prices},
        portals=gateway.portals(settings.STRIPE_PREFIX),
        endpoints=gateway.endpoints(),
    )


def plan(found: Found, wishes: Wishes = NOTHING_MORE) -> Plan:
    """Raises `Refused`. What the steps say is what would be done; they are to be done in their order."""
    made = Plan(found=found, wishes=wishes)
    plan_what_is_forgotten(made)
    for good in found.goods:
        plan_product(made, good)
        plan_prices(made, good)
    plan_portal(made)
    plan_endpoint(made)
    if made.refused:
        raise Refused(made.refused)
    return made
