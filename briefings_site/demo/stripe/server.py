"""The stand-in's HTTP: the API under /v1, hosted pages, and the control under /_emulator."""

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from . import calls, control, pages
from .api import Call, Reply, mistake, reply
from .idempotency import Keys
from .weather import CALM, Weather
from .world import World

__all__ = ["Server", "calls"]
HOST = "127.0.0.1"
LONGEST = 1_000_000
TICK = 0.5
REMEMBERED = 5000


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, world: World) -> None:
        super().__init__((HOST, port), Handler)
        world.address = f"http://{HOST}:{self.server_port}"
        self.world = world
        self.keys = Keys(world.store)
        self.weather = Weather()
        self.requests: list[dict[str, Any]] = []
        self.snapshots: dict[str, str] = {}

    def tick(self) -> None:
        """Time passes here also when nobody asks."""
        while True:
            time.sleep(TICK)
            with self.world.lock:
                if self.world.something_due():
                    self.world.pass_time(self.world.real_now())
                    self.world.keep()

    def start(self) -> None:
        self.world.post.resume(self.world.store.undelivered)
        self.world.post.start()
        threading.Thread(target=self.tick, daemon=True).start()
        self.serve_forever()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """What went wrong goes to standard error, but not that somebody hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def forget(self) -> None:
        self.weather.clear()
        self.requests, self.snapshots = [], {}
        with self.world.changing():
            self.world.store.clear()
            self.world.post.clear()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "LocalStripe"
    sys_version = ""
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Server

    def do_GET(self) -> None:
        self.answer()

    do_POST = do_DELETE = do_PUT = do_GET  # noqa: N815

    def answer(self) -> None:
        address = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST:
            self.close_connection = True
            return self.send(413, b"", "text/plain")
        body = self.rfile.read(length)
        if address.path.startswith("/v1/"):
            return self.answer_call(address.path, address.query, body)
        if address.path.startswith("/_emulator"):
            status, told = control.answer(self.server, self.command, address.path, body)
            return self.send_json(status, told)
        page = pages.answer(self.server.world, self.command, address.path, body)
        headers = {"Location": page.location} if page.location else {}
        return self.send(page.status, page.html.encode(), "text/html; charset=utf-8", headers)

    def answer_call(self, path: str, query: str, body: bytes) -> None:
        encoded = "&".join(part for part in (query, body.decode("utf-8", "replace")) if part)
        call = Call(method=self.command, path=path, encoded=encoded, headers=self.headers)  # type: ignore[arg-type]
        self.note(call)
        weather = self.server.weather.at(self.command, path)
        if weather.drop == "before":
            return self.hang_up()
        answered: Reply | None = None
        try:
            answered = reply(self.server.world, self.server.keys, call, weather)
        finally:
            if answered is None:
                self.send_reply(call, mistake(call))
        if weather is not CALM and weather.drop == "after":
            return self.hang_up()
        return self.send_reply(call, answered)

    def note(self, call: Call) -> None:
        told = {
            "id": call.id,
            "method": call.method,
            "path": call.path,
            "body": call.encoded,
            "key": call.key,
        }
        told["version"] = call.headers.get("Stripe-Version")
        self.server.requests.append(told)
        del self.server.requests[:-REMEMBERED]

    def hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def send_reply(self, call: Call, answered: Reply) -> None:
        headers = {"Request-Id": call.id, "Stripe-Version": call.headers.get("Stripe-Version", "")}
        if call.key:
            headers["Idempotency-Key"] = call.key
        if answered.replayed:
            headers["Idempotent-Replayed"] = "true"
        self.send_json(answered.status, answered.body, headers)

    def send_json(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self.send(status, json.dumps(body).encode(), "application/json", headers)

    def send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, *_: Any) -> None:
        """What was asked is told under /_emulator/requests; standard error is for what went wrong."""
