"""``pedozone show model NAME --ages SITE``: how old the carbon of a model is."""

from __future__ import annotations

from pathlib import Path

_GOOD = ("converged", "none")  # found, or grown without a spin-up


def ages_on_site(kind: str, name: str, file: Path) -> str:
    """Ages and transit times of a model at the steady state of a site's start, as text.

    Raises
    ------
    InputError
        The kind is not that of models; a site file that cannot be used; a model that no mapping leads to.
    """
    from pedozone.config.errors import InputError
    from pedozone.config.loading import load_site

    if kind.rstrip("s") != "model":
        raise InputError("pedozone", "--ages", kind, "model", "Only models have ages: leave --ages out.")
    site = load_site(file)
    from pedozone.cli.compilation import configure
    from pedozone.cli.console import tell

    tell(f"Looking for the steady state of {name} at {site.site.name} ...")
    configure()
    from pedozone.model_comparison import steady_system
    from pedozone.report.ages import age_rows, age_text, slices

    system, face, status, message = steady_system(site, name)
    depths = slices(face, system.shape[1] - (face.size - 1)) if system.shape[1] > 1 else None
    cover = site.land_cover_segments()[0][1].name
    return "\n".join(
        [
            f"{name} at {site.site.name}: the steady state under {cover} and the climate of {site.start.year}",
            *([] if status in _GOOD else [f"WARNING: {status}: {message}"]),
            "",
            age_text(age_rows(system, depths)),
            "",
            "Ages below which a quarter, half and three quarters of the carbon are, in years. Stocks are taken to have",
            "stayed as they are for ever: where carbon comes out older than the soil, it is younger in truth.",
        ]
    )
