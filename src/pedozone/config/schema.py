"""The layout of a site file as JSON Schema, for editors and other programs."""

from __future__ import annotations

from typing import Any

from pedozone.config.observation import OBSERVABLES
from pedozone.config.site import Site


def site_json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a site file.

    Returns
    -------
    dict
        In a form JSON can hold. Relations between fields (texture sums, contacts of horizons,
        order of years) are beyond JSON Schema; `load_site` checks them.
    """
    schema = Site.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "pedozone site file"
    schema["description"] = "A site to be simulated by pedozone, as TOML."
    observation = schema["$defs"]["Observation"]
    observation["x-pedozone-units"] = {name: v.unit for name, v in OBSERVABLES.items()}
    return schema
