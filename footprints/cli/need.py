"""`footprints need`: where teams should start, how far neighbourhoods lie apart, and who grows out of the range."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import click

from boundaries.errors import DataError
from footprints.cli.options import SpreadCommand, area_option, source_option
from footprints.cli.plans import load_for, plan_argument
from footprints.cli.show import number, signed, table
from footprints.disclosure import PARTNERS
from footprints.exchange import need_tables, read_plan, refuse_foreign_folder, write_folder
from footprints.metrics.growth import NEEDS, Growth, growth_of
from footprints.need.cohorts import ESTIMATE, LOCAL
from footprints.need.indicators import BASIS
from footprints.need_order import Need, NeedRow, need_of
from optimise.words import count


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@click.option("--year", type=click.IntRange(1990, 2100), help="Show the people of this year. [default: the last one]")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write need.csv, indicators.csv and population_by_year.csv to this folder.",
)
def need(plan: Path, source: str, area: tuple[str, ...], year: int | None, out: Path | None) -> None:
    """Show need by neighbourhood, where teams should start first, and the people of a later year.

    \b
    Examples:
      footprints need first --source demo
      footprints need first --source demo --year 2035 --out for-the-board
    """
    if out is not None:
        refuse_foreign_folder(out)
    evidence = load_for(source, area, plan)
    known = read_plan(plan, evidence)
    found, growth, trouble = need_of(known, evidence), None, ""
    try:
        growth = growth_of(known, evidence)
    except DataError as error:
        trouble = f"Growth is not shown. {error}"
    click.echo(f"{known.name}, {evidence.name}\n\nOrder: {found.rule}")
    _show_need(found)
    _show_spread(found)
    _show_growth(growth, year)
    for line in (*(found.cohorts.notes if found.cohorts else ()), *found.missing, trouble):
        if line:
            click.echo(f"Note: {line}")
    if out is not None:
        files = {
            "need.csv": need_tables.need_table(known, found),
            "indicators.csv": need_tables.indicators_table(known, found),
        }
        if growth is not None:
            files["population_by_year.csv"] = need_tables.population_by_year(known, growth)
        written = write_folder(
            out, files, {"plan": known.id, "name": known.name, "area": known.area_name, "audience": PARTNERS.label}
        )
        click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def _show_need(found: Need) -> None:
    seven = found.cohorts.seven_is if found.cohorts else ""
    part = found.cohorts.two_four_is if found.cohorts else ""
    mark = {ESTIMATE: " est.", LOCAL: " count", "": ""}
    head = (
        "", "neighbourhood", "residents", "IMD", "Core20", "Core20 share", *(g.label for g in found.age_groups),
        f"7%{mark[seven]}", f"2-4%{mark[part]}", "range", "per 1,000",
    )  # fmt: skip
    click.echo(table(head, [_row(own, seven, part) for own in (*found.rows, found.whole)], indent=2, figures_from=2))


def _people(value: float, marked: str) -> str:
    """An estimate to the nearest ten, a count as it is."""
    return number(round(value / 10) * 10 if marked == ESTIMATE and isfinite(value) else value)


def _row(own: NeedRow, seven: str, part: str) -> tuple[object, ...]:
    known = isfinite(own.seven)
    return (
        str(own.place) if own.place else "", own.name, own.residents, number(own.imd, 1), own.core20,
        f"{own.core20_share:.1%}" if isfinite(own.core20_share) else None, *own.ages,
        _people(own.seven, seven), _people(own.middle, part),
        f"{_people(own.low, part)} to {_people(own.high, part)}" if known else None, number(own.middle_rate, 1),
    )  # fmt: skip


def _show_spread(found: Need) -> None:
    if not found.spreads:
        return
    click.echo("\nHow far they lie apart (highest less lowest, and highest over lowest):")
    rows = []
    for one in found.spreads:
        share = one.unit == "share"
        said = [f"{v:.1%}" if share else number(v, one.digits) for v in (one.lowest, one.highest)]
        apart = f"{100 * one.difference:.1f} points" if share else number(one.difference, one.digits)
        how = BASIS.get(one.basis, one.basis)
        label = f"{one.label} ({how})" if how else one.label
        rows.append((label, one.unit, said[0], one.lowest_in, said[1], one.highest_in, apart, number(one.ratio, 2)))
    click.echo(table(("measure", "unit", "lowest", "in", "highest", "in", "apart", "ratio"), rows, indent=2))


def _show_growth(growth: Growth | None, year: int | None) -> None:
    if growth is None:
        click.echo(f"\nGrowth: not loaded; it needs {NEEDS}.")
        return
    shown = year or growth.years[-1]
    there = growth.in_year(shown)
    start = str(growth.start) if growth.start else "now"
    rows = [
        (name, round(float(growth.now[d])), round(float(there[d])), signed(float(there[d] - growth.now[d])))
        for d, name in enumerate(growth.names)
        if growth.now[d]
    ]
    now, then = float(growth.now[:-1].sum()), float(there[:-1].sum())
    rows.append(("all neighbourhoods", round(now), round(then), signed(then - now)))
    click.echo(f"\nGrowth from {start} to {shown}, by homes that are planned:")
    click.echo(table(("neighbourhood", start, str(shown), "more"), rows, indent=2, figures_from=1))
    if growth.range_year:
        click.echo(f"The range is set for people in {growth.range_year}.")
    within = f"the range of {growth.minimum:,} to {growth.maximum:,}"
    if growth.out_now:
        out, when = len(growth.out_now), f"in {growth.range_year}" if growth.range_year else "today"
        click.echo(f"{count(out, 'neighbourhood is', 'neighbourhoods are')} outside {within} {when}:")
        for name, code in zip(growth.names, growth.codes, strict=True):
            if code in growth.out_now:
                click.echo(f"  {name} ({code})")
    if growth.leaving:
        click.echo(f"{count(len(growth.leaving), 'neighbourhood leaves', 'neighbourhoods leave')} {within}:")
        for one in growth.leaving:
            click.echo(f"  {one.year}  {one.name}: {one.people:,} people")
    elif growth.range_year != growth.years[-1]:  # else no year is left in which one could leave
        click.echo(f"No neighbourhood leaves {within} by {growth.years[-1]}.")
