"""The version of all that the site has published, and what is kept for as long as it holds.

The version is part of every key, so a change need not know what showed it: nothing old can be found again.
A process trusts the version it read for a moment: until the bell of its machine rings, and no longer than
``VERSION_TRUSTED_SECONDS``, which is how long another machine may not have heard of a change.
"""

import pickle
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple, TypeVar, cast

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal

from . import replicas
from .bell import bell
from .shared import CacheAway, ask, keep
from .shelf import shelf

KEY = "published-version"
KEPT_SECONDS = 24 * 60 * 60
# Something that is published has changed, for all to see.
renewed = Signal()

Value = TypeVar("Value")


class Published(NamedTuple):
    """``edition``: the code that shows it. ``word``: all that is published."""

    edition: str
    word: str


@dataclass(frozen=True, slots=True)
class Trusted:
    published: Published
    sound: bytes
    until: float


@dataclass
class Mind:
    """What this process knows. One assignment replaces it whole, so threads need no lock."""

    trusted: Trusted | None = None


mind = Mind()


class Renewal:
    """Waits for the transaction that changed something to commit; it goes as that is rolled back.

    Its word is the version for whoever looks inside: what is kept of a draft of the truth is not for others.
    """

    def __init__(self) -> None:
        self.word = uuid.uuid4().hex

    def __call__(self) -> None:
        renew()


def version() -> str:
    """What is published now. Read it before the content it will stand for.

    Where nobody knows it, a word that will not be heard again.
    """
    return known_version() or uuid.uuid4().hex


def known_version() -> str | None:
    """The same; nothing where the cache is away, and then nothing can be kept."""
    if word := word_inside():
        return word
    published = published_now()
    return published.word if published else None


def word_inside() -> str | None:
    """That of a transaction at hand which changed something and has not ended."""
    for _, then, _ in reversed(transaction.get_connection().run_on_commit):
        if isinstance(then, Renewal):
            return then.word
    return None


def published_now() -> Published | None:
    """For whoever is in no transaction. Nothing, if the cache is away."""
    sound, at, trusted = bell().sound(), monotonic(), mind.trusted
    if trusted is not None and trusted.sound == sound and at < trusted.until:
        return trusted.published
    published = read()
    if published is not None and sound:
        mind.trusted = Trusted(published, sound, at + settings.VERSION_TRUSTED_SECONDS)
    return published


def read() -> Published | None:
    if bell().take_debt():
        return renew()
    try:
        known = ask(KEY)
    except CacheAway:
        return None
    return noted(Published(*known)) if known else told()


def something_changed() -> None:
    """At once for those who look inside this transaction; for all others when it ends."""
    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(Renewal())
    else:
        renew()


def everything_changed() -> None:
    """As by new code, which may show the same content in another way."""
    renew(edition=uuid.uuid4().hex)


def renew(*, edition: str = "") -> Published | None:
    """Told to the cache, or owed to it: it must not come back with the old version."""
    fresh = told(edition=edition)
    if fresh is None:
        bell().owe()
    renewed.send(sender=None)
    return fresh


def told(*, edition: str = "") -> Published | None:
    """A version that the cache has now, and says so: it may be one that is silent while it is away."""
    try:
        fresh = noted(Published(edition or known_edition(), uuid.uuid4().hex + replicas.position_mark()))
        keep(KEY, tuple(fresh), timeout=None)
        heard = ask(KEY) == tuple(fresh)
    except CacheAway:
        return None
    mind.trusted = None
    bell().ring()
    return fresh if heard else None


def noted(published: Published) -> Published:
    """Before anything is read for it: a replica has to have come so far."""
    replicas.note(published.word)
    return published


def known_edition() -> str:
    known = ask(KEY)
    return known[0] if known else uuid.uuid4().hex


def kept(name: str, make: Callable[[], Value], *, shared: bool = False) -> Value:
    """The public value of that name for the version of now, made once.

    Each caller is given a copy of its own; ``shared``, the same one as all others, which nobody may change.
    """
    word = known_version()
    return found_or_made(f"{word}:{name}", make, shared=shared) if word else make()


def kept_by(key: str, make: Callable[[], Value], *, shared: bool = False) -> Value:
    """The same for what ``key`` alone determines, as a revision does: only new code makes it old."""
    published = published_now()
    return found_or_made(f"{published.edition}:{key}", make, shared=shared) if published else make()


def found_or_made(key: str, make: Callable[[], Value], *, shared: bool) -> Value:
    place = f"{key}:shared" if shared else key
    found = shelf.get(place)
    if found is None:
        packed = packed_in_cache(key) or packed_anew(key, make())
        if packed is None:
            return cast(Value, None)
        found = pickle.loads(packed) if shared else packed  # noqa: S301 (written by ourselves)
        shelf.put(place, found, size=len(packed))
    return cast(Value, found if shared else pickle.loads(found))  # noqa: S301


def packed_in_cache(key: str) -> bytes | None:
    try:
        return cast(bytes | None, ask(key))
    except CacheAway:
        return None


def packed_anew(key: str, value: Any) -> bytes | None:
    """Nothing is not kept."""
    if value is None:
        return None
    packed = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    with suppress(CacheAway):
        keep(key, packed, timeout=KEPT_SECONDS)
    return packed
