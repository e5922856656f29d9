"""Finding parameter sets: those of pedozone, of installed packages, and files of one's own."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata, resources
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from pedozone.parameters.errors import ParameterError, did_you_mean
from pedozone.parameters.parameter_set import Constraint, ParameterSet, Reference
from pedozone.parameters.set_file import parse_set

__all__ = [
    "ENTRY_POINT_GROUP",
    "Constraint",
    "ParameterSet",
    "Reference",
    "available_sets",
    "load_parameters",
]

#: Entry-point group through which other packages offer sets. An entry names a path of a TOML file,
#: a `ParameterSet`, or a callable without arguments that returns either.
ENTRY_POINT_GROUP = "pedozone.parameters"


def pedon() -> ParameterSet:
    """The default set, as the entry point of pedozone itself offers it."""
    return load_parameters("pedon")


def pedon_core() -> ParameterSet:
    """The core set of the zones model, by entry point."""
    return load_parameters("pedon-core")


def pedon_communities() -> ParameterSet:
    """The zones model with two groups of microbes, by entry point."""
    return load_parameters("pedon-communities")


def pedon_origins() -> ParameterSet:
    """The core set with dissolved carbon by origin, by entry point."""
    return load_parameters("pedon-origins")


def rothc_26_3() -> ParameterSet:
    """The constants of RothC-26.3, as the entry point of pedozone itself offers them."""
    return load_parameters("rothc-26.3")


def century() -> ParameterSet:
    """The constants of CENTURY's soil organic submodel, as the entry point of pedozone itself offers them."""
    return load_parameters("century")


def millennial_v2() -> ParameterSet:
    """The constants of Millennial V2, as the entry point of pedozone itself offers them."""
    return load_parameters("millennial-v2")


def century_clm4_5() -> ParameterSet:
    """The constants of CENTURY in layers with the decay depth of CLM4.5, by entry point."""
    return load_parameters("century-clm4.5")


def century_clm5() -> ParameterSet:
    """The same with the decay depth of CLM5."""
    return load_parameters("century-clm5")


def rothc_layered() -> ParameterSet:
    """The constants of RothC in layers, as the entry point of pedozone itself offers them."""
    return load_parameters("rothc-layered")


def mimics() -> ParameterSet:
    """The constants of MIMICS with reverse kinetics, by entry point."""
    return load_parameters("mimics")


def mimics_2015() -> ParameterSet:
    """The constants of MIMICS as printed in 2015, by entry point."""
    return load_parameters("mimics-2015")


def mems() -> ParameterSet:
    """The constants of MEMS v1.0, as the entry point of pedozone itself offers them."""
    return load_parameters("mems")


def somprof() -> ParameterSet:
    """The constants of SOMPROF with the transport of its first application, by entry point."""
    return load_parameters("somprof")


def somprof_loobos() -> ParameterSet:
    """The same with the transport of a pine forest on sand."""
    return load_parameters("somprof-loobos")


def somprof_hainich() -> ParameterSet:
    """The same with the transport of a deciduous forest on clay."""
    return load_parameters("somprof-hainich")


def comission() -> ParameterSet:
    """The constants of COMISSION, as the entry point of pedozone itself offers them."""
    return load_parameters("comission")


def bams_like() -> ParameterSet:
    """The constants of the network like BAMS1, as the entry point of pedozone itself offers them."""
    return load_parameters("bams-like")


def ecosse() -> ParameterSet:
    """The constants of ECOSSE's carbon, as the entry point of pedozone itself offers them."""
    return load_parameters("ecosse")


def n14cp() -> ParameterSet:
    """Priors for N14CP's carbon and nitrogen, as the entry point of pedozone itself offers them."""
    return load_parameters("n14cp")


def responses() -> ParameterSet:
    """The constants of the published responses to temperature and water, by entry point."""
    return load_parameters("responses")


def available_sets() -> tuple[str, ...]:
    """Names of the sets that come with pedozone and with installed packages."""
    return tuple(dict.fromkeys([*_built_in(), *(entry.name for entry in _entry_points())]))


def load_parameters(name_or_path: str | PathLike[str] = "pedon") -> ParameterSet:
    """Load a parameter set.

    Parameters
    ----------
    name_or_path : str or os.PathLike
        Name of a set (see `available_sets`), or path of a TOML file: anything that ends in
        ``.toml`` or contains a separator.

    Returns
    -------
    ParameterSet

    Raises
    ------
    ParameterError
        No set of that name, no such file, or a file that is not a valid set; the error names the
        file, the field, its value, what is allowed and the mend.
    """
    return _load(name_or_path, ())


def _load(name_or_path: str | PathLike[str], parents: tuple[Path, ...]) -> ParameterSet:
    text = fspath(name_or_path)
    if not isinstance(name_or_path, str) or text.endswith(".toml") or "/" in text or "\\" in text:
        return _read(Path(text), parents)
    if text in _built_in():
        return _load_built_in(text)
    for entry in _entry_points():
        if entry.name == text:
            return _from_entry(entry, parents)
    names = available_sets()
    raise ParameterError(
        "parameter_set",
        text,
        "a file ending in .toml, or one of " + ", ".join(names),
        did_you_mean(text, names, otherwise="Choose one of these."),
    )


def _built_in() -> tuple[str, ...]:
    folder = resources.files("pedozone.parameters") / "sets"
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml")))


@lru_cache(maxsize=32)
def _load_built_in(name: str) -> ParameterSet:
    resource = resources.files("pedozone.parameters") / "sets" / f"{name}.toml"
    return parse_set(resource.read_bytes(), f"{name}.toml", load_parameters)


def _entry_points() -> tuple[metadata.EntryPoint, ...]:
    return tuple(metadata.entry_points(group=ENTRY_POINT_GROUP))


def _from_entry(entry: metadata.EntryPoint, parents: tuple[Path, ...]) -> ParameterSet:
    try:
        offered: Any = entry.load()
        if callable(offered):
            offered = offered()
    except Exception as error:
        raise ParameterError(
            f"entry point {entry.name} of {ENTRY_POINT_GROUP}",
            entry.value,
            "something that can be imported",
            f"It failed with {type(error).__name__}: {error}.",
        ) from error
    if isinstance(offered, ParameterSet):
        return offered
    if isinstance(offered, (str, PathLike)):
        return _read(Path(offered), parents)
    raise ParameterError(
        f"entry point {entry.name} of {ENTRY_POINT_GROUP}",
        type(offered).__name__,
        "a path, a ParameterSet, or a callable that returns one of them",
        f"Tell the authors of '{entry.value}'.",
    )


def _read(path: Path, parents: tuple[Path, ...]) -> ParameterSet:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ParameterError(
            "parameter_set", str(path), "a TOML file that can be read", f"{error.strerror}."
        ) from error
    here = (*parents, path.resolve())

    def extend(target: str) -> ParameterSet:
        if not target.endswith(".toml"):
            return _load(target, here)
        beside = path.parent / target
        if beside.resolve() in here:
            raise ParameterError("extends", target, "another file", "A set cannot extend itself.")
        return _load(beside, here)

    return parse_set(content, str(path), extend)
