"""An evaluation: profiles read, columns built, simulated as a batch, and compared."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from pedozone.config.errors import InputError
from pedozone.config.writing import toml_text
from pedozone.landscape.batch import Summary, run_batch
from pedozone.landscape.evaluation.columns import Columns, build_columns, production_is_open
from pedozone.landscape.evaluation.compare import Compared, compare
from pedozone.landscape.evaluation.modelled import KEPT
from pedozone.landscape.fields import field_of
from pedozone.landscape.rows import site_of_row
from pedozone.observations.frames import counts_of, where
from pedozone.observations.monthly_climate import read_monthly_climate
from pedozone.observations.reading import FileRead, read_profiles
from pedozone.output.atomic import write_atomically

Progress = Callable[[float, str], None]

CHUNK = 32
"""Sites of a chunk: small ones keep all workers busy to the end."""

SITES, TEMPLATE, STORE = "sites.csv", "site.toml", "runs.zarr"
TABLES = ("profiles", "assumed", "comparison", "statistics", "boundaries", "unused_fractions")
"""Tables that an evaluation writes, as CSV."""

_SECTIONS = ("site", "climate", "soil", "start", "run")
# What neither a profile nor the template says.
_USUAL: dict[str, dict[str, Any]] = {
    "soil": {"layers": 30},
    "start": {"mode": "steady"},
    # finer steps, where columns need them, would double the time and change little beside what profiles do not tell
    "run": {"method": "mprk22"},
}


@dataclass(frozen=True)
class Evaluation:
    """How an evaluation ended.

    Attributes
    ----------
    compared : Compared
    assumed : pandas.DataFrame
        What every column was built of.
    files : tuple of FileRead
        What became of the files.
    batch : Summary
    parameter_set : str
    seconds : dict of str to float
        By stage.
    """

    compared: Compared
    assumed: pd.DataFrame
    files: tuple[FileRead, ...]
    batch: Summary
    parameter_set: str
    seconds: dict[str, float]

    @property
    def simulated(self) -> int:
        """Profiles whose columns were simulated."""
        return len(where(self.compared.profiles, status="built"))


def evaluate(
    data: Sequence[str | Path],
    out: str | Path,
    *,
    parameters: str | None = None,
    template: str | Path | None = None,
    climate: str | Path | None = None,
    mapping: str | Path | None = None,
    limit: int | None = None,
    treated: bool = False,
    chunk: int = CHUNK,
    scheduler: str | None = None,
    workers: int | None = None,
    solver: str = "auto",
    progress: Progress | None = None,
) -> Evaluation:
    """Simulate observed profiles and compare.

    Parameters
    ----------
    data : sequence of path
        Files of profiles, and of their fractions, as `read_profiles` takes them.
    out : path
        Folder; one in which the same evaluation was begun is resumed.
    parameters : str, optional
        Parameter set: a name, or the path of a file.
    template : path, optional
        A site file, or parts of one, for what profiles do not say.
    climate : path, optional
        Table of monthly climates, see `read_monthly_climate`.
    mapping : path, optional
        What the columns of the data are.
    limit : int, optional
        Take the first so many profiles.
    treated : bool
        Simulate profiles of experimental treatments, too.
    chunk, scheduler, workers, solver, progress
        See `run_batch`.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        The template, the parameters or the folder cannot be used, or no profile can be built.
    ObservationError
        The data or the table of climates cannot be read.
    OSError
        The folder cannot be written.
    """
    seconds: dict[str, float] = {}
    began = time.monotonic()
    own = _template(Path(template)) if template is not None else {}
    content = _completed(own, parameters)
    if limit is not None and limit < 1:
        raise InputError("pedozone evaluate", "--limit", limit, "1 or more profiles", "Leave it out for all of them.")
    climates = read_monthly_climate(climate) if climate is not None else None
    reading = read_profiles(list(data), mapping)
    observed = reading.profiles
    if limit is not None:
        observed = observed.of(observed.profile["profile_id"][:limit])
    columns = build_columns(observed, own, climates, treated=treated)
    if not len(columns.sites):
        raise _nothing(data, columns)
    folder = Path(out)
    _check(columns, content, Path(template) if template is not None else folder / TEMPLATE)
    _write_inputs(folder, columns, content)
    seconds["reading and building"] = time.monotonic() - began
    began = time.monotonic()
    batch = run_batch(
        folder / SITES,
        folder / TEMPLATE,
        folder / STORE,
        variables=KEPT,
        chunk=chunk,
        scheduler=scheduler,
        workers=workers,
        solver=solver,
        last=1,
        progress=progress,
    )
    seconds["simulating"] = time.monotonic() - began
    began = time.monotonic()
    compared = compare(observed, columns.profiles, folder / STORE)
    for name, table in _tables(compared, columns).items():
        write_atomically(table.to_csv(index=False, float_format="%.6g").encode("utf-8"), folder / f"{name}.csv")
    seconds["comparing"] = time.monotonic() - began
    run = content["run"]
    used = str(run.get("parameter_set") or run.get("model") or "pedon")
    return Evaluation(compared, columns.assumed, reading.files, batch, used, seconds)


def _tables(compared: Compared, columns: Columns) -> dict[str, pd.DataFrame]:
    tables = (
        compared.profiles,
        columns.assumed,
        compared.pairs,
        compared.statistics,
        compared.boundaries,
        compared.unused,
    )
    return dict(zip(TABLES, tables, strict=True))


def _nothing(data: Sequence[str | Path], columns: Columns) -> InputError:
    reasons = counts_of(columns.profiles, "reason")
    told = "; ".join(f"{count} profiles: {reason}" for reason, count in reasons) or "no profiles"
    allowed = "profiles of mineral soil with depths, organic carbon or Delta14C, a latitude and a climate"
    mend = "See what 'pedozone profiles validate' says of the file; --climate and --template give what it lacks."
    return InputError(", ".join(map(str, data)), "", f"({told})", allowed, mend)


# --- the template and what is written before anything is simulated ---------------------------


def _template(path: Path) -> dict[str, Any]:
    """Content of a template; paths in it made absolute."""
    try:
        own = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(
            path, "--template", "(no such file)", "a site file, or parts of one", "Check the path."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        mend = "Mend it: sections and fields are those of a site file ('pedozone schema')."
        raise InputError(path, "--template", f"({error})", "a site file, or parts of one", mend) from None
    wrong = next((key for key in _SECTIONS if not isinstance(own.get(key, {}), dict)), "")
    if wrong:
        raise InputError(path, wrong, own[wrong], f"a table [{wrong}]", "Write it as in a site file.")
    return _absolute(own, path.resolve().parent)


def _completed(own: dict[str, Any], parameters: str | None) -> dict[str, Any]:
    """A template with what is usual where it says nothing."""
    found = {"schema_version": 1, **own}
    for section in _SECTIONS:
        found[section] = {**_USUAL.get(section, {}), **own.get(section, {})}
    if production_is_open(own.get("start", {})):
        found["start"]["production"] = "climate"
    if parameters is not None:
        file = Path(parameters)
        found["run"]["parameter_set"] = str(file.resolve()) if file.is_file() else parameters
    return found


def _check(columns: Columns, content: dict[str, Any], file: Path) -> None:
    """Refuse a template with which no column can be: one that the first, the middle and the last one stumble over."""
    sites = columns.sites
    fields = [found for found in map(field_of, sites.columns) if found is not None]
    problems = []
    for k in dict.fromkeys((0, len(sites) // 2, len(sites) - 1)):
        try:
            site_of_row(content, file.resolve(), fields, sites.iloc[k].tolist(), str(file))
        except InputError as error:
            problems.append(error)
        else:
            return
    raise problems[0]


def _absolute(data: Any, folder: Path) -> Any:
    """The same with texts that name files given as absolute paths, for the template is written to another folder."""
    if isinstance(data, dict):
        return {key: _absolute(value, folder) for key, value in data.items()}
    if isinstance(data, list):
        return [_absolute(value, folder) for value in data]
    if isinstance(data, str) and 0 < len(data) < 256 and "\n" not in data and (folder / data).is_file():
        return str(folder / data)
    return data


def _write_inputs(folder: Path, columns: Columns, content: dict[str, Any]) -> None:
    """The sites table and the template; refused where the folder holds those of another evaluation."""
    usable = {key: value for key, value in content.items() if value}
    files = {
        SITES: columns.sites.to_csv(index=False).encode("utf-8"),
        TEMPLATE: f"# What all columns of this evaluation share.\n{toml_text(usable)}".encode(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        mend = "Choose another --out, or correct the permissions."
        raise InputError(folder, "--out", f"({error.strerror})", "a folder that can be written", mend) from None
    for name, text in files.items():
        there = folder / name
        if (folder / STORE).exists() and there.exists() and there.read_bytes() != text:
            mend = "Choose another --out, or remove the folder."
            allowed = "a new folder, or that of this very evaluation, which is then resumed"
            raise InputError(folder, "--out", f"(another evaluation: {name} differs)", allowed, mend)
    for name, text in files.items():
        if not (folder / name).exists() or (folder / name).read_bytes() != text:
            write_atomically(text, folder / name)
