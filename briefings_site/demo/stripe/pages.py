"""The hosted pages: who answers which address, and the sheet that they are printed on."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import parse_qsl

from .world import World

TEMPLATES = Path(__file__).parent / "templates"
SYMBOLS = {"eur": "€", "gbp": "£", "usd": "$"}
WITHOUT_CENTS = ("jpy", "krw")


@dataclass(frozen=True, kw_only=True)
class Page:
    html: str = ""
    status: int = 200
    location: str | None = None


@dataclass(frozen=True, kw_only=True)
class Visit:
    """``form`` is empty for a mere look."""

    method: str
    named: str
    form: dict[str, str]


Printing = Callable[[World, Visit], Page]
PAGES: list[tuple[re.Pattern[str], Printing]] = []


def printed_at(path: str) -> Callable[[Printing], Printing]:
    pattern = re.compile(path.replace("{}", "([^/]+)") + r"\Z")

    def register(printing: Printing) -> Printing:
        PAGES.append((pattern, printing))
        return printing

    return register


def answer(world: World, method: str, path: str, body: bytes) -> Page:
    form = dict(parse_qsl(body.decode("utf-8", "replace"))) if method == "POST" else {}
    for pattern, printing in PAGES:
        if match := pattern.match(path):
            named = (match.groups() or ("",))[0]
            with world.lock:
                page = printing(world, Visit(method=method, named=named, form=form))
                if method == "POST":
                    world.keep()
                return page
    return note("Not here", "There is no such page.", status=404)


def sheet(title: str, template: str, /, *, status: int = 200, **parts: str) -> Page:
    """``parts`` are HTML."""
    body = _template(template).substitute(parts)
    return Page(html=_template("layout").substitute(title=escape(title), body=body), status=status)


def note(heading: str, text: str, *, link: str = "", status: int = 200) -> Page:
    return sheet(heading, "note", status=status, heading=escape(heading), text=escape(text), link=link)


def go(location: str) -> Page:
    return Page(status=303, location=location)


def link(address: str | None, words: str) -> str:
    return f'<p><a href="{escape(address)}">{escape(words)}</a></p>' if address else ""


def money(amount: int, currency: str) -> str:
    sign = "−" if amount < 0 else ""
    symbol = SYMBOLS.get(currency, f"{currency.upper()} ")
    shown = f"{abs(amount):,}" if currency in WITHOUT_CENTS else f"{abs(amount) / 100:,.2f}"
    return f"{sign}{symbol}{shown}"


def row(name: str, value: str) -> str:
    return f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>'


def complaint(text: str | None) -> str:
    return f'<p class="wrong" role="alert">{escape(text)}</p>' if text else ""


def part(template: str, /, **parts: str) -> str:
    return _template(template).substitute(parts)


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text())
