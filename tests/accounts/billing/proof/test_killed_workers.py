"""Workers are killed as by a power cut, again and again. Nothing is lost, and nothing comes twice."""

import os
import random
import time
from email import message_from_bytes
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.billing import inbox, mails
from accounts.billing.models import Receipt, StripeEvent
from credits.models import LedgerTransaction
from tests.dying import started

from .scenes_of_credits import PAID, TAKEN_BACK, a_pack
from .stage import Has, Stage

READERS = int(os.environ.get("PROOF_WORKERS", "4"))
SHORTEST, LONGEST = 0.03, 0.4


def work_and_mail() -> None:
    while inbox.work_due():
        mails.send_due()
    mails.send_due()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_lost_and_nothing_comes_twice(stage: Stage, settings: Settings, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.MAIL_DIR = "briefings_site.mail.FilingEmailBackend", tmp_path
    settings.EMAIL_HOST = ""
    ends = people_buy(stage)
    stage.listen()
    for news in random.Random(4).sample(stage.waiting, len(stage.waiting)):
        assert stage.post(news) == 200
    kills = kill_until_it_is_done(random.Random(5))
    assert kills > 3
    work_and_mail()
    assert {name: stage.has(name) for name in ends} == ends
    grants = LedgerTransaction.objects.filter(idempotency_key__startswith="checkout:")
    assert grants.count() == 2 * READERS
    assert mails_in(tmp_path) == Receipt.objects.count()
    stage.nothing_is_broken()


def people_buy(stage: Stage) -> dict[str, Has]:
    pack, ends = a_pack(), {}
    for number in range(READERS):
        name = f"reader{number}"
        order = stage.bought(pack, by=name)
        if number % 3 == 0:
            stage.pay_back(order)
        ends[name] = PAID if number % 3 else TAKEN_BACK
    return ends


def kill_until_it_is_done(chance: random.Random) -> int:
    """How often it had to be begun anew. What a killed one had begun is due again after a pause."""
    kills = 0
    while StripeEvent.objects.filter(state="waiting").exists():
        StripeEvent.objects.filter(state="waiting").update(next_try_at=timezone.now())
        with started(work_and_mail):
            # Longer each time: the first die early on any machine, and the last come to an end on any.
            time.sleep(chance.uniform(SHORTEST, min(SHORTEST * 1.4**kills, LONGEST)))
        kills += 1
        assert kills < 200
    return kills


def mails_in(folder: Path) -> int:
    """A mail that is sent twice, for a kill between the mail server and us, has one name."""
    return len({message_from_bytes(file.read_bytes())["Message-ID"] for file in folder.glob("*.eml")})
