import inspect
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
import stripe
from django.core.management import CommandError, call_command
from pytest_django import Settings
from stripe.params import WebhookEndpointCreateParams

from accounts.billing import catalogue, handlers
from accounts.billing.gateway.client import stripe_client
from accounts.billing.models import PortalConfiguration, StripePrice
from accounts.models import Pack, PackPrice, Tier
from tests.emulator import Emulator

pytestmark = pytest.mark.django_db

NOTHING = "Stripe has all of it already: nothing changed.\n"


def sync(*arguments: str) -> str:
    said = StringIO()
    call_command("stripe_sync", *arguments, stdout=said)
    return said.getvalue()


def refused(*arguments: str) -> str:
    with pytest.raises(CommandError) as found:
        sync(*arguments)
    return str(found.value)


@pytest.fixture
def at_stripe(emulator: Emulator, settings: Settings) -> Iterator[Any]:
    settings.BASE_URL = "https://briefings.example"
    with stripe_client() as client:
        yield client.v1


@pytest.fixture
def pack() -> Pack:
    pack = Pack.objects.create(name="Twenty credits", credits=20, bonus=2)
    PackPrice.objects.create(pack=pack, currency="GBP", amount=2800)
    PackPrice.objects.create(pack=pack, currency="EUR", amount=3300)
    return pack


@pytest.fixture
def tier() -> Tier:
    return Tier.objects.create(name="Club", slug="club", price_monthly=2900, price_yearly=29000)


@pytest.fixture
def synced(at_stripe: Any, pack: Pack, tier: Tier) -> Any:
    sync()
    return at_stripe


def product_of(thing: Pack | Tier) -> str:
    return f"marquee_{'pack' if isinstance(thing, Pack) else 'tier'}_{thing.pk}"


def amounts_for_sale(at_stripe: Any, thing: Pack | Tier) -> dict[str, int]:
    prices = at_stripe.prices.list({"product": product_of(thing), "active": True}).data
    return {price.lookup_key.removeprefix(product_of(thing))[1:]: price.unit_amount for price in prices}


def rows_for_sale(**whose: Any) -> set[int]:
    return set(StripePrice.objects.filter(active=True, **whose).values_list("amount", flat=True))


def change(thing: Any, **facts: Any) -> None:
    type(thing).objects.filter(pk=thing.pk).update(**facts)


def test_all_that_is_sold_is_made_and_a_second_run_changes_nothing(
    at_stripe: Any, pack: Pack, tier: Tier
) -> None:
    assert "12 things" not in refused("--check")
    assert not StripePrice.objects.exists()
    said = sync()
    assert f"product {product_of(pack)}: create Twenty credits" in said
    assert f"price {product_of(tier)}_year_gbp: create £290.00" in said
    assert "whsec_" in said
    assert at_stripe.products.retrieve(product_of(pack)).description == "20 credits and 2 more as a bonus"
    assert amounts_for_sale(at_stripe, pack) == {"gbp": 2800, "eur": 3300}
    assert amounts_for_sale(at_stripe, tier) == {"month_gbp": 2900, "year_gbp": 29000}
    assert rows_for_sale(pack=pack) == {2800, 3300}
    assert rows_for_sale(tier=tier, livemode=False) == {2900, 29000}
    assert all(price.tax_behavior == "inclusive" for price in at_stripe.prices.list().data)
    endpoint = at_stripe.webhook_endpoints.list().data[0]
    assert endpoint.url == "https://briefings.example/stripe/webhook/"
    assert (endpoint.api_version, set(endpoint.enabled_events)) == (stripe.api_version, set(handlers.TYPES))
    assert sync() == sync("--check") == NOTHING


def test_members_may_switch_between_what_is_shown_and_cancel_at_the_end(synced: Any, tier: Tier) -> None:
    portal = synced.billing_portal.configurations.list().data[0]
    assert PortalConfiguration.objects.get().stripe_id == portal.id
    features = portal.features
    assert features.subscription_cancel.mode == "at_period_end"
    assert features.invoice_history.enabled
    assert features.payment_method_update.enabled
    assert set(features.subscription_update.default_allowed_updates) == {"price", "promotion_code"}
    offered = {one.product: len(one.prices) for one in features.subscription_update.products}
    assert offered == {product_of(tier): 2}
    change(tier, visible=False)
    assert sync().startswith("portal: renew")
    assert not synced.billing_portal.configurations.list().data[0].features.subscription_update.enabled
    assert sync() == NOTHING


