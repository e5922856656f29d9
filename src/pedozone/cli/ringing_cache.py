"""Oscillations of parameter sets, kept on disk beside the compiled programs."""

from __future__ import annotations

import contextlib
import json
import logging
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pedozone.cli.compilation import own_folder
from pedozone.cli.files import write_text
from pedozone.config.errors import InputError

if TYPE_CHECKING:
    from pedozone.engine.ringing import Ringing

_log = logging.getLogger(__name__)

_SUBFOLDER = "ringing"
_FORMAT = 1
# A record has some 700 bytes; more than anyone looks at, little enough to read them all in an instant.
_MOST = 2000


@dataclass(frozen=True)
class Rung:
    """What was found of a parameter set at the steady state of one site.

    Parameters
    ----------
    digest : str
        Of the parameter set.
    key : str
        Of the steady state.
    lasting : float
        Share of a disturbance that is left after one period; 0 where nothing oscillates.
    period : float
        yr; NaN where nothing oscillates.
    cell : int
        Where; -1 where nothing oscillates.
    about : mapping
        Where it was found: ``parameter_set``, ``site``, ``year``, ``cover``, ``model``, ``physics``, ``method``,
        ``organic_slots``, ``layers``, ``version``.
    """

    digest: str
    key: str
    lasting: float
    period: float
    cell: int
    about: Mapping[str, Any]

    @property
    def ringing(self) -> Ringing:
        """As the engine gives it, for one column."""
        import numpy as np

        from pedozone.engine.ringing import Ringing

        return Ringing(np.array([self.lasting]), np.array([self.period]), np.array([self.cell]))

    @property
    def rings(self) -> bool:
        """Whether the set rang."""
        return bool(self.ringing.rings[0])

    @property
    def words(self) -> str:
        """In a few words."""
        if not self.rings:
            return "did not ring"
        place = self.cell - int(self.about["organic_slots"])
        where = f"mineral layer {place + 1}" if place >= 0 else f"organic slot {self.cell + 1}"
        return f"rang: period {self.period:.1f} years, {min(self.lasting, 9.99):.0%} left after each, in {where}"

    @property
    def named(self) -> str:
        """Name of the parameter set, with the beginning of its digest: values may have been put in."""
        return f"{self.about['parameter_set']} ({self.digest[:8]})"


class RingingCache:
    """A folder with one small file for every steady state whose oscillations were looked for.

    It never fails: what cannot be read is not known, and what cannot be written is not kept.

    Parameters
    ----------
    folder : pathlib.Path
        Made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def recall(self, digest: str, key: str) -> Ringing | None:
        """What is known of a parameter set with this digest at a steady state with this key."""
        found = _read(self._file(digest, key))
        return found.ringing if found is not None and (found.digest, found.key) == (digest, key) else None

    def keep(self, digest: str, key: str, ringing: Ringing, about: Mapping[str, Any]) -> None:
        """Keep it, with words for people on where it was found; the oldest records make room."""
        period = float(ringing.period[0])
        record = {
            "format": _FORMAT,
            "digest": digest,
            "key": key,
            "lasting": float(ringing.lasting[0]),
            "period": period if math.isfinite(period) else None,
            "cell": int(ringing.cell[0]),
            "about": dict(about),
        }
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", self._file(digest, key))
            self._make_room()
        except (OSError, InputError, ValueError) as error:
            _log.info("oscillations are not kept in %s: %s", self.folder, error)

    def records(self, digest: str | None = None) -> list[Rung]:
        """All that is known, or all that is known of one parameter set, by site; one record for a site and model."""
        pattern = "*.json" if digest is None else f"{digest[:32]}-*.json"
        found: dict[tuple[str, str, str], Rung] = {}
        for file in self._by_age(pattern):  # the newest last, so that it stays
            one = _read(file)
            if one is not None and digest in (None, one.digest):
                found[one.digest, str(one.about["site"]), str(one.about["model"])] = one
        return sorted(found.values(), key=lambda one: (one.digest, str(one.about["site"]), str(one.about["model"])))

    def _file(self, digest: str, key: str) -> Path:
        return self.folder / f"{digest[:32]}-{key[:32]}.json"

    def _by_age(self, pattern: str) -> list[Path]:
        return sorted(_found(self.folder, pattern), key=_changed)

    def _make_room(self) -> None:
        files = self._by_age("*.json")
        for file in files[: max(0, len(files) - _MOST)]:
            file.unlink(missing_ok=True)


def ringing_cache() -> RingingCache:
    """That of the user, among pedozone's caches."""
    return RingingCache(own_folder(_SUBFOLDER))


def rung_words(digest: str) -> str:
    """What is known of a parameter set from the runs so far; nothing where it was not run."""
    known = ringing_cache().records(digest)
    rang = [one for one in known if one.rings]
    if not known:
        return ""
    runs = "the one site run so far" if len(known) == 1 else f"the {len(known)} sites and models run so far"
    if not rang:
        return f"Oscillations: with these values of the parameters no layer rang at {runs}."
    worst = max(rang, key=lambda one: one.lasting)
    return (
        f"Oscillations: with these values of the parameters a layer rang at {len(rang)} of {runs}, most at "
        f"{worst.about['site']} ({worst.words.removeprefix('rang: ')})."
    )


def _found(folder: Path, pattern: str) -> Iterator[Path]:
    with contextlib.suppress(OSError):  # no such folder, or none that may be read
        yield from folder.glob(pattern)


def _changed(file: Path) -> float:
    with contextlib.suppress(OSError):
        return file.stat().st_mtime
    return 0.0


def _read(file: Path) -> Rung | None:
    """A record; None where there is none, or none that this version wrote whole."""
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        if record["format"] != _FORMAT:
            return None
        period = math.nan if record["period"] is None else float(record["period"])
        about = record["about"]
        one = Rung(
            str(record["digest"]), str(record["key"]), float(record["lasting"]), period, int(record["cell"]), about
        )
        sound = 0.0 <= one.lasting < math.inf and (period > 0.0) == (one.lasting > 0.0) == (one.cell >= 0)
        return one if sound and {"parameter_set", "site", "model", "organic_slots"} <= set(about) else None
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        _log.info("%s is not read: %s", file, error)
        return None
