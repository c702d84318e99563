"""A little site that leaks on purpose, each time in another place, to find out what a sweep hears."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = Callable[[BaseHTTPRequestHandler], None]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body in one piece: two wait for each other.
    wbufsize = -1
    replies: dict[str, Reply]

    def do_GET(self) -> None:
        self.replies.get(self.path, nothing)(self)

    do_HEAD = do_POST = do_GET  # noqa: N815

    def log_message(self, *_: Any) -> None:
        pass


def reply(
    body: bytes = b"", *, status: int = 200, kind: str = "text/html", headers: dict[str, str] | None = None
) -> Reply:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        if status != 304:
            handler.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD" and status != 304:
            handler.wfile.write(body)

    return send


def with_trailer(value: str) -> Reply:
    def send(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        handler.send_header("Trailer", "X-Digest")
        handler.end_headers()
        handler.wfile.write(f"2\r\nok\r\n0\r\nX-Digest: {value}\r\n\r\n".encode())

    return send


nothing = reply(b"Not here.", status=404)


@contextmanager
def site(replies: dict[str, Reply]) -> Iterator[str]:
    handler = type("Replying", (Handler,), {"replies": replies})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
