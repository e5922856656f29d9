"""Runs that differ in what a report could trip over, and a reader of its page."""

from html.parser import HTMLParser

import numpy as np
from report_dataset import make_dataset

HOSTILE = "<script>alert('site')</script> $x^{ & \"q\""


FATES = ["harvested", "burnt"]


def observation(variable, year, top, bottom, value, unit, deviation=None, source="someone"):
    return {
        "variable": variable,
        "year": year,
        "top_cm": top,
        "bottom_cm": bottom,
        "value": value,
        "unit": unit,
        "standard_deviation": deviation,
        "source": source,
    }


def profile_observations():
    depths = ((0, 20, 2.5), (20, 30, 1.4), (30, 100, 0.7))
    return [
        *(observation("soc_percent", 1990, a, b, v, "%", 0.1) for a, b, v in depths),
        *(observation("delta14c", 1990, a, b, -99 * v, "permil", 20) for a, b, v in depths),
    ]


def with_status(ds, status, depth, years=slice(None)):
    ds = ds.copy(deep=True)
    ds["boundary_status"] = ds["boundary_status"].astype("<U16")
    ds["boundary_status"][years, 0] = status
    ds["boundary_depth"][years, 0] = depth
    return ds


def with_intervals(ds, names):
    return ds.assign_coords(interval=names)


def with_new_settings(ds, year):
    """The second land cover, with other settings from `year` on."""
    ds = ds.copy(deep=True)
    names = [*ds["cover"].values, f"{ds['cover'].values[-1]} from {year}"]
    covers = ds["land_cover"].values.astype("<U40")
    covers[ds["year"].values >= year] = names[-1]
    ds["land_cover"] = ("year", covers)
    return ds.isel(cover=[0, 1, 1]).assign_coords(cover=names)


def with_events(years: dict[int, tuple[str, float, float]]):
    """A run in which, by year, something brought and burnt carbon (kg m-2)."""
    ds = make_dataset()
    at, layers = ds["year"].values.astype(int), ds.sizes["layer"]
    what = np.array([years.get(y, ("", 0.0, 0.0))[0] for y in at])
    gain, loss = np.zeros((at.size, ds.sizes["tracer"], layers)), np.zeros((at.size, 2, ds.sizes["tracer"], layers))
    carbon = list(ds["tracer"].values).index("carbon")
    for k, y in enumerate(at):
        _, brought, burnt = years.get(y, ("", 0.0, 0.0))
        gain[k, carbon, 0], loss[k, 1, carbon, 0] = brought, burnt
    return ds.assign_coords(fate=FATES).assign(
        event=("year", what),
        event_gain=(("year", "tracer", "layer"), gain),
        event_loss=(("year", "fate", "tracer", "layer"), loss),
    )


def peat(**options):
    """A drained peat: the upper 5 mineral layers of the made-up run as peat, whose subsoil gains a little."""
    ds = make_dataset(**options).copy(deep=True)
    organic = ds["layer"].values < 6
    height = ds["depth_bottom"].values[:, 5]
    ds["is_organic"] = ("layer", organic)
    for name in ("depth_top", "depth_bottom"):
        ds[name] = ds[name] - height[:, None]
    ds["boundary_below_top"] = ds["boundary_depth"].sel(criterion="dom_fate", drop=True)
    for name in ("boundary_depth", "boundary_upper", "boundary_lower"):
        ds[name] = ds[name] - height[1:, None]
    ds["boundary_below_top"] = ds["boundary_below_top"] + (ds["depth_bottom"] - ds["depth_top"]).values[1:, 0]
    ds["organic_layer_stock"] = ds["cSoilLevels"][:, organic].sum("layer")
    ds["soc_stock"] = ds["soc_stock"][0] * (1.0 + 1e-3 * (ds["time"] - ds["time"][0]))
    ds["soc_stock"] = ds["soc_stock"].transpose("time", "interval")
    return ds


# Runs that differ in what a figure could trip over.
VARIANTS = {
    "fallow": lambda: make_dataset(),
    "no vegetation zone": lambda: make_dataset(no_vegetation_from=1995),
    "vegetation zone to the base": lambda: with_status(make_dataset(), "all_vegetation", 3.0),
    "many crossings for some years": lambda: with_status(make_dataset(), "many", 0.5, slice(20, 30)),
    "not defined": lambda: with_status(make_dataset(), "not_defined", np.nan),
    "one year": lambda: make_dataset(first_year=2000, last_year=2000, fallow_from=None, observations=[]),
    "steady with a forest floor": lambda: make_dataset(fallow_from=None, organic_thickness=0.5),
    "three millennia": lambda: make_dataset(first_year=-1000, layers=12),
    "settings that change": lambda: with_new_settings(make_dataset(), 1967),
    "hostile names": lambda: make_dataset(site_name=HOSTILE, cover_before=HOSTILE),
    "measured profile": lambda: with_intervals(
        make_dataset(observations=profile_observations()),
        ["0-20", "20-30", "30-100", "0-100", "0-200", "0-300"],
    ),
}


class Page(HTMLParser):
    """Tags, identifiers, references and visible text of a page."""

    VOID = frozenset({"meta", "br", "img", "hr", "link", "input"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> out of place"

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)

    @property
    def identifiers(self):
        return [attrs["id"] for _, attrs in self.tags if "id" in attrs]
