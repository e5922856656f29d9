"""Models side by side on one site: the spread between them is what their structure leaves open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from pedozone.config.compared import check_models
from pedozone.config.site import Site
from pedozone.engine.progress import Progress, part_of
from pedozone.models.registry import available_models
from pedozone.simulate import Run, simulate
from pedozone.simulation.mapping import pedon
from pedozone.simulation.mapping.mapped import ModelMapping
from pedozone.simulation.mapping.registry import NOT_MAPPED, mappings
from pedozone.simulation.mapping.site_years import site_years, steady
from pedozone.simulation.models_dataset import models_dataset
from pedozone.simulation.side_by_side import ModelRun, run_model
from pedozone.simulation.steady_pedon import SteadySystem, steady_pedon


@dataclass(frozen=True)
class ModelComparison:
    """Several models on one site.

    Parameters
    ----------
    dataset : xarray.Dataset
        Everything compared, by model, with the spread between models (``spread_*``) and the mapping of every model.
    runs : tuple of ModelRun
        In the order of the models.
    """

    dataset: xr.Dataset
    runs: tuple[ModelRun, ...]

    @property
    def models(self) -> tuple[str, ...]:
        """Names of the models."""
        return tuple(run.name for run in self.runs)


def compare_models(
    site: Site, models: Sequence[str], *, solver: str = "auto", progress: Progress | None = None
) -> ModelComparison:
    """Run several models on one site.

    Each gets the site's weather, soil and plant carbon mapped on its own inputs, starts in balance with the climate
    and land cover of the start, and lives through the site's history.

    Parameters
    ----------
    site : Site
        As `load_site` returns it.
    models : sequence of str
        Names as in ``pedozone list models``, each once.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.
    progress : callable, optional
        Called with a fraction from 0 to 1 and a message.

    Returns
    -------
    ModelComparison

    Raises
    ------
    InputError
        A model that is not known, that no mapping leads to, or that is named twice; no model at all.
    """
    known = mappings()
    chosen = check_models(list(models), list(known), list(available_models()), NOT_MAPPED)
    say = progress or (lambda share, words: None)
    say(0.0, "weather, soil and plants")
    years = site_years(site)
    begun = 0.05
    part = (1.0 - begun) / len(chosen)
    runs = []
    for k, name in enumerate(chosen):
        within = part_of(say, begun + k * part, begun + (k + 1) * part, name)
        if known[name].build is None:
            runs.append(_run_pedon(site, known[name], years.start.carbon, solver, within))
        else:
            runs.append(run_model(known[name], years, solver=solver, progress=within))
    dataset = models_dataset(site, years, runs)
    say(1.0, "done")
    return ModelComparison(dataset, tuple(runs))


def _run_pedon(site: Site, mapping: ModelMapping, entering: float, solver: str, progress: Progress) -> ModelRun:
    """A zones model on its own site file, in terms that all models have."""
    own = _as_model(steady(site), mapping.name)
    return of_pedon(simulate(own, solver=solver, progress=progress), mapping, entering)


def _as_model(site: Site, name: str) -> Site:
    """The site with a zones model of that name; values and modes belong to the one that it names itself."""
    if name == site.run.model:
        return site
    run = site.run.model_copy(update={"model": name, "parameter_set": None})
    return site.model_copy(update={"run": run, "parameters": {}, "modes": {}, "prescribed": {}})


def of_pedon(run: Run, mapping: ModelMapping, entering: float) -> ModelRun:
    """A run of a zones model in terms that all models have; the organic layer is no part of its soil.

    Parameters
    ----------
    run : Run
    mapping : ModelMapping
    entering : float
        Carbon that enters in a year of the start, kg C m-2.
    """
    ds = run.dataset
    soil = ~ds["is_organic"].values.astype(bool)
    total = ds["cSoilLevels"].values
    top, bottom = ds["depth_top"].values[:, soil], ds["depth_bottom"].values[:, soil]
    received = ds["plant_input"].sum(("source", "layer")).values
    return ModelRun(
        name=mapping.name,
        title=mapping.title,
        reach=mapping.reach,
        lines=pedon.LINES,
        parameter_set=str(ds.attrs["parameter_set"]),
        status=str(ds.attrs["spinup_status"]),
        message=str(ds.attrs["spinup_message"]),
        face=np.concatenate([top, bottom[:, -1:]], axis=1),
        carbon=total[:, soil],
        fraction_modern=1.0 + ds["delta14c"].values[:, soil] / 1000.0,
        surface=total[:, ~soil].sum(axis=1),
        plant_carbon=received + ds["budget_event_gain"].sel(tracer="carbon").values,
        co2=ds["respiration"].sum("layer").values,
        leached=ds["leaching"].values,
        steady_input=entering,
    )


def steady_system(site: Site, model: str, *, solver: str = "auto") -> SteadySystem:
    """A model at the steady state of a site's start as a linear system: ages and transit times of its carbon.

    Parameters
    ----------
    site : Site
        Its climate, soil and first land cover count; its history does not.
    model : str
        Name as in ``pedozone list models``.
    solver : str
        ``"auto"``, ``"cpp"`` or ``"jax"``.

    Returns
    -------
    SteadySystem

    Raises
    ------
    InputError
        A model that is not known or that no mapping leads to.
    """
    known = mappings()
    (chosen,) = check_models([model], list(known), list(available_models()), NOT_MAPPED)
    alone = site.model_copy(
        update={
            "run": site.run.model_copy(update={"end_year": site.start.year}),
            **{part: [] for part in ("history", "event", "change")},
        }
    )
    if known[chosen].build is None:
        return steady_pedon(_as_model(steady(alone), chosen), solver)
    run = run_model(known[chosen], site_years(alone), solver=solver)
    return SteadySystem(run.system(), run.face[0], run.status, run.message)
