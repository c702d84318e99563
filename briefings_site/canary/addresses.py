"""Addresses to ask for: known ones, those one could guess, and whatever the answers link to."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urljoin, urlsplit

from .asking import Answer
from .manifest import Manifest, PlantedPage

BEGINNINGS = (
    "/",
    "/search/",
    "/search/?q=canary",
    "/feed/",
    "/sitemap.xml",
    "/news-sitemap.xml",
    "/robots.txt",
    "/library/",
    "/account/",
    "/credits/",
    "/credits/?page=1",
    "/credits/buy/",
    "/credits/buy/?currency=EUR",
    "/credits/gift/",
    "/credits/orders/",
    "/credits/orders/00000000-0000-4000-8000-000000000000/",
    "/credits/orders/00000000-0000-4000-8000-000000000000/withdraw/",
    "/account/receipts/",
    "/account/receipts/2026-000001/",
    "/account/receipts/2026-000001.pdf",
    "/account/withdraw/",
    "/club/",
    "/club/withdraw/1/",
    "/gift/nothing/",
    "/stripe/webhook/",
    "/accounts/login/",
    "/accounts/signup/",
    "/livez",
    "/readyz",
    "/readyz?deep=1",
    "/nothing/",
    "/canaries/nothing/",
    "/api/v2/pages/?fields=*",
    "/api/v2/pages/?type=articles.BriefingPage&fields=*",
    "/oembed/?url=/",
    "/documents/1/x.pdf",
    "/media/",
    "/media/documents/",
    "/media/private/",
    "/private/",
    "/var/",
    "/.git/config",
    "/admin/",
    "/admin/pages/",
    "/admin/pages/search/?q=canary",
    "/admin/reports/",
    "/admin/reports/site-history/",
    "/admin/images/",
    "/admin/documents/",
    "/admin/snippets/",
    "/admin/choose-page/?q=canary",
    "/admin/choose-page/search/?q=canary",
    "/admin/api/main/pages/",
    "/admin/api/main/pages/?type=articles.BriefingPage&fields=*",
    "/admin/api/main/pages/?search=canary",
    "/admin/insights/dashboard/",
)
AFTER_A_PAGE = ("?print=1", "?format=json", "amp/", "feed/")
OF_A_PAGE = (
    "/unlock/{id}/",
    "/api/v2/pages/{id}/",
    "/admin/pages/{id}/",
    "/admin/pages/{id}/edit/",
    "/admin/pages/{id}/view_draft/",
    "/admin/pages/{id}/history/",
    "/admin/pages/{id}/usage/",
    "/admin/pages/{id}/copy/",
    "/admin/pages/{id}/edit/preview/?mode=member",
    "/admin/pages/{id}/edit/preview/?mode=unlocked",
    "/admin/choose-page/{id}/",
    "/admin/api/main/pages/{id}/",
    "/admin/api/main/pages/{id}/?fields=*",
)
OF_A_REVISION = (
    "/admin/pages/{id}/revisions/{revision}/view/",
    "/admin/pages/{id}/revisions/{revision}/revert/",
    "/admin/pages/{id}/revisions/compare/earliest...{revision}/",
    "/admin/pages/{id}/revisions/compare/{revision}...latest/",
)
NOT_TO_PRESS = ("/logout", "/accounts/logout", "/admin/logout")
# The newsroom's own pages are guessed, not followed: there is no end to them.
NOT_TO_FOLLOW = ("/static/", "/admin/")
LINK = re.compile(
    r"""(?:href|src|action|poster|data|hx-get|hx-post)=["']([^"'#]+)|srcset=["']([^"']+)"""
    r"""|content="(https?:[^"]+)|<(?:loc|link|image:loc)>([^<]+)|"(?:url|contentUrl)":\s*"([^"]+)"""
)
READABLE = ("text/", "application/xml", "application/rss", "application/json")


def known(manifest: Manifest, *, share: int = 1, turn: int = 0) -> Iterator[str]:
    """With a ``share`` of n, only every nth of what is guessed, others at each ``turn``."""
    yield from BEGINNINGS
    yield from (page.path for page in manifest.pages.values())
    for number, address in enumerate(guessed(manifest)):
        if (number + turn) % share == 0:
            yield address


def guessed(manifest: Manifest) -> Iterator[str]:
    """Who has the right is led to a private file by its page, and need not guess."""
    for page in manifest.pages.values():
        yield from about(page)
    for desk in manifest.desks:
        yield from (f"/admin/pages/{desk}/", f"/admin/choose-page/{desk}/")
    yield from manifest.files


def about(page: PlantedPage) -> Iterator[str]:
    yield from (page.path + more for more in AFTER_A_PAGE)
    yield from (address.format(id=page.id) for address in OF_A_PAGE)
    for revision in page.revisions:
        yield from (address.format(id=page.id, revision=revision) for address in OF_A_REVISION)


def identity(target: str) -> str:
    """Where someone wants to go next makes no other page of the sign-in page."""
    return re.sub(r"\b(next|unlock)=[^&]*", r"\1", target)


def links_in(target: str, answer: Answer, *, origin: str) -> Iterator[str]:
    if location := answer.get("Location"):
        yield from ours(target, location, origin=origin)
    if answer.get("Content-Type").startswith(READABLE):
        for found in LINK.findall(answer.content.decode("utf-8", "replace")):
            for link in candidates(unescape("".join(found))):
                yield from ours(target, link, origin=origin)


def candidates(link: str) -> Iterator[str]:
    """One address, or the several of a ``srcset``."""
    if ", " in link or re.search(r" \d+[wx]$", link):
        yield from (part.split()[0] for part in link.split(",") if part.strip())
    else:
        yield link


def ours(target: str, link: str, *, origin: str) -> Iterator[str]:
    try:
        whole = urlsplit(urljoin(f"{origin}{target}", link.strip()))
    except ValueError:
        return
    if f"{whole.scheme}://{whole.netloc}" == origin and not whole.path.startswith(NOT_TO_FOLLOW):
        found = whole.path + (f"?{whole.query}" if whole.query else "")
        if found.isascii() and found.isprintable() and " " not in found:
            yield found
