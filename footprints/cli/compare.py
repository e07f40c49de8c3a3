"""`footprints compare`: two to six plans side by side, and what differs between any two of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from footprints.bodies import Body, body
from footprints.cli.options import SpreadCompare, area_option, source_option
from footprints.cli.plans import _said, load_for, out_option
from footprints.cli.show import percent, table
from footprints.compare import Change, Comparison
from footprints.compare import compare as compare_plans
from footprints.exchange import read_plan, refuse_foreign_folder, write_comparison
from footprints.narrowing import reconciled
from footprints.options_table import options_table

MOVES_SHOWN = 20


@click.command(cls=SpreadCompare)
@click.argument("plans", metavar="PLAN PLAN [PLAN ...]", nargs=-1, type=click.Path(exists=True, path_type=Path))
@source_option
@area_option
@click.option(
    "--only",
    default="",
    metavar="CODE|NAME|place:NAME",
    help="Narrow it to one body: a district, health and wellbeing board area (upper tier), sub-ICB, ICB or place of a "
    "plan. The rest stands in a line, and the measures of the whole plans stay.",
)
@out_option
def compare(plans: tuple[Path, ...], source: str, area: tuple[str, ...], only: str, out: Path) -> None:
    """Set two to six plans side by side: every measure of each, and who moves between any two of them.

    Today's arrangement (footprints baseline) and look-ups made elsewhere are plans like any other. Neighbourhoods are
    matched by people, so that another code or name is not a move.

    \b
    Examples:
      footprints compare first second --source demo --out difference
      footprints compare today first agreed.csv --source downloads --area QUE --out difference
      footprints compare today first --source downloads --area QUE --only Cambridge --out for-cambridge
    """
    if len(plans) < 2:
        raise click.UsageError("Give two plans or more to compare.")
    refuse_foreign_folder(out)
    evidence = load_for(source, area, plans[0])
    known = [read_plan(plan, evidence) for plan in plans]
    one = body(only, evidence, known) if only.strip() else None
    found = compare_plans(known, evidence, one)
    written = write_comparison(found, known, evidence, out)
    if one:
        _narrowed(found, one)
    _options(found)
    for j, change in enumerate(found.changes, start=1):
        _change(found, change, 0, j)
    if len(known) > 2:
        _pairs(found)
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def _narrowed(found: Comparison, one: Body) -> None:
    """What it is narrowed to, where all the others are, and which neighbourhoods its line divides."""
    click.echo(reconciled(one, found.area, found.plans))
    for own in found.narrowed:
        click.echo(f"  {own.across}")
    click.echo("")


def _options(found: Comparison) -> None:
    """Table 1: an asterisk stands at the best value of a row."""
    section = ""
    rows: list[tuple[str, ...]] = []
    notes = []
    for row in options_table(found):
        if row.section != section:
            section = row.section
            rows.append((f"[{section}]", *("" for _ in found.names)))
        values = (_said(row.unit, value) for value in row.values)
        rows.append((row.label, *(f"{v} *" if best else v for v, best in zip(values, row.best, strict=True))))
        if row.note:
            notes.append(f"{row.label}: {row.note}")
    click.echo(table((found.area.name, *found.names), rows, figures_from=1))
    click.echo("\n* best in its row; no single score is worked out. How each is worked out: options_table.csv")
    for note in notes:
        click.echo(f"  {note}")


def _change(found: Comparison, change: Change, i: int, j: int) -> None:
    click.echo(f"\n{change.in_words}")
    if not change.units_moved:
        return
    shown = change.moved.head(MOVES_SHOWN)
    click.echo(table(("from", "to", "LSOAs", "people"), [_move(row) for _, row in shown.iterrows()], indent=2))
    if len(change.moved) > len(shown):
        click.echo(f"  and {len(change.moved) - len(shown):,} more in moves.csv")
    whom = f"residents of {change.elsewhere.body}" if change.elsewhere else "residents"
    click.echo(f"  {change.people_moved:,} move + {change.people_stayed:,} stay = {change.everyone:,} {whom}")
    for by in change.groups:
        rows = [(g.name, g.moved, g.stayed, g.everyone, percent(g.share)) for g in by.groups]
        click.echo(f"\n  {by.title}")
        click.echo(table(("", "move", "stay", "all", "share that moves"), rows, indent=2, figures_from=1))
        if by.key == "age":
            click.echo(f"  Counted: {by.basis}")
    services = found.services(i, j)
    if len(found.area.registrations):
        patients = sum(p.patients for p in services.practices if not p.same)
        click.echo(
            f"\n  Practices with another home: {services.practices_moved:,} ({patients:,} patients on their lists); "
            f"PCNs whose main neighbourhood changes: {len(services.pcns):,}"
        )
        if change.elsewhere:
            click.echo(
                f"  Without a site in {change.elsewhere.body}: {services.practices_elsewhere:,} more practices and "
                f"{services.pcns_elsewhere:,} more PCNs"
            )
    alike = change.alike
    click.echo(
        f"  Variation of information {alike.variation_of_information:.3f} bits; "
        f"adjusted Rand {alike.adjusted_rand:.3f}; "
        f"best-match Jaccard {_said('ratio', alike.mean_jaccard)}"
    )


def _pairs(found: Comparison) -> None:
    """Residents who change neighbourhood between any two plans."""
    whose = f"Residents of {found.body.name}" if found.body else "Residents"
    click.echo(f"\n{whose} who change neighbourhood between any two plans")
    rows = []
    for i, name in enumerate(found.names):
        cells = [found.change(min(i, j), max(i, j)).people_moved if i != j else None for j in range(len(found.names))]
        rows.append((name, *cells))
    click.echo(table(("", *found.names), rows, indent=2, figures_from=1))


def _move(row: Any) -> tuple[str, str, int, int]:
    return (
        f"{row['from_code']} {row['from_name']}".strip(),
        f"{row['to_code']} {row['to_name']}".strip(),
        int(row["units"]),
        int(row["people"]),
    )
