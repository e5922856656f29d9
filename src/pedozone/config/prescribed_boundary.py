"""A boundary between the zones that a site file prescribes, to test hypotheses with."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import model_validator

from pedozone.config.section import FIRST_YEAR, LAST_YEAR, Section, problem, quantity


class PrescribedBoundary(Section):
    """A boundary that takes the place of the biotic factors in some rates; everything else stays modelled."""

    depth_cm: float | list[float] = quantity(unit="cm")
    """Depth of the boundary below the mineral surface, nominal: one, or one for each entry of `year`."""
    width_cm: float = quantity(unit="cm", lower=1, upper=300)
    """Distance between the depths at which biotic activity is three quarters and one quarter."""
    year: list[int] = quantity([], unit="(calendar years)")
    """Years of the depths, increasing; linear between them, constant before the first and after the last."""

    @model_validator(mode="after")
    def _check(self) -> PrescribedBoundary:
        depths = self.depths
        for depth in depths:
            if not 0.0 <= depth <= 1000.0:
                raise problem(depth, "0 to 1000 cm", "Depths count downward from the mineral surface.", "depth_cm")
        if len(depths) != max(len(self.year), 1) or (isinstance(self.depth_cm, list) and not self.year):
            raise problem(
                f"{len(depths)} depths for {len(self.year)} years",
                "one depth without years, or as many depths as years",
                "Give depth_cm = 60, or depth_cm = [60, 40] with year = [1960, 2000].",
                "depth_cm",
            )
        for earlier, later in zip(self.year, self.year[1:], strict=False):
            if later <= earlier:
                raise problem(later, f"later than {earlier}", "List the years from the oldest to the latest.", "year")
        for year in self.year:
            if not FIRST_YEAR <= year <= LAST_YEAR:
                raise problem(year, f"{FIRST_YEAR} to {LAST_YEAR}", "Give calendar years.", "year")
        return self

    @property
    def depths(self) -> Sequence[float]:
        """The depths as a list, cm."""
        return self.depth_cm if isinstance(self.depth_cm, list) else [self.depth_cm]

    def depth_m(self, year: float) -> float:
        """Depth in a year, m."""
        if not self.year:
            return self.depths[0] / 100.0
        import numpy as np

        return float(np.interp(year, self.year, self.depths)) / 100.0
