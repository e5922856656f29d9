"""The zones model, whose site file it is: nothing is mapped."""

from __future__ import annotations

from pedozone.models.pedon_variants import VARIANTS
from pedozone.simulation.mapping.mapped import Line, ModelMapping

LINES = (
    Line("everything", "everything", "the site file as 'pedozone run' takes it, with all of its events"),
    Line("soil temperature and water", "(its own)", "follow its own organic matter and structure"),
    Line("organic layer", "(apart)", "no part of the stocks by depth, which begin at the mineral surface"),
)

TITLES = {
    "pedon": "pedon, the zones model",
    "pedon-core": "pedon, eleven pools",
    "pedon-communities": "pedon, two groups of microbes",
    "pedon-origins": "pedon, dissolved carbon by origin",
}

MAPPINGS = tuple(ModelMapping(name, TITLES.get(name, name), "the whole column") for name in VARIANTS)
