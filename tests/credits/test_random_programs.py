"""Random lives of a few wallets, posted for real and beside a model. A posting may be cut off before its
commit and asked for again, or be asked for again because its answer was lost."""

import os
from collections.abc import Callable
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.closing import close_account
from accounts.models import User
from credits import errors, ledger
from credits.audit import audit
from credits.ledger import Posting
from credits.models import LedgerTransaction, LotKind
from tests.ledger_cleanup import SETTLE

from .model import NEVER, Lot, Model, Posted

# A thousand by `make proof`.
PROGRAMS = int(os.environ.get("PROGRAMS", "100"))
STEPS = 14
WALLETS = 3
DAYS = 4
wallets = st.integers(0, WALLETS - 1)
amounts = st.integers(1, 7)
which = st.integers(0, 30)
crashes = st.sampled_from(["", "", "before the commit", "after the commit"])


STANDING = """
    SELECT
        (SELECT json_agg(json_build_array(l.wallet_id, l.remaining, l.parent_id, l.id) ORDER BY l.id)
            FROM credits_creditlot l WHERE l.wallet_id = ANY(%(wallets)s)),
        (SELECT json_object_agg(d.wallet_id, -d.balance)
            FROM credits_ledgeraccount d WHERE d.wallet_id = ANY(%(wallets)s)),
        (SELECT json_agg(t.id ORDER BY t.id) FROM credits_ledgertransaction t WHERE t.id > %(before)s)
"""


# A life that nothing was given to yet has nothing to spend, move or undo.
once_given = precondition(lambda life: life.model.posted)


