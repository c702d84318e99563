"""The page of what a search found. All that is the same from search to search is printed once."""

from collections.abc import Callable, Sequence
from urllib.parse import quote

from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.http import HttpRequest, QueryDict
from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from insights.standing import Reader
from insights.states import states_for

from .hits import A_PAGE
from .rows import rows_of
from .search import Answer, search
from .sheets import Stencil, cut
from .shelf import shelf

PAGE, PART = "articles/search.html", "articles/found.html"
# Stand where these will, in what is printed once; and the words once more, as a part of an address.
HEADING, FOUND, WORDS, TOTAL, ROWS = "\ue005\ue006\ue007\ue008\ue009"
WORDS_IN_ADDRESS = quote(WORDS)
HOLES = {mark.encode(): mark for mark in (HEADING, FOUND, WORDS, TOTAL, ROWS, WORDS_IN_ADDRESS)}


def answer_to(asked: QueryDict) -> Answer:
    return search(asked.get("q", ""), number_of(asked.get("page", "")))


def number_of(typed: str) -> int:
    """Of a page; the first for what is no number."""
    return max(1, int(typed[:6])) if typed.isascii() and typed.isdigit() else 1


def page_found(request: HttpRequest, answer: Answer) -> bytes:
    rows = rows_for(request.user, answer)
    if request.user.is_authenticated or not answer.version:
        parts = {"heading": heading_of(answer), "found": found_by(answer, rows)}
        return render_to_string(PAGE, parts, request).encode()
    frame = printed_once(
        frame_of(answer), lambda: render_to_string(PAGE, {"heading": HEADING, "found": FOUND}, request)
    )
    return framed(frame, answer, rows)


def page_at_hand(answer: Answer) -> bytes | None:
    """The same without a request, for a visitor; none where something of it would be printed for it alone."""
    frame: Stencil | None = shelf.get(frame_of(answer))
    if frame is None or answer.corrected:
        return None
    rows = rows_for(AnonymousUser(), answer)
    return framed(frame, answer, rows) if rows else None


def rows_for(reader: Reader, answer: Answer) -> list[SafeString]:
    found = answer.hits.found
    return rows_of(found, states_for(reader, [hit.key for hit in found]), version=answer.version)


def frame_of(answer: Answer) -> tuple[str, str]:
    return answer.version, "search frame"


def framed(frame: Stencil, answer: Answer, rows: Sequence[SafeString]) -> bytes:
    return filled(frame, {HEADING: escape(heading_of(answer)), FOUND: found_by(answer, rows)})


def heading_of(answer: Answer) -> str:
    return f"Search for {answer.query}" if answer.query else "Search"


def found_by(answer: Answer, rows: Sequence[SafeString]) -> SafeString:
    """What a corrected search found, or one that found nothing, is printed each time."""
    hits = answer.hits
    pages = Paginator(range(hits.listed), A_PAGE)
    shown = {"total": hits.total, "listing": pages.page(hits.number)}
    if answer.corrected or not rows or not answer.version:
        asked = {"query": answer.query, "corrected": answer.corrected, "written": hits.total, "hits": rows}
        return mark_safe(render_to_string(PART, shown | asked))  # noqa: S308
    shape = (hits.number, pages.num_pages, hits.total == 1, hits.total > hits.listed)
    part = printed_once(
        (answer.version, "found", *shape),
        lambda: render_to_string(PART, shown | {"query": WORDS, "written": TOTAL, "hits": [ROWS]}),
    )
    words = {WORDS: escape(answer.query), WORDS_IN_ADDRESS: quote(answer.query)}
    values = words | {TOTAL: str(hits.total), ROWS: "".join(rows)}
    return mark_safe(filled(part, values).decode())  # noqa: S308


def printed_once(place: tuple[object, ...], printed: Callable[[], str]) -> Stencil:
    known: Stencil | None = shelf.get(place)
    if known is None:
        known = cut(printed().encode(), HOLES)
        shelf.put(place, known, size=len(known.packed))
    return known


def filled(stencil: Stencil, values: dict[str, str]) -> bytes:
    """What is put in is not looked through for holes: people may type any sign."""
    return stencil.filled({hole: value.encode() for hole, value in values.items()})
