"""The published briefing that an address names by its number, if whoever asks may open its page."""

from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import BooleanField, Exists, F, Func, QuerySet
from django.http import HttpRequest
from wagtail.models import Page, PageViewRestriction

from .gated import GatedInsights
from .sections import SECTIONS

# Enough for its address, its price, its levels and whose right it is.
OF_EVERY_PAGE = (
    "path",
    "depth",
    "url_path",
    "slug",
    "title",
    "locale",
    "content_type",
    "translation_key",
    "alias_of",
)


def gated_page(number: str, request: HttpRequest) -> GatedInsights | None:
    """With all its text."""
    page = Page.objects.live().filter(pk=int(number)).first() if is_number(number) else None
    page = page and page.specific
    return page if isinstance(page, GatedInsights) and may_open(page, request) else None


def page_at_stake(number: str, request: HttpRequest) -> GatedInsights | None:
    """The same without its text, in one query: as much as an unlock asks of it."""
    if not is_number(number):
        return None
    found = (slim(model).filter(pk=int(number)).first() for model in gated_models())
    page = next((page for page in found if page is not None), None)
    return page if page is not None and (not page.any_restricted or may_open(page, request)) else None


def is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= 9


def may_open(page: GatedInsights, request: HttpRequest) -> bool:
    return all(restriction.accept_request(request) for restriction in page.get_view_restrictions())


@cache
def gated_models() -> tuple[type[GatedInsights], ...]:
    return tuple(model for model in apps.get_models() if issubclass(model, GatedInsights))


def slim(model: type[GatedInsights]) -> QuerySet[Any]:
    levels = [section.level_field for section in SECTIONS]
    filled = {section.filled_field: holds_a_block(section.field) for section in SECTIONS}
    live = model.objects.live().only(*OF_EVERY_PAGE, "price", *levels)
    return live.annotate(**filled, any_restricted=Exists(PageViewRestriction.objects.all()))


def holds_a_block(field: str) -> Func:
    return Func(F(field), template="(%(expressions)s -> 0) IS NOT NULL", output_field=BooleanField())
