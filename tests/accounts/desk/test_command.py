import pytest
from django.core.management import call_command
from django.test import Client
from wagtail.models import ModelLogEntry

from accounts.models import StaffPosting, User

pytestmark = pytest.mark.django_db


def test_a_grant_at_the_machine_leaves_the_same_trail_once(desk: Client, reader: User) -> None:
    for _ in range(2):
        call_command("grant_credits", reader.email, "500", reason="A prize", key="prize")
    posting = StaffPosting.objects.get()
    assert (posting.asked_by, posting.amount, posting.posted.idempotency_key) == (None, 500, "staff:prize")
    assert ModelLogEntry.objects.get(action="staff_posting.post").user is None
    html = desk.get(f"/admin/ledger/staff/{posting.pk}/").content.decode()
    assert "by a command" in html
