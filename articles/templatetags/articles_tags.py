import json
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from wagtail.models import Page

from articles.plan import plan

register = template.Library()

# As django.utils.html.json_script escapes: nothing in the data can end the script element.
ESCAPES = {ord(">"): "\\u003E", ord("<"): "\\u003C", ord("&"): "\\u0026"}


@register.filter
def may_stand_on(page: Page, path: str) -> bool:
    """Published, and behind no restriction but those of the page at this path of the tree."""
    return page.live and not plan().hides(page.path, on=path)


@register.simple_tag
def json_ld(data: dict[str, Any]) -> SafeString:
    written = json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False).translate(ESCAPES)
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(written))  # noqa: S308
