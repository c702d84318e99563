"""Refuses to start on a missing or unsafe value, and names all of them at once."""

import os

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .base import BASE_URL, DATABASES, MIDDLEWARE, database, env, owner
from .refusals import refusals
from .several import behind_a_pooler, replica
from .shared_cache import shared_cache

if refused := list(refusals(os.environ)):
    raise ImproperlyConfigured(
        "production settings refuse to start:\n" + "\n".join(f"  {r}" for r in refused)
    )

SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
DATABASES["default"] = database(env.str("DATABASE_URL")) | behind_a_pooler()
DATABASE_OWNER = owner(env.str("DATABASE_OWNER_URL", default=""))
DATABASE_OWNER_REQUIRED = True
if url := env.str("DATABASE_REPLICA_URL", default=""):
    DATABASES["replica"] = replica(url)
    DATABASE_ROUTERS = ["articles.replicas.Router"]
    MIDDLEWARE = [*MIDDLEWARE, "articles.replicas.PublicReads"]
CACHES = {"default": shared_cache(env.str("CACHE_URL"))}
vars().update(env.email_url_config(env.str("EMAIL_URL")))

SECURE_SSL_REDIRECT = True
# Probes come over plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Only by name: believed without a proxy that overwrites it, any visitor could claim to be on HTTPS.
if header := env.str("SECURE_PROXY_SSL_HEADER", default=""):
    SECURE_PROXY_SSL_HEADER = (f"HTTP_{header.upper().replace('-', '_')}", "https")
