"""The words for credits, said the same way on button, page and mail."""


def credits_text(amount: int) -> str:
    return f"{amount} credit" if amount == 1 else f"{amount} credits"


def unlocked_text(spent: int, balance: int) -> str:
    if not spent:
        return "This briefing is open to you already. Nothing was spent."
    return f"Unlocked. {credits_text(spent)} spent, {balance} left."
