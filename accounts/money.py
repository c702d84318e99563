"""Amounts in words. Every currency we sell in has a hundred minor units."""

CURRENCY_SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}


def exact(amount: int, currency: str) -> str:
    """``amount`` is in minor units: £12.00, or −£0.50 with a true minus."""
    sign = CURRENCY_SIGNS.get(currency, f"{currency} ")
    return f"{'−' if amount < 0 else ''}{sign}{abs(amount) / 100:,.2f}"


def brief(amount: int, currency: str) -> str:
    """The same, without pence where there are none."""
    return exact(amount, currency).removesuffix(".00")
