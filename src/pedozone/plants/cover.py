"""Land covers: the vegetation on a soil and what it does to it, as named presets."""

from __future__ import annotations

import dataclasses
import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pedozone.plants.errors import PlantError, unknown_name
from pedozone.plants.fields import GROWTH_FORMS, PHENOLOGIES, RANGES, unit_of
from pedozone.plants.quality import quality_records

__all__ = ["CoverRecord", "LandCover", "PlantError", "cover_names", "load_cover", "read_cover"]

STATUSES = ("cited", "recalled", "calibrated", "user")


@dataclass(frozen=True)
class CoverRecord:
    """Where one value of a land cover comes from.

    Parameters
    ----------
    name, unit : str
        The field and its unit.
    value : float or tuple of float
        Its value.
    source, doi : str
        The work it rests on; the DOI without resolver, empty where there is none.
    status : str
        ``cited`` (read there), ``recalled`` (from memory or by judgement), ``calibrated`` (fitted
        with the parameter set), ``user`` (from the site file).
    """

    name: str
    value: float | tuple[float, ...]
    unit: str
    source: str
    status: str
    doi: str = ""


@dataclass(frozen=True)
class LandCover:
    """The vegetation and management of a piece of land; immutable.

    Parameters
    ----------
    name : str
        Unique within a run; the preset's name, with the year where a site file changed it.
    preset, title : str
        Name of the preset it started from, and that in words.
    leaf_input, root_input, exudate_input : float
        Plant carbon given to the soil, kg C m-2 yr-1.
    leaf_metabolic_fraction, root_metabolic_fraction : float
        Share of that litter which is metabolic (-); the rest is structural.
    root_beta : float
        Share of roots above depth d is ``1 - root_beta**(100 d)``, d in m (Jackson et al. 1996).
    rooting_depth : float
        Depth below which no roots grow, m; the profile is cut and renormalised there.
    residue_depth : float
        Leaf litter is mixed evenly into this depth, m; 0: it falls on the organic layer.
    leaf_phenology, root_phenology : tuple of float
        Shares of the annual input in January to December (12 values, sum 1), in the northern
        hemisphere; see `southern`.
    bioturbation_factor, anecic_factor : float
        Mixing by soil animals, and burial of litter by anecic earthworms, relative to temperate
        grassland (-).
    structural_decay_factor : float
        Decay of structural litter relative to temperate grassland (-), for its quality.
    tillage_depth, tillage_intensity : float
        Depth of tillage, m, and its strength (-): 0 none; break-up of aggregates is multiplied by
        1 + intensity above that depth.
    canopy_cover : float
        Share of the ground that is covered, annual mean (-).
    surface_temperature_amplitude : float
        Annual swing of the soil surface over that of the air (-).
    surface_temperature_offset : float
        Annual mean of the soil surface minus that of the air, K.
    transpiration_fraction : float
        Share of potential evapotranspiration that roots draw (-); the rest leaves from the top.
    ph_shift : float
        Change of the topsoil's pH against that of the site file (pH units).
    wood_input : float
        Coarse woody litter given to the soil, kg C m-2 yr-1.
    harvest : float
        Carbon carried off or eaten: grain, cuts, timber, grazing without what dung returns,
        kg C m-2 yr-1. A standing crop of trees may grow besides.
    net_primary_production : float
        What inputs and harvest rest on, kg C m-2 yr-1.
    reference_temperature, reference_precipitation : float
        Annual means of the climate to which that production belongs, degC and mm yr-1.
    trait_position : float
        Place on the axis from conservative (0) to acquisitive (1) plants; see
        `pedozone.plants.traits`.
    mycorrhizal_fraction : float
        Share of `exudate_input` that reaches the soil as residues of hyphae (-).
    rooting_time : float
        Time in which the rooting depth adjusts, yr.
    leaf_carbon_nitrogen, root_carbon_nitrogen, wood_carbon_nitrogen : float
        Of litter, kg C per kg N.
    leaf_lignin, root_lignin : float
        Lignin of litter, share of dry matter (-).
    nitrogen_fixation, nitrogen_deposition : float
        Nitrogen from the air, fixed and deposited, kg N m-2 yr-1.
    critical_nitrogen_load : float
        Deposition above which the assemblage of species shifts, kg N ha-1 yr-1.
    growth_form : str
        One of ``grass``, ``crop``, ``broadleaf``, ``needleleaf``, ``shrub``, ``moss``.
    records : mapping of str to CoverRecord
        Unit, source and status of every value; not part of equality.
    nitrogen_limitation : float
        1 where production is held back by the nitrogen that plants find in the modelled soil, 0 where it is not.
    nitrogen_fertiliser : float
        Mineral nitrogen spread in a year, kg N m-2 yr-1.
    """

    name: str
    preset: str
    title: str
    leaf_input: float
    root_input: float
    exudate_input: float
    leaf_metabolic_fraction: float
    root_metabolic_fraction: float
    root_beta: float
    rooting_depth: float
    residue_depth: float
    leaf_phenology: tuple[float, ...]
    root_phenology: tuple[float, ...]
    bioturbation_factor: float
    anecic_factor: float
    structural_decay_factor: float
    tillage_depth: float
    tillage_intensity: float
    canopy_cover: float
    surface_temperature_amplitude: float
    surface_temperature_offset: float
    transpiration_fraction: float
    ph_shift: float
    wood_input: float
    harvest: float
    net_primary_production: float
    reference_temperature: float
    reference_precipitation: float
    trait_position: float
    mycorrhizal_fraction: float
    rooting_time: float
    leaf_carbon_nitrogen: float
    root_carbon_nitrogen: float
    wood_carbon_nitrogen: float
    leaf_lignin: float
    root_lignin: float
    nitrogen_fixation: float
    nitrogen_deposition: float
    critical_nitrogen_load: float
    growth_form: str
    records: Mapping[str, CoverRecord] = field(default_factory=lambda: MappingProxyType({}), compare=False, repr=False)
    nitrogen_limitation: float = 0.0
    nitrogen_fertiliser: float = 0.0

    def __post_init__(self) -> None:
        if self.growth_form not in GROWTH_FORMS:
            raise unknown_name(f"{self.name}.growth_form", self.growth_form, GROWTH_FORMS)
        for name, (unit, lower, upper) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and lower <= value <= upper):
                raise PlantError(
                    f"{self.name}.{name}",
                    value,
                    f"{lower:g} to {upper:g} {unit}",
                    "Correct the number.",
                )
        for name in PHENOLOGIES:
            shares = getattr(self, name)
            if len(shares) != 12 or min(shares) < 0 or abs(math.fsum(shares) - 1.0) > 1e-6:
                raise PlantError(
                    f"{self.name}.{name}",
                    shares,
                    "twelve shares, January to December, none negative, sum 1",
                    "Divide the shares by their sum.",
                )

    def __reduce__(self) -> tuple[Any, ...]:
        # A mapping proxy cannot be pickled; worker processes need covers all the same.
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return _rebuild, ({**values, "records": dict(self.records)},)

    @property
    def total_input(self) -> float:
        """Plant carbon given to the soil in a year, kg C m-2 yr-1."""
        return self.leaf_input + self.wood_input + self.root_input + self.exudate_input

    def changed(self, name: str, source: str, **values: Any) -> LandCover:
        """This cover with other values, under another name.

        Parameters
        ----------
        name : str
            Its name, unique within the run.
        source : str
            Where the new values come from; their status becomes ``user``.
        **values
            Fields to replace.

        Raises
        ------
        PlantError
            A field that does not exist, or a value outside its range.
        """
        known = (*RANGES, *PHENOLOGIES)
        for key in values:
            if key not in known:
                raise unknown_name(f"{self.name}: field", key, known)
        records = {key: CoverRecord(key, value, unit_of(key), source, "user") for key, value in values.items()}
        merged = MappingProxyType({**self.records, **records})
        return dataclasses.replace(self, name=name, records=merged, **values)

    def southern(self) -> LandCover:
        """This cover with its phenology moved by half a year, for the southern hemisphere."""
        return dataclasses.replace(
            self,
            leaf_phenology=self.leaf_phenology[6:] + self.leaf_phenology[:6],
            root_phenology=self.root_phenology[6:] + self.root_phenology[:6],
        )

    def to_records(self) -> list[dict[str, Any]]:
        """Value, unit, source, DOI and status of every field, in a form JSON can hold."""
        return [dataclasses.asdict(record) for record in self.records.values()]


