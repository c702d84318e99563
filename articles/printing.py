"""How a sheet is made: the page built again, for a reader who is nobody and whose own is all marks.

That is done right after the page was built the long way for somebody.
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.template.response import TemplateResponse

from accounts.models import User
from insights.access import Access, WayIn
from insights.facts import in_sql
from insights.standing import VISITOR, Standing
from insights.states import ALL_WORDS

from .cards import Card
from .sheets import (
    BALANCE,
    LENGTH,
    MISSING,
    NONCE,
    OWED,
    POLICY,
    TOKEN,
    Hole,
    Outline,
    Patch,
    Sheet,
    cut,
    in_figures,
    patch,
    shared,
)

MADE_ANEW = (POLICY, LENGTH)
# What of a request a page may be built from, if it is for everyone.
ABOUT_THE_PAGE = ("PATH_INFO", "SCRIPT_NAME", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT", "HTTP_HOST")


def random_number() -> int:
    """No page says it by chance, and nobody can write it into one beforehand."""
    return 10**17 + secrets.randbelow(10**17)


@dataclass(frozen=True)
class Marks:
    """What stands in the place of a reader's own, until the page is cut there."""

    stem: str = field(default_factory=lambda: secrets.token_hex(16))
    balance: int = field(default_factory=random_number)
    owed: int = field(default_factory=random_number)

    def named(self, name: Hole) -> str:
        return f"{name}-{self.stem}"


def outline_of(context: dict[str, Any]) -> Outline:
    access = context.get("access")
    return Outline(
        briefing=str(context["page"].briefing_key) if access else None,
        briefings=in_sql(card.briefing_key for card in cards_of(context)),
        access=access and access.before(VISITOR),
    )


def cards_of(context: dict[str, Any]) -> list[Card]:
    """Each briefing once, in the order in which it comes first."""
    first: dict[Any, Card] = {}
    for card in cards_in(list(context.values())):
        first.setdefault(card.briefing_key, card)
    return list(first.values())


def cards_in(value: Any) -> Iterator[Card]:
    if isinstance(value, Card):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from cards_in(part)


def sheet_of(request: HttpRequest, response: TemplateResponse, marks: Marks) -> Sheet:
    """Of a page that was built for the reader of this request."""
    context = response.context_data or {}
    cards = cards_of(context)
    standing = standing_of_nobody(context.get("access"), marks)
    body, access = shown_to_nobody(request, response, marks, standing)
    return Sheet(
        body=cut(body, {**own_marks(cards, marks), **figures(access, standing)}),
        headers=shared(tuple(line for line in response.items() if line[0] not in MADE_ANEW)),
        policy=shared(patch(response[POLICY], nonce_of(request))),
        cookie=shared(cookie_of(response)),
        words=words_on(cards),
    )


def standing_of_nobody(access: Access | None, marks: Marks) -> Standing:
    """To whom the same parts are open, with numbers that are marks. Who must buy has less than nothing, so
    that the balance and what is missing are two numbers."""
    if access is None:
        return Standing(signed_in=True, balance=marks.balance)
    buys = access.way_in is WayIn.BUY
    return replace(
        access.standing,
        balance=-marks.balance if buys else marks.balance,
        owed=marks.owed if buys and access.standing.owed else 0,
    )


def shown_to_nobody(
    request: HttpRequest, response: TemplateResponse, marks: Marks, standing: Standing
) -> tuple[bytes, Access | None]:
    """The page built anew from its address and a standing. The template is given only the numbers of that."""
    shown = response.context_data or {}
    nobodys = request_of_nobody(request, marks, standing)
    context = shown["page"].get_context(nobodys)
    access: Access | None = context.get("access")
    if access is not None:
        context["access"] = access = replace(access, standing=its_numbers(standing))
    named = {card.briefing_key: marks.named(n) for n, card in enumerate(cards_of(shown))}
    template = response.resolve_template(response.template_name)
    marked = marked_cards(context, named) | {"csrf_token": marks.named(TOKEN)}
    return template.render(marked, nobodys).encode(), access


def its_numbers(standing: Standing) -> Standing:
    return Standing(signed_in=True, balance=standing.balance, owed=standing.owed, on_hold=standing.on_hold)


def marked_cards(value: Any, marks: dict[Any, str]) -> Any:
    """The same, with a mark on every card wherever it lies."""
    if isinstance(value, Card):
        return replace(value, own=marks.get(value.briefing_key, ""))
    if isinstance(value, dict):
        return {name: marked_cards(part, marks) for name, part in value.items()}
    if type(value) in (list, tuple):
        return type(value)(marked_cards(part, marks) for part in value)
    return value


def request_of_nobody(request: HttpRequest, marks: Marks, standing: Standing) -> HttpRequest:
    """Made from the address alone, so that nothing of whoever asked can be in what comes of it."""
    said = {name: request.META[name] for name in ABOUT_THE_PAGE if name in request.META}
    nobodys: Any = WSGIRequest({**said, "REQUEST_METHOD": "GET", "wsgi.input": BytesIO()})
    nobodys.user = User(is_active=True)
    nobodys.session = {}
    nobodys.csp_nonce = marks.named(NONCE)
    nobodys.previewed_standing = standing
    nobodys.masthead_balance = standing.balance
    nobodys._wagtail_site = getattr(request, "_wagtail_site", None)
    return nobodys


def own_marks(cards: list[Card], marks: Marks) -> dict[bytes, Hole]:
    on_cards = {own_words(card, marks.named(n)): n for n, card in enumerate(cards)}
    return {marks.named(name).encode(): name for name in (TOKEN, NONCE)} | on_cards


def figures(access: Access | None, standing: Standing) -> dict[bytes, Hole]:
    own = in_marks(BALANCE, standing.balance)
    if access is None or access.way_in is not WayIn.BUY:
        return own
    own |= in_marks(MISSING, access.missing)
    return own | (in_marks(OWED, standing.owed) if standing.owed else {})


def in_marks(name: str, number: int) -> dict[bytes, Hole]:
    return {text: hole for hole, text in in_figures(name, number).items()}


def words_on(cards: list[Card]) -> tuple[dict[str, bytes], ...]:
    each = (((word, own_words(card, word)) for word in ALL_WORDS) for card in cards)
    return tuple(by_word(tuple(words)) for words in each)


@lru_cache(maxsize=256)
def by_word(words: tuple[tuple[str, bytes], ...]) -> dict[str, bytes]:
    """One for all cards that say the same."""
    return dict(words)


def own_words(card: Card, word: str) -> bytes:
    return render_to_string("articles/own.html", {"card": replace(card, own=word)}).encode()


def nonce_of(request: HttpRequest) -> str:
    return getattr(request, "_csp_nonce", "")


def cookie_of(response: TemplateResponse) -> Patch:
    sent = response.cookies[settings.CSRF_COOKIE_NAME]
    return patch(sent.OutputString(), sent.value, sent["expires"])
