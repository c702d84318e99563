"""What the site is told about money: how Stripe is reached, and who sells."""

from typing import Any
from urllib.parse import urlsplit

import environ

env = environ.Env()

# Without a key nothing is sold; reading and unlocking go on.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="").strip()
# Several, with commas between them, while one is exchanged for the next.
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="").strip()
# Empty: Stripe itself.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="").strip().rstrip("/")
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_AUTOMATIC_TAX = env.bool("STRIPE_AUTOMATIC_TAX", default=False)
# Before the ids of our products: two sites on one Stripe account need two. Never changed afterwards.
STRIPE_PREFIX = env.str("STRIPE_PREFIX", default="marquee")
# Bytes. Stripe's own events are a tenth of it at most.
STRIPE_WEBHOOK_MAX_BYTES = 256 * 1024
# Seconds that a signature may be old, or from the future.
STRIPE_WEBHOOK_TOLERANCE = 300

# Prices without a currency of their own are shown and charged in this one.
BILLING_CURRENCY = env.str("BILLING_CURRENCY", default="GBP").upper()
SELLS_IN = ("GBP", "EUR", "USD")
CURRENCIES = [BILLING_CURRENCY, *(code for code in SELLS_IN if code != BILLING_CURRENCY)]

# Who stands on receipts. In the address a | begins a new line.
SELLER: dict[str, Any] = {
    "name": env.str("SELLER_NAME", default=env.str("SITE_NAME", default="Marquee")),
    "address": [line.strip() for line in env.str("SELLER_ADDRESS", default="").split("|") if line.strip()],
    "vat_id": env.str("SELLER_VAT_ID", default=""),
}

# A form of ours may lead on to these: Chrome holds the redirect after a POST to form-action too.
STRIPE_PAGES = ["https://checkout.stripe.com", "https://billing.stripe.com"]
if STRIPE_API_BASE:
    STRIPE_PAGES.append("{0.scheme}://{0.netloc}".format(urlsplit(STRIPE_API_BASE)))
