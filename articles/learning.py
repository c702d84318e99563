"""Which pages that were built for one reader become a sheet for all to whom they say the same."""

import logging
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse

from accounts import signed_in
from accounts.privacy import KEPT_NOWHERE
from insights.facts import facts_about
from insights.standing import standing_by

from .printing import Marks, nonce_of, outline_of, sheet_of
from .serving import ServedToAll
from .sheets import NONCE, POLICY, TOKEN, Own, Place, Sheet, own_parts, shelved_at
from .shelf import sheets_at_hand

logger = logging.getLogger(__name__)

TOKEN_FIELD = re.compile(rb'name="csrfmiddlewaretoken" value="([^"]+)"')
# How often a page may fail to come out of its sheet before it is given up: between two looks a reader's
# balance may have changed.
TRIES = 3
# Bytes, about.
AN_OUTLINE_WEIGHS, A_TRY_WEIGHS = 2_000, 100


def is_for_any_reader(request: Any, response: HttpResponseBase) -> bool:
    """As far as one can see from outside, it says nothing about whom it was built for but what a sheet has
    holes for."""
    return bool(
        isinstance(response, TemplateResponse)
        and response.status_code == 200
        and response.get("Cache-Control") == KEPT_NOWHERE
        and [*response.cookies] == [settings.CSRF_COOKIE_NAME]
        and f"'nonce-{nonce_of(request) or None}'" in response.get(POLICY, "")
        and request.user.is_authenticated
        and not request.session.modified
        and signed_in.ORDINARY.issuperset(request.session.keys())
        and is_free_to_all((response.context_data or {}).get("page"))
    )


def is_free_to_all(page: Any) -> bool:
    return isinstance(page, ServedToAll) and not page.get_view_restrictions().exists()


def learn(request: Any, response: TemplateResponse, place: Place) -> None:
    """Keep a sheet of this page, if this very page comes out of it, byte for byte."""
    outline = outline_of(response.context_data or {})
    facts = facts_about(request.user.pk, outline.briefing, outline.briefings)
    if facts is None or facts.of_staff:
        return
    access = outline.access and outline.access.before(standing_by(facts))
    shelved = shelved_at(place, outline, access)
    tried = sheets_at_hand.get(shelved) or 0
    if isinstance(tried, Sheet) or tried >= TRIES:
        return
    sheet = sheet_of(request, response, Marks())
    if proves(sheet, own_parts(sheet, facts, access), request, response):
        sheets_at_hand.put(place, outline, size=AN_OUTLINE_WEIGHS)
        sheets_at_hand.put(shelved, sheet, size=sheet.size)
    else:
        logger.warning("%s does not come out of its sheet", request.path)
        sheets_at_hand.put(shelved, tried + 1, size=A_TRY_WEIGHS)


def proves(sheet: Sheet, own: Own, request: HttpRequest, response: TemplateResponse) -> bool:
    token = TOKEN_FIELD.search(response.content)
    drawn: Own = {TOKEN: token[1] if token else b"", NONCE: nonce_of(request).encode()}
    return sheet.body.filled(own | drawn) == response.content
