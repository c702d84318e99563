"""The words for credits, said the same way on button, page and mail."""

from django.conf import settings

from credits.errors import Frozen, InDebt, InsufficientCredits, LedgerError


def credits_text(amount: int) -> str:
    return f"{amount} credit" if amount == 1 else f"{amount} credits"


def unlocked_text(spent: int, balance: int) -> str:
    if not spent:
        return "This briefing is open to you already. Nothing was spent."
    return f"Unlocked. {credits_text(spent)} spent, {balance} left."


def refused_text(error: LedgerError) -> str:
    """Why nothing was unlocked, and what helps."""
    match error:
        case InDebt():
            return (
                f"Not unlocked. You owe {credits_text(error.owed)}, "
                "which the next ones you get will pay first. Nothing was spent."
            )
        case Frozen():
            return (
                "Not unlocked. Spending from your wallet is on hold, and nothing was spent. "
                f"Write to {settings.SUPPORT_EMAIL} and we will look at it."
            )
        case InsufficientCredits():
            need, have = credits_text(error.needed), credits_text(error.balance)
            return f"Not unlocked. This briefing costs {need} and you have {have}."
    raise error
