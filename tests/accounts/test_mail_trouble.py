"""The mail server is away: readers are told, nothing is lost, and nobody sees an error page."""

from collections.abc import Iterator
from smtplib import SMTPDataError

import pytest
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from pytest_django.fixtures import Settings

from .conftest import latest_code

pytestmark = pytest.mark.django_db
SAID = "We could not send the mail just now."
NEW = {"email": "new@example.com"}
CODE_PAGE = "/accounts/login/code/confirm/"


class Refusing(EmailBackend):
    def send_messages(self, messages: object) -> int:
        raise SMTPDataError(451, b"Come back later")


@pytest.fixture
def refusing(settings: Settings) -> Iterator[Settings]:
    there = settings.EMAIL_BACKEND
    settings.EMAIL_BACKEND = f"{__name__}.Refusing"
    yield settings
    settings.EMAIL_BACKEND = there


@pytest.mark.parametrize(
    ("address", "form"),
    [("/accounts/signup/?next=/club/", NEW), ("/accounts/login/", {"login": "new@example.com"})],
)
def test_who_asks_for_a_code_is_told_and_stays_at_the_form(
    client: Client, refusing: Settings, address: str, form: dict[str, str]
) -> None:
    answer = client.post(address, form, follow=True)
    assert answer.redirect_chain == [(address, 302)]
    assert SAID in answer.content.decode()


def test_the_code_that_came_still_works_after_another_could_not_be_sent(
    client: Client, settings: Settings
) -> None:
    client.post("/accounts/signup/", NEW)
    there, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.Refusing"
    assert SAID in client.post(CODE_PAGE, {"action": "resend"}, follow=True).content.decode()
    settings.EMAIL_BACKEND = there
    assert client.post(CODE_PAGE, {"code": latest_code()}).url == "/"
