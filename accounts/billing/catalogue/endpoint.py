"""The endpoint that Stripe sends events to."""

from collections.abc import Callable, Iterable, Iterator

from django.conf import settings

from .. import handlers
from ..gateway import catalogue as gateway
from ..offers import EndpointAtStripe
from .steps import Plan

WEBHOOK = "/stripe/webhook/"


def plan_endpoint(made: Plan) -> None:
    url = f"{settings.BASE_URL}{WEBHOOK}"
    if not reachable(url):
        made.notes.append(f"endpoint: {url} is no address that Stripe reaches: it was left out")
        return
    here = [one for one in made.found.endpoints if one.url == url]
    fitting = [one for one in here if one.api_version == gateway.API_VERSION]
    if fitting:
        mend_endpoint(made, fitting[0])
        for old in (one for one in here if one is not fitting[0]):
            made.step(f"endpoint {old.id}: delete, {fitting[0].id} is in its place", deletion(old))
    elif here and not made.wishes.replace_endpoint:
        made.refuse(
            f"endpoint {here[0].id} sends events of version {here[0].api_version or 'of the account'}, and we"
            f" read {gateway.API_VERSION}. Stripe changes no endpoint's version: --replace-endpoint makes"
            " another, and the next run after it deletes this one"
        )
    else:
        made.step(f"endpoint: create {url} for {len(events())} types of events", lambda: create_endpoint(url))


def reachable(url: str) -> bool:
    return url.startswith("https://") or bool(settings.STRIPE_API_BASE)


def events() -> frozenset[str]:
    return frozenset(handlers.TYPES)


def mend_endpoint(made: Plan, endpoint: EndpointAtStripe) -> None:
    texts = list(endpoint_drift(endpoint))
    if texts:
        text = f"endpoint {endpoint.id}: {', '.join(texts)}"
        made.step(text, lambda: gateway.update_endpoint(endpoint.id, events=events()))


def endpoint_drift(endpoint: EndpointAtStripe) -> Iterator[str]:
    if not endpoint.enabled:
        yield "switch on again"
    if missing := events() - endpoint.events:
        yield f"add {listed(missing)}"
    if surplus := endpoint.events - events():
        yield f"leave out {listed(surplus)}"


def listed(names: Iterable[str]) -> str:
    return " ".join(sorted(names))


def deletion(endpoint: EndpointAtStripe) -> Callable[[], None]:
    return lambda: gateway.delete_endpoint(endpoint.id)


def create_endpoint(url: str) -> str:
    secret = gateway.create_endpoint(url, events=events())
    if secret in settings.STRIPE_WEBHOOK_SECRET.split(","):
        return "it signs with the STRIPE_WEBHOOK_SECRET that is set"
    former = "after the one that is there, with a comma between" if settings.STRIPE_WEBHOOK_SECRET else "now"
    return f"it signs with {secret}, which is shown this once: put it into STRIPE_WEBHOOK_SECRET {former}"
