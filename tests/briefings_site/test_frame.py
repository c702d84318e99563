"""The frame of every page: what it holds, what it must not hold, and what it weighs."""

import gzip
import re
from pathlib import Path
from types import SimpleNamespace

import django_htmx
import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from pytest_django import Settings

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "briefings_site/static"
HTMX = Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"
# Mails are under no policy, and their programs know no style sheets.
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "email")
MODULES = sorted((STATIC / "js").glob("*.js"))

HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
STYLE = re.compile(r"<style\b|<[^>]*\sstyle\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
ELSEWHERE = re.compile(
    r"<(?:script|link|img|iframe|source)\b[^>]*(?:src|href)=[\"']?(?:https?:)?//", re.IGNORECASE
)


@pytest.fixture(autouse=True)
def plain_static_names(settings: Settings) -> None:
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def request_of(user: object) -> HttpRequest:
    request = HttpRequest()
    request.user = user  # type: ignore[assignment]
    request.csp_nonce = "a-nonce"  # type: ignore[attr-defined]
    return request


def rendered(name: str, user: object, **context: object) -> str:
    """Without context processors, sessions or a database: none of them is needed by the frame itself."""
    template = get_template(name).template  # type: ignore[attr-defined]
    return str(
        template.render(Context({"request": request_of(user), "csrf_token": "a-csrf-token", **context}))
    )


def signed_in(*, is_staff: bool = False) -> SimpleNamespace:
    return SimpleNamespace(is_authenticated=True, is_staff=is_staff)


def packed(*files: Path) -> int:
    return sum(len(gzip.compress(file.read_bytes(), mtime=0)) for file in files)


def test_a_visitors_frame_holds_nothing_of_one_visitor() -> None:
    page = rendered("base.html", AnonymousUser(), messages=["Said to one only"])
    for private in ("csrf", "nonce", "Said to one only", "data-private", "data-balance", "<script", "<form"):
        assert private not in page


def test_a_visitors_frame_is_the_same_each_time() -> None:
    assert rendered("base.html", AnonymousUser()) == rendered("base.html", AnonymousUser())


def test_a_visitor_is_shown_the_ways_in() -> None:
    page = rendered("base.html", AnonymousUser())
    for address in ("/search/", "/accounts/login/", "/club/", "/feed/"):
        assert f'href="{address}"' in page


def test_a_signed_in_reader_is_shown_the_balance_and_a_way_out() -> None:
    page = rendered("base.html", signed_in(), masthead_balance=3)
    assert '<data id="masthead-balance" data-balance value="3">3 credits</data>' in page
    assert re.search(r'<form method="post" action="/accounts/logout/">.*?a-csrf-token', page)
    assert "data-private" in page
    assert 'nonce="a-nonce"' in page
    assert "/admin/" not in page


def test_one_credit_is_said_in_the_singular() -> None:
    assert "1 credit</data>" in rendered("base.html", signed_in(), masthead_balance=1)


def test_the_newsroom_is_shown_its_admin() -> None:
    assert 'href="/admin/"' in rendered("base.html", signed_in(is_staff=True))


def test_the_current_section_is_marked_once() -> None:
    sections = [
        SimpleNamespace(title=name, url=f"/{name}/", current=name == "gaming") for name in ("film", "gaming")
    ]
    page = rendered("base.html", AnonymousUser(), masthead_sections=sections)
    assert page.count('aria-current="page"') == 1
    assert '<a href="/gaming/" aria-current="page">gaming</a>' in page


@pytest.mark.parametrize("name", ["403", "403_csrf", "404", "429", "500"])
def test_an_error_page_needs_no_context(name: str) -> None:
    page = get_template(f"{name}.html").template.render(Context())  # type: ignore[attr-defined]
    assert page.count("<h1>") == 1
    assert 'href="/"' in page


def test_the_page_of_a_broken_server_uses_no_tags() -> None:
    source = (ROOT / "templates/500.html").read_text()
    assert "{%" not in source
    assert "{{" not in source


def test_the_pager_carries_the_words_searched_for() -> None:
    page = SimpleNamespace(
        has_other_pages=True, has_previous=False, has_next=True, next_page_number=2, number=1,
        paginator=SimpleNamespace(num_pages=3),
    )  # fmt: skip
    out = get_template("components/pager.html").template.render(Context({"page": page, "query": 'a "b" & c'}))  # type: ignore[attr-defined]
    assert 'href="?q=a%20%22b%22%20%26%20c&amp;page=2"' in out
    assert "Newer" not in out


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_template_has_nothing_that_the_policy_blocks(template: Path) -> None:
    source = template.read_text()
    assert not STYLE.search(source)
    assert not HANDLER.search(source)
    assert not ELSEWHERE.search(source)
    for attributes in SCRIPT.findall(source):
        assert "src=" in attributes or "application/ld+json" in attributes


def test_all_styles_together_are_small() -> None:
    assert packed(*(STATIC / "css").glob("*.css")) < 30_000


def test_all_scripts_together_are_small() -> None:
    assert packed(HTMX, *MODULES) < 20_000


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_a_module_is_short(module: Path) -> None:
    assert len(module.read_text().splitlines()) < 60


def test_what_the_first_view_needs_is_light() -> None:
    """Fonts are already compressed; with the sheets they leave half of 250 KB to page and picture."""
    fonts = sum(file.stat().st_size for file in (STATIC / "fonts").glob("*-normal.woff2"))
    assert fonts + packed(*(STATIC / "css").glob("*.css")) < 125_000
