"""A CDN before the site, where there is one: how it hears of changes, and how long it may keep pages unasked.

Without any of these nothing is kept unasked by anybody: docs/decisions/0030-a-cdn-hears-of-every-change.md.
"""

from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

# Seconds a page may be shown without asking us, and after that while we are asked. Together they are the
# longest that anything old can be seen, should no purge ever arrive.
CDN_SECONDS = env.int("CDN_SECONDS", default=300)
CDN_STALE_SECONDS = env.int("CDN_STALE_SECONDS", default=60)

# By key: Varnish with xkey, Fastly. Several, with commas between them, are all told.
CDN_PURGE_URLS: list[str] = env.list("CDN_PURGE_URL", default=[])
CDN_PURGE_METHOD = env.str("CDN_PURGE_METHOD", default="PURGE")
CDN_PURGE_HEADER = env.str("CDN_PURGE_HEADER", default="Surrogate-Key")
# A whole header: "Fastly-Key: …"
CDN_PURGE_AUTH = env.str("CDN_PURGE_AUTH", default="")
# By address: a cache that knows PURGE and no keys.
CDN_PURGE_ADDRESSES_URL = env.str("CDN_PURGE_ADDRESSES_URL", default="")
CLOUDFLARE_ZONE_ID = env.str("CLOUDFLARE_ZONE_ID", default="")
CLOUDFLARE_TOKEN = env.str("CLOUDFLARE_TOKEN", default="")

for url in (*CDN_PURGE_URLS, *filter(None, [CDN_PURGE_ADDRESSES_URL])):
    if not url.startswith(("http://", "https://")):
        raise ImproperlyConfigured(
            "CDN_PURGE_URL, CDN_PURGE_ADDRESSES_URL: must start with http:// or https://"
        )

WAGTAILFRONTENDCACHE: dict[str, dict[str, Any]] = {
    f"keys at {url}": {
        "BACKEND": "articles.cdn.ByKey",
        "LOCATION": url,
        "METHOD": CDN_PURGE_METHOD,
        "HEADER": CDN_PURGE_HEADER,
        "AUTH": CDN_PURGE_AUTH,
    }
    for url in CDN_PURGE_URLS
}
if CDN_PURGE_ADDRESSES_URL:
    WAGTAILFRONTENDCACHE["addresses"] = {
        "BACKEND": "articles.cdn.ByAddress",
        "LOCATION": CDN_PURGE_ADDRESSES_URL,
    }
if CLOUDFLARE_ZONE_ID:
    WAGTAILFRONTENDCACHE["cloudflare"] = {
        "BACKEND": "articles.cdn.AtCloudflare",
        "ZONEID": CLOUDFLARE_ZONE_ID,
        "BEARER_TOKEN": CLOUDFLARE_TOKEN,
    }
