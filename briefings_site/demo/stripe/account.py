"""The one account there is."""

from .api import Asked, listed, retrieved, route
from .pagination import page
from .parameters import flag, listing, text
from .store import Object
from .world import World

ID = "acct_localstandin"
OPENED = 1_700_000_000


@route("GET", "/v1/account")
def retrieve(world: World, asked: Asked) -> Object:
    return {
        "id": ID,
        "object": "account",
        "business_profile": {"name": "Marquee", "url": None},
        "business_type": "company",
        "capabilities": {"card_payments": "active", "sepa_debit_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "DE",
        "created": OPENED,
        "default_currency": "eur",
        "details_submitted": True,
        "email": "stand-in@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "settings": {
            "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
            "card_payments": {"statement_descriptor_prefix": "MARQUEE"},
            "dashboard": {"display_name": "Marquee", "timezone": "Europe/Berlin"},
            "payments": {"statement_descriptor": "MARQUEE"},
        },
        "type": "standard",
    }


retrieved("/v1/events/{event}", "event", "id")


@listed("/v1/events", type=text, types=listing(text), delivery_success=flag)
def list_events(world: World, asked: Asked) -> Object:
    wanted = asked.get("types") or ([asked.params["type"]] if asked.get("type") else None)
    delivered = asked.get("delivery_success")
    found = (
        one
        for one in world.store.where("event")
        if (wanted is None or one["type"] in wanted)
        and (delivered is None or world.post.delivered(one["id"]) == delivered)
    )
    return page(found, asked.params, url="/v1/events")
