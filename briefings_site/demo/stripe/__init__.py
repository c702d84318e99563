"""A stand-in for Stripe's servers: development tooling, which a production process refuses to load."""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith(".production"):
    raise ImportError("the local stand-in for Stripe is not for production: it would take no money")
