"""The reactive network like BAMS1 on the site's own layers."""

from __future__ import annotations

from pedozone.models.bams import BamsLike
from pedozone.simulation.mapping import solute
from pedozone.simulation.mapping.mapped import Line, Mapped, ModelMapping
from pedozone.simulation.mapping.site_years import SiteYears


def build(years: SiteYears) -> Mapped:
    """Map a site on the network like BAMS1."""
    lines = [
        Line(
            "quality of litter",
            "(not used)",
            "lignin 0.2, cellulose 0.35, hemicellulose 0.25, protein 0.05, the rest sugars: choices of pedozone",
        ),
        Line("(nothing)", "rates", "medians of wide priors: no published values were found"),
        Line("mixing by animals, tillage", "(not used)", "only what is dissolved moves"),
    ]
    return solute.build(years, BamsLike, "bams-like", lines)


MAPPING = ModelMapping("bams-like", "Network like BAMS1", "the site's layers", build)
