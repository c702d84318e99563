"""The whole rule of the gate, as a table."""

import pytest

from insights.access import Reason, decide
from insights.standing import VISITOR, Standing

SIGNED_IN = Standing(signed_in=True, balance=99)

PUBLIC, REGISTERED, UNLOCKED, CLUB, TEAM, GIFT, EDITOR = Reason
TABLE = [
    # level, price, standing, reason (None: locked)
    ("public", 1, VISITOR, PUBLIC),
    ("public", 0, VISITOR, PUBLIC),
    ("public", 1, Standing(signed_in=True, unlock="unlocked"), PUBLIC),
    ("registered", 1, VISITOR, None),
    ("registered", 0, VISITOR, None),
    ("registered", 1, SIGNED_IN, REGISTERED),
    ("registered", 1, Standing(signed_in=True, membership="comp"), REGISTERED),
    ("locked", 1, VISITOR, None),
    ("locked", 0, VISITOR, None),
    ("locked", 1, SIGNED_IN, None),
    ("locked", 0, SIGNED_IN, REGISTERED),
    ("locked", 99, SIGNED_IN, None),
    ("locked", 1, Standing(signed_in=True, unlock="unlocked"), UNLOCKED),
    ("locked", 1, Standing(signed_in=True, unlock="gift"), GIFT),
    ("locked", 1, Standing(signed_in=True, membership="comp"), CLUB),
    ("locked", 1, Standing(signed_in=True, membership="paid"), CLUB),
    ("locked", 1, Standing(signed_in=True, membership="team"), TEAM),
    ("locked", 1, Standing(signed_in=True, editor=True), EDITOR),
    # What a reader owns is said before what is lent.
    ("locked", 1, Standing(signed_in=True, unlock="unlocked", membership="comp", editor=True), UNLOCKED),
    ("locked", 1, Standing(signed_in=True, membership="team", editor=True), TEAM),
    # Unknown is locked, whatever else is true.
    ("", 1, Standing(signed_in=True, unlock="unlocked", membership="comp", editor=True), None),
    ("Public", 1, VISITOR, None),
    ("everyone", 0, SIGNED_IN, None),
    ("locked", 1, Standing(signed_in=True, unlock="refunded"), None),
    ("locked", 1, Standing(signed_in=True, membership="trial"), None),
    # Nothing that is held counts without being signed in.
    ("locked", 1, Standing(signed_in=False, unlock="unlocked", membership="paid", editor=True), None),
]


@pytest.mark.parametrize(("level", "price", "standing", "reason"), TABLE)
def test_the_rule(level: str, price: int, standing: Standing, reason: Reason | None) -> None:
    assert decide(level, price, standing) is reason
