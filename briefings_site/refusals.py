"""What a refused request is answered with."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.defaults import permission_denied
from django_ratelimit.exceptions import Ratelimited

RETRY_SECONDS = "60"


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403, or 429 where django-ratelimit refused, which it says as a lack of permission."""
    if not isinstance(exception, Ratelimited):
        return permission_denied(request, exception)
    response = render(request, "429.html", status=429)
    response.headers["Retry-After"] = RETRY_SECONDS
    return response
