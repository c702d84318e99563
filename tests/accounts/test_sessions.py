"""A session knows whose it is, so that it can be asked for by its reader."""

from importlib import import_module
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Former
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.closing import end_sessions
from accounts.models import ReaderSession, User
from accounts.models.session import SessionStore

from .conftest import PASSWORD, make_reader

pytestmark = pytest.mark.django_db


def sign_in(client: Client, someone: User) -> None:
    client.post("/accounts/login/", {"login": someone.email, "password": PASSWORD})


def test_it_names_its_reader_from_sign_in_to_sign_out(client: Client, reader: User) -> None:
    client.get("/accounts/signup/?unlock=1")
    sign_in(client, reader)
    [session] = ReaderSession.objects.all()
    assert session.reader == reader
    assert session.get_decoded()[SESSION_KEY] == str(reader.pk)
    client.post("/accounts/logout/")
    assert not ReaderSession.objects.filter(reader=reader).exists()


def test_it_names_its_reader_where_nobody_waits_for_it(reader: User) -> None:
    session = SessionStore()
    session[SESSION_KEY] = str(reader.pk)
    async_to_sync(session.asave)()
    assert ReaderSession.objects.get().reader == reader


def test_before_a_sign_in_it_names_nobody() -> None:
    session = SessionStore()
    session["wish"] = {"page": 1}
    session.save()
    assert ReaderSession.objects.get().reader is None


def test_all_of_a_readers_end_without_a_look_at_others(
    client: Client, reader: User, django_assert_num_queries: Any
) -> None:
    for browser in (client, Client()):
        sign_in(browser, reader)
    for number in range(3):
        Client().force_login(make_reader(f"other{number}@example.com"))
    with django_assert_num_queries(2):
        end_sessions(reader)
    assert client.get("/account/").status_code == 302
    assert ReaderSession.objects.count() == 3


def test_those_that_expired_are_cleared(client: Client, reader: User) -> None:
    sign_in(client, reader)
    call_command("clearsessions")
    assert ReaderSession.objects.count() == 1
    ReaderSession.objects.update(expire_date=timezone.now())
    call_command("clearsessions")
    assert not ReaderSession.objects.exists()


def test_whoever_was_signed_in_before_there_were_names_stays_so(client: Client, reader: User) -> None:
    sign_in(client, reader)
    migration = import_module("accounts.migrations.0013_reader_sessions")
    migration.carry_back(apps, None)
    ReaderSession.objects.all().delete()
    nobodys = Former()
    nobodys.create()
    long_ago = Former()
    long_ago.create()
    Session.objects.filter(pk=long_ago.session_key).update(expire_date=timezone.now())
    migration.carry_over(apps, None)
    assert not Session.objects.exists()
    assert set(ReaderSession.objects.values_list("reader", flat=True)) == {reader.pk, None}
    assert ReaderSession.objects.count() == 2
    assert client.get("/account/").status_code == 200
