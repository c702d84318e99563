"""Who the readers are, by which cookie they are known, and what they have unlocked."""

import hashlib

DESKS = ("Entertainment", "Technology", "Gaming", "Policy", "Finance", "Science", "Sport", "Law")
EVERY_MEMBER = 10
# The first deeds of every reader are gifts of the house; all later ones are unlocks.
GIVEN = 2
# From one unlock to the next. Coprime to the number of briefings, so that no reader meets one twice.
STRIDE = 997


def email_of(number: int) -> str:
    return f"reader-{number}@bench.example.com"


def is_member(number: int) -> bool:
    return number % EVERY_MEMBER == EVERY_MEMBER - 1


def session_of(number: int) -> str:
    return hashlib.sha256(f"session of reader {number}".encode()).hexdigest()[:32]
