"""Land uses whose production or fertiliser hangs on modelled nitrogen, against the modes of their site."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pedozone.config.land_use import LandUse
from pedozone.config.problem import Problem

if TYPE_CHECKING:
    from pedozone.config.site import Site

LIMITS, FERTILISER = "nitrogen_limits_production", "nitrogen_fertiliser_kg_ha_yr"


def land_uses(site: Site) -> Iterator[tuple[tuple[str | int, ...], LandUse]]:
    """Every land use of a site with where it stands in the file."""
    yield ("start",), site.start
    for part in ("history", "event", "change"):
        for number, entry in enumerate(getattr(site, part)):
            if isinstance(entry, LandUse):
                yield (part, number), entry


def nitrogen_problems(site: Site) -> Iterator[Problem]:
    """Land uses that need nitrogen where it is not modelled."""
    if site.modes.get("nitrogen") == "modelled":
        return
    from pedozone.models.pedon_variants import NITROGEN, process_names  # the model brings JAX with it

    can = NITROGEN in process_names(site.run.model)
    mend = (
        "Add nitrogen = 'modelled' under [modes], or delete the line."
        if can
        else f"Delete the line, or choose model = 'pedon' under [run]: '{site.run.model}' has no nitrogen."
    )
    for path, use in land_uses(site):
        if use.nitrogen_limits_production:
            yield Problem((*path, LIMITS), True, "true only where nitrogen is modelled", mend)
        if use.nitrogen_fertiliser_kg_ha_yr is not None:
            given = use.nitrogen_fertiliser_kg_ha_yr
            yield Problem((*path, FERTILISER), given, "a number only where nitrogen is modelled", mend)


def nitrogen_notes(site: Site) -> list[str]:
    """Land uses that are not limited by nitrogen beside others that are: the field holds for one block alone."""
    limited = {_written(path): use.nitrogen_limits_production for path, use in land_uses(site)}
    free = [where for where, is_limited in limited.items() if not is_limited]
    if not free or not any(limited.values()):
        return []
    return [f"{', '.join(free)}: production is not limited by nitrogen, as {LIMITS} stands in other blocks only."]


def _written(path: tuple[str | int, ...]) -> str:
    return str(path[0]) if len(path) == 1 else f"{path[0]}[{int(path[1]) + 1}]"
