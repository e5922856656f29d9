"""Modelled bulk density against measured layers (SoDaH): texture, depth and carbon only."""

import csv
import gzip

import jax
import numpy as np
import pytest

from pedozone.physics.pedotransfer import bulk_density, mineral_bulk_density


@pytest.fixture(scope="module")
def layers(shared_path):
    """Land cover and (carbon %, sand %, depth cm, density g cm-3) of complete mineral layers."""
    cover, values = [], []
    with gzip.open(shared_path("data/sodah/layers.csv.gz"), "rt") as stream:
        for row in csv.DictReader(stream):
            try:
                top, bottom, carbon, sand, density = (
                    float(row[name]) for name in ("top_cm", "bot_cm", "soc_pct", "sand_pct", "bd_gcm3")
                )
            except ValueError:
                continue
            if 0 < top + bottom and carbon < 20 and 0.2 < density < 2.1:
                cover.append(row["land_cover"])
                values.append((carbon, sand, 0.5 * (top + bottom), density))
    return np.array(cover), np.array(values)


# Cover: largest bias and RMSE allowed, g cm-3. Reached: grassland +0.06 and 0.16, cropland -0.02
# and 0.18, deciduous forest +0.10 and 0.24. Forest soils are looser than texture and carbon say:
# that is the structure state's task.
LIMITS = {
    "grasslandHerbaceous": (0.10, 0.20),
    "cultivatedCrops": (0.10, 0.22),
    "deciduousForest": (0.15, 0.30),
}


@pytest.mark.parametrize("cover", LIMITS)
def test_bulk_density_by_land_cover(layers, cover):
    carbon, sand, depth, measured = layers[1][layers[0] == cover].T
    assert measured.size > 100
    with jax.enable_x64(True):
        mineral = mineral_bulk_density(sand / 100, 0.0 * sand, depth / 100)
        modelled = np.asarray(bulk_density(carbon / 58, mineral)) / 1000
    bias = (modelled - measured).mean()
    error = np.sqrt(((modelled - measured) ** 2).mean())
    print(f"{cover}: {measured.size} layers, bias {bias:+.2f}, RMSE {error:.2f} g cm-3")
    largest_bias, largest_error = LIMITS[cover]
    assert abs(bias) < largest_bias
    assert error < largest_error
