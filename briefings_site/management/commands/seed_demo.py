from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from briefings_site.demo.desks import seed_home, seed_plain_pages, seed_sections
from briefings_site.demo.people import seed_people
from briefings_site.demo.sales import seed_sales
from briefings_site.demo.stories import seed_stories


class Command(BaseCommand):
    help = "Fill the demo: sections, briefings, people, packs, tiers. Safe to run again."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("seed_demo makes people whose password is printed: it runs in the demo only")
        home = seed_home()
        seed_sections(home)
        seed_plain_pages(home)
        seed_people()
        seed_sales()
        added = seed_stories()
        self.stdout.write(f"Demo newsroom: {added} briefings added.")
