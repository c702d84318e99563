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


class NotReversible(LedgerError):
    """Only grants and spends can be reversed."""


class AlreadyReversed(NotReversible):
    pass


class CreditsAlreadySpent(NotReversible):
    """A grant cannot be taken back whole: of `granted` credits only `remaining` are left in its lot."""

    def __init__(self, *, remaining: int, granted: int) -> None:
        self.remaining = remaining
        self.granted = granted
        super().__init__(f"only {remaining} of the {granted} credits granted are left to take back")
