"""Why a posting was refused. After any of these nothing of it is posted, and the transaction goes on."""


class LedgerError(Exception):
    pass


class InvalidAmount(LedgerError, ValueError):
    """Not a whole number of credits from 1 to `credits.ledger.MAX_AMOUNT`."""


class InvalidText(LedgerError, ValueError):
    """A key or reason that is blank, or a text that is too long for the ledger."""


class InvalidExpiry(LedgerError, ValueError):
    """An expiry on paid credits, in the past, or without a time zone."""


class NoSuchWallet(LedgerError, LookupError):
    pass


class NoSuchTransaction(LedgerError, LookupError):
    pass


class InsufficientCredits(LedgerError):
    """`needed` credits were asked for, `balance` can be spent, `missing` is the difference."""

    def __init__(self, *, balance: int, needed: int) -> None:
        self.balance = balance
        self.needed = needed
        self.missing = needed - balance
        super().__init__(f"{needed} credits are needed, {balance} are there")


class KeyReused(LedgerError):
    """The key already stands for a posting that asked for something else."""


class InDebt(LedgerError):
    """Nothing is spent while `owed` credits are: the next that come in pay them first."""

    def __init__(self, *, owed: int) -> None:
        self.owed = owed
        super().__init__(f"{owed} credits are owed")


class Frozen(LedgerError):
    """Spending from the wallet is on hold until a person has looked at it."""


class NotReversible(LedgerError):
    """Only grants, spends and refunds can be reversed, and only grants refunded."""


class AlreadyReversed(NotReversible):
    pass


class AlreadyRefunded(NotReversible):
    """`refunded` credits of the grant were taken back: refund the rest of it instead."""

    def __init__(self, *, refunded: int) -> None:
        self.refunded = refunded
        super().__init__(f"{refunded} credits of this grant are refunded already: refund the rest")


class OverRefunded(NotReversible):
    """Of the grant only `refundable` credits are left to take back, and `amount` were asked for."""

    def __init__(self, *, refundable: int, amount: int) -> None:
        self.refundable = refundable
        self.amount = amount
        super().__init__(f"{amount} credits cannot be refunded: {refundable} of the grant are left")


class SameWallet(LedgerError, ValueError):
    """Credits move between two wallets, and these are one, or were merged into one."""


class AlreadyMerged(LedgerError):
    pass
