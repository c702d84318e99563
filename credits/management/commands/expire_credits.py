from django.core.management.base import BaseCommand

from credits import ledger


class Command(BaseCommand):
    help = "Post away promotional credits whose time has come. Safe to run twice, or beside readers."

    def handle(self, **options: object) -> None:
        lots = ledger.expire_lots()
        self.stdout.write(f"{lots} {'lot' if lots == 1 else 'lots'} expired.")
