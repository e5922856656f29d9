"""The models that a site file can be given to, by name."""

from __future__ import annotations

from pedozone.simulation.mapping import century, century_layered, millennial, pedon, rothc, rothc_layered
from pedozone.simulation.mapping.mapped import ModelMapping

_ALL = (
    *pedon.MAPPINGS,
    rothc.MAPPING,
    rothc_layered.MAPPING,
    century.MAPPING,
    century_layered.MAPPING,
    *millennial.MAPPINGS,
)


def mappings() -> dict[str, ModelMapping]:
    """Mappings by the name of the model, in the order in which they are listed."""
    return {mapping.name: mapping for mapping in _ALL}
