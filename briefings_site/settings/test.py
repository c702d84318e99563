"""The demo's settings, made quick, in a data folder of their own: a running demo is not disturbed."""

import os
from pathlib import Path

# Also for the sites that tests start: their workers draw while the tests wait.
os.environ.setdefault("AVIF_SPEED", "10")
os.environ.setdefault("DATA_DIR", str(Path(__file__).resolve().parent.parent.parent / "var" / "test"))

from briefings_site.cluster import SUPERUSER, started

from .base import *
from .base import DATA_DIR, DATABASES, STORAGES, env

SECRET_KEY = "test-only-key-that-production-settings-refuse"
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "testserver"]
# Whoever makes the test databases; the tests then take the application's role: tests/acting.py.
DATABASES["default"] = dict(
    env.db_url_config(env.str("DATABASE_URL", default="") or started(DATA_DIR, durable=False).url(SUPERUSER))
)
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# Each process that runs tests counts its pictures from one, in a database of its own.
MEDIA_ROOT = DATA_DIR / "media" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
MAIL_DIR = DATA_DIR / "mail"
EMAIL_HOST = ""
EMAIL_BACKEND = "briefings_site.mail.FilingEmailBackend"
# Each process of a test has a cache of its own, so none may trust what it heard.
VERSION_TRUSTED_SECONDS = 0
