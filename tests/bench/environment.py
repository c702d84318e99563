"""What the site is told: production's settings, as an operator would give them."""

import os
from collections.abc import Mapping
from pathlib import Path

HOST = "marquee.example"
BASE_URL = f"https://{HOST}"
WEBHOOK_SECRET = "whsec_nobodys0123456789abcdef"
OURS = ("DATABASE_URL", "DATABASE_OWNER_URL", "CACHE_URL", "DATA_DIR", "PORT", "BASE_URL", "STRIPE_API_BASE")


def site_environ(data_dir: Path, *, database: str, owner: str, cache: str, **more: str) -> Mapping[str, str]:
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    return plain | {
        "DJANGO_SETTINGS_MODULE": "briefings_site.settings.production",
        "DATA_DIR": str(data_dir),
        "DATABASE_URL": database,
        "DATABASE_OWNER_URL": owner,
        "CACHE_URL": cache,
        "BASE_URL": BASE_URL,
        "ALLOWED_HOSTS": f"{HOST},127.0.0.1",
        "SECRET_KEY": "".join(chr(97 + number * 7 % 26) for number in range(60)),
        "EMAIL_URL": "smtp://127.0.0.1:1",
        "STRIPE_SECRET_KEY": "sk_test_nobodys0123456789",
        "STRIPE_TEST_MODE_ALLOWED": "1",
        "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "TRUSTED_PROXY_COUNT": "1",
        "SECURE_PROXY_SSL_HEADER": "X-Forwarded-Proto",
        "LOG_LEVEL": "WARNING",
        **more,
    }
