"""Checks of rates that a site file prescribes in place of a process."""

from __future__ import annotations

from collections.abc import Iterator

from pedozone.config.problem import Problem
from pedozone.config.site import Site
from pedozone.parameters.errors import did_you_mean

LARGEST = 1e4
"""Largest rate (yr-1) that a site file may prescribe: carbon gone within an hour."""


def prescribed_problems(site: Site) -> Iterator[Problem]:
    """What does not fit between ``[modes]`` and ``[prescribed]``."""
    wanted = [name for name, mode in site.modes.items() if mode == "prescribed"]
    for name in site.prescribed:
        if name not in wanted:
            yield Problem(
                ("prescribed", name),
                site.prescribed[name],
                "only processes that [modes] calls 'prescribed'",
                f"Add {name} = 'prescribed' to [modes], or take the table out.",
            )
    if not wanted:
        return
    from pedozone.models.pedon_variants import flux_names  # the model brings JAX with it

    known = flux_names(site.run.model)
    cells = site.soil.organic_slots + site.soil.layers
    for name in wanted:
        fluxes = known.get(name, ())
        if not fluxes:
            if name in known:
                yield Problem(
                    ("modes", name), "prescribed", "'modelled' or 'off'", "It has no rates between pools to prescribe."
                )
            continue
        given = site.prescribed.get(name, {})
        if not given:
            yield Problem(
                ("modes", name),
                "prescribed",
                "'modelled', 'off', or a table of rates",
                f"Give its rates in yr-1 in [prescribed.{name}]: " + ", ".join(f'"{f}"' for f in fluxes) + ".",
            )
        for flux, rate in given.items():
            path = ("prescribed", name, flux)
            values = rate if isinstance(rate, list) else [rate]
            if flux not in fluxes:
                mend = did_you_mean(flux, fluxes, otherwise="Choose one of these.")
                yield Problem(path, rate, "one of " + ", ".join(f'"{f}"' for f in fluxes), mend)
            elif isinstance(rate, list) and len(rate) != cells:
                mend = "Organic slots come first, then the layers from the top."
                yield Problem(path, f"{len(rate)} values", f"one rate, or {cells}: one for every cell", mend)
            elif not all(0.0 <= value <= LARGEST for value in values):
                yield Problem(path, rate, f"0 to {LARGEST:g} yr-1", "Rates are shares of the donor per year.")
