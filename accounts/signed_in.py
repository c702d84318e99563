"""Who a session says is signed in: read as Django reads it, for pages that are asked for all day.

Whatever is unusual about a session is None here, and whoever asks goes the long way, where Django decides.
"""

from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from .models import User
from .models.session import SessionStore

# What a sign-in leaves in a session. Anything else may be something that the next page shows.
ORDINARY = {
    SESSION_KEY,
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    "_session_expiry",
    "account_authentication_methods",
    "account_authentication_methods_user",
}


# About 2 MB.
MOST_REMEMBERED = 2048


class SignedIn(NamedTuple):
    """``data`` is the session as it is stored, which ``reader_id`` and ``password_mac`` were read from."""

    session_key: str
    data: str
    reader_id: int
    password_mac: str


_remembered: dict[str, SignedIn] = {}


def is_signed_in(session_key: str, data: str, *, reader_id: int, password: str) -> bool:
    """True where the session, of which ``data`` is stored now, says that it is that reader's and was begun
    under that password. ``password`` is its hash, as stored now; of an active reader."""
    session = known(session_key, data)
    if session is None or session.reader_id != reader_id:
        return False
    return vouches_for(session, password=password)


def known(session_key: str, data: str) -> SignedIn | None:
    """What was read before of the same, or is now."""
    session = _remembered.get(session_key)
    if session is None or session.data != data:
        session = read(session_key, data)
        if session is not None:
            remember(session)
    return session


def remember(session: SignedIn) -> None:
    if len(_remembered) >= MOST_REMEMBERED:
        _remembered.clear()
    _remembered[session.session_key] = session


def read(session_key: str, data: str) -> SignedIn | None:
    """Not yet proof: ``vouches_for`` must hold with the reader's password of now."""
    said = SessionStore().decode(data)
    if SESSION_KEY not in said or not ORDINARY.issuperset(said):
        return None
    if said.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return None
    reader_id = User._meta.pk.to_python(said[SESSION_KEY])
    return SignedIn(session_key, data, reader_id, said.get(HASH_SESSION_KEY) or "")


def vouches_for(session: SignedIn, *, password: str) -> bool:
    """A new password ends every session begun under the old one. ``password`` is its hash, as stored."""
    return constant_time_compare(session.password_mac, mac_of(password))


@lru_cache(maxsize=4096)
def mac_of(password: str) -> str:
    return User(password=password).get_session_auth_hash()
