"""No cache, shared or the browser's own, keeps a page that was made for one reader."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

PERSONAL = ("/account/", "/accounts/", "/credits/", "/gift/", "/insights/", "/library/", "/unlock/")
KEPT_NOWHERE = "private, no-store"
# What a browser kept of a reader must not come back with its Back button, nor what a script laid by.
CLEARED = '"cache", "storage"'


class KeptOnlyWherePublic:
    """Stands outside all that answers. What did not declare itself public is kept nowhere; no error is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        undeclared = "Cache-Control" not in response and not is_file(request)
        if response.status_code >= 400 or undeclared:
            keep_nowhere(response)
        return response


class PrivateResponses:
    """Stands behind the authentication middleware and writes its headers over what a view chose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in = is_signed_in(request)
        if not signed_in:
            end_session_of_nobody(request)
        response = self.get_response(request)
        if (signed_in or is_signed_in(request) or is_personal(request)) and not is_file(request):
            keep_nowhere(response)
        if has_lost_its_session(request):
            response["Clear-Site-Data"] = CLEARED
        return response


def keep_nowhere(response: HttpResponseBase) -> None:
    response["Cache-Control"] = KEPT_NOWHERE
    patch_vary_headers(response, ["Cookie"])


def end_session_of_nobody(request: HttpRequest) -> None:
    """One that was a reader's, whose account is closed or gone. Asked before a view, which may put on a
    visitor's face for a preview."""
    if held(request) and SESSION_KEY in request.session:
        request.session.flush()


def has_lost_its_session(request: HttpRequest) -> bool:
    """Signed out by this request, through whatever door, or since the last one: elsewhere, or by closing."""
    return held(request) and request.session.session_key is None


def held(request: HttpRequest) -> bool:
    return bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME))


def is_signed_in(request: HttpRequest) -> bool:
    """Asks the session only where there is one, so that a visitor's page stays the same for all."""
    held = settings.SESSION_COOKIE_NAME in request.COOKIES or request.session.accessed
    return held and request.user.is_authenticated


def is_personal(request: HttpRequest) -> bool:
    return request.path.startswith(PERSONAL)


def is_file(request: HttpRequest) -> bool:
    return request.path.startswith((settings.STATIC_URL, settings.MEDIA_URL))
