"""Long work that Ctrl-C can end at any moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

# JAX compiles for seconds without looking at signals; the main thread, waiting, sees them at once.
_LOOK_EVERY_S = 0.1


T = TypeVar("T")


def run_beside(work: Callable[[], T]) -> T:
    """Do work in a thread of its own while this one waits for it and for Ctrl-C.

    Parameters
    ----------
    work : callable
        Without arguments.

    Returns
    -------
    object
        What the work returned.

    Raises
    ------
    KeyboardInterrupt
        At once, while the work goes on; the caller is expected to end the process.
    BaseException
        What the work raised.
    """
    outcome: dict[str, Any] = {}

    def body() -> None:
        try:
            outcome["result"] = work()
        except BaseException as error:
            outcome["error"] = error

    # A daemon: it must not keep the process alive after Ctrl-C.
    thread = threading.Thread(target=body, name="pedozone-run", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_LOOK_EVERY_S)
    if "error" in outcome:
        raise outcome["error"]
    return outcome["result"]
