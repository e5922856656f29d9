"""Files of observed profiles for tests: whole ones, and ways to spoil them."""

import gzip
from pathlib import Path

import numpy as np

from pedozone.observations.reading import Reading, read_profiles

HEADS = (
    "profile_id",
    "top_cm",
    "bottom_cm",
    "horizon",
    "soc_percent",
    "bulk_density_g_cm3",
    "clay_percent",
    "latitude",
)


def rows_of(profiles: int, layers: int = 4, seed: int = 0) -> list[list[str]]:
    """Rows of profiles without gaps, their carbon falling with depth."""
    draw = np.random.default_rng(seed)
    found = []
    for p in range(profiles):
        ends = np.cumsum(draw.integers(5, 40, layers))
        for k, (top, bottom) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
            carbon = 3 * np.exp(-top / 40) * draw.uniform(0.8, 1.2)
            density, clay = draw.uniform(1.1, 1.6), draw.uniform(5, 40)
            horizon = "ABC"[min(k, 2)]
            numbers = [f"{carbon:.3f}", f"{density:.2f}", f"{clay:.1f}", f"{50 + p / 1e4:.4f}"]
            found.append([f"pit {p}", str(top), str(bottom), horizon, *numbers])
    return found


def text_of(rows: list[list[str]], heads=HEADS, delimiter: str = ",") -> str:
    return "\n".join(delimiter.join(row) for row in [list(heads), *rows]) + "\n"


def read_text(folder: Path, text: str | bytes, mapping=None, name: str = "data.csv") -> Reading:
    file = folder / name
    data = text.encode() if isinstance(text, str) else text
    file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read_profiles(file, mapping)


def nothing_lost(reading: Reading) -> None:
    """Every row is kept or refused, once, and every refusal has its reason."""
    table = reading.findings.table()
    refused = table[table["disposition"] == "refused"]
    assert (refused["reason"].str.len() > 0).all()
    for file in reading.files:
        assert file.read == file.kept + file.refused
        rows = refused[refused["file"] == file.file]["row"]
        assert len(rows) == file.refused
        assert not rows.duplicated().any()
        frame = getattr(reading.profiles, file.table)
        kept = frame[frame["file"] == file.file]["row"]
        assert len(kept) == file.kept
        assert not kept.duplicated().any()
        assert not set(kept) & set(rows)
        assert {*kept, *rows} <= set(range(2, file.read + 2))
    layer, profile, site = reading.profiles.layer, reading.profiles.profile, reading.profiles.site
    assert layer["layer_id"].is_unique and profile["profile_id"].is_unique and site["site_id"].is_unique
    assert set(layer["profile_id"]) | set(reading.profiles.fraction["profile_id"]) == set(profile["profile_id"])
    assert set(profile["site_id"]) == set(site["site_id"])
    assert (layer["bottom_cm"] > layer["top_cm"]).all()


def reasons(reading: Reading, disposition: str) -> str:
    table = reading.findings.table()
    return "\n".join(table[table["disposition"] == disposition]["reason"])
