from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.billing.models import Reconciliation, StripeEvent
from accounts.models import User
from briefings_site import vitals
from briefings_site.management.commands.clock import JOBS
from briefings_site.models import ClockRun
from credits import freezes, ledger, seals
from credits.models import LedgerAudit, LotKind


def test_livez_answers_without_the_database(client: Client) -> None:
    response = client.get("/livez")
    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_readyz_answers_when_database_and_migrations_are_there(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        response = client.get("/readyz")
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]


@pytest.mark.django_db
def test_readyz_names_a_migration_not_applied(client: Client, superuser: None) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["unapplied_migrations"] == ["sessions.0001_initial"]


@pytest.mark.django_db(transaction=True)
def test_readyz_says_when_the_database_does_not_answer(client: Client) -> None:
    name = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = "no_such_database"
    try:
        response = client.get("/readyz")
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name
    assert (response.status_code, response.json()["database"]) == (503, "does not answer")


# What staff see ------------------------------------------------------------------------------------


@pytest.fixture
def staff(client: Client, db: None) -> Client:
    chief = User.objects.create_user("chief@example.com", is_staff=True)
    chief.user_permissions.add(Permission.objects.get(codename="view_ledgeraudit"))
    client.force_login(chief)
    return client


@pytest.fixture
def well(db: None) -> None:
    """As a minute after the clock's start."""
    call_command("audit_ledger", verbosity=0)
    now = timezone.now()
    for job in JOBS:
        ClockRun.objects.update_or_create(command=job.name, defaults={"started_at": now, "finished_at": now})


def deep(client: Client) -> dict[str, Any]:
    response = client.get("/readyz", {"deep": "1"})
    answer: dict[str, Any] = response.json()
    assert response.status_code == (200 if answer["ready"] else 503)
    assert "no-store" in response["Cache-Control"]
    return answer


def test_staff_see_every_part(staff: Client, well: None) -> None:
    answer = deep(staff)
    assert answer["ready"], answer
    assert list(answer["vitals"]) == list(vitals.LOOKS)
    assert answer["vitals"]["audit"]["transactions"] == 0
    assert answer["vitals"]["connections"]["ours"] >= 1


def test_a_superuser_is_staff_enough(client: Client, well: None) -> None:
    client.force_login(User.objects.create_superuser("admin@example.com"))
    assert "vitals" in deep(client)


@pytest.mark.django_db
def test_to_anyone_else_deep_says_nothing_and_asks_nothing(
    client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        visitor = client.get("/readyz", {"deep": "1"})
    assert visitor.content == client.get("/readyz").content
    client.force_login(User.objects.create_user("reader@example.com"))
    assert client.get("/readyz", {"deep": "1"}).content == visitor.content


def wrong(client: Client) -> list[str]:
    return [name for name, vital in deep(client)["vitals"].items() if not vital["ok"]]


def test_before_the_first_audit_and_without_a_clock_all_is_not_well(staff: Client) -> None:
    assert wrong(staff) == ["audit", "clock"]


def test_an_audit_that_is_late_or_found_something_is_wrong(staff: Client, well: None) -> None:
    LedgerAudit.objects.update(finished_at=timezone.now() - timedelta(days=1))
    assert wrong(staff) == ["audit"]
    LedgerAudit.objects.update(finished_at=timezone.now(), differences=1, first_difference="entry 7: …")
    assert wrong(staff) == ["audit"]


def test_what_waits_long_for_a_seal_is_wrong(staff: Client, well: None, settings: Settings) -> None:
    wallet = ledger.open_wallet().pk
    ledger.grant(wallet_id=wallet, amount=1, kind=LotKind.PAID, reason="A present", key="present")
    found = deep(staff)["vitals"]["seals"]
    assert (found["ok"], found["unsealed"], found["head"]) == (True, 1, None)
    settings.LEDGER_SEAL_EVERY = -1000
    assert wrong(staff) == ["seals"]
    seals.seal()
    found = deep(staff)["vitals"]["seals"]
    assert (found["unsealed"], found["head"]["seal"]) == (0, 1)


def test_a_freeze_by_the_audit_is_wrong_and_one_for_a_dispute_is_not(staff: Client, well: None) -> None:
    wallet = ledger.open_wallet().pk
    freezes.freeze(wallet, cause="dispute:7")
    assert wrong(staff) == []
    freezes.freeze(wallet, cause="audit")
    assert wrong(staff) == ["freezes"]


@pytest.mark.parametrize(
    ("status", "minutes", "found"),
    [("READY", 1, []), ("READY", 11, ["tasks"]), ("FAILED", 1, ["tasks"]), ("FAILED", 61, [])],
)
def test_tasks_that_wait_long_or_failed_lately_are_wrong(
    staff: Client, well: None, status: str, minutes: int, found: list[str]
) -> None:
    then = timezone.now() - timedelta(minutes=minutes)
    DBTaskResult.objects.create(
        status=status, args_kwargs={}, task_path="x", backend_name="default", run_after=then, finished_at=then
    )
    DBTaskResult.objects.update(enqueued_at=then)
    assert wrong(staff) == found


def test_a_job_that_has_not_come_to_its_end_for_long_is_named(staff: Client, well: None) -> None:
    ClockRun.objects.filter(command="seal_ledger").update(finished_at=timezone.now() - timedelta(hours=1))
    assert deep(staff)["vitals"]["clock"]["late"] == ["seal_ledger"]


def test_a_cache_that_cannot_be_written_is_wrong(staff: Client, well: None, settings: Settings) -> None:
    dead = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    settings.CACHES = {"default": dead}
    assert vitals.cache_is_writable() == {"ok": False, "error": "ConnectionError"}


def test_a_full_disk_is_wrong(settings: Settings) -> None:
    settings.DATA_DIR = Path("/proc")
    assert vitals.disk()["ok"] is False


def test_an_event_that_waits_too_long_or_for_a_person_is_wrong(staff: Client, well: None) -> None:
    facts = {"type": "charge.refunded", "livemode": False, "happened_at": timezone.now(), "payload": {}}
    event = StripeEvent.objects.create(stripe_id="evt_1", **facts)
    assert deep(staff)["vitals"]["billing"]["waiting"] == 1
    assert wrong(staff) == []
    StripeEvent.objects.update(received_at=timezone.now() - timedelta(minutes=11))
    assert wrong(staff) == ["billing"]
    event.state, event.settled_at = StripeEvent.State.PARKED, timezone.now()
    event.save()
    assert deep(staff)["vitals"]["billing"]["parked_events"] == 1
    assert wrong(staff) == ["billing"]


def test_a_site_that_sells_and_is_not_compared_with_stripe_is_wrong(
    staff: Client, well: None, settings: Settings
) -> None:
    settings.STRIPE_SECRET_KEY = "sk_test_nobodys"
    assert wrong(staff) == ["billing"]
    Reconciliation.objects.create(full=False, finished_at=timezone.now())
    assert wrong(staff) == []
