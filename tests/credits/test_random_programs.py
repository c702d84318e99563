"""Random lives of a few wallets, posted for real and beside a model of thirty lines."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from credits import ledger
from credits.audit import audit
from credits.errors import CreditsAlreadySpent, InsufficientCredits, NotReversible
from credits.models import LotKind
from credits.statements import lots

WALLETS = 2
DAYS = 5
Movements = dict[int, int]

step = st.one_of(
    st.tuples(st.just("grant"), st.integers(0, WALLETS - 1), st.integers(1, 6), st.integers(0, DAYS)),
    st.tuples(st.just("spend"), st.integers(0, WALLETS - 1), st.integers(1, 8), st.just(0)),
    st.tuples(st.just("reverse"), st.integers(0, 30), st.just(0), st.just(0)),
    st.tuples(st.just("expire"), st.integers(1, DAYS), st.just(0), st.just(0)),
)


@dataclass
class Lot:
    wallet: int
    left: int
    day: int  # 0: paid, which never expires


@dataclass
class Model:
    """What the ledger ought to do, in the plainest words."""

    lots: list[Lot] = field(default_factory=list)
    posted: list[tuple[int, Movements]] = field(default_factory=list)
    reversed: set[int] = field(default_factory=set)

    def in_order(self, wallet: int) -> list[int]:
        mine = [n for n, lot in enumerate(self.lots) if lot.wallet == wallet and lot.left]
        return sorted(mine, key=lambda n: (self.lots[n].day or DAYS + 1, n))

    def held(self, wallet: int) -> list[int]:
        return [self.lots[n].left for n in self.in_order(wallet)]

    def draw(self, wallet: int, amount: int) -> Movements:
        drawn: Movements = {}
        for n in self.in_order(wallet):
            drawn[n] = -min(self.lots[n].left, amount + sum(drawn.values()))
            if amount + sum(drawn.values()) == 0:
                break
        return drawn

    def move(self, movements: Movements) -> None:
        for n, amount in movements.items():
            self.lots[n].left += amount


class Program:
    def __init__(self) -> None:
        self.model = Model()
        self.start: datetime = timezone.now()
        self.wallets = [ledger.open_wallet().pk for _ in range(WALLETS)]
        self.turn = 0

    def key(self) -> str:
        self.turn += 1
        return f"program:{self.turn}"

    def grant(self, wallet: int, amount: int, day: int) -> None:
        posting = ledger.grant(
            wallet_id=self.wallets[wallet],
            amount=amount,
            kind=LotKind.PROMOTIONAL if day else LotKind.PAID,
            reason="Given",
            key=self.key(),
            expires_at=self.start + timedelta(days=day) if day else None,
        )
        self.model.lots.append(Lot(wallet, 0, day))
        self.record(posting.transaction_id, {len(self.model.lots) - 1: amount})

    def spend(self, wallet: int, amount: int, _: int) -> None:
        asked = {"wallet_id": self.wallets[wallet], "amount": amount, "key": self.key(), "reason": "Unlocked"}
        held = sum(self.model.held(wallet))
        if held < amount:
            with pytest.raises(InsufficientCredits) as refused:
                ledger.spend(**asked)
            assert refused.value.balance == held
            return
        movements = self.model.draw(wallet, amount)
        posting = ledger.spend(**asked)
        assert posting.balance == held - amount
        assert not ledger.spend(**asked).created
        self.record(posting.transaction_id, movements)

    def reverse(self, which: int, _: int, __: int) -> None:
        if not self.model.posted:
            return
        transaction_id, movements = self.model.posted[which % len(self.model.posted)]
        back = {n: -amount for n, amount in movements.items()}
        asked = {"transaction_id": transaction_id, "key": self.key(), "reason": "Oops"}
        if transaction_id in self.model.reversed:
            with pytest.raises(NotReversible):
                ledger.reverse(**asked)
        elif any(self.model.lots[n].left + amount < 0 for n, amount in back.items()):
            with pytest.raises(CreditsAlreadySpent):
                ledger.reverse(**asked)
        else:
            ledger.reverse(**asked)
            self.model.reversed.add(transaction_id)
            self.model.move(back)

    def expire(self, day: int, _: int, __: int) -> None:
        due = [lot for lot in self.model.lots if lot.left and 0 < lot.day <= day]
        assert ledger.expire_lots(self.start + timedelta(days=day)) == len(due)
        for lot in due:
            lot.left = 0

    def record(self, transaction_id: int, movements: Movements) -> None:
        self.model.posted.append((transaction_id, movements))
        self.model.move(movements)

    def check(self) -> None:
        for wallet, wallet_id in enumerate(self.wallets):
            assert [lot.remaining for lot in lots(wallet_id=wallet_id)] == self.model.held(wallet)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(step, min_size=1, max_size=25))
def test_the_ledger_does_what_the_model_does(program: list[tuple[str, int, int, int]]) -> None:
    with transaction.atomic():
        life = Program()
        for name, *arguments in program:
            getattr(life, name)(*arguments)
            life.check()
        assert audit().first_difference is None
        transaction.set_rollback(True)
