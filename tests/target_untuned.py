"""The presets as they were first taken from their sources, before any result was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

from pedozone.parameters import load_parameters
from pedozone.plants import cover, quality
from pedozone.simulation import histories

SCALE = {"leaf": 1.0, "root": 1.0}
"""On the metabolic share of litter from the trait axis: CENTURY's own shares (now 0.278 and 0.540)."""

MOSS = 0.99
"""`structural_decay_factor` of peat moss by the rule for lignin (now 0.25)."""

MANURE = {"manure_metabolic": 0.49, "manure_structural": 0.49}
"""RothC's split of manure (now 0.20 and 0.75)."""

PARAMETERS = {"litter_inoculum": 0.0}
"""No living microbes in litter (now 0.002): a parameter of the set, to be given as an override."""


@contextmanager
def untuned_presets() -> Iterator[None]:
    """Within this block presets have their first values."""
    content = cover._content

    def first(name: str) -> dict[str, Any]:
        data = content(name)
        if name == "peat-moss":
            assert data["structural_decay_factor"]["value"] != MOSS
            data["structural_decay_factor"]["value"] = MOSS
        return data

    class Amendments:
        """The set of histories with the first split of manure."""

        def values(self) -> dict[str, float]:
            usual = dict(load_parameters("histories").values())
            assert usual.keys() >= MANURE.keys()
            return usual | MANURE

    cover.load_cover.cache_clear()
    try:
        with (
            mock.patch.object(quality, "METABOLIC_SCALE", SCALE),
            mock.patch.object(cover, "_content", first),
            mock.patch.object(histories, "load_parameters", lambda name: Amendments()),
        ):
            yield
    finally:
        cover.load_cover.cache_clear()
