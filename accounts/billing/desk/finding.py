"""What staff mean by what they typed. Its shape says what it is, so that an index answers."""

from uuid import UUID

from django.db.models import Q

from ...models import User

MANY = 200


def of_people(asked: str) -> Q:
    """Readers whose address holds it, and whoever was merged into them."""
    people = User.objects.filter(email__icontains=asked).order_by("-pk")
    found = list(people.values_list("pk", flat=True)[:MANY])
    return Q(reader__in=found) | Q(reader__merged_into__in=found)


def orders(asked: str) -> Q:
    if (key := as_key(asked)) is not None:
        return Q(key=key)
    if asked.startswith("cs_"):
        return Q(session_id=asked)
    if asked.startswith("pi_"):
        return Q(payment_intent_id=asked)
    if asked.startswith("sub_"):
        return Q(subscriptions__stripe_id=asked)
    if asked.startswith("cus_"):
        return Q(reader__stripe_customers__stripe_id=asked)
    if asked.upper() == asked and "-" in asked:
        return Q(receipts__number=asked)
    return of_people(asked)


def events(asked: str) -> Q:
    """An event's own id, what it is about, or a type and those below it."""
    return Q(stripe_id=asked) | Q(object_id=asked) | Q(type__startswith=asked)


def receipts(asked: str) -> Q:
    if (key := as_key(asked)) is not None:
        return Q(order__key=key)
    return of_people(asked) if "@" in asked else Q(number=asked) | Q(source__endswith=f":{asked}")


def disputes(asked: str) -> Q:
    return Q(stripe_id=asked) | Q(charge_id=asked)


def subscriptions(asked: str) -> Q:
    return Q(stripe_id=asked) if asked.startswith("sub_") else of_people(asked)


def as_key(asked: str) -> UUID | None:
    try:
        return UUID(asked)
    except ValueError:
        return None
