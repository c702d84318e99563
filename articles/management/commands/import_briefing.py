from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from articles.importing import BadFile, read, write


class Command(BaseCommand):
    help = "Import one briefing from a Markdown or HTML file with YAML front matter. Prints its address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--publish", action="store_true", help="Publish it; without this it is a draft.")
        parser.add_argument("--section", metavar="SLUG", help="File it here, whatever the file says.")

    def handle(self, *args: Any, file: Path, publish: bool, section: str | None, **options: Any) -> None:
        try:
            raw = file.read_bytes()
        except OSError as error:
            raise CommandError(f"{file}: {error.strerror}") from error
        html = file.suffix.lower() in (".html", ".htm")
        try:
            written = write(read(raw, html=html, section=section), publish=publish)
        except BadFile as error:
            raise CommandError(f"{file}: {error}") from error
        self.stdout.write(written.page.full_url or written.page.url_path)
