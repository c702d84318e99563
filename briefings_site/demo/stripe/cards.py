"""Stripe's test cards and accounts (https://docs.stripe.com/testing), and the payment methods they become."""

from dataclasses import dataclass
from enum import Enum

from .customers import NOWHERE
from .errors import ApiError, declined
from .store import Object
from .world import World


class Fate(Enum):
    SUCCEEDS = "succeeds"
    DECLINES = "declines"
    ASKS = "asks"  # for 3-D Secure, while the buyer is there
    ALWAYS_ASKS = "always asks"  # also at renewals
    FAILS_LATER = "fails later"  # pays while the buyer is there, declines at renewals
    DISPUTED = "disputed"
    SETTLES = "settles"  # bank debit: pays days later
    BOUNCES = "bounces"


@dataclass(frozen=True, kw_only=True)
class Means:
    number: str
    fate: Fate = Fate.SUCCEEDS
    code: str = "card_declined"
    decline_code: str | None = None
    message: str = "Your card was declined."
    brand: str = "visa"
    country: str = "US"

    @property
    def type(self) -> str:
        return "card" if self.number.isdecimal() else "sepa_debit"


FUNDS = "Your card has insufficient funds."
ALL = (
    Means(number="4242424242424242"),
    Means(number="5555555555554444", brand="mastercard"),
    Means(number="4000002760000016", country="DE"),
    Means(number="4000000000000002", fate=Fate.DECLINES, decline_code="generic_decline"),
    Means(number="4000000000009995", fate=Fate.DECLINES, decline_code="insufficient_funds", message=FUNDS),
    Means(
        number="4000000000000069", fate=Fate.DECLINES, code="expired_card", message="Your card has expired."
    ),
    Means(
        number="4000000000000127",
        fate=Fate.DECLINES,
        code="incorrect_cvc",
        message="Your card's security code is incorrect.",
    ),
    Means(number="4000002500003155", fate=Fate.ASKS),
    Means(number="4000000000003220", fate=Fate.ASKS),
    Means(number="4000002760003184", fate=Fate.ALWAYS_ASKS),
    Means(number="4000000000000341", fate=Fate.FAILS_LATER, decline_code="generic_decline"),
    Means(number="4000000000000259", fate=Fate.DISPUTED),
    Means(number="AT611904300234573201", fate=Fate.SETTLES, country="AT"),
    Means(number="AT861904300235473202", fate=Fate.BOUNCES, country="AT"),
)
BY_NUMBER = {means.number: means for means in ALL}


def means(given: str) -> Means:
    """Raises ApiError as the card networks would for a number that is none of the test numbers."""
    number = "".join(given.split()).upper()
    if found := BY_NUMBER.get(number):
        return found
    if number[:2].isalpha():
        raise refused("The IBAN you entered is invalid.", "invalid_bank_account_iban")
    if not number.isdecimal() or not 12 <= len(number) <= 19 or not _luhn(number):
        raise refused("Your card number is invalid.", "incorrect_number")
    message = "Your card was declined. Your request was in test mode, but used a non test card."
    raise declined(message, decline_code="test_mode_live_card")


def refused(message: str, code: str) -> ApiError:
    return declined(message, decline_code=None, code=code)


def _luhn(number: str) -> bool:
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def method(world: World, used: Means, *, customer: str | None, billing: Object) -> Object:
    """A payment method of the means, attached to the customer when there is one."""
    own = _card(used) if used.type == "card" else _debit(used)
    made = world.new(
        "payment_method",
        "pm",
        allow_redisplay="limited" if customer else "unspecified",
        billing_details=billing,
        customer=customer,
        customer_account=None,
        metadata={},
        type=used.type,
        _number=used.number,
        **own,
    )
    if customer:
        world.tell("payment_method.attached", made)
    return made


def billing_details(*, email: str | None, name: str | None, address: Object | None) -> Object:
    return {"address": address or dict(NOWHERE), "email": email, "name": name, "phone": None, "tax_id": None}


def _card(used: Means) -> Object:
    return {
        "card": {
            "brand": used.brand,
            "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
            "country": used.country,
            "display_brand": used.brand,
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": f"local{used.number[-11:]}",
            "funding": "credit",
            "generated_from": None,
            "last4": used.number[-4:],
            "networks": {"available": [used.brand], "preferred": None},
            "regulated_status": "unregulated",
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        }
    }


def _debit(used: Means) -> Object:
    return {
        "sepa_debit": {
            "bank_code": used.number[4:9],
            "branch_code": "",
            "country": used.country,
            "fingerprint": f"local{used.number[-11:]}",
            "generated_from": {"charge": None, "setup_attempt": None},
            "last4": used.number[-4:],
        }
    }


def charged_with(method: Object) -> Object:
    """The charge's ``payment_method_details``."""
    if method["type"] == "sepa_debit":
        kept = {
            name: method["sepa_debit"][name]
            for name in ("bank_code", "branch_code", "country", "fingerprint")
        }
        own = kept | {"last4": method["sepa_debit"]["last4"], "mandate": None, "expected_debit_date": None}
        return {"type": "sepa_debit", "sepa_debit": own}
    card = method["card"]
    names = (
        "brand",
        "checks",
        "country",
        "exp_month",
        "exp_year",
        "fingerprint",
        "funding",
        "last4",
        "regulated_status",
    )
    own = {name: card[name] for name in names} | {
        "installments": None,
        "mandate": None,
        "network": card["brand"],
    }
    own |= {
        "three_d_secure": None,
        "wallet": None,
        "network_transaction_id": None,
        "authorization_code": None,
    }
    return {"type": "card", "card": own}
