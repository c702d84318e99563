"""Test clocks: a time of its own for the customers that are bound to one."""

from .api import Asked, listed, route
from .customers import delete as delete_customer
from .errors import invalid
from .pagination import page
from .parameters import Required, natural, text
from .store import Object
from .world import World

KIND = "test_helpers.test_clock"
LONGEST = 2 * 366 * 86_400


@route("POST", "/v1/test_helpers/test_clocks", frozen_time=Required(natural), name=text)
def create(world: World, asked: Asked) -> Object:
    frozen = asked.params["frozen_time"]
    clock = world.new(
        KIND,
        "clock",
        created=world.real_now(),
        deletes_after=world.real_now() + 30 * 86_400,
        frozen_time=frozen,
        name=asked.get("name"),
        status="ready",
        status_details={},
        _time=frozen,
    )
    world.tell("test_helpers.test_clock.created", clock)
    return clock


@route("GET", "/v1/test_helpers/test_clocks/{clock}")
def retrieve(world: World, asked: Asked) -> Object:
    return world.store.get(KIND, asked.ids["clock"])


@listed("/v1/test_helpers/test_clocks")
def list_all(world: World, asked: Asked) -> Object:
    return page(world.store.where(KIND), asked.params, url="/v1/test_helpers/test_clocks")


@route("POST", "/v1/test_helpers/test_clocks/{clock}/advance", frozen_time=Required(natural))
def advance(world: World, asked: Asked) -> Object:
    """Done when it is answered; Stripe's takes minutes, and says ``advancing`` meanwhile."""
    clock = world.store.get(KIND, asked.ids["clock"])
    wanted = asked.params["frozen_time"]
    if not clock["frozen_time"] < wanted <= clock["frozen_time"] + LONGEST:
        raise invalid("frozen_time must be later than the clock's, by two years at most", param="frozen_time")
    world.tell("test_helpers.test_clock.advancing", clock | {"status": "advancing"})
    world.pass_time(wanted, clock=clock["id"])
    clock["frozen_time"] = wanted
    world.tell("test_helpers.test_clock.ready", clock)
    return clock


@route("DELETE", "/v1/test_helpers/test_clocks/{clock}")
def delete(world: World, asked: Asked) -> Object:
    clock = world.store.get(KIND, asked.ids["clock"])
    for customer in list(world.store.where("customer", test_clock=clock["id"])):
        if not customer.get("deleted"):
            delete_customer(world, Asked(ids={"customer": customer["id"]}, params={}))
    del world.store.table(KIND)[clock["id"]]
    return {"id": clock["id"], "object": KIND, "deleted": True}
