from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from briefings_site.canary.filling import CannotPlant
from briefings_site.canary.manifest import BadManifest
from briefings_site.canary.newsroom import NoHome
from briefings_site.canary.planting import plant


class Command(BaseCommand):
    help = (
        "Plant canaries for canary_sweep: briefings in every state, readers of every kind. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("manifest", type=Path, help="The file that will say what was planted, mode 600.")
        parser.add_argument(
            "--on-staging", action="store_true", help="Say that this is no site that readers use."
        )

    def handle(self, *args: Any, manifest: Path, on_staging: bool, **options: Any) -> None:
        if not (settings.DEMO or settings.STAGING or on_staging):
            raise CommandError(
                "plant_canaries publishes pages and makes readers: it runs on staging, and this is not said "
                "to be staging (STAGING=1, or --on-staging)"
            )
        try:
            planted = plant(manifest)
        except (BadManifest, CannotPlant, NoHome) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{len(planted.words)} canaries in {len(planted.pages)} briefings, "
            f"{len(planted.readers)} kinds of readers: {manifest}"
        )