def test_another_amount_is_another_price_and_the_former_one_comes_back(synced: Any, pack: Pack) -> None:
    first = StripePrice.objects.get(amount=2800)
    pack.prices.filter(currency="GBP").update(amount=3000)
    assert f"price {first.stripe_id}: no longer sell at £28.00" in sync()
    assert amounts_for_sale(synced, pack) == {"gbp": 3000, "eur": 3300}
    assert rows_for_sale(pack=pack) == {3000, 3300}
    pack.prices.filter(currency="GBP").update(amount=2800)
    assert f"sell {first.stripe_id} again" in sync()
    assert amounts_for_sale(synced, pack) == {"gbp": 2800, "eur": 3300}
    assert StripePrice.objects.get(stripe_id=first.stripe_id).active
    assert StripePrice.objects.filter(pack=pack).count() == 3
    assert sync() == NOTHING


def test_who_switches_in_the_portal_pays_the_new_amount(synced: Any, tier: Tier) -> None:
    change(tier, price_monthly=3100)
    sync()
    features = synced.billing_portal.configurations.list().data[0].features
    prices = StripePrice.objects.filter(active=True).values_list("stripe_id", flat=True)
    assert set(features.subscription_update.products[0].prices) <= set(prices)
    assert sync() == NOTHING


def test_what_is_no_longer_sold_here_is_not_sold_there(synced: Any, pack: Pack, tier: Tier) -> None:
    change(pack, active=False)
    change(tier, price_yearly=None, perks="All of it")
    said = sync()
    assert f"product {product_of(pack)}: change active" in said
    assert f"product {product_of(tier)}: change description" in said
    assert amounts_for_sale(synced, pack) == {}
    assert amounts_for_sale(synced, tier) == {"month_gbp": 2900}
    assert (rows_for_sale(pack=pack), rows_for_sale(tier=tier)) == (set(), {2900})
    assert sync() == NOTHING
    change(pack, active=True)
    sync()
    assert amounts_for_sale(synced, pack) == {"gbp": 2800, "eur": 3300}
    assert sync() == NOTHING


def archived_in_the_dashboard(at_stripe: Any, pack: Pack) -> None:
    at_stripe.products.update(product_of(pack), {"active": False, "name": "Nothing"})
    at_stripe.prices.update(StripePrice.objects.get(amount=2800).stripe_id, {"active": False})


def rows_lost(at_stripe: Any, pack: Pack) -> None:
    StripePrice.objects.all().delete()
    PortalConfiguration.objects.all().delete()


def endpoint_changed(at_stripe: Any, pack: Pack) -> None:
    endpoint = at_stripe.webhook_endpoints.list().data[0]
    changed = {"enabled_events": ["charge.refunded", "payout.paid"], "disabled": True}
    at_stripe.webhook_endpoints.update(endpoint.id, changed)


def portal_changed(at_stripe: Any, pack: Pack) -> None:
    portal = at_stripe.billing_portal.configurations.list().data[0]
    changed = {"subscription_cancel": {"enabled": True, "mode": "immediately"}}
    at_stripe.billing_portal.configurations.update(portal.id, {"features": changed})


@pytest.mark.parametrize(
    "drift",
    [archived_in_the_dashboard, rows_lost, endpoint_changed, portal_changed],
    ids=lambda it: it.__name__,
)
def test_what_drifted_is_mended(synced: Any, pack: Pack, drift: Callable[[Any, Pack], None]) -> None:
    drift(synced, pack)
    assert "nothing was changed" in refused("--check")
    sync()
    assert sync("--check") == NOTHING
    assert amounts_for_sale(synced, pack) == {"gbp": 2800, "eur": 3300}
    assert rows_for_sale(pack=pack) == {2800, 3300}
    endpoint = synced.webhook_endpoints.list().data[0]
    assert (endpoint.status, set(endpoint.enabled_events)) == ("enabled", set(handlers.TYPES))


def product_of_somebody_else(at_stripe: Any, pack: Pack) -> str:
    at_stripe.products.update(product_of(pack), {"metadata": {"marquee": ""}})
    return "somebody else made it"


def key_on_another_product(at_stripe: Any, pack: Pack) -> str:
    other = at_stripe.products.create({"name": "Mug"}).id
    price = {"product": other, "currency": "gbp", "unit_amount": 100}
    at_stripe.prices.create(price | {"lookup_key": f"{product_of(pack)}_gbp", "transfer_lookup_key": True})
    return "is of another product"


