"""One machine, an embedded PostgreSQL, people whose password is printed: for looking and trying."""

import os

from briefings_site.cluster import ROLES, started
from briefings_site.demo import local_stripe

from .base import *
from .base import DATA_DIR, DATABASES, SELLER, database, env, owner

DEMO = True
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", default="help@example.com")
SERVE_MEDIA = True
SECRET_KEY = env.str("SECRET_KEY", default="demo-only-key-that-production-settings-refuse")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
if DATABASE_URL := env.str("DATABASE_URL", default=""):
    DATABASES["default"] = database(DATABASE_URL)
    DATABASE_OWNER = owner(env.str("DATABASE_OWNER_URL", default=""))
else:
    cluster = started(DATA_DIR)
    DATABASES["default"] = database(cluster.url(ROLES.application))
    DATABASE_OWNER = owner(cluster.url(ROLES.owner))

# The demo tells its own processes; a command that is run beside it finds the local Stripe here.
vars().update(local_stripe.settings_beside(DATA_DIR, os.environ))

if not SELLER["address"]:
    SELLER = SELLER | {"address": ["1 Example Street", "London"], "vat_id": "GB000000000"}

# Shared by web, worker and clock. It counts without atomicity, so of two requests in the same instant a
# limit may count one: good enough for one machine, and why production insists on Redis.
CACHES = {
    "default": {
        "BACKEND": "briefings_site.file_cache.CheckedFileCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

MAIL_DIR = DATA_DIR / "mail"
EMAIL_HOST = ""
if EMAIL_URL := env.str("EMAIL_URL", default=""):
    vars().update(env.email_url_config(EMAIL_URL))
EMAIL_BACKEND = "briefings_site.mail.FilingEmailBackend"
