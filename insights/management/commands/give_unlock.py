from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from wagtail.models import Page

from accounts.addresses import owner_of
from accounts.models import User
from insights.gated import GatedInsights
from insights.unlocks import give


class Command(BaseCommand):
    help = "Open a briefing for a reader for good, as a present from the house. No credit moves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("slug", help="The briefing's slug.")

    def handle(self, *args: Any, email: str, slug: str, **options: Any) -> None:
        row = give(reader=reader(email), page=briefing(slug))
        self.stdout.write(f"{row.title}: {row.get_reason_display().lower()} since {row.unlocked_at:%Y-%m-%d}")


def reader(email: str) -> User:
    found = owner_of(email.strip())
    if found is None or not found.is_active:
        raise CommandError(f"there is no reader {email}")
    return found


def briefing(slug: str) -> GatedInsights:
    pages = (page.specific for page in Page.objects.filter(slug=slug, alias_of=None))
    found = next((page for page in pages if isinstance(page, GatedInsights)), None)
    if found is None:
        raise CommandError(f"there is no briefing {slug}")
    return found
