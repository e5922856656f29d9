"""Batches of pedons on a made-up temperate site, for tests of the whole model."""

import functools
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

import pedozone
from pedozone.plants.cover import load_cover
from pedozone.simulate import set_up
from pedozone.simulation.columns import forcing_of
from pedozone.simulation.setting import Setting
from pedozone.simulation.starting import uniform_state

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def site(name: str = "temperate-grassland", model: str = "pedon-core", **soil):
    """An example site, its soil section changed; with the core set, which compiles in half the time."""
    given = pedozone.load_site(EXAMPLES / name / "site.toml")
    run = given.run.model_copy(update={"model": model})
    return given.model_copy(update={"soil": given.soil.model_copy(update=soil), "run": run})


def widened(tree, batch: int, seed: int = 0, spread: float = 0.0):
    """Repeat single columns, each figure multiplied by its own factor within 1 +- spread."""
    rng = np.random.default_rng(seed)

    def repeat(leaf):
        leaf = np.repeat(np.asarray(leaf), batch, axis=-1)
        return jnp.asarray(leaf * (1.0 + spread * rng.uniform(-1.0, 1.0, batch)))

    return jax.tree.map(repeat, tree)


def setting_of(given, batch: int = 1, solver: str = "auto") -> Setting:
    """Set up a site as a batch of columns (call inside `double_precision`)."""
    setting = set_up(given, solver)
    return Setting(
        setting.model,
        setting.solver,
        widened(setting.soil, batch),
        setting.parameters,
        setting.modes,
    )


@functools.cache
def cover_named(name: str):
    """A land cover preset."""
    return load_cover(name)


def forcing(given, cover: str, batch: int = 1, seed: int = 0, spread: float = 0.0):
    """A year under a cover, varied between columns; phenologies keep adding up to one."""
    base = forcing_of(given, cover_named(cover))
    varied = widened(base, batch, seed, spread)
    fixed = {
        name: widened(getattr(base, name), batch)
        for name in ("leaf_phenology", "root_phenology", "root_beta", "leaf_metabolic_fraction")
    }
    return varied._replace(**fixed)


def bare(setting: Setting, amount: float = 1e-3):
    """A uniform state, carbon alone."""
    return uniform_state(setting, amount)
