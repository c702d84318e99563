"""Stops the embedded server after the demo, even one whose supervisor was killed.

Processes that are ended by a signal before they are ready, or are killed, cannot stop the server themselves.
"""

import os
import signal
import sys
from pathlib import Path

from briefings_site.cluster import Cluster

PATIENCE = 15.0


def main(data_dir: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    cluster = Cluster(data_dir)
    cluster.join(durable=True)
    sys.stdin.buffer.read()
    cluster.leave(os.getpid(), PATIENCE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
