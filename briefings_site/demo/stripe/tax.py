"""Automatic tax at fixed rates by country, as if we were registered in each of them, at home in Germany."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from .errors import invalid
from .store import Object

HOME = "DE"
RATES = {"AT": 20, "BE": 21, "CH": 8, "DE": 19, "DK": 25, "ES": 21, "FR": 20, "GB": 20, "IE": 23, "IT": 22}
RATES |= {"NL": 21, "PL": 23, "PT": 23, "SE": 25}
UNION = {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT", "LT"}
UNION |= {"LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"}
FORMS = {
    "eu_vat": re.compile(
        r"(AT|BE|BG|CY|CZ|DE|DK|EE|EL|ES|FI|FR|HR|HU|IE|IT|LT|LU|LV|MT|NL|PL|PT|RO|SE|SI|SK)\w{7,12}\Z"
    ),
    "gb_vat": re.compile(r"GB(\d{9}|\d{12})\Z"),
    "ch_vat": re.compile(r"CHE"),
    "us_ein": re.compile(r"\d{2}-\d{7}\Z"),
}


@dataclass(frozen=True, kw_only=True)
class Levy:
    percentage: int = 0
    country: str | None = None
    reason: str = "not_collecting"

    def of(self, amount: int, *, inclusive: bool) -> int:
        """In minor units, halves up: contained in the amount, or to be added to it."""
        whole = 100 + self.percentage if inclusive else 100
        return _rounded(Fraction(amount * self.percentage, whole))


NONE = Levy()


def levy(country: str | None, ids: Iterable[Object], *, exempt: str | None = "none") -> Levy:
    if exempt == "exempt":
        return Levy(country=country, reason="customer_exempt")
    if exempt == "reverse" or (country != HOME and country in UNION and _vat_of(country, ids)):
        return Levy(country=country, reason="reverse_charge")
    if percentage := RATES.get(country or ""):
        return Levy(percentage=percentage, country=country, reason="standard_rated")
    return Levy(country=country)


def _vat_of(country: str, ids: Iterable[Object]) -> bool:
    return any(one["type"] == "eu_vat" and country_of(one) == country for one in ids)


def country_of(given: Object) -> str | None:
    prefix = given["value"][:2] if given["type"] == "eu_vat" else given["type"][:2].upper()
    return {"EL": "GR"}.get(prefix, prefix)


def refuse_malformed(given: Object) -> None:
    if (form := FORMS.get(given["type"])) is None:
        raise invalid(f"Invalid type: must be one of {', '.join(FORMS)}", param="type")
    if not form.match(given["value"]):
        raise invalid(f"Invalid value for {given['type']}.", param="value", code="tax_id_invalid")


def kind_of_vat(value: str) -> str:
    return {"GB": "gb_vat", "CH": "ch_vat"}.get(value[:2], "us_ein" if value[:1].isdigit() else "eu_vat")


def inclusive(behaviour: str | None, currency: str) -> bool:
    """Unspecified is inferred by currency, one of Stripe's own settings: exclusive for dollars."""
    if behaviour in ("inclusive", "exclusive"):
        return behaviour == "inclusive"
    return currency not in ("usd", "cad")


def rate_object(levied: Levy, *, inclusive: bool, created: int) -> Object:
    return {
        "id": rate_id(levied, inclusive=inclusive),
        "object": "tax_rate",
        "active": False,
        "country": levied.country,
        "created": created,
        "description": None,
        "display_name": "VAT" if levied.country != "US" else "Sales Tax",
        "effective_percentage": float(levied.percentage),
        "flat_amount": None,
        "inclusive": inclusive,
        "jurisdiction": levied.country,
        "jurisdiction_level": "country",
        "livemode": False,
        "metadata": {},
        "percentage": float(levied.percentage),
        "rate_type": "percentage",
        "state": None,
        "tax_type": "vat",
    }


def rate_id(levied: Levy, *, inclusive: bool) -> str:
    return f"txr_{levied.country or 'none'}_{levied.percentage}_{'in' if inclusive else 'ex'}clusive"


def total(levied: Levy, amount: int, taxable: int, *, inclusive: bool) -> dict[str, Any]:
    """A line of an invoice's ``taxes`` or ``total_taxes``."""
    return {
        "amount": amount,
        "tax_behavior": "inclusive" if inclusive else "exclusive",
        "tax_rate_details": {"tax_rate": rate_id(levied, inclusive=inclusive)},
        "taxability_reason": levied.reason,
        "taxable_amount": taxable,
        "type": "tax_rate_details",
    }


def _rounded(exact: Fraction) -> int:
    sign = -1 if exact < 0 else 1
    return sign * int(abs(exact) + Fraction(1, 2))
