"""Figures and the HTML report of a run.

`figures` maps a figure's name to a function of the run's dataset that returns a matplotlib Figure;
`write_report` puts all that a dataset supports into one HTML file.
"""

from __future__ import annotations

from pedozone.report import plots  # noqa: F401  (declares the figures)
from pedozone.report.files import save_figure
from pedozone.report.html import render_report, write_report
from pedozone.report.plotting import Plots
from pedozone.report.registry import REGISTRY as figures
from pedozone.report.registry import ReportFigure, report_figure

plots_of = Plots

__all__ = [
    "Plots",
    "ReportFigure",
    "figures",
    "plots_of",
    "render_report",
    "report_figure",
    "save_figure",
    "write_report",
]
