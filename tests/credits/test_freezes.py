"""A freeze holds spending from one wallet until somebody says why it may go on."""

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from credits import freezes, ledger
from credits.errors import Frozen, InvalidText, NoSuchWallet
from credits.models import AccountFreeze

from .conftest import Give
from .racing import race

pytestmark = pytest.mark.django_db


def test_nothing_is_spent_while_a_freeze_is_open(wallet: int, give: Give, take: Give) -> None:
    give(5)
    freezes.freeze(wallet, cause="audit")
    with pytest.raises(Frozen):
        take(1)
    freezes.lift(wallet, because="Looked at: all is well")
    assert take(1).balance == 4


def test_credits_still_come_in(wallet: int, give: Give) -> None:
    freezes.freeze(wallet, cause="audit")
    assert give(5).balance == 5


def test_other_wallets_go_on(wallet: int, give: Give, take: Give) -> None:
    give(5)
    freezes.freeze(ledger.open_wallet().pk, cause="audit")
    assert take(1).balance == 4


def test_one_cause_freezes_once_and_says_what_it_said_first(wallet: int) -> None:
    first = freezes.freeze(wallet, cause="dispute:7", detail="A chargeback")
    assert freezes.freeze(wallet, cause="dispute:7", detail="Again") == first
    assert freezes.open_freezes(wallet).get().detail == "A chargeback"


def test_each_cause_is_lifted_by_itself(wallet: int, give: Give, take: Give) -> None:
    give(5)
    freezes.freeze(wallet, cause="audit")
    freezes.freeze(wallet, cause="dispute:7")
    assert freezes.lift(wallet, cause="dispute:7", because="Won") == 1
    with pytest.raises(Frozen):
        take(1)
    assert freezes.lift(wallet, because="Put right") == 1
    assert take(1).balance == 4


def test_what_was_frozen_and_why_it_was_lifted_stays_on_record(wallet: int) -> None:
    freezes.freeze(wallet, cause="audit", detail="entry 7")
    freezes.lift(wallet, because="Put back from the backup")
    freezes.freeze(wallet, cause="audit", detail="entry 9")
    assert list(AccountFreeze.objects.values_list("detail", "lifted_because")) == [
        ("entry 9", ""),
        ("entry 7", "Put back from the backup"),
    ]


@pytest.mark.parametrize("cause", ["", " ", "x" * 101])
def test_a_freeze_needs_a_cause(wallet: int, cause: str) -> None:
    with pytest.raises(InvalidText):
        freezes.freeze(wallet, cause=cause)


def test_a_freeze_is_lifted_for_a_reason(wallet: int) -> None:
    freezes.freeze(wallet, cause="audit")
    with pytest.raises(InvalidText):
        freezes.lift(wallet, because=" ")
    assert freezes.open_freezes(wallet).exists()


def test_only_a_wallet_is_frozen(db: None) -> None:
    with pytest.raises(NoSuchWallet):
        freezes.freeze(0, cause="audit")


def test_a_freeze_of_a_merged_wallet_holds_where_its_credits_went(wallet: int, give: Give) -> None:
    give(5)
    holder = ledger.open_wallet().pk
    ledger.merge(source_id=wallet, target_id=holder, key="merge", reason="One person")
    assert freezes.freeze(wallet, cause="audit").wallet_id == holder
    assert freezes.lift(wallet, because="Looked at") == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_freeze_at_once_make_one_freeze(wallet: int) -> None:
    answers = race(lambda _: freezes.freeze(wallet, cause="audit").pk, runners=4)
    assert len(set(answers)) == 1
    assert freezes.open_freezes().count() == 1


@pytest.fixture
def reader(db: None) -> User:
    return User.objects.create_user("reader@example.com")


def test_staff_freeze_and_lift_by_address(reader: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("freeze_wallet", "reader@example.com", reason="A stolen card")
    assert capsys.readouterr().out.endswith("A stolen card.\n")
    assert freezes.open_freezes(reader.wallet_id).get().cause == "staff"
    call_command("lift_freeze", "reader@example.com", reason="It was not")
    assert capsys.readouterr().out == "1 lifted, 0 left. reader@example.com can spend again.\n"
    assert not freezes.open_freezes(reader.wallet_id).exists()


def test_lifting_what_is_not_frozen_is_an_error(reader: User) -> None:
    with pytest.raises(CommandError, match="is not frozen"):
        call_command("lift_freeze", "reader@example.com", reason="To be sure")


@pytest.mark.parametrize("command", ["freeze_wallet", "lift_freeze"])
def test_nobody_is_frozen_by_an_unknown_address(db: None, command: str) -> None:
    with pytest.raises(CommandError, match="no reader has the address"):
        call_command(command, "nobody@example.com", reason="A stolen card")
