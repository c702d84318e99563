"""An editor's preview of a draft, as each kind of reader would find it."""

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from insights.standing import VISITOR, Standing

STANDINGS = {
    "visitor": VISITOR,
    "registered": Standing(signed_in=True, balance=3),
    "broke": Standing(signed_in=True, balance=0),
    "unlocked": Standing(signed_in=True, unlock="unlocked", balance=2),
    "member": Standing(signed_in=True, membership="comp"),
}
PREVIEW_MODES = [
    ("visitor", "A visitor"),
    ("registered", "A reader with credits"),
    ("broke", "A reader without credits"),
    ("unlocked", "A reader who unlocked it"),
    ("member", "A club member"),
]


def as_previewed(request: HttpRequest, mode: str) -> HttpRequest:
    """The request with the standing of the reader that this mode stands for."""
    request.previewed_standing = STANDINGS.get(mode, VISITOR)  # type: ignore[attr-defined]
    if not request.previewed_standing.signed_in:  # type: ignore[attr-defined]
        request.user = AnonymousUser()
    return request
