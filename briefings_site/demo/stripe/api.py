"""The calls of the API: who asks, which call it is, what it takes, and what is answered."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from . import forms
from .errors import ApiError, broken, invalid, missing, too_many, unauthorised, unknown_address
from .events import VERSION
from .expansion import expanded
from .idempotency import Keys, fingerprint
from .parameters import PAGING, Fields, Kind, Required, listing, taken, text
from .store import Object, new_id
from .weather import Spell
from .world import Request, World

KEY = re.compile(r"sk_test_\w+\Z")
Answer = Callable[[World, Any], Object]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """``ids`` from the address, ``params`` from the form."""

    ids: Mapping[str, str]
    params: dict[str, Any]

    def get(self, name: str, default: Any = None) -> Any:
        value = self.params.get(name)
        return default if value is None else value


@dataclass(frozen=True, kw_only=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    fields: Fields
    answer: Callable[[World, Asked], Object]


ROUTES: list[Route] = []
Answering = Callable[[World, Asked], Object]


def route(
    method: str, path: str, fields: Fields | None = None, **more: Kind | Required
) -> Callable[[Answering], Answering]:
    """``/v1/customers/{customer}`` and what it takes besides ``expand``."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + r"\Z")
    known = {"expand": listing(text), **(fields or {}), **more}

    def register(answer: Answering) -> Answering:
        # An address without a name in it goes before one that would take its last word for an id.
        place = len(ROUTES) if "{" in path else 0
        ROUTES.insert(place, Route(method=method, pattern=pattern, fields=known, answer=answer))
        return answer

    return register


def listed(path: str, **more: Kind | Required) -> Callable[[Answering], Answering]:
    return route("GET", path, PAGING, **more)


def retrieved(path: str, kind: str, param: str) -> None:
    """A plain retrieval by id, which an error names as ``param``."""

    def answer(world: World, asked: Asked) -> Object:
        (wanted,) = asked.ids.values()
        return world.store.get(kind, wanted, param=param)

    route("GET", path)(answer)


@dataclass(frozen=True, kw_only=True)
class Call:
    method: str
    path: str
    encoded: str
    headers: Mapping[str, str]
    id: str = field(default_factory=lambda: new_id("req", 14))

    @property
    def key(self) -> str | None:
        return self.headers.get("Idempotency-Key") if self.method == "POST" else None


@dataclass(frozen=True, kw_only=True)
class Reply:
    status: int
    body: Object
    replayed: bool = False


def reply(world: World, keys: Keys, call: Call, weather: Spell) -> Reply:
    try:
        with keys.working(call.key):
            return _reply(world, keys, call, weather)
    except ApiError as error:
        return Reply(status=error.status, body=error.body(call.id))


def _reply(world: World, keys: Keys, call: Call, weather: Spell) -> Reply:
    _admit(call.headers)
    if weather.slow:
        weather.wait()
    if weather.status:
        raise too_many() if weather.status == 429 else broken(weather.status)
    with world.lock:
        asked = fingerprint(call.method, call.path, call.encoded)
        if call.key and (kept := keys.answered(call.key, asked, now=world.real_now())):
            return Reply(status=kept[0], body=kept[1], replayed=True)
        found, wanted = _understood(call)
        answer = _work(world, call, found, wanted)
        if call.key:
            keys.keep(call.key, asked, answer.status, answer.body, now=world.real_now())
        return answer


def _admit(headers: Mapping[str, str]) -> None:
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise unauthorised("You did not provide an API key.")
    if not KEY.match(key):
        raise unauthorised(f"Invalid API Key provided: {key[:8]}****")
    if (version := headers.get("Stripe-Version", VERSION)) != VERSION:
        raise invalid(f"Invalid Stripe API version: {version}. This stand-in speaks {VERSION}.")


def _understood(call: Call) -> tuple[Route, Asked]:
    for found in ROUTES:
        if found.method == call.method and (match := found.pattern.match(call.path)):
            params = taken(forms.decode(call.encoded), found.fields)
            ids = {name: unquote(value) for name, value in match.groupdict().items()}
            return found, Asked(ids=ids, params=params)
    raise unknown_address(call.method, call.path)


def _work(world: World, call: Call, found: Route, asked: Asked) -> Reply:
    world.request = Request(id=call.id, idempotency_key=call.key)
    try:
        done = found.answer(world, asked)
        return Reply(status=200, body=expanded(world, done, asked.params.get("expand") or []))
    except ApiError as error:
        return Reply(status=error.status, body=error.body(call.id))
    finally:
        world.request = Request()
        if call.method != "GET":
            world.keep()


def mistake(call: Call) -> Reply:
    """What went wrong on our side, answered as Stripe would."""
    return Reply(status=500, body=broken().body(call.id))


def merged(kept: Mapping[str, str], given: Mapping[str, str] | None) -> dict[str, str]:
    """Metadata after an update: keys given replace, an empty value takes a key away."""
    if given is None:
        return {}
    return {key: value for key, value in {**kept, **given}.items() if value != ""}


def refuse_missing(kind: str, wanted: object, *, param: str) -> ApiError:
    error = missing(kind, wanted, param=param)
    error.status = 400
    return error
