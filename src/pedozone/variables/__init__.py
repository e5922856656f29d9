"""What a run holds: every variable and coordinate with its units and its names elsewhere."""

from pedozone.variables.registry import (
    VariableError,
    attributes,
    coordinates,
    data_variables,
    groups,
    lookup,
    markdown_table,
    names,
    problems,
)
from pedozone.variables.variable import Variable

__all__ = [
    "Variable",
    "VariableError",
    "attributes",
    "coordinates",
    "data_variables",
    "groups",
    "lookup",
    "markdown_table",
    "names",
    "problems",
]
