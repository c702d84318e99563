import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError, CommandParser

from briefings_site.canary.asking import Line
from briefings_site.canary.manifest import BadManifest, Manifest
from briefings_site.canary.papers import sweep_log, sweep_mails
from briefings_site.canary.report import Report
from briefings_site.canary.sweeping import MOST_ADDRESSES, Options, sweep


class Command(BaseCommand):
    help = "Ask a running site for everything, as every kind of reader, and report each canary that leaks."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--base-url", required=True, type=address, help="https://staging.example")
        parser.add_argument("--manifest", required=True, type=Path, help="What plant_canaries wrote.")
        parser.add_argument(
            "--as", action="append", dest="kinds", metavar="KIND", help="Only as this kind; can be repeated."
        )
        parser.add_argument("--json", action="store_true", help="The report as JSON.")
        parser.add_argument("--ca", default="", help="Certificates to trust, besides the machine’s own.")
        parser.add_argument("--pause", type=float, default=0, help="Seconds to wait before each request.")
        parser.add_argument("--jobs", type=positive, default=2, help="Kinds of readers at the same time.")
        parser.add_argument("--most", type=positive, default=MOST_ADDRESSES, help="Most addresses a kind.")
        parser.add_argument(
            "--share", type=positive, default=1, help="N: each way of asking at every Nth address only."
        )
        parser.add_argument("--mail-dir", type=Path, help="A folder of *.eml that must say nothing either.")
        parser.add_argument(
            "--log", action="append", type=Path, default=[], help="A log that must say nothing either."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        report = self.swept(options)
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=1))
        else:
            self.stdout.write("\n".join(report.lines))
        if not report.clean:
            sys.exit(1)

    def swept(self, options: dict[str, Any]) -> Report:
        try:
            manifest = Manifest.read(options["manifest"])
            look_at_papers(options)
            line = Line(options["base_url"], ca=options["ca"], pause=options["pause"])
            report = sweep(manifest, line, chosen(manifest, options))
            if options["mail_dir"]:
                sweep_mails(options["mail_dir"], manifest, report)
            for log in options["log"]:
                sweep_log(log, manifest, report)
        except (BadManifest, OSError) as error:
            raise CommandError(str(error)) from error
        return report


def look_at_papers(options: dict[str, Any]) -> None:
    """Before a sweep of some minutes and not after. Raises ``OSError``."""
    if options["mail_dir"] and not options["mail_dir"].is_dir():
        raise NotADirectoryError(f"{options['mail_dir']} is no folder")
    for log in options["log"]:
        log.open("rb").close()


def chosen(manifest: Manifest, options: dict[str, Any]) -> Options:
    kinds = options["kinds"] or list(manifest.readers)
    if unknown := [kind for kind in kinds if kind not in manifest.readers]:
        raise CommandError(f"the manifest knows no {unknown[0]}: it has {', '.join(manifest.readers)}")
    return Options(kinds, most=options["most"], share=options["share"], jobs=options["jobs"])


def address(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        raise ValueError("http:// or https:// and a host")
    return f"{url.scheme}://{url.netloc}"


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("at least 1")
    return number
