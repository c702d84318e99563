"""Bodies and signatures as Stripe would make them, and as it would not."""

import hashlib
import hmac
import json
import time
from typing import Any

SECRET = "whsec_local"


def a_body(**facts: Any) -> bytes:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "charge.succeeded",
        "created": 1_790_000_000,
        "livemode": False,
        "api_version": "2026-10-28.endive",
        "data": {"object": {"id": "ch_1", "object": "charge"}},
    }
    return json.dumps(event | facts).encode()


def signature(body: bytes, *, secret: str = SECRET, age: int = 0, scheme: str = "v1") -> str:
    moment = int(time.time()) - age
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},{scheme}={mac}"
