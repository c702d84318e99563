"""Briefings, and readers who are signed in already: run once, inside the site, before it is opened."""

import json
import sys
from pathlib import Path

import django

BRIEFINGS = 40
# A group of readers for each rehearsal, so that none finds everything bought.
GROUPS = ("races", "restart", "node", "replica", "redis", "failover")
IN_A_GROUP = 6
CREDITS = 1000
# With the three that everybody begins with: ten.
RACERS_CREDITS = 7


def email_of(group: str, number: int) -> str:
    """At the address that the harness of bad weather knows as its own."""
    return f"{group}-{number}@chaos.example.com"


def main(sessions: Path | None) -> None:
    """Without a file for the sessions: only the address, which is another one in every run."""
    django.setup()
    from briefings_site.demo.desks import seed_home, seed_sections

    home = seed_home()
    if sessions is not None:
        seed_sections(home)
        seed_briefings()
        sessions.write_text(json.dumps(dict(seed_readers())))


def seed_briefings() -> None:
    from articles.importing import read, write
    from briefings_site.demo.desks import SECTIONS
    from tests.chaos.newsroom import STORY

    for number in range(1, BRIEFINGS + 1):
        section = SECTIONS[number % len(SECTIONS)][0]
        text = STORY.format(number=number, section=section, day=1 + number % 28, price=1)
        write(read(text.encode(), html=False), publish=True)


def seed_readers() -> list[tuple[str, str]]:
    """Addresses, with the session cookie of each."""
    from django.conf import settings
    from django.test import Client

    from accounts.models import User
    from tests.chaos.newsroom import seed_reader

    sessions = []
    for group in GROUPS:
        for number in range(1, IN_A_GROUP + 1):
            email = email_of(group, number)
            seed_reader(email, "!", credits=RACERS_CREDITS if group == "races" else CREDITS)
            client = Client()
            client.force_login(User.objects.get(email=email), "django.contrib.auth.backends.ModelBackend")
            sessions.append((email, client.cookies[settings.SESSION_COOKIE_NAME].value))
    return sessions


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
