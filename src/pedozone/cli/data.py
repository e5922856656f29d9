"""``pedozone data``: public sets of data, listed and fetched."""

from __future__ import annotations

import difflib
import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pedozone.cli.console import NO_NETWORK, Quiet, Verbose, guarded, set_up_logging, tell
from pedozone.observations.errors import ObservationError

if TYPE_CHECKING:
    from pedozone.observations.public_sets.fetching import Got
    from pedozone.observations.public_sets.registry import PublicSet

app = typer.Typer(
    help="Public sets of soil profiles and radiocarbon curves: what there is, and get it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Where sets are kept.  [the user's cache, 'data']")
]
Registry = Annotated[Path | None, typer.Option("--registry", metavar="FILE", help="Another registry (TOML).")]


@app.command("list")
def list_sets(folder: Folder = None, registry: Registry = None, verbose: Verbose = 0) -> None:
    """List public sets, with licence, citation, and whether they are here."""
    set_up_logging(False, verbose)
    with guarded(verbose):
        from pedozone.cli.layout import paragraph
        from pedozone.observations.public_sets.registry import load_registry

        width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 110))
        place = _place(folder)
        for public in load_registry(registry).values():
            typer.echo(public.name)
            for line in (public.title, *_about(public), _state(public, place)):
                typer.echo(paragraph(line, width, "    "))


@app.command("get")
def get(
    names: Annotated[list[str], typer.Argument(metavar="SET...", help="As 'pedozone data list' names them.")],
    source: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="Take files that were placed here by hand; no network is used."),
    ] = None,
    folder: Folder = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Get them anew, also where the file has changed since the first copy.")
    ] = False,
    registry: Registry = None,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Get public sets: fetch, check against the hash, keep; say licence, citation and what to do next.

    Where the publisher gives no hash the first copy is pinned: later ones must be the same. What is here already is
    not fetched again; what was cut off goes on from there. The exit status is 3 where the network is the cause.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.progress import progress_bar
        from pedozone.observations.public_sets.curves import curve_tables
        from pedozone.observations.public_sets.fetching import get_set
        from pedozone.observations.public_sets.registry import load_registry
        from pedozone.observations.public_sets.transfer import NetworkError

        known = load_registry(registry)
        place = _place(folder)
        for public in [_named(name, known) for name in dict.fromkeys(names)]:
            try:
                with progress_bar(public.name, shown=not quiet) as report:
                    found = get_set(public, place, source=source, replace=replace, report=report)
            except NetworkError as error:
                doubt = any(file.recalled and file.address == error.address for file in public.files)
                tell(_unfetched(public, error, doubt))
                raise typer.Exit(NO_NETWORK) from None
            files = [path for one in found for path in one.useful]
            curves = curve_tables(public.curve, files[0]) if public.curve else []
            for path in [*files, *curves]:
                typer.echo(str(path))
            if not quiet:
                tell("\n".join([*_got(found, place), *_about(public), *_next(public, files, curves, registry)]))


def _place(folder: Path | None) -> Path:
    from pedozone.cli.compilation import own_folder

    return folder if folder is not None else own_folder("data")


def _named(name: str, known: dict[str, PublicSet]) -> PublicSet:
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        mend = f"Did you mean {close[0]!r}?" if close else "'pedozone data list' says what they are."
        raise ObservationError("<command>", "SET", name, "one of " + ", ".join(known), mend)
    return known[name]


def _about(public: PublicSet) -> list[str]:
    doubt = dict.fromkeys(public.recalled, " (recalled, check it)")
    doi = f"; https://doi.org/{public.doi}{doubt.get('doi', '')}" if public.doi else ""
    size = f"; about {public.size_mb:g} MB" if public.size_mb else ""
    return [
        f"Version: {public.version or 'not stated'}{size}",
        f"Licence: {public.licence}{doubt.get('licence', '')}",
        f"Cite: {public.citation}{doi}",
    ]


def _state(public: PublicSet, place: Path) -> str:
    from pedozone.observations.public_sets.fetching import held, pinned

    hashes = "the publisher's" if all(file.hashes for file in public.files) else "none from the publisher"
    dates = [pin["date"] for file in public.files if (pin := pinned(public, file, place))]
    if dates:
        hashes += f", pinned on {dates[0]}"
    address = "; address not verified" if any(file.recalled for file in public.files) else ""
    here = f"here: {place / public.name}" if len(held(public, place)) == len(public.files) else "not here"
    return f"Hash: {hashes}{address}; {here}"


def _got(found: list[Got], place: Path) -> list[str]:
    from pedozone.observations.public_sets.fetching import PINS

    said = []
    for one in found:
        words = {
            "publisher": "its hash is the publisher's",
            "pinned": "the same as the first copy that came",
            "first": f"the publisher gives no hash, so this first copy is pinned in {place / PINS} "
            f"(sha256 {one.sha256}); look at it before you rely on it",
        }[one.checked]
        came = "was here" if one.origin == "here before" else f"from {one.origin}"
        said.append(f"{one.path.name}: {one.size / 1e6:,.3g} MB {came}; {words}.")
    return said


def _next(public: PublicSet, files: list[Path], curves: list[Path], registry: Path | None) -> list[str]:
    from pedozone.observations.public_sets.registry import REGISTRY

    if not public.use:
        return []
    mapping = (registry or REGISTRY).parent / public.mapping if public.mapping else Path()
    words = {
        "file": " ".join(shlex.quote(str(path)) for path in files),
        "mapping": shlex.quote(str(mapping)),
        "curve": str(curves[0]) if curves else "",
    }
    said = public.use
    for key, value in words.items():
        said = said.replace(f"{{{key}}}", value)
    return [f"Next: {said}"]


def _unfetched(public: PublicSet, error: Exception, doubt: bool) -> str:
    recalled = "\n  note:    this address was recalled, not verified" if doubt else ""
    return (
        f"Error: {error}{recalled}\n"
        f"  mend:    download it by hand from {public.page} into a folder, "
        f"then: pedozone data get {public.name} --from FOLDER"
    )
