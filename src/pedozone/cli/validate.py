"""``pedozone validate``: check a site file."""

from __future__ import annotations

from pedozone.cli.console import Quiet, SiteFile, Verbose, guarded, set_up_logging, tell


def validate(file: SiteFile, quiet: Quiet = False, verbose: Verbose = 0) -> None:
    """Check a site file and say what is wrong with it, line by line."""
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.cli.ringing_cache import rung_words
        from pedozone.config.loading import load_site
        from pedozone.config.references import parameters_of

        site = load_site(file)
        if quiet:
            return
        for note in site.notes():
            tell(f"Note: {note}")
        told = rung_words(parameters_of(site).digest())
        if told:
            tell(f"Note: {told}")
        if site.event or site.change:
            from pedozone.config.diary import diary

            tell("History:")
            for line in diary(site):
                tell(f"  {line}")
        covers = " -> ".join(
            f"{cover.name}" if " from " in cover.name else f"{cover.name} from {year}"
            for year, cover in site.land_cover_segments()
        )
        tell(
            f"{file} is valid: {site.site.name}, {site.start.year} to {site.run.end_year}, "
            f"{site.soil.layers} layers to {site.soil.depth_m:g} m; {covers}."
        )
