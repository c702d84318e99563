"""What the demo sells. Run again, it mends nothing that someone has since changed."""

from django.db import transaction

from accounts.models import Pack, PackPrice, Tier

CLUB_PERKS = """Every Key Insight, Take-away and Executive Action, free
New briefings open the moment they are published
Credits you hold stay yours"""
CIRCLE_PERKS = """Open the briefings you choose, and keep them
Credits you hold stay yours"""

# Amounts in pence and cents.
PACKS = {
    "Five credits": ({"credits": 5, "bonus": 0}, {"GBP": 750, "EUR": 900, "USD": 950}),
    "Twenty credits": ({"credits": 20, "bonus": 2}, {"GBP": 2800, "EUR": 3300, "USD": 3500}),
    "Sixty credits": ({"credits": 60, "bonus": 10}, {"GBP": 7800, "EUR": 9200, "USD": 9900}),
}
CLUB = {
    "name": "Executives Club",
    "perks": CLUB_PERKS,
    "price_monthly": 2900,
    "price_yearly": 29000,
    "allowance": 4,
    "trial_days": 14,
}
CIRCLE = {
    "name": "Readers' Circle",
    "perks": CIRCLE_PERKS,
    "price_monthly": 1200,
    "price_yearly": 12000,
    "opens_everything": False,
    "allowance": 12,
    "order": 1,
}


def seed_sales() -> None:
    seed_club()
    Tier.objects.get_or_create(slug="readers-circle", defaults=CIRCLE)
    for order, name in enumerate(PACKS):
        seed_pack(name, order)


def seed_club() -> Tier:
    return Tier.objects.get_or_create(slug="executives-club", defaults=CLUB)[0]


@transaction.atomic
def seed_pack(name: str, order: int) -> None:
    facts, prices = PACKS[name]
    pack, is_new = Pack.objects.get_or_create(name=name, defaults={**facts, "order": order})
    if is_new:
        PackPrice.objects.bulk_create(
            PackPrice(pack=pack, currency=currency, amount=amount) for currency, amount in prices.items()
        )
