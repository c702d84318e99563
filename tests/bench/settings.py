"""Production's settings, for the process that writes the newsroom: it needs no Redis and runs no server."""

from briefings_site.settings.production import *  # noqa: F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
