"""The figures of the framework's paper (Cagnarini et al. 2019, doi:10.1111/gcb.14787), drawn from data and runs."""

from __future__ import annotations

from pedozone.report.paper.figure import PaperFigure
from pedozone.report.paper.folder import save_to, write_figures
from pedozone.report.paper.four_per_mille import figure_1
from pedozone.report.paper.moving_boundary import figure_3
from pedozone.report.paper.run_views import NoZones
from pedozone.report.paper.soil_stocks import figure_4
from pedozone.report.paper.two_zones import figure_2

__all__ = ["NoZones", "PaperFigure", "figure_1", "figure_2", "figure_3", "figure_4", "save_to", "write_figures"]
