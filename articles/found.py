"""The page of what a search found. What stands around it is the same for all visitors, and printed once."""

from collections.abc import Sequence

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from .hits import A_PAGE
from .search import Answer
from .shelf import shelf

# Stand where the heading and what was found will.
HEADING, FOUND = "\ue005", "\ue006"
PAGE = "articles/search.html"


def page_found(request: HttpRequest, answer: Answer, rows: Sequence[SafeString]) -> str:
    heading, found = heading_of(answer), found_by(answer, rows)
    if request.user.is_authenticated or not answer.version:
        return render_to_string(PAGE, {"heading": heading, "found": found}, request)
    before, between, after = frame(request, answer.version)
    return f"{before}{escape(heading)}{between}{found}{after}"


def heading_of(answer: Answer) -> str:
    return f"Search for {answer.query}" if answer.query else "Search"


def found_by(answer: Answer, rows: Sequence[SafeString]) -> SafeString:
    hits = answer.hits
    context = {
        "query": answer.query,
        "corrected": answer.corrected,
        "total": hits.total,
        "listing": Paginator(range(hits.listed), A_PAGE).page(hits.number),
        "hits": rows,
    }
    return mark_safe(render_to_string("articles/found.html", context))  # noqa: S308


def frame(request: HttpRequest, version: str) -> tuple[str, str, str]:
    """What stands before, between and behind heading and found, for a visitor, whoever it is."""
    place = (version, "search frame")
    known: tuple[str, str, str] | None = shelf.get(place)
    if known is None:
        printed = render_to_string(PAGE, {"heading": HEADING, "found": FOUND}, request)
        before, _, rest = printed.partition(HEADING)
        between, _, after = rest.partition(FOUND)
        known = before, between, after
        shelf.put(place, known, size=len(printed))
    return known
