"""Production's settings, but for what a test machine lacks: Redis, a mail server, collected static files."""

from briefings_site.settings.base import DATA_DIR
from briefings_site.settings.production import *  # noqa: F403
from briefings_site.settings.production import STORAGES

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
STORAGES = STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
EMAIL_BACKEND = "briefings_site.mail.FilingEmailBackend"
EMAIL_HOST = ""
MAIL_DIR = DATA_DIR / "mail"
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
# Signing in is no part of what is measured here.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