def key_on_another_interval(at_stripe: Any, pack: Pack) -> str:
    price = {"product": product_of(pack), "currency": "gbp", "unit_amount": 2800}
    more = {"lookup_key": f"{product_of(pack)}_gbp", "transfer_lookup_key": True}
    at_stripe.prices.create(price | more | {"recurring": {"interval": "month"}})
    return "is in GBP a month, not GBP once"


def another_account(at_stripe: Any, pack: Pack) -> str:
    StripePrice.objects.filter(pack=pack, currency="GBP").update(stripe_id="price_elsewhere")
    return "1 prices that we sell are unknown to Stripe, price_elsewhere first"


def two_portals(at_stripe: Any, pack: Pack) -> str:
    off = {"enabled": False}
    features = {"invoice_history": off, "payment_method_update": off}
    at_stripe.billing_portal.configurations.create({"features": features, "metadata": {"marquee": "marquee"}})
    return "are ours too"


@pytest.mark.parametrize(
    "drift",
    [
        product_of_somebody_else,
        key_on_another_product,
        key_on_another_interval,
        another_account,
        two_portals,
    ],
    ids=lambda it: it.__name__,
)
def test_what_cannot_be_mended_is_refused_and_nothing_is_changed(
    synced: Any, pack: Pack, emulator: Emulator, drift: Callable[[Any, Pack], str]
) -> None:
    why = drift(synced, pack)
    change(pack, name="Would be renamed")
    before = len(emulator.requests())
    assert why in refused()
    assert {one["method"] for one in emulator.requests()[before:]} == {"GET"}


def test_prices_of_another_account_are_forgotten_when_that_is_said(synced: Any, pack: Pack) -> None:
    another_account(synced, pack)
    sync("--forget-prices")
    assert not StripePrice.objects.get(stripe_id="price_elsewhere").active
    assert rows_for_sale(pack=pack) == {2800, 3300}
    assert sync() == NOTHING


def test_an_endpoint_of_another_version_is_replaced_when_that_is_said(at_stripe: Any, pack: Pack) -> None:
    """In two runs: between them the site learns the new one's secret."""
    url = "https://briefings.example/stripe/webhook/"
    at_stripe.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    assert "Stripe changes no endpoint's version" in refused()
    assert "whsec_" in sync("--replace-endpoint")
    assert [one.api_version for one in at_stripe.webhook_endpoints.list().data] == [stripe.api_version, None]
    assert "is in its place" in sync()
    assert [one.api_version for one in at_stripe.webhook_endpoints.list().data] == [stripe.api_version]
    assert sync() == NOTHING


def test_an_address_that_stripe_does_not_reach_is_left_out_and_said(settings: Settings) -> None:
    settings.BASE_URL, settings.STRIPE_API_BASE = "http://127.0.0.1:8000", ""
    nothing = catalogue.Found(goods=[], products={}, prices={}, portals=[], endpoints=[])
    made = catalogue.plan(nothing)
    assert [step.text for step in made.steps] == ["portal: create its configuration"]
    assert made.notes == [
        "endpoint: http://127.0.0.1:8000/stripe/webhook/ is no address that Stripe reaches: it was left out"
    ]


def test_stripe_away_and_no_key_are_said_in_one_line(
    at_stripe: Any, emulator: Emulator, settings: Settings, pack: Pack
) -> None:
    emulator.down()
    with pytest.raises(CommandError, match=r"\AStripe does not answer; run this again \(.*\)\Z") as found:
        sync()
    assert found.value.returncode == 2
    settings.STRIPE_SECRET_KEY = ""
    assert refused() == "Stripe refuses: there is no STRIPE_SECRET_KEY"


def test_half_a_run_is_finished_by_the_next(at_stripe: Any, emulator: Emulator, pack: Pack) -> None:
    emulator.weather(status=500, path="/v1/prices", method="POST", times=100)
    assert refused().startswith("Stripe does not answer")
    emulator.clear()
    sync()
    assert amounts_for_sale(at_stripe, pack) == {"gbp": 2800, "eur": 3300}
    assert sync() == NOTHING


def test_every_type_of_event_that_is_asked_for_exists() -> None:
    source = inspect.getsource(inspect.getmodule(WebhookEndpointCreateParams))  # type: ignore[arg-type]
    assert [kind for kind in handlers.TYPES if f'"{kind}"' not in source] == []


def test_real_cards_are_charged_nothing_new_before_somebody_agreed(
    at_stripe: Any, pack: Pack, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STRIPE_LIVEMODE = True
    monkeypatch.setattr("builtins.input", lambda question: "")
    assert "nothing was changed" in refused()
    assert not StripePrice.objects.exists()
    assert list(at_stripe.products.list().data) == []
