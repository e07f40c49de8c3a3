"""`footprints refresh` and `withstand`: a plan on newer files, and plans against what may come."""

from __future__ import annotations

from pathlib import Path

import click

from boundaries.area import Area
from footprints.cli.options import F, SpreadCommand, area_option, source_option
from footprints.cli.plans import load_for, out_option, plan_argument
from footprints.cli.show import table
from footprints.disclosure import PARTNERS
from footprints.errors import PlanError
from footprints.exchange import read_plan, read_plan_report, refuse_foreign_folder, write_folder
from footprints.exchange.refreshed import withstand_files, write_refreshed
from footprints.refreshing import Future, against, future_from_csv, past_of_area, past_of_folder, which_stand
from footprints.refreshing import refresh as refresh_plan

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def _future_options(command: F) -> F:
    for name, words in (
        ("--growth", "LSOA codes and people more: which neighbourhoods would leave the range. May be repeated."),
        ("--icbs", "LSOA or ICB codes and the ICB they would belong to. May be repeated."),
        ("--councils", "LSOA or district codes and the council they would belong to. May be repeated."),
    ):
        command = click.option(name, multiple=True, type=_FILE, metavar="FILE", help=f"A CSV of two columns, {words}")(
            command
        )
    return command


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@out_option
@click.option(
    "--before",
    metavar="SOURCE",
    help="The files that the plan was made on; left out, what was known is read from the look-ups beside the plan.",
)
@_future_options
def refresh(
    plan: Path,
    source: str,
    area: tuple[str, ...],
    out: Path,
    before: str | None,
    councils: tuple[Path, ...],
    icbs: tuple[Path, ...],
    growth: tuple[Path, ...],
) -> None:
    """Put a plan on newer files: the same boundaries, codes and decisions, written as a new edition. No LSOA moves.

    One page (refresh.html to print, refresh.txt) says green, amber or red and why: neighbourhoods that leave or enter
    the range, practices opened, closed or merged, PCNs, recoded districts and ICBs, and people before and after by
    cause. Exit code 0 whatever its colour.

    \b
    Examples:
      footprints refresh agreed --source next-quarter --out agreed-edition-2
      footprints refresh agreed --source next-quarter --councils unitaries.csv --out agreed-edition-2
    """
    refuse_foreign_folder(out)
    folder = plan if plan.is_dir() else plan.parent
    if out.resolve() == folder.resolve():
        raise PlanError(f"{out} holds the edition before.", mend="Name another folder, so that both can be compared.")
    read = read_plan_report(plan)
    if read.cannot_carry:
        raise PlanError(
            f"{plan.name} carries no decisions to go on with ({read.cannot_carry[0]}, ...).",
            mend="Give the plan.json, or the folder that holds it.",
        )
    evidence = load_for(source, area, plan)
    past = past_of_area(read.plan, load_for(before, area, plan), before) if before else past_of_folder(folder)
    found = refresh_plan(read.plan, evidence, past)
    futures = against([found.plan], evidence, _futures(evidence, councils, icbs, growth))
    written = write_refreshed(found, evidence, out, folder, futures)
    click.echo((out / "refresh.txt").read_text(encoding="utf-8").rstrip("\n"))
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


@click.command(cls=SpreadCommand)
@click.argument(
    "plans", metavar="PLAN [PLAN ...]", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@source_option
@area_option
@out_option
@_future_options
def withstand(
    plans: tuple[Path, ...],
    source: str,
    area: tuple[str, ...],
    out: Path,
    councils: tuple[Path, ...],
    icbs: tuple[Path, ...],
    growth: tuple[Path, ...],
) -> None:
    """Test plans against what may come: candidate unitary councils, mergers of ICBs, growth. Which still stand?

    A plan stands where no neighbourhood would lie across two of the councils or ICBs, or leave the range.

    \b
    Example:
      footprints withstand first second --source demo --councils two-unitaries.csv --out tested
    """
    if not (councils or icbs or growth):
        raise click.UsageError("Give a file of --councils, --icbs or --growth to test the plans against.")
    refuse_foreign_folder(out)
    evidence = load_for(source, area, plans[0])
    known = [read_plan(plan, evidence) for plan in plans]
    futures = _futures(evidence, councils, icbs, growth)
    found = against(known, evidence, futures)
    rows = [(f.plan, f.future, "stands" if f.stands else "does not", len(f.faults), f.people) for f in found]
    click.echo(table(("plan", "against", "verdict", "neighbourhoods touched", "their people"), rows))
    for words in which_stand(found):
        click.echo(f"- {words}")
    for one in found:
        for _, words in one.faults:
            click.echo(f"  {one.plan}, {one.future}: {words}")
    files = withstand_files(found, known, evidence)
    written = write_folder(
        out, files, {"area": evidence.name, "audience": PARTNERS.label, "attribution": list(evidence.attribution)}
    )
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def _futures(area: Area, councils: tuple[Path, ...], icbs: tuple[Path, ...], growth: tuple[Path, ...]) -> list[Future]:
    found = [future_from_csv(path.read_bytes(), path.name, area) for path in (*councils, *icbs)]
    return found + [future_from_csv(path.read_bytes(), path.name, area, growth=True) for path in growth]
