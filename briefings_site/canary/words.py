"""A canary: one word that stands nowhere else, planted where only some may read."""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

# The beginning of a canary is enough to know it by: a teaser might cut it short.
WORD = re.compile(r"canary([0-9a-f]{8})")
LENGTH = 16


def new_seed() -> str:
    return secrets.token_hex(32)


@dataclass(frozen=True)
class Seed:
    """Makes the same words and passwords again and again, and nobody else can."""

    secret: str

    def word(self, *place: str) -> str:
        return f"canary{self._of('word', *place)[:LENGTH]}"

    def password(self, kind: str) -> str:
        return self._of("password", kind)[:32]

    def _of(self, *what: str) -> str:
        return hmac.new(self.secret.encode(), "\n".join(what).encode(), hashlib.sha256).hexdigest()
