"""What production will not start with. Each finding is ``NAME: why``."""

import re
from collections.abc import Callable, Iterator, Mapping
from urllib.parse import SplitResult, urlsplit

from django.http.request import validate_host

KEY_LENGTH = 50
KEY_VARIETY = 5
STRIPE_ITSELF = "https://api.stripe.com"
# By Stripe's own words: secret and restricted keys, live and for testing.
LIVE_KEYS = ("sk_live_", "rk_live_")
TEST_KEYS = ("sk_test_", "rk_test_")
STRIPE_KEY_LENGTH = 24
WEBHOOK_SECRET_LENGTH = 24
TEST_MODE = "STRIPE_TEST_MODE_ALLOWED"


def refusals(environ: Mapping[str, str]) -> Iterator[str]:
    for name, check in CHECKS.items():
        value = environ.get(name, "").strip()
        why = check(value) if value else "is missing"
        if why:
            yield f"{name}: {why}"
    yield from _stranger(environ)
    yield from _owner(environ)
    yield from _replica(environ)
    yield from _another_stripe(environ)


def _secret_key(value: str) -> str:
    if re.search(r"^(demo|test)-only|insecure|change.?me", value, re.IGNORECASE):
        return "is a published example"
    if len(value) < KEY_LENGTH or len(set(value)) < KEY_VARIETY:
        return f"is too short or too plain: at least {KEY_LENGTH} random characters"
    return ""


def _allowed_hosts(value: str) -> str:
    hosts = [host.strip() for host in value.split(",")]
    if any("*" in host or host in ("", ".") for host in hosts):
        return "has an empty or catch-all entry: name the hosts"
    return ""


def _url(*schemes: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        url = _split(value)
        if url is None or url.scheme not in schemes:
            return f"must start with {' or '.join(f'{scheme}://' for scheme in schemes)}"
        return "" if url.hostname or "host=" in url.query else "names no host"

    return check


def _database(value: str) -> str:
    url = _split(value)
    return _url("postgres", "postgresql")(value) or ("" if url and url.username else "names no role")


def _split(value: str) -> SplitResult | None:
    try:
        return urlsplit(value)
    except ValueError:
        return None


def _stranger(environ: Mapping[str, str]) -> Iterator[str]:
    url = _split(environ.get("BASE_URL", ""))
    hosts = [host.strip() for host in environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()]
    if url and url.hostname and hosts and not validate_host(url.hostname, hosts):
        yield f"BASE_URL: its host {url.hostname} is not in ALLOWED_HOSTS"


def _owner(environ: Mapping[str, str]) -> Iterator[str]:
    """Needed by migrations alone, so nothing else is asked to have it."""
    value = environ.get("DATABASE_OWNER_URL", "").strip()
    owner, application = _split(value), _split(environ.get("DATABASE_URL", ""))
    if value and (why := _database(value)):
        yield f"DATABASE_OWNER_URL: {why}"
    elif owner and application and value and owner.username == application.username:
        yield "DATABASE_OWNER_URL: names the same role as DATABASE_URL"


def _replica(environ: Mapping[str, str]) -> Iterator[str]:
    value = environ.get("DATABASE_REPLICA_URL", "").strip()
    if value and (why := _database(value)):
        yield f"DATABASE_REPLICA_URL: {why}"
    elif value and value == environ.get("DATABASE_URL", "").strip():
        yield "DATABASE_REPLICA_URL: is the address of DATABASE_URL"


def _stripe_key(value: str) -> str:
    if not value.startswith(LIVE_KEYS + TEST_KEYS):
        return f"is no secret key of Stripe's: these begin with {', '.join(LIVE_KEYS + TEST_KEYS)}"
    return "" if len(value) >= STRIPE_KEY_LENGTH else "is too short for a key of Stripe's"


def _webhook_secret(value: str) -> str:
    """Whoever guesses it can say that they paid."""
    secrets = [secret.strip() for secret in value.split(",")]
    if any(not secret.startswith("whsec_") or len(secret) < WEBHOOK_SECRET_LENGTH for secret in secrets):
        return "has an entry that is no signing secret of Stripe's: these begin with whsec_ and are long"
    return ""


def _another_stripe(environ: Mapping[str, str]) -> Iterator[str]:
    """With test keys, or another service in Stripe's place, cards that are none would buy."""
    key, base = environ.get("STRIPE_SECRET_KEY", "").strip(), environ.get("STRIPE_API_BASE", "").strip()
    if key.startswith(TEST_KEYS) and environ.get(TEST_MODE, "").strip() != "1":
        yield f"STRIPE_SECRET_KEY: is a test key, and {TEST_MODE} is not 1"
    if base and base.rstrip("/") != STRIPE_ITSELF:
        yield f"STRIPE_API_BASE: leave it out: only {STRIPE_ITSELF} is Stripe"


CHECKS: dict[str, Callable[[str], str]] = {
    "SECRET_KEY": _secret_key,
    "ALLOWED_HOSTS": _allowed_hosts,
    "DATABASE_URL": _database,
    "CACHE_URL": _url("redis", "rediss"),
    "BASE_URL": _url("https"),
    "EMAIL_URL": _url("smtp", "smtps", "smtp+tls", "smtp+ssl"),
    "STRIPE_SECRET_KEY": _stripe_key,
    "STRIPE_WEBHOOK_SECRET": _webhook_secret,
}
