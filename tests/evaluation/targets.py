"""What the model has to reproduce, all with one parameter set: tables in Markdown, figures in JSON.

    python tests/evaluation/targets.py [--set name=value ...] [--signs | --untuned] [--json FILE] [--page PAGE.md]

Runs in a few minutes on one core, most of it compilation; `--signs` runs the expected signs instead, `--untuned` the
targets with the presets as they were first taken from their sources; `--page` replaces the tables of the page.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
TABLES = ("<!-- tables -->", "<!-- end of tables -->")
SIGNS = ("<!-- signs -->", "<!-- end of signs -->")
UNTUNED = ("<!-- untuned -->", "<!-- end of untuned -->")


def main() -> None:
    """Run and write."""
    sys.path.insert(0, str(TESTS))
    parser = argparse.ArgumentParser(description="Targets of the zones model with one parameter set.")
    parser.add_argument("--set", nargs="*", default=[], metavar="NAME=VALUE", help="parameters instead of the set's")
    parser.add_argument("--json", type=Path, help="file for all figures")
    parser.add_argument("--signs", action="store_true", help="the expected signs instead of the targets")
    parser.add_argument("--untuned", action="store_true", help="with the presets as they were first taken")
    parser.add_argument("--page", type=Path, help="page whose tables are to be replaced")
    given = parser.parse_args()
    overrides = {name: float(value) for name, value in (pair.split("=") for pair in given.set)}

    from pedozone.cli.compilation import configure

    configure()  # compiled programs are kept between runs; before JAX is imported

    if given.signs:
        _signs(given)
        return
    from target_run import evaluate
    from target_table import markdown

    shared = Path(os.environ.get("PEDOZONE_SHARED") or TESTS.parent.parent / "shared")
    since = time.time()
    if given.untuned:
        from target_untuned import PARAMETERS, untuned_presets

        with untuned_presets():
            found = evaluate(lambda path: shared / path, PARAMETERS | overrides)
    else:
        found = evaluate(lambda path: shared / path, overrides)
    text = markdown(found, summary_only=given.untuned)
    print(text)
    print(f"{time.time() - since:.0f} s", file=sys.stderr)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False, default=float), encoding="utf-8")
    if given.page:
        _put(given.page, UNTUNED if given.untuned else TABLES, text)


def _signs(given: argparse.Namespace) -> None:
    from sign_cases import run
    from sign_table import markdown

    from pedozone.engine.precision import double_precision

    with double_precision():
        found = run()
    text = markdown(found)
    print(text)
    if given.json:
        given.json.write_text(json.dumps(found, indent=1, ensure_ascii=False, default=float), encoding="utf-8")
    if given.page:
        _put(given.page, SIGNS, text)


def _put(page: Path, marks: tuple[str, str], text: str) -> None:
    """Put a text between two marks of a page."""
    head, rest = page.read_text(encoding="utf-8").split(marks[0])
    page.write_text(f"{head}{marks[0]}\n\n{text}\n{marks[1]}{rest.split(marks[1])[1]}", encoding="utf-8")


if __name__ == "__main__":
    main()