class Life(RuleBasedStateMachine):
    """Each rule works out from the model what has to happen, has it posted, and tells the model."""

    readers: list[User]
    wallets: list[int]
    before: int

    def __init__(self) -> None:
        super().__init__()
        self.undo_all = transaction.atomic()
        self.undo_all.__enter__()
        self.model, self.keys, self.start = Model(), count(), timezone.now()
        self.transactions: list[int] = []
        self.leaving = self.readers[:1]

    def ask(
        self, refusal: type[errors.LedgerError] | None, crash: str, post: Callable[[str], object]
    ) -> bool:
        key = f"program:{next(self.keys)}"
        if refusal:
            with pytest.raises(refusal), transaction.atomic():
                post(key)
            return False
        if crash == "before the commit":
            with transaction.atomic():
                post(key)
                transaction.set_rollback(True)
        first = post(key)
        if crash == "after the commit" and isinstance(first, Posting):
            again = post(key)
            assert isinstance(again, Posting)
            assert (again.created, again.transaction_id) == (False, first.transaction_id)
        return True

    @rule(wallet=wallets, amount=amounts, paid=st.booleans(), day=st.integers(0, DAYS), crash=crashes)
    def grant(self, wallet: int, amount: int, paid: bool, day: int, crash: str) -> None:
        day = 0 if paid else day
        expires = self.start + timedelta(days=day) if day else None
        asked = {
            "wallet_id": self.wallets[wallet],
            "amount": amount,
            "expires_at": expires,
            "reason": "Given",
        }
        kind = LotKind.PAID if paid else LotKind.PROMOTIONAL
        self.ask(None, crash, lambda key: ledger.grant(**asked, kind=kind, key=key))
        self.model.lots.append(Lot(wallet, 0, paid, day or NEVER))
        self.model.post("grant", {len(self.model.lots) - 1: [amount, 0]})

    @once_given
    @rule(wallet=wallets, amount=amounts, crash=crashes)
    def spend(self, wallet: int, amount: int, crash: str) -> None:
        refusal = self.refusal_to_pay(wallet, amount)
        asked = {"wallet_id": self.wallets[wallet], "amount": amount, "reason": "Unlocked"}
        if self.ask(refusal, crash, lambda key: ledger.spend(**asked, key=key)):
            self.model.post("spend", self.model.draw(self.model.order(wallet), amount))

    @once_given
    @rule(source=wallets, onto=wallets, amount=amounts, crash=crashes)
    def transfer(self, source: int, onto: int, amount: int, crash: str) -> None:
        receiver = self.model.holder(onto)
        same = receiver == self.model.holder(source)
        refusal = errors.SameWallet if same else self.refusal_to_pay(source, amount)
        pair = {"source_id": self.wallets[source], "target_id": self.wallets[onto]}
        if self.ask(
            refusal, crash, lambda key: ledger.transfer(**pair, amount=amount, key=key, reason="Moved")
        ):
            self.model.move("transfer", source, receiver, amount)

    def refusal_to_pay(self, wallet: int, amount: int) -> type[errors.LedgerError] | None:
        if self.model.owed.get(wallet):
            return errors.InDebt
        return errors.InsufficientCredits if self.model.held(wallet) < amount else None

    @precondition(lambda life: life.model.posted and len(life.model.merged) < WALLETS - 1)
    @rule(source=wallets, onto=wallets, crash=crashes)
    def merge(self, source: int, onto: int, crash: str) -> None:
        model, receiver = self.model, self.model.holder(onto)
        refusal: type[errors.LedgerError] | None = None
        if source == onto or (source not in model.merged and receiver == source):
            refusal = errors.SameWallet
        elif source in model.merged:
            refusal = errors.AlreadyMerged
        pair = {"source_id": self.wallets[source], "target_id": self.wallets[onto]}
        if self.ask(refusal, crash, lambda key: ledger.merge(**pair, key=key, reason="One reader")):
            model.merge(source, receiver)

    @once_given
    @rule(number=which, crash=crashes)
    def reverse(self, number: int, crash: str) -> None:
        place, posted = self.pick(number)
        if posted is None:
            return
        refusal: type[errors.LedgerError] | None = None
        if posted.kind not in ("grant", "spend", "refund"):
            refusal = errors.NotReversible
        elif posted.undone:
            refusal = errors.AlreadyReversed
        elif any(each.refunds == place and not each.undone for each in self.model.posted):
            refusal = errors.AlreadyRefunded
        asked = {"transaction_id": self.transactions[place], "reason": "A mistake"}
        if self.ask(refusal, crash, lambda key: ledger.reverse(**asked, key=key)):
            posted.undone = True
            if posted.kind == "grant":
                self.model.take_back("reversal", place, next(iter(posted.moves.values()))[0])
                self.model.posted[-1].refunds = None
            else:
                back = {n: [-(amount + owing), 0] for n, (amount, owing) in posted.moves.items()}
                self.model.post("reversal", back)

    @once_given
    @rule(number=which, amount=amounts, crash=crashes)
    def refund(self, number: int, amount: int, crash: str) -> None:
        place, posted = self.pick(number)
        if posted is None:
            return
        refusal: type[errors.LedgerError] | None = None
        if posted.kind != "grant":
            refusal = errors.NotReversible
        elif posted.undone:
            refusal = errors.AlreadyReversed
        elif amount > self.refundable(place):
            refusal = errors.OverRefunded
        asked = {"transaction_id": self.transactions[place], "amount": amount, "reason": "Money returned"}
        if self.ask(refusal, crash, lambda key: ledger.refund(**asked, key=key)):
            self.model.take_back("refund", place, amount)

    def refundable(self, place: int) -> int:
        (granted,) = (amount for amount, _ in self.model.posted[place].moves.values())
        standing = (p for p in self.model.posted if p.refunds == place and not p.undone)
        return granted + sum(sum(both) for p in standing for both in p.moves.values())

    def pick(self, number: int) -> tuple[int, Posted | None]:
        place = number % max(1, len(self.model.posted))
        return place, self.model.posted[place] if self.model.posted else None

    @once_given
    @rule(day=st.integers(1, DAYS))
    def expire(self, day: int) -> None:
        due = [n for n, lot in enumerate(self.model.lots) if lot.left and lot.day <= day]
        assert ledger.expire_lots(self.start + timedelta(days=day)) == len(due)
        assert ledger.expire_lots(self.start + timedelta(days=day)) == 0
        for n in sorted(due, key=lambda n: (self.wallets[self.model.lots[n].wallet], n)):
            self.model.post("expiry", {n: [-self.model.lots[n].left, 0]})

    @precondition(lambda life: life.leaving)
    @rule()
    def delete(self) -> None:
        close_account(self.leaving.pop())

    @invariant()
    def every_lot_and_debt_is_as_the_model_says(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SETTLE)
            cursor.execute(STANDING, {"wallets": self.wallets, "before": self.before})
            lots, debts, transactions = cursor.fetchone()
        lots, self.transactions = lots or [], transactions or []
        places = {lot: n for n, (*_, lot) in enumerate(lots)}
        assert [
            (self.wallets.index(wallet), remaining, places.get(parent))
            for wallet, remaining, parent, _ in lots
        ] == [(lot.wallet, lot.left, lot.parent) for lot in self.model.lots]
        owed = {self.wallets.index(int(wallet)): amount for wallet, amount in (debts or {}).items() if amount}
        assert owed == {wallet: amount for wallet, amount in self.model.owed.items() if amount}
        assert len(self.transactions) == len(self.model.posted)

    def teardown(self) -> None:
        try:
            assert audit().first_difference is None
        finally:
            transaction.set_rollback(True)
            self.undo_all.__exit__(None, None, None)


@pytest.mark.django_db
def test_the_ledger_does_what_the_model_does() -> None:
    Life.readers = [User.objects.create(email=f"reader{n}@example.com") for n in range(WALLETS)]
    Life.wallets = [reader.wallet_id for reader in Life.readers]
    Life.before = LedgerTransaction.objects.order_by("-id").values_list("id", flat=True).first() or 0
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=PROGRAMS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
