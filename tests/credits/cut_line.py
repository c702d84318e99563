"""A line to PostgreSQL that can be cut at a COMMIT: before it arrives, or before its answer does."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from django.db import DEFAULT_DB_ALIAS, connection, connections

SOCKET = ".s.PGSQL.5432"
COMMIT = b"COMMIT\x00"
Cut = Literal["before the commit", "after the commit"]


class Line:
    def __init__(self, folder: Path, server: Path) -> None:
        self.server = server
        self.cut: Cut | None = None
        self.cuts = 0
        self.open = True
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(folder / SOCKET))
        self.door.listen()
        threading.Thread(target=self.answer, daemon=True).start()

    def answer(self) -> None:
        while self.open:
            with suppress(OSError):
                client, _ = self.door.accept()
                server = socket.socket(socket.AF_UNIX)
                server.connect(str(self.server))
                threading.Thread(target=self.carry_in, args=(client, server), daemon=True).start()
                threading.Thread(target=self.carry, args=(server, client), daemon=True).start()

    def carry(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while heard := source.recv(65536):
                target.sendall(heard)

    def carry_in(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while heard := client.recv(65536):
                if COMMIT in heard and self.cut:
                    self.sever(client, server, heard)
                    return
                server.sendall(heard)
        server.close()

    def sever(self, client: socket.socket, server: socket.socket, heard: bytes) -> None:
        """The client loses its line first, so that it never hears what the server says to this."""
        cut, self.cut, self.cuts = self.cut, None, self.cuts + 1
        client.shutdown(socket.SHUT_RDWR)
        client.close()
        if cut == "after the commit":
            server.sendall(heard)
        server.shutdown(socket.SHUT_WR)


@contextmanager
def cut_line() -> Iterator[Line]:
    """For its duration this thread's default connection runs over a line that can be cut."""
    straight = connections[DEFAULT_DB_ALIAS]
    given = straight.settings_dict
    server = Path(given["OPTIONS"].get("host") or given["HOST"]) / SOCKET
    with TemporaryDirectory() as folder:
        line = Line(Path(folder), server)
        crooked = connection.copy()
        crooked.settings_dict = given | {"HOST": folder, "OPTIONS": given["OPTIONS"] | {"host": folder}}
        connections[DEFAULT_DB_ALIAS] = crooked
        try:
            yield line
        finally:
            crooked.close()
            connections[DEFAULT_DB_ALIAS] = straight
            line.open = False
            line.door.shutdown(socket.SHUT_RDWR)
            line.door.close()
