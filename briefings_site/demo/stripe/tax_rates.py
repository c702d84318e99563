"""The rates that a line's taxes name. They are read out of the id, as nobody but automatic tax makes any."""

import re

from . import tax
from .account import OPENED
from .api import Asked, route
from .errors import missing
from .store import Object
from .world import World

ID = re.compile(r"txr_(?P<country>[A-Z]{2}|none)_(?P<percentage>\d{1,2})_(?P<side>in|ex)clusive\Z")


@route("GET", "/v1/tax_rates/{rate}")
def retrieve(world: World, asked: Asked) -> Object:
    read = ID.match(asked.ids["rate"])
    if read is None:
        raise missing("tax_rate", asked.ids["rate"])
    country = None if read["country"] == "none" else read["country"]
    levied = tax.Levy(percentage=int(read["percentage"]), country=country)
    return tax.rate_object(levied, inclusive=read["side"] == "in", created=OPENED)
