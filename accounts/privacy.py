"""No cache, shared or the browser's own, keeps a page that was made for one reader."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_vary_headers

PERSONAL = ("/account/", "/accounts/", "/credits/", "/insights/", "/library/", "/unlock/")


class PrivateResponses:
    """Stands behind the authentication middleware and writes its headers over what a view chose."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        signed_in = is_signed_in(request)
        response = self.get_response(request)
        if (signed_in or is_signed_in(request) or is_personal(request)) and not is_file(request):
            response["Cache-Control"] = "private, no-store"
            patch_vary_headers(response, ["Cookie"])
        return response


def is_signed_in(request: HttpRequest) -> bool:
    """Asks the session only where there is one, so that a visitor's page stays the same for all."""
    held = settings.SESSION_COOKIE_NAME in request.COOKIES or request.session.accessed
    return held and request.user.is_authenticated


def is_personal(request: HttpRequest) -> bool:
    return request.path.startswith(PERSONAL)


def is_file(request: HttpRequest) -> bool:
    return request.path.startswith((settings.STATIC_URL, settings.MEDIA_URL))
