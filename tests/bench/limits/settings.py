"""A Django with nothing in it: what the same server and the same framework can do at best."""

import os

from briefings_site.settings.base import database

SECRET_KEY = "of-a-server-that-nobody-reaches-but-the-benchmark"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.bench.limits.urls"
USE_TZ = True
DATABASES = {"default": database(os.environ["DATABASE_URL"])}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
INSTALLED_APPS += ["django.contrib.messages"]
# Those of a new project.
USUAL = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
MIDDLEWARE = USUAL if os.environ.get("BENCH_MIDDLEWARE") == "usual" else []
LOGGING_CONFIG = None
