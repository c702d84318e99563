from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import User
from accounts.privacy import PrivateResponses

pytestmark = pytest.mark.django_db
OWN = [
    "/account/",
    "/account/delete/",
    "/credits/",
    "/credits/buy/",
    "/club/",
    "/accounts/email/",
    "/accounts/logout/",
]
OPEN = ["/accounts/login/", "/accounts/signup/", "/accounts/login/code/", "/accounts/password/reset/"]


def is_private(response: Any) -> bool:
    return response["Cache-Control"] == "private, no-store" and "Cookie" in response["Vary"]


@pytest.mark.parametrize("page", OWN)
def test_a_readers_pages_are_kept_nowhere(signed_in: Client, page: str) -> None:
    response = signed_in.get(page)
    assert response.status_code == 200
    assert is_private(response)


@pytest.mark.parametrize("page", OPEN + OWN[:4])
def test_neither_are_the_pages_of_arriving(client: Client, page: str) -> None:
    assert is_private(client.get(page))


def test_what_a_view_chose_is_overruled_for_a_reader(reader: User) -> None:
    response = answer(reader, {"sessionid": "x"})
    assert response["Cache-Control"] == "private, no-store"


def test_a_visitors_page_is_left_as_it_is() -> None:
    response = answer(AnonymousUser(), {})
    assert response["Cache-Control"] == "public, max-age=60"
    assert not response.has_header("Vary")


def answer(user: Any, cookies: dict[str, str]) -> HttpResponse:
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Cache-Control": "public, max-age=60"})

    request = RequestFactory().get("/entertainment/x/")
    request.COOKIES.update(cookies)
    request.session, request.user = SessionStore(), user
    return PrivateResponses(view)(request)  # type: ignore[return-value]
