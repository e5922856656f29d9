"""``pedozone rothc``: run RothC on its official input table."""

from __future__ import annotations

import io
import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pedozone.cli.console import Quiet, Verbose, guarded, set_up_logging, tell

if TYPE_CHECKING:
    from pedozone.config.errors import InputError
    from pedozone.config.rothc_table import RothCTable
    from pedozone.simulation.rothc import RothCRun, Topsoil

POOLS = ("DPM", "RPM", "BIO", "HUM", "IOM")


class SpinUp(StrEnum):
    """How the equilibrium with the first twelve months is found."""

    solve = "solve"
    cycle = "cycle"


_MOST_CARBON = 1000.0  # t C ha-1
_LEAST_MODERN = 50.0  # %; far below what the air has had since the last ice age


class Moisture(StrEnum):
    """Where the moisture deficits come from."""

    standard = "standard"
    drier = "drier"
    retention = "retention"


def rothc(
    file: Annotated[
        Path, typer.Argument(metavar="TABLE", help="Monthly input table, see above; CSV, or RothC_input.dat.")
    ],
    clay: Annotated[float | None, typer.Option(help="Clay, %.")] = None,
    depth: Annotated[float | None, typer.Option(help="Depth of the topsoil, cm.  [23]", show_default=False)] = None,
    iom: Annotated[float | None, typer.Option(help="Inert organic carbon, t C/ha.")] = None,
    toc: Annotated[float | None, typer.Option(help="Total carbon, t C/ha, to estimate --iom from (Falloon).")] = None,
    spin_up: Annotated[
        SpinUp, typer.Option(help="Solve for the equilibrium, or cycle the first year as published.")
    ] = SpinUp.cycle,
    moisture: Annotated[
        Moisture | None,
        typer.Option(
            help="RothC-26.3's own, or a retention curve (Farina et al. 2013): that needs --silt, --bulk-density and "
            "--organic-carbon; drier: to 1000 bar.  [standard, or what the head of RothC_input.dat says]"
        ),
    ] = None,
    bare_to_wilting: Annotated[
        bool, typer.Option("--bare-to-wilting", help="Bare soil may dry to the wilting point.")
    ] = False,
    silt: Annotated[float | None, typer.Option(help="Silt, %.")] = None,
    bulk_density: Annotated[float | None, typer.Option(help="Bulk density, g/cm3.")] = None,
    organic_carbon: Annotated[float | None, typer.Option(help="Organic carbon, %.")] = None,
    moisture_minimum: Annotated[
        float | None, typer.Option(help="Factor of moisture in the driest soil.  [0.2]")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="CSV", help="Write every month here.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
    quiet: Quiet = False,
    verbose: Verbose = 0,
) -> None:
    """Run RothC-26.3: equilibrium with rows 1 to 12 of a table, then its other rows month by month.

    The columns are Rothamsted's: year, month, modern (carbon-14 of inputs, % modern), Tmp (degC), Rain, Evap (open pan;
    mm), C_inp, FYM (t C/ha), PC (plant cover, 0 or 1) and DPM_RPM. A table of 12 rows runs that year in equilibrium.
    """
    set_up_logging(quiet, verbose)
    with guarded(verbose):
        from pedozone.config.rothc_table import read_rothc_table

        table = read_rothc_table(file)
        options = {
            "clay": clay, "depth": depth, "iom": iom, "silt": silt, "bulk_density": bulk_density,
            "organic_carbon": organic_carbon, "moisture_minimum": moisture_minimum,
        }  # fmt: skip
        given = {name: table.header.get(name) if value is None else value for name, value in options.items()}
        kind = _moisture(table, moisture)
        if kind == "standard":  # the program, too, then leaves the head's minimum unread
            given["moisture_minimum"] = moisture_minimum
        _check(file, given, None if iom is not None else toc, out)
        if iom is not None and toc is not None:
            tell("Note: --toc is not used, because --iom is given.")
        unused = {"--silt": silt, "--bulk-density": bulk_density, "--organic-carbon": organic_carbon}
        if kind == "standard" and any(value is not None for value in unused.values()):
            named = ", ".join(name for name, value in unused.items() if value is not None)
            tell(f"Note: {named} not used: --moisture standard takes its deficits from clay alone.")
        row = int(table.columns["modern"].argmin())
        if table.columns["modern"][row] < _LEAST_MODERN:
            tell(
                f"Note: radiocarbon of the inputs is {table.columns['modern'][row]:g} % modern in row {row + 1}; "
                "the column is in percent, near 100 before 1955."
            )
        from pedozone.cli.compilation import configure

        configure()
        from pedozone.simulation.rothc import Topsoil, falloon

        estimated = toc is not None and iom is None
        inert = float(falloon(toc)) if estimated else given["iom"]
        topsoil = Topsoil(
            clay=given["clay"],
            depth=23.0 if given["depth"] is None else given["depth"],
            moisture=kind,
            bare_to_wilting=bare_to_wilting or table.header.get("opt_SMDbare") == 2,
            silt=given["silt"],
            bulk_density=given["bulk_density"],
            organic_carbon=given["organic_carbon"],
            moisture_minimum=given["moisture_minimum"],
        )
        run = _run(table, topsoil, inert, spin_up.value)
        stock = float(run.start.sum())
        if stock > _MOST_CARBON:
            tell(f"Note: an equilibrium of {stock:.0f} t C/ha is more than mineral soils hold: check units.")
        if out is not None:
            from pedozone.cli.files import write_text

            write_text(monthly_csv(table, run), out)
        summary = _summary(table, run, topsoil, inert, spin_up.value)
        if as_json:
            typer.echo(json.dumps(summary, indent=2, allow_nan=False))
        elif not quiet:
            typer.echo(_text(summary))
            if out is not None:
                tell(f"Wrote {out}.")


def _check(file: Path, given: dict[str, float | None], toc: float | None, out: Path | None) -> None:
    """Everything that the command line gives, before anything heavy is loaded."""
    from pedozone.config.errors import MISSING, InputError

    if given["clay"] is None:
        raise InputError(file, "clay", MISSING, "0 to 100 %", "Give --clay.")
    if given["iom"] is None and toc is None:
        raise InputError(file, "iom", MISSING, "0 or more t C ha-1", "Give --iom, or --toc to estimate it from.")
    if toc is not None and not 0.0 < toc < 10_000.0:
        raise InputError(file, "toc", toc, "0 to 10000 t C ha-1", "Correct --toc.")
    if out is not None and out.is_dir():
        raise InputError(out, "", "(a folder)", "the name of a CSV file", "Name a file inside it.")
    if out is not None and not out.parent.is_dir():
        raise InputError(out.parent, "", "(does not exist)", "a folder that can be written to", "Create it.")


def _moisture(table: RothCTable, asked: Moisture | None) -> str:
    if asked is not None:
        return asked.value
    return {2.0: "drier", 3.0: "retention"}.get(table.header.get("opt_RMmoist", 1.0), "standard")


def _run(table: RothCTable, topsoil: Topsoil, inert: float | None, rule: str) -> RothCRun:
    from pedozone.config.errors import InputError
    from pedozone.models.rothc import Forcing
    from pedozone.simulation.rothc import simulate_rothc

    names = ("Tmp", "Rain", "Evap", "PC", "C_inp", "FYM", "DPM_RPM")

    def part(rows: slice) -> Any:
        return Forcing(*(table.columns[name][rows, None] for name in names))

    first, rest = slice(0, 12), slice(12, None)
    if len(table.columns["year"]) == 12:
        rest = first  # the spin-up's year once more: its equilibrium, month by month
    try:
        return simulate_rothc(
            part(rest),
            topsoil,
            inert,
            spin_up=part(first),
            rule=rule,
            modern=table.columns["modern"][rest, None],
            spin_up_modern=table.columns["modern"][first, None],
        )
    except InputError as error:
        raise _as_options(error, table.file) from None


def _as_options(error: InputError, file: str) -> InputError:
    """The same mistake in the words of the command line."""
    from pedozone.config.errors import MISSING, InputError

    name = error.field.removeprefix("topsoil.")
    name = {"inert": "iom"}.get(name, name)
    mend = error.mend.replace("moisture='standard'", "--moisture standard")
    option = "--" + name.replace("_", "-")
    if error.value == MISSING:
        mend = f"{mend} Give {option}."
    elif mend == "Correct the value.":
        mend = f"Give a value within that: {option}."
    return InputError(file, name, error.value, error.allowed, mend)


def monthly_csv(table: RothCTable, run: RothCRun) -> str:
    """Every month of a run, with the columns of the official program, the CO2 of the month and the radiocarbon age."""
    assert run.delta14c is not None and run.radiocarbon_age is not None
    rows = slice(12, None) if len(table.columns["year"]) > 12 else slice(None)
    stream = io.StringIO()
    names = ["Year", "Month", *(f"{pool}_t_C_ha" for pool in POOLS), "SOC_t_C_ha", "deltaC"]
    stream.write(",".join([*names, "CO2_t_C_ha", "radiocarbon_age_yr"]) + "\n")
    for k, (year, month) in enumerate(zip(table.columns["year"][rows], table.columns["month"][rows], strict=True)):
        pools = [float(pool) for pool in run.pools[k, :, 0]]
        rest = (run.delta14c[k, 0], run.respired[k, 0], run.radiocarbon_age[k, 0])
        values = [*pools, sum(pools), *map(float, rest)]
        stream.write(f"{year:.0f},{month:.0f}," + ",".join(map(repr, values)) + "\n")
    return stream.getvalue()


def _summary(table: RothCTable, run: RothCRun, topsoil: Topsoil, inert: float | None, rule: str) -> dict[str, Any]:
    def state(pools: Any, delta: Any) -> dict[str, float]:
        named = {f"{pool}_t_C_ha": float(pools[k, 0]) for k, pool in enumerate(POOLS)}
        return {**named, "SOC_t_C_ha": float(pools[:, 0].sum()), "deltaC": float(delta[0])}

    from pedozone.version import __version__

    assert run.delta14c is not None and run.start_delta14c is not None
    return {
        "model": "RothC-26.3",
        "pedozone": __version__,
        "table": table.file,
        "clay": topsoil.clay,
        "depth_cm": topsoil.depth,
        "iom_t_C_ha": inert,
        "moisture": topsoil.moisture,
        "spin_up": rule,
        "spin_up_months": None if run.spin_up_years is None else round(12 * float(run.spin_up_years[0])),
        "equilibrium": state(run.start, run.start_delta14c),
        "months": len(run.pools),
        "final": state(run.pools[-1], run.delta14c[-1]),
        "respired_t_C_ha": float(run.respired.sum()),
    }


def _text(summary: dict[str, Any]) -> str:
    start, end = summary["equilibrium"], summary["final"]
    cycled = summary["spin_up_months"]
    lines = [
        f"RothC-26.3, clay {summary['clay']:g} %, {summary['depth_cm']:g} cm, {summary['months']} months, "
        + ("equilibrium solved" if cycled is None else f"spin-up of {cycled} months"),
        f"{'t C/ha':12s}" + "".join(f"{pool:>11s}" for pool in (*POOLS, "SOC")) + "   Delta14C (permil)",
    ]
    for label, state in (("equilibrium", start), ("last month", end)):
        pools = "".join(f" {state[f'{pool}_t_C_ha']:10.4f}" for pool in (*POOLS, "SOC"))
        lines.append(f"{label:12s}{pools}   {state['deltaC']:.2f}")
    lines.append(f"respired in the {summary['months']} months: {summary['respired_t_C_ha']:.4f} t C/ha")
    return "\n".join(lines)
