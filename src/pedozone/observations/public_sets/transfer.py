"""One file over the network: resumed where it was cut off, never taken for whole when it is not."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Report = Callable[[float, str], None]

_CHUNK = 1 << 14  # what is lost at most where a connection breaks off
_TRIES = 4
_TIMEOUT = (20, 60)  # s: to connect, between two pieces
_SPARE = 1 << 16


class NetworkError(Exception):
    """A file could not be fetched; the message says why and what to do.

    Parameters
    ----------
    address : str
    reason : str
    """

    def __init__(self, address: str, reason: str) -> None:
        self.address = address
        self.reason = reason
        super().__init__(f"{address}: {reason}")


class Transfer:
    """What pooch calls to fetch a file: ``transfer(address, target, pooch)``.

    Parameters
    ----------
    part : pathlib.Path
        Where what has come so far is kept, also after an interruption.
    report : callable
        Is told the fraction done and what is being done.
    """

    def __init__(self, part: Path, report: Report) -> None:
        self.part = part
        self.report = report
        self._mark = part.with_name(part.name + ".json")

    def __call__(self, url: str, output_file: Any, pooch: Any = None) -> None:
        """Fetch an address into a file.

        Raises
        ------
        NetworkError
            It cannot be reached, does not answer, or sends something else; what has come is kept.
        OSError
            The disk is full or cannot be written to.
        """
        import requests

        for attempt in range(_TRIES):
            before = self._size()
            try:
                self._go_on(url)
                break
            except requests.exceptions.HTTPError as error:
                raise NetworkError(url, _answer(error.response)) from None
            except (requests.exceptions.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                # Cut off after some of it came: try to go on. Not reached at all: say so.
                if attempt + 1 == _TRIES or self._size() == before:
                    raise NetworkError(url, _unreached(url, error, self._size())) from None
            except requests.exceptions.RequestException as error:
                raise NetworkError(url, f"the request failed: {error}") from None
        self._mark.unlink(missing_ok=True)
        os.replace(self.part, output_file)

    def _size(self) -> int:
        return self.part.stat().st_size if self.part.exists() else 0

    def _validator(self, url: str) -> str:
        """What tells whether the file at the address is still the one of which a part is here."""
        try:
            kept = json.loads(self._mark.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return kept.get("validator", "") if kept.get("address") == url else ""

    def _go_on(self, url: str) -> None:
        import requests

        headers = {"Accept-Encoding": "identity", "User-Agent": "pedozone"}
        validator, here = self._validator(url), self._size()
        if here and validator:
            headers |= {"Range": f"bytes={here}-", "If-Range": validator}
        with requests.get(url, headers=headers, stream=True, timeout=_TIMEOUT) as response:
            begins = response.headers.get("Content-Range", f"bytes {here}-")
            if response.status_code == 416 or (response.status_code == 206 and not begins.startswith(f"bytes {here}-")):
                # Nothing is left after what is here, or it is another part: from the start.
                self.part.unlink(missing_ok=True)
                self._mark.unlink(missing_ok=True)
                raise requests.exceptions.ConnectionError("the part here does not fit the file")
            response.raise_for_status()
            _refuse_page(url, response)
            goes_on = response.status_code == 206
            here = here if goes_on else 0
            length = response.headers.get("Content-Length")
            whole = here + int(length) if length and length.isdigit() else None
            etag = response.headers.get("ETag", "")
            fresh = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
            self._mark.write_text(json.dumps({"address": url, "validator": fresh}), encoding="utf-8")
            _require_space(self.part.parent, (whole or 0) - here)
            self._receive(response, here, whole)
        if whole is not None and self._size() != whole:
            raise requests.exceptions.ConnectionError(f"cut off after {self._size():,} of {whole:,} bytes")

    def _receive(self, response: Any, here: int, whole: int | None) -> None:
        name = self.part.name.removesuffix(".part")
        with open(self.part, "ab" if here else "wb") as stream:
            for piece in response.iter_content(_CHUNK):
                stream.write(piece)
                here += len(piece)
                done = f"{here / 1e6:,.1f}" + (f" of {whole / 1e6:,.1f}" if whole else "")
                self.report(here / whole if whole else 0.0, f"{name}: {done} MB")
            stream.flush()
            os.fsync(stream.fileno())


def _refuse_page(url: str, response: Any) -> None:
    kind = response.headers.get("Content-Type", "")
    if "text/html" in kind and not urlsplit(url).path.endswith((".html", ".htm")):
        raise NetworkError(
            url, "the server sent a web page in place of the file: it may have moved, or ask for a login"
        )


def _answer(response: Any) -> str:
    code = response.status_code
    if code in (404, 410):
        return f"the file is no longer there (HTTP {code})"
    if code in (401, 403):
        return f"the server does not give it to a program (HTTP {code})"
    if code == 429 or code >= 500:
        return f"the server cannot give it now (HTTP {code}): try again later"
    return f"the server answered with HTTP {code} {response.reason}"


def _unreached(url: str, error: Exception, here: int) -> str:
    import requests

    host = urlsplit(url).hostname
    if isinstance(error, requests.exceptions.SSLError):
        return f"the connection to {host} could not be made safe: check the certificates of this machine"
    if isinstance(error, requests.exceptions.ProxyError):
        return f"the proxy does not let {host} through: check HTTPS_PROXY"
    if here:
        return f"the connection to {host} broke off; {here:,} bytes are kept, and the next try goes on from there"
    if isinstance(error, requests.exceptions.Timeout):
        return f"{host} does not answer"
    return f"no connection to {host}: is this machine on the network?"


def _require_space(folder: Path, size: int) -> None:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:  # some network file systems do not tell; the write itself will
        return
    if size > 0 and free < size + _SPARE:
        said = f"disk full: {size / 1e6:,.1f} MB needed, {free / 1e6:,.1f} MB free; free some space or choose --folder"
        raise OSError(errno.ENOSPC, said, str(folder))
