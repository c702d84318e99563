"""Production's settings, but for what a rehearsal lacks: a mail server, and Stripe."""

from briefings_site.settings.base import DATA_DIR
from briefings_site.settings.production import *  # noqa: F403

STRIPE_SECRET_KEY = ""
EMAIL_BACKEND = "briefings_site.mail.FilingEmailBackend"
EMAIL_HOST = ""
MAIL_DIR = DATA_DIR / "mail"
