import argparse
import sys
from pathlib import Path

from .delivery import Post, Target
from .server import Server
from .store import Store
from .world import World


def main() -> int:
    given = arguments()
    if given.data:
        given.data.mkdir(parents=True, exist_ok=True)
    main = Target(id="main", url=given.webhook, secret=given.secret) if given.webhook else None
    server = Server(given.port, World(store=Store(given.data), post=Post(main)))
    print(server.world.address, flush=True)
    try:
        server.start()
    except KeyboardInterrupt:
        return 0
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m briefings_site.demo.stripe", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=0, help="0 takes a free one; its address is the first line printed"
    )
    parser.add_argument("--data", type=Path, help="a folder to keep everything in; without, it is forgotten")
    parser.add_argument("--webhook", help="an address to post all events to")
    parser.add_argument("--secret", default="whsec_local", help="what they are signed with")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
