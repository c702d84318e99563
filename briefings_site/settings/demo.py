from briefings_site.cluster import database_url

from .base import *
from .base import DATA_DIR, DATABASES, env

SECRET_KEY = env.str("SECRET_KEY", default="demo-only-key-that-production-settings-refuse")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
DATABASES["default"] = env.db_url_config(env.str("DATABASE_URL", default="") or database_url(DATA_DIR))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": DATA_DIR / "cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
