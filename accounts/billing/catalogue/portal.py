"""The customer portal, where members switch between the prices that we sell."""

from django.conf import settings

from ..gateway import catalogue as gateway
from ..models import PortalConfiguration
from ..offers import Good, PortalOffer
from .steps import Plan

RETURN = "/club/"


def plan_portal(made: Plan) -> None:
    keys = {good.product.id: keys_of(good) for good in made.found.goods if good.switchable}
    if not made.found.portals:
        made.step("portal: create its configuration", lambda: create_portal(keys))
        return
    newest, *others = made.found.portals
    if others:
        ids = ", ".join(one.id for one in others)
        made.refuse(f"portal: {ids} are ours too: archive all but {newest.id} in the dashboard")
    elif not newest.complete or newest.offer != portal_offer(keys, ids_in(made)):
        made.step(f"portal: renew {newest.id}", lambda: renew_portal(newest.id, keys))
    elif not PortalConfiguration.objects.filter(stripe_id=newest.id).exists():
        made.step(f"portal: note down {newest.id}", lambda: note_portal(newest.id))


def keys_of(good: Good) -> tuple[str, ...]:
    return tuple(offer.lookup_key for offer in good.prices)


def ids_in(made: Plan) -> dict[str, str]:
    """Those that stay. What is to be replaced has another id afterwards."""
    offers = [offer for good in made.found.goods for offer in good.prices]
    held = [(offer, made.found.holder_of(offer.lookup_key)) for offer in offers]
    return {
        offer.lookup_key: holder.id for offer, holder in held if holder and holder.offer.terms == offer.terms
    }


def ids_now(keys: dict[str, tuple[str, ...]]) -> dict[str, str]:
    """After the steps before, which may have made prices."""
    held = gateway.prices_with(key for some in keys.values() for key in some)
    return {price.offer.lookup_key: price.id for price in held}


def portal_offer(keys: dict[str, tuple[str, ...]], ids: dict[str, str]) -> PortalOffer:
    """Of a price that is yet to be made the key stands for the id: no configuration has such a one."""
    return PortalOffer(
        headline=settings.SITE_NAME,
        return_url=f"{settings.BASE_URL}{RETURN}",
        switches={
            product: tuple(sorted(ids.get(key, key) for key in wanted)) for product, wanted in keys.items()
        },
    )


def create_portal(keys: dict[str, tuple[str, ...]]) -> None:
    note_portal(gateway.create_portal(portal_offer(keys, ids_now(keys)), mark=settings.STRIPE_PREFIX))


def renew_portal(portal_id: str, keys: dict[str, tuple[str, ...]]) -> None:
    gateway.update_portal(portal_id, portal_offer(keys, ids_now(keys)))
    note_portal(portal_id)


def note_portal(portal_id: str) -> None:
    PortalConfiguration.objects.update_or_create(
        livemode=settings.STRIPE_LIVEMODE, defaults={"stripe_id": portal_id}
    )
