"""What a line of the ledger is called to its reader."""

WORDS = {
    "grant": "Received",
    "spend": "Spent",
    "expiry": "Expired",
    "refund": "Taken back",
    "repayment": "Paid off what you owed",
}
# What these are called depends on which way the credits went.
CAME = {"reversal": "Returned", "transfer": "Moved in", "merge": "Moved in for good"}
WENT = {"reversal": "Taken back", "transfer": "Moved out", "merge": "Moved out for good"}


def in_words(kind: str, amount: int) -> str:
    directed = CAME if amount > 0 else WENT
    return WORDS.get(kind) or directed.get(kind) or kind.capitalize()
