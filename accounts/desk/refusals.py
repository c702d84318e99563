"""Why the desk did not do what staff asked, in words for them. After any of these nothing has changed."""

from credits.errors import (
    AlreadyRefunded,
    AlreadyReversed,
    InvalidAmount,
    InvalidExpiry,
    InvalidText,
    LedgerError,
    NotReversible,
)


class Refused(Exception):
    sentence = "The ledger refused this. Nothing was posted."


class FormReused(Refused):
    sentence = "This form was sent before with something else in it. Open a new one."


class AskedAlready(Refused):
    sentence = "Somebody asked to reverse this transaction already."


class Changed(Refused):
    sentence = "The wallet has changed since you looked: read again what will happen, then decide."


class Settled(Refused):
    sentence = "This has been decided already."


class NotASecondPerson(Refused):
    sentence = "Somebody else has to decide: neither who asked nor whose wallet it is."


class ClosedAccount(Refused):
    sentence = "This account is closed: nobody could spend the credits."


class NotPosted(Refused):
    """The ledger said no; ``sentence`` says why."""

    def __init__(self, because: type[LedgerError]) -> None:
        super().__init__()
        fitting = (sentence for kind, sentence in SENTENCES.items() if issubclass(because, kind))
        self.sentence = next(fitting, Refused.sentence)


# The first that fits: the particular before the general.
SENTENCES: dict[type[LedgerError], str] = {
    AlreadyReversed: "This transaction is reversed already.",
    AlreadyRefunded: "Part of this grant is refunded already, so it cannot be reversed whole.",
    NotReversible: "Only grants, spends and refunds can be reversed.",
    InvalidExpiry: "The day they expire has passed. Decline this and ask anew.",
    InvalidAmount: "The ledger does not move that many credits at once.",
    InvalidText: "The reason must be plain text of at most 200 characters.",
}