_BACKGROUND = CoverRecord(
    "nitrogen_deposition",
    2e-4,
    "kg N m-2 yr-1",
    "Galloway et al. 2004; 2 kg ha-1 yr-1, a rounded background far from sources, from memory",
    "recalled",
    "10.1007/s10533-004-0370-0",
)


def cover_names() -> tuple[str, ...]:
    """Names of the land covers that come with pedozone."""
    folder = resources.files("pedozone.plants") / "presets"
    return tuple(sorted(e.name[:-5] for e in folder.iterdir() if e.name.endswith(".toml")))


@lru_cache(maxsize=64)
def load_cover(name: str) -> LandCover:
    """Load a land cover by the name of its preset.

    Parameters
    ----------
    name : str
        One of `cover_names`.

    Returns
    -------
    LandCover

    Raises
    ------
    PlantError
        No preset of that name; the nearest ones are suggested.
    """
    names = cover_names()
    if name not in names:
        raise unknown_name("cover", name, names)
    return parse_cover(name, _content(name))


def read_cover(file: str, folder: str | PathLike[str] = "") -> LandCover:
    """Read a land cover of one's own from a file laid out like those of the presets.

    Parameters
    ----------
    file : str
        Path of a TOML file, ending in ``.toml``; without that ending it becomes the cover's name. With
        ``like = "cereal-cropland"`` the file need only say what differs from that preset.
    folder : str or os.PathLike
        Folder from which the path counts; the current one by default.

    Raises
    ------
    PlantError
        A file that cannot be read, that bears the name of a preset, or whose content `parse_cover` or the preset named
        refuses; the error is about the field ``cover`` and says what is wrong inside the file.
    """
    name = file.removesuffix(".toml")
    if name in cover_names():
        mend = f"Rename the file, or write cover = '{name}' for the preset."
        raise PlantError("cover", file, "a file that does not bear the name of a preset", mend)
    try:
        data = tomllib.loads((Path(folder) / file).read_text(encoding="utf-8"))
    except OSError as error:
        mend = f"{error.strerror}: give its path from the folder of the site file."
        raise PlantError("cover", file, "a preset or a TOML file that can be read", mend) from None
    except ValueError as error:  # no TOML, or not UTF-8
        raise PlantError("cover", file, "a TOML file", f"Mend the file: {error}.") from None
    try:
        like = data.pop("like", None)
        if like is not None and like not in cover_names():
            raise unknown_name("like", like, cover_names())
        return parse_cover(name, data if like is None else {**_content(like), **data})
    except PlantError as error:
        inside = f"a land cover file; in {file}, {error.field} = {error.value!r}, where allowed is {error.allowed}"
        raise PlantError("cover", file, inside, error.mend) from None


