"""The token against forged forms, masked anew for every page as Django masks it.

Django draws 32 characters one by one for each mask, which costs a page as much as all its queries. Here they
come from one draw; what comes out, Django takes off again.
"""

import os
import string

CHARACTERS = (string.ascii_letters + string.digits).encode()
LENGTH = 32
NUMBERS = bytes(CHARACTERS.find(byte) & 0xFF for byte in range(256))
WRITTEN = bytes(CHARACTERS[number % len(CHARACTERS)] for number in range(256))
# Of 256 numbers the last eight are thrown away, so that no character comes more often than another.
FAIR = 256 - 256 % len(CHARACTERS)
UNFAIR = bytes(range(FAIR, 256))


def is_secret(value: str) -> bool:
    """As Django's cookie holds it. An older, masked form is for Django to read."""
    return len(value) == LENGTH and value.isascii() and value.isalnum()


def new_secret() -> str:
    return drawn().translate(WRITTEN).decode()


def masked(secret: str) -> str:
    mask = drawn()
    hidden = bytes(map(sum, zip(secret.encode().translate(NUMBERS), mask, strict=True)))
    return (mask + hidden).translate(WRITTEN).decode()


def drawn() -> bytes:
    """Numbers below 62, each as likely as any other."""
    numbers = os.urandom(2 * LENGTH).translate(None, UNFAIR)[:LENGTH]
    return bytes(number % len(CHARACTERS) for number in numbers) if len(numbers) == LENGTH else drawn()
