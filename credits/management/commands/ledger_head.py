from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from credits import heads


class Command(BaseCommand):
    help = "Print the last seal's hash with the totals it stands for, as a text to keep elsewhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, metavar="PATH", help="write it there")
        parser.add_argument("--mail", action="store_true", help="mail it to LEDGER_HEAD_TO")
        parser.add_argument("--daily", action="store_true", help="keep and mail it, unless done today")

    def handle(self, *, daily: bool, **options: Any) -> None:
        if daily:
            kept = heads.keep(folder=settings.DATA_DIR / "heads")
            if options["verbosity"]:
                self.stdout.write(f"kept in {kept}" if kept else "nothing new to keep")
            return
        head = heads.head()
        if head is None:
            raise CommandError("nothing has been sealed yet: run seal_ledger")
        self.stdout.write(str(head))
        self.hand_on(head, **options)

    def hand_on(self, head: heads.Head, *, file: Path | None, mail: bool, **options: Any) -> None:
        if file is not None:
            try:
                file.write_text(str(head))
            except OSError as error:
                raise CommandError(f"{file} cannot be written: {error.strerror}") from None
        if mail and not heads.post(head):
            raise CommandError("not mailed: LEDGER_HEAD_TO names nobody")
