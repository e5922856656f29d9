"""Checks of a site against what is known elsewhere: covers, crops, parameters, processes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pedozone.config.nitrogen import nitrogen_problems
from pedozone.config.prescribed import prescribed_problems
from pedozone.config.problem import Problem
from pedozone.config.radiocarbon import curve_problems
from pedozone.config.site import Site
from pedozone.config.timeline_checks import Use, cover_problems, history_problems
from pedozone.parameters import ParameterError, ParameterSet, load_parameters
from pedozone.parameters.errors import did_you_mean


def find_problems(site: Site, folder: Path | None = None) -> Iterator[Problem]:
    """What in a site refers to something that does not exist or is out of its range.

    Parameters
    ----------
    site : Site
        A site whose layout is right.
    folder : pathlib.Path, optional
        Folder from which the path of a parameter file counts.
    """
    yield from _land_uses(site, folder)
    yield from _parameters(site, folder)
    yield from _modes(site)
    yield from nitrogen_problems(site)
    yield from _responses(site)
    yield from prescribed_problems(site)
    yield from curve_problems(site, folder)
    yield from history_problems(site, folder)


def parameters_of(site: Site, folder: Path | None = None) -> ParameterSet:
    """The parameter set of a site, with its own values put in.

    Parameters
    ----------
    site : Site
        A site.
    folder : pathlib.Path, optional
        Folder from which the path of a parameter file counts; that of the site file by default.

    Raises
    ------
    ParameterError
        A set or parameter that is not known, or a value out of range.
    """
    return _load_set(site, folder).replace(site.parameters)


def _load_set(site: Site, folder: Path | None) -> ParameterSet:
    name = site.run.parameters_by_model
    if folder is None and site.source_path is not None:
        folder = site.source_path.parent
    if name.endswith(".toml") and folder is not None:
        return load_parameters(folder / name)
    return load_parameters(name)


def _land_uses(site: Site, folder: Path | None) -> Iterator[Problem]:
    uses: list[Use] = [(("start",), site.start, site.start.year)]
    uses += [(("history", i), entry, entry.from_year) for i, entry in enumerate(site.history)]
    yield from cover_problems(site, uses, folder)


def _parameters(site: Site, folder: Path | None) -> Iterator[Problem]:
    try:
        known = _load_set(site, folder)
    except ParameterError as error:
        allowed = error.allowed if error.name == "parameter_set" else f"{error.name}: {error.allowed}"
        path = ("run", "parameter_set")
        yield Problem(path, site.run.parameter_set, allowed, error.mend)
        return
    broken = False
    for name, value in site.parameters.items():
        try:
            known[name].with_value(value)
        except ParameterError as error:
            broken = True
            yield Problem(("parameters", name), value, error.allowed, error.mend)
    if not broken and site.parameters:
        try:
            known.replace(site.parameters)
        except ParameterError as error:  # a range of several parameters together
            value = f"({error.name} = {error.value!r})"
            yield Problem(("parameters",), value, error.allowed, error.mend)


def _modes(site: Site) -> Iterator[Problem]:
    if not site.modes:
        return
    names = _process_names(site.run.model)
    for name, mode in site.modes.items():
        if name not in names:
            having = _models_with(name)
            mend = did_you_mean(name, names, otherwise="Choose one of these.")
            if having:
                mend = f"It is part of {' and '.join(having)}: choose such a model in [run], or leave the line out."
            yield Problem(("modes", name), mode, "one of " + ", ".join(names), mend)
        elif mode == "prescribed" and name in _physics_names():
            mend = "It is computed from the weather, the soil and the cover; change these instead."
            yield Problem(("modes", name), mode, "'modelled' or 'off'", mend)
    yield from _weathering(site)


def _weathering(site: Site) -> Iterator[Problem]:
    """What weathering needs to know: how old the soil is."""
    if site.modes.get("weathering") != "modelled":
        return
    age, grown = site.soil.age_years, site.start.mode == "pedogenesis"
    if age is None and not grown:
        mend = "Give age_years in [soil], the years of soil formation, or start with mode = 'pedogenesis'."
        yield Problem(("modes", "weathering"), "modelled", "'off' where the soil has no age", mend)
    elif age is not None and grown and age < site.start.pedogenesis_years:
        allowed = f"at least start.pedogenesis_years = {site.start.pedogenesis_years}"
        mend = "Minerals are no younger than the profile grown on them: correct one of the two, or leave age_years out."
        yield Problem(("soil", "age_years"), age, allowed, mend)


def _responses(site: Site) -> Iterator[Problem]:
    chosen = {"temperature_response": site.run.temperature_response, "moisture_response": site.run.moisture_response}
    if not any(chosen.values()):
        return
    from pedozone.physics.responses import MOISTURE, TEMPERATURE  # bring JAX with them

    for (field, name), known in zip(chosen.items(), (TEMPERATURE, MOISTURE), strict=True):
        if name is not None and name not in known:
            mend = did_you_mean(name, known, otherwise="Choose one of these.")
            yield Problem(("run", field), name, "one of " + ", ".join(known), mend)


def _process_names(model: str) -> list[str]:
    from pedozone.models.pedon_variants import process_names  # the model brings JAX with it

    return sorted(process_names(model))


def _models_with(name: str) -> list[str]:
    """The zones models that have a process or part of the surroundings of that name."""
    from pedozone.models.pedon_variants import VARIANTS, process_names

    return [model for model in VARIANTS if name in process_names(model)]


def _physics_names() -> list[str]:
    from pedozone.models.pedon_variants import PHYSICS

    return list(PHYSICS)
