"""Sites side by side: what differs between them, and how sure that is under the parameters' priors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import xarray as xr

from pedozone.config.compared import check_comparable, names_of
from pedozone.config.references import parameters_of
from pedozone.config.site import Site
from pedozone.engine.precision import double_precision
from pedozone.engine.progress import Progress, part_of
from pedozone.engine.spinup import Status
from pedozone.parameters.draws import Draws, Subject, draw
from pedozone.simulate import Run, set_up, simulate
from pedozone.simulation.ensemble import Member, run_members
from pedozone.simulation.measures import DECLARED, Basis, basis_of, measure
from pedozone.simulation.starting import GROWN
from pedozone.simulation.summary import held_words
from pedozone.version import __version__

QUANTILES = (0.05, 0.5, 0.95)
"""Quantiles of an ensemble that are written out."""

TOLD = 0.9
"""Least share of the members used that must have a value for its quantiles to be given."""

SETTLED = (Status.CONVERGED.value, GROWN)
"""Ends of a spin-up with which a member counts."""

_SINGLE = 6.0  # a run of its own takes about as long as this many members


@dataclass(frozen=True)
class Comparison:
    """Runs of several sites with their differences.

    Parameters
    ----------
    dataset : xarray.Dataset
        Everything compared: by site, the differences to the first one (``difference_*``) and, with an ensemble,
        all members (``member_*``) and their quantiles (``*_quantile``).
    runs : tuple of Run
        The runs with each site's own values, in the order of the sites.
    """

    dataset: xr.Dataset
    runs: tuple[Run, ...]

    @property
    def sites(self) -> tuple[str, ...]:
        """Names of the sites; the first is the baseline."""
        return tuple(str(name) for name in self.dataset["site"].values)


def compare(
    sites: Sequence[Site],
    *,
    names: Sequence[str] | None = None,
    ensemble: int = 0,
    seed: int = 0,
    solver: str = "auto",
    progress: Progress | None = None,
) -> Comparison:
    """Simulate sites and compare them with the first one.

    Parameters
    ----------
    sites : sequence of Site
        At least two; the first is the baseline. They may differ in anything. Where their years differ, the years
        that all of them have are compared.
    names : sequence of str, optional
        Short names; by default those of the site files.
    ensemble : int
        Draws from the priors of the parameters, the same for every site; 0 for none. What a site file gives under
        ``[parameters]`` is kept in every draw.
    seed : int
        Of the draws.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    progress : callable, optional
        Called with a fraction from 0 to 1 and a message.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        Fewer than two sites, no year in common, or an ensemble or seed that is negative.
    """
    labels = names_of(sites) if names is None else list(names)
    check_comparable(sites, ensemble, seed)
    say = progress or (lambda fraction, message: None)
    parts = len(sites) * (_SINGLE + ensemble)
    runs = []
    for k, (site, label) in enumerate(zip(sites, labels, strict=True)):
        runs.append(
            simulate(site, progress=part_of(say, k * _SINGLE / parts, (k + 1) * _SINGLE / parts, label), solver=solver)
        )
    basis = basis_of([run.dataset for run in runs])
    dataset = _side_by_side([measure(run.dataset, basis) for run in runs], labels)
    if ensemble:
        subjects = [Subject(parameters_of(site), frozenset(site.parameters)) for site in sites]
        draws = draw(subjects, ensemble, seed)
        members = []
        for k, (site, subject, label) in enumerate(zip(sites, subjects, labels, strict=True)):
            begun = (len(sites) * _SINGLE + k * ensemble) / parts
            within = part_of(say, begun, begun + ensemble / parts, f"{label}, ensemble")
            members.append(_members(site, subject, draws, basis, solver, within))
        dataset = _with_members(dataset, members, subjects, draws, labels)
    dataset.attrs = {**_attributes(sites, labels, runs, basis), **dataset.attrs}
    say(1.0, "done")
    return Comparison(dataset, tuple(runs))


def _members(site: Site, subject: Subject, draws: Draws, basis: Basis, solver: str, progress: Progress) -> list[Member]:
    with double_precision():
        setting = set_up(site, solver)
    values = draws.values(subject)
    return run_members(site, setting, subject.parameters, values, lambda run: measure(run, basis), progress)


def _side_by_side(measured: Sequence[xr.Dataset], labels: Sequence[str]) -> xr.Dataset:
    """One dataset with a site axis, and the differences to the first site."""
    whole = xr.concat(measured, dim="site", join="outer", combine_attrs="override").assign_coords(site=list(labels))
    for name, (_, units, words) in DECLARED.items():
        difference = whole[name].isel(site=slice(1, None)) - whole[name].isel(site=0)
        difference = difference.rename(site="scenario").assign_coords(scenario=list(labels[1:]))
        difference.attrs = {"units": units, "long_name": f"{words}, difference to {labels[0]}"}
        whole[f"difference_{name}"] = difference
    return whole


def _with_members(
    dataset: xr.Dataset,
    members: Sequence[Sequence[Member]],
    subjects: Sequence[Subject],
    draws: Draws,
    labels: Sequence[str],
) -> xr.Dataset:
    """Add all members, and quantiles over those whose spin-up settled at every site."""
    count = len(members[0])
    number = np.arange(1, count + 1)
    status = np.array([[m.status for m in of_site] for of_site in members])
    used = np.isin(status, SETTLED).all(axis=0) & _finite(members)
    out = dataset.assign_coords(
        member=("member", number, {"long_name": "draw from the priors; the sites' own values are apart from them"}),
        quantile=("quantile", list(QUANTILES), {"units": "1", "long_name": "quantile over the members used"}),
    )
    out["member_status"] = (("site", "member"), status, {"long_name": "how the spin-up of the member ended"})
    out["member_used"] = (("member",), used, {"long_name": "whether the member counts: settled at every site"})
    for name, (dims, units, words) in DECLARED.items():
        values = np.stack([np.stack([m.result[name].values for m in of_site]) for of_site in members])
        differences = values[1:] - values[:1]
        attributes = {"units": units, "long_name": words}
        out[f"member_{name}"] = (("site", "member", *dims), values, attributes)
        for axis, prefix, field in (("site", "", values), ("scenario", "difference_", differences)):
            spread = _quantiles(field[:, used])
            what = {"units": units, "long_name": f"{out[prefix + name].attrs['long_name']}, quantile of the ensemble"}
            out[f"{prefix}{name}_quantile"] = (("quantile", axis, *dims), spread, what)
    names = sorted({n for s in subjects for n in s.drawn})
    table = np.full((len(subjects), count, len(names)), np.nan)
    for i, subject in enumerate(subjects):
        for name, value in draws.values(subject).items():
            table[i, :, names.index(name)] = value
    out = out.assign_coords(parameter=names)
    out["member_parameter"] = (
        ("site", "member", "parameter"),
        table,
        {"long_name": "values drawn, in the units of the parameter set; NaN where the site gives its own"},
    )
    counts = {label: dict(Counter(row.tolist())) for label, row in zip(labels, status, strict=True)}
    causes = {
        label: {str(k + 1): m.message for k, m in enumerate(of_site) if m.status not in SETTLED}
        for label, of_site in zip(labels, members, strict=True)
    }
    out.attrs |= {
        "ensemble_members": count,
        "ensemble_used": int(used.sum()),
        "ensemble_seed": draws.seed,
        "ensemble_rejected": draws.rejected,
        "ensemble_status": json.dumps(counts),
        "ensemble_causes": json.dumps(causes),
    }
    return out


def _finite(members: Sequence[Sequence[Member]]) -> np.ndarray:
    """Members that computed numbers at all."""
    return np.array(
        [all(np.isfinite(of_site[k].result["co2_flux"].values).all() for of_site in members)
         for k in range(len(members[0]))]
    )  # fmt: skip


def _quantiles(values: np.ndarray) -> np.ndarray:
    """Quantiles over axis 1 of the members that have a value; NaN where fewer than :data:`TOLD` of them do.

    A boundary that is not spanned has no width, a zone that has vanished no age: a spread over the few members that
    have one would not be that of the ensemble.
    """
    shape = (len(QUANTILES), values.shape[0], *values.shape[2:])
    if values.shape[1] == 0:
        return np.full(shape, np.nan)
    enough = np.isfinite(values).mean(axis=1) >= TOLD
    told = np.where(enough[:, None], values, 0.0)
    return np.where(enough, np.nanquantile(told, QUANTILES, axis=1), np.nan)


def _attributes(sites: Sequence[Site], labels: Sequence[str], runs: Sequence[Run], basis: Basis) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0).isoformat()
    files = {
        label: site.source_path.name if site.source_path else "" for label, site in zip(labels, sites, strict=True)
    }
    return {
        "title": f"Comparison of {', '.join(labels)}",
        "baseline": labels[0],
        "version": __version__,
        "created": now,
        "history": f"{now} pedozone {__version__}",
        "site_names": json.dumps({label: site.site.name for label, site in zip(labels, sites, strict=True)}),
        "site_files": json.dumps(files),
        "site_toml": json.dumps({label: site.to_toml() for label, site in zip(labels, sites, strict=True)}),
        "site_years": json.dumps(
            {label: [site.start.year, site.run.end_year] for label, site in zip(labels, sites, strict=True)}
        ),
        "parameter_digests": json.dumps(
            {label: run.dataset.attrs["parameter_digest"] for label, run in zip(labels, runs, strict=True)}
        ),
        "spinup_status": json.dumps(
            {label: run.dataset.attrs["spinup_status"] for label, run in zip(labels, runs, strict=True)}
        ),
        "spinup_message": json.dumps(
            {label: run.dataset.attrs["spinup_message"] for label, run in zip(labels, runs, strict=True)}
        ),
        "notes": json.dumps([*_notes(sites, labels, basis), *_held(labels, runs)]),
        "solver": runs[0].dataset.attrs["solver"],
    }


def _held(labels: Sequence[str], runs: Sequence[Run]) -> list[str]:
    """What runs held or switched off that others have modelled."""
    notes = [f"{n}: {words}" for n, run in zip(labels, runs, strict=True) for words in held_words(run.dataset)]
    for label, run in zip(labels, runs, strict=True):
        modes = json.loads(run.dataset.attrs.get("modes", "{}"))
        if modes:
            notes.append(f"{label}: {', '.join(f'{name} {mode}' for name, mode in modes.items())}.")
    return notes


def _notes(sites: Sequence[Site], labels: Sequence[str], basis: Basis) -> list[str]:
    """What a reader has to know about what was compared."""
    first, last = basis.years[0], basis.years[-1]
    notes = []
    if any((s.start.year, s.run.end_year) != (first, last) for s in sites):
        spans = ", ".join(f"{n} {s.start.year}-{s.run.end_year}" for n, s in zip(labels, sites, strict=True))
        notes.append(f"The sites' years differ ({spans}); compared are the years that all have, {first}-{last}.")
    notes.append(
        f"Equivalent soil mass: stocks above the mineral mass that {labels[0]} held above each depth at the start of "
        f"{first}."
    )
    if any(s.parameters for s in sites):
        own = "; ".join(
            f"{n}: {', '.join(sorted(s.parameters))}" for n, s in zip(labels, sites, strict=True) if s.parameters
        )
        notes.append(f"Parameters given by the site files, kept in every draw of an ensemble: {own}.")
    return notes
