"""A progress bar on stderr."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Report = Callable[[float, str], None]


def _silent(fraction: float, message: str) -> None:
    pass


@contextlib.contextmanager
def progress_bar(title: str, *, shown: bool) -> Iterator[Report]:
    """A function that moves a bar: `report(fraction, message)`, from any thread.

    Parameters
    ----------
    title : str
        What is being done.
    shown : bool
        Whether there is to be a bar; on a stream that is no terminal there is none either way.
    """
    if not (shown and sys.stderr.isatty()):
        yield _silent
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (
        SpinnerColumn(),
        TextColumn("[progress.description]{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(escape(title), total=1.0)

        def report(fraction: float, message: str) -> None:
            done = min(max(float(fraction), 0.0), 1.0)
            bar.update(task, completed=done, description=escape(message or title))

        yield report
