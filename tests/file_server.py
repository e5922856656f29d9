"""A small web server on this machine, for what is fetched in tests."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Served:
    """What the server gives, and what it was asked for.

    `cut` breaks the connection off after so many bytes, `status` answers with an error, for as many requests as
    `times` says.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    kind: str = "application/octet-stream"
    cut: int | None = None
    status: int | None = None
    times: int = 10**6
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""


@contextlib.contextmanager
def file_server() -> Iterator[Served]:
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            served.asked.append((self.path, asked))
            data = served.files.get(self.path.lstrip("/"))
            trouble = served.times > 0
            served.times -= 1
            if data is None or (served.status and trouble):
                self.send_error(404 if data is None else served.status or 500)
                return
            tag = f'"{hash(data) & 0xFFFFFF:x}"'
            start = 0
            if asked and self.headers.get("If-Range") == tag:
                start = int(asked.removeprefix("bytes=").removesuffix("-"))
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
            else:
                self.send_response(200)
            self.send_header("ETag", tag)
            self.send_header("Content-Type", served.kind)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = len(data) if served.cut is None or not trouble else min(len(data), start + served.cut)
            self.wfile.write(data[start:end])

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    served.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield served
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
