from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q, QuerySet
from PIL import UnidentifiedImageError

from articles.former_renditions import forget_former
from articles.models import Picture
from articles.pictures import SPECS
from articles.renditions import make
from articles.tasks import make_renditions
from articles.versions import something_changed

# What a file that is no picture, or is gone, is reported with.
UNREADABLE = (OSError, UnidentifiedImageError, ValueError)


class Command(BaseCommand):
    help = "Make the sizes of pictures that are missing, and delete those that no page names any more."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--later", action="store_true", help="leave the making to the worker")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = Picture.objects.exclude(~Q(made_from="") & Q(made__has_keys=list(SPECS))).order_by("pk")
        unreadable = self.leave(missing) if options["later"] else self.make(missing)
        gone = forget_former()
        if options["verbosity"]:
            self.stdout.write(f"{gone} former makings deleted.")
        if unreadable:
            raise CommandError(f"{unreadable} pictures could not be read")

    def leave(self, missing: QuerySet[Picture]) -> int:
        for pk in missing.values_list("pk", flat=True):
            make_renditions.enqueue(pk)
        return 0

    def make(self, missing: QuerySet[Picture]) -> int:
        """Returns the number of those that could not be read."""
        unreadable = 0
        for picture in missing.iterator():
            try:
                make(picture, SPECS)
            except UNREADABLE as error:
                self.stderr.write(f"{picture.pk} {picture.title}: {type(error).__name__}")
                unreadable += 1
        something_changed()
        return unreadable
