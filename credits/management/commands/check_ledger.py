from django.core.management.base import BaseCommand, CommandError

from credits.audit import audit


class Command(BaseCommand):
    help = "Add every entry, lot and balance up again; exit non-zero at the first difference."

    def handle(self, **options: object) -> None:
        found = audit()
        if found.first_difference:
            raise CommandError(f"The ledger does not agree: {found.first_difference}.")
        self.stdout.write(str(found))
