"""What the ledger ought to do, in the plainest words: lots, debts, and what each posting did to them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

NEVER = 10**6
Moves = dict[int, list[int]]  # lot: [amount, owed]


@dataclass
class Lot:
    wallet: int
    left: int
    paid: bool
    day: int
    parent: int | None = None


@dataclass
class Posted:
    kind: str
    moves: Moves
    refunds: int | None = None
    undone: bool = False


@dataclass
class Model:
    lots: list[Lot] = field(default_factory=list)
    owed: dict[int, int] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    posted: list[Posted] = field(default_factory=list)

    def holder(self, wallet: int) -> int:
        return self.holder(self.merged[wallet]) if wallet in self.merged else wallet

    def order(self, wallet: int) -> list[int]:
        mine = [n for n, lot in enumerate(self.lots) if lot.wallet == wallet and lot.left]
        return sorted(mine, key=lambda n: (self.lots[n].paid, self.lots[n].day, n))

    def held(self, wallet: int) -> int:
        return sum(self.lots[n].left for n in self.order(wallet))

    def family(self, lot: int) -> Iterator[int]:
        yield lot
        for child in (n for n, each in enumerate(self.lots) if each.parent == lot):
            yield from self.family(child)

    def draw(self, lots: list[int], amount: int) -> Moves:
        moves: Moves = {}
        for n in lots:
            if taken := min(self.lots[n].left, amount):
                moves[n], amount = [-taken, 0], amount - taken
        return moves

    def post(self, kind: str, moves: Moves, refunds: int | None = None) -> None:
        self.posted.append(Posted(kind, moves, refunds))
        for n, (amount, owed) in moves.items():
            self.lots[n].left += amount
            holder = self.holder(self.lots[n].wallet)
            self.owed[holder] = self.owed.get(holder, 0) - owed
        if kind not in ("repayment", "spend", "refund", "expiry"):
            for wallet in sorted({self.lots[n].wallet for n in moves if moves[n][0] > 0}):
                self.settle(wallet, moves)

    def settle(self, wallet: int, came: Moves) -> None:
        if wallet in self.merged:
            return self.move("merge", wallet, self.holder(wallet), self.held(wallet))
        due, paid = self.owed.get(wallet, 0), {}
        for n in (n for n in self.order(wallet) if n in came and came[n][0] > 0):
            if taken := min(self.lots[n].left, came[n][0], due):
                paid[n], due = [-taken, taken], due - taken
        return self.post("repayment", paid) if paid else None

    def move(self, kind: str, source: int, target: int, amount: int) -> None:
        moves = self.draw(self.order(source), amount)
        for n in list(moves):
            moves[len(self.lots)] = [-moves[n][0], 0]
            self.lots.append(Lot(target, 0, self.lots[n].paid, self.lots[n].day, n))
        if moves:
            self.post(kind, moves)

    def merge(self, source: int, target: int) -> None:
        debt, self.merged[source] = self.owed.pop(source, 0), target
        self.owed[target] = self.owed.get(target, 0) + debt
        if debt and not self.held(source):
            self.post("merge", {})
        self.move("merge", source, target, self.held(source))

    def take_back(self, kind: str, granted: int, amount: int) -> None:
        (lot,) = self.posted[granted].moves
        moves = self.draw(sorted(self.family(lot)), amount)
        moves.setdefault(lot, [0, 0])[1] = -(amount + sum(taken for taken, _ in moves.values()))
        self.post(kind, {n: both for n, both in moves.items() if any(both)}, granted)