def _content(name: str) -> dict[str, Any]:
    resource = resources.files("pedozone.plants") / "presets" / f"{name}.toml"
    return tomllib.loads(resource.read_text(encoding="utf-8"))


def parse_cover(name: str, data: Mapping[str, Any]) -> LandCover:
    """Build a land cover from the content of a preset file.

    Parameters
    ----------
    name : str
        Name of the preset.
    data : mapping
        ``title``, ``growth_form``, and for every field of `LandCover` a table with ``value``,
        ``unit``, ``source``, ``status`` and, where there is one, ``doi``. Fields that follow from
        the place on the trait axis and the nitrogen deposited may be left out.

    Raises
    ------
    PlantError
        A field missing, unknown, in another unit, without source, or out of range.
    """
    known = (*RANGES, *PHENOLOGIES)
    for key in data:
        if key not in (*known, "title", "growth_form"):
            raise unknown_name(f"{name}: field", key, known)
    form = str(data.get("growth_form", ""))
    if form not in GROWTH_FORMS:
        raise unknown_name(f"{name}.growth_form", form, GROWTH_FORMS)
    found = {key: _record(f"{name}.{key}", key, data[key]) for key in known if key in data}
    found = {"nitrogen_deposition": _BACKGROUND, **found}
    quality = quality_records(form, {key: record.value for key, record in found.items()})
    found = {**{key: CoverRecord(**entry) for key, entry in quality.items()}, **found}
    for key in known:
        if key not in found:
            raise PlantError(f"{name}.{key}", None, "a table with a value", "Add the field.")
    records = {key: found[key] for key in known}
    values: dict[str, Any] = {key: record.value for key, record in records.items()}
    return LandCover(
        name=name,
        preset=name,
        title=str(data.get("title", name)),
        growth_form=form,
        records=MappingProxyType(records),
        **values,
    )


def _record(where: str, key: str, entry: Mapping[str, Any]) -> CoverRecord:
    if not isinstance(entry, Mapping):
        raise PlantError(where, entry, "a table", f"Write [{key}] with value, unit, source and status.")
    if entry.get("unit") != unit_of(key):
        raise PlantError(where, entry.get("unit"), f"unit '{unit_of(key)}'", "Convert the value.")
    if entry.get("status") not in STATUSES:
        raise PlantError(where, entry.get("status"), "status " + ", ".join(STATUSES), "Give source and status.")
    if not entry.get("source"):
        raise PlantError(where, "no source", "a source", 'Say where the value comes from: source = "...".')
    value: Any = entry.get("value")
    parts = value if key in PHENOLOGIES and isinstance(value, list) else [value]
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in parts):
        raise PlantError(where, value, "a number, or twelve of a phenology", "Correct the value.")
    number = tuple(float(part) for part in parts) if isinstance(value, list) else float(parts[0])
    return CoverRecord(key, number, entry["unit"], entry["source"], entry["status"], entry.get("doi", ""))


def _rebuild(values: dict[str, Any]) -> LandCover:
    return LandCover(**{**values, "records": MappingProxyType(values["records"])})
