"""More briefings and readers than the demo has: run once, inside the site, before the load begins."""

import sys

import django

MORE = 20
RICH, POOR = 5, 3
THOUSAND = 1000
PASSWORD = "chaos-of-twelve-letters"

STORY = """---
title: Chaos briefing number {number}
slug: chaos-{number}
standfirst: Number {number} of the briefings that are opened in bad weather.
section: {section}
date: 2026-06-{day:02}
byline: Weather desk
source: The Weather Paper
tags: [weather]
price: {price}
---

The public story of number {number}.

## Key Insights

- Statement number {number} has the word insightword{number}x.
  - Confidence: high

## Take-aways

- Take-away number {number} has the word takeawayword{number}x.
  - For: Studios

## Executive Actions

- Action number {number} has the word actionword{number}x.
  - Owner: CTO
"""


def email_of(kind: str, number: int) -> str:
    return f"{kind}-{number}@chaos.example.com"


def rich_credits(number: int) -> int:
    """So far apart that a balance shown to the wrong reader is known for what it is."""
    return number * THOUSAND


def main() -> None:
    django.setup()
    from briefings_site.demo.desks import seed_home

    # Every run has a port of its own, and the site's address stands in the database.
    seed_home()
    if "--address-only" not in sys.argv:
        seed_briefings()
        seed_readers()


def seed_briefings() -> None:
    from articles.importing import read, write
    from briefings_site.demo.desks import SECTIONS

    for number in range(1, MORE + 1):
        section = SECTIONS[number % len(SECTIONS)][0]
        text = STORY.format(number=number, section=section, day=number, price=1 + number % 2)
        write(read(text.encode(), html=False), publish=True)


def seed_readers() -> None:
    from django.contrib.auth.hashers import make_password

    password = make_password(PASSWORD)
    for number in range(1, POOR + 1):
        seed_reader(email_of("poor", number), password)
    for number in range(1, RICH + 1):
        seed_reader(email_of("rich", number), password, credits=rich_credits(number))


def seed_reader(email: str, password: str, credits: int = 0) -> None:
    from allauth.account.models import EmailAddress

    from accounts.models import User
    from accounts.starter import grant_starter
    from credits import ledger
    from credits.models import LotKind

    user = User(email=email, password=password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    grant_starter(user)
    if credits:
        ledger.grant(
            wallet_id=user.wallet_id,
            amount=credits,
            kind=LotKind.PAID,
            reason="Bought before the storm",
            key=f"chaos-seed:{email}",
        )


if __name__ == "__main__":
    main()
