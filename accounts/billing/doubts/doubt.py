"""What may differ, and how to look again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings

from ..errors import NoSuchObject
from ..models import StripeCustomer

T = TypeVar("T")

# So many of what is asked about one by one in a run: the rest come next time, and no run lasts for ever.
AT_ONCE = 500


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """`differs` says in words what is wrong, or nothing. Without `mend` it is left for a person.

    `about` is an id of Stripe's, or an order's key: never a name or an address.
    """

    kind: str
    about: str
    differs: Callable[[], str]
    mend: Callable[[], object] | None = None


@dataclass(frozen=True, kw_only=True)
class Scope:
    """What is compared: everything made since then, and `full` also what no light run asks for."""

    since: datetime
    full: bool
    heard_since: datetime


Doubts = Iterator[Doubt]


def ours(site: str) -> bool:
    return site == urlsplit(settings.BASE_URL).netloc


def of_a_reader(customer_id: str | None) -> bool:
    return bool(customer_id) and StripeCustomer.objects.filter(stripe_id=customer_id).exists()


def if_known(fetch: Callable[[str], T], stripe_id: str) -> T | None:
    try:
        return fetch(stripe_id)
    except NoSuchObject:
        return None


def lost(kind: str, about: str, text: str) -> Doubt:
    """Stripe forgets nothing: most likely the key is another account's."""
    return Doubt(kind=f"lost {kind}", about=about, differs=lambda: text)


def stranger(kind: str, about: str, order_key: str) -> Doubt:
    """Paid by a reader, or bearing this site's mark: a backup older than it, or made by hand."""
    text = f"names order {order_key}, which is not here" if order_key else "of a reader, and of no order"
    return Doubt(kind=f"foreign {kind}", about=about, differs=lambda: text)
