"""Parameters with units, bounds, priors and sources, in named sets."""

from pedozone.parameters.errors import ParameterError
from pedozone.parameters.parameter import STATUSES, Parameter
from pedozone.parameters.prior import Prior
from pedozone.parameters.sets import (
    Constraint,
    ParameterSet,
    Reference,
    available_sets,
    load_parameters,
)

__all__ = [
    "STATUSES",
    "Constraint",
    "Parameter",
    "ParameterError",
    "ParameterSet",
    "Prior",
    "Reference",
    "available_sets",
    "load_parameters",
]
