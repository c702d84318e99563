import email
import email.policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message
from django.core.mail import EmailMultiAlternatives, send_mail
from pytest_django import Settings

from .conftest import free_port


@pytest.fixture(autouse=True)
def filing(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND = "briefings_site.mail.FilingEmailBackend"
    settings.MAIL_DIR = tmp_path / "mail"
    settings.EMAIL_HOST = ""


def write(subject: str) -> int:
    return send_mail(subject, "The code is WDJB-MJHT – “quoted”.", None, ["reader@example.com"])


def test_each_message_is_one_whole_file_that_parses(tmp_path: Path) -> None:
    message = EmailMultiAlternatives("Zoë’s code", "plain text", None, ["reader@example.com"])
    message.attach_alternative("<p>marked up</p>", "text/html")
    message.send()
    [file] = (tmp_path / "mail").iterdir()
    parsed = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert file.suffix == ".eml"
    assert (parsed["Subject"], parsed["To"]) == ("Zoë’s code", "reader@example.com")
    assert [part.get_content().strip() for part in parsed.iter_parts()] == ["plain text", "<p>marked up</p>"]
    assert b"\n" not in file.read_bytes().replace(b"\r\n", b"")


def test_names_sort_in_the_order_of_sending(tmp_path: Path) -> None:
    for number in range(20):
        assert write(f"letter {number}") == 1
    files = sorted((tmp_path / "mail").glob("*.eml"))
    subjects = [email.message_from_bytes(file.read_bytes())["Subject"] for file in files]
    assert subjects == [f"letter {number}" for number in range(20)]


class Postbox(Message):
    def __init__(self) -> None:
        super().__init__()
        self.subjects: list[str] = []

    def handle_message(self, message: email.message.Message) -> None:
        self.subjects.append(message["Subject"])


def test_a_named_server_gets_the_message_too(settings: Settings, tmp_path: Path) -> None:
    postbox = Postbox()
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    controller = Controller(postbox, hostname="127.0.0.1", port=settings.EMAIL_PORT)
    controller.start()
    try:
        assert write("twice") == 1
    finally:
        controller.stop()
    assert postbox.subjects == ["twice"]
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_the_file_is_kept_when_the_server_is_gone(settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(ConnectionRefusedError):
        write("undelivered")
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
