"""`footprints import`: an arrangement made elsewhere, as a plan in a folder, with a report."""

from __future__ import annotations

from pathlib import Path

import click

from boundaries import load_area
from footprints.cli.options import SpreadCommand, area_option, source_option
from footprints.cli.plans import out_option
from footprints.cli.show import ProgressLine
from footprints.exchange import does_not_meet, refuse_foreign_folder, write_plan
from footprints.incoming import bring_in
from optimise.words import count

REPORT = "import_report.txt"


@click.command(cls=SpreadCommand)
@click.argument("file", metavar="FILE", type=click.Path(exists=True, path_type=Path))
@source_option
@area_option
@out_option
@click.option("--areas", default="", metavar="COLUMN", help="The column of area codes, where several could be meant.")
@click.option(
    "--label", default="", metavar="COLUMN", help="The column of neighbourhoods, where the file does not say."
)
@click.option("--layer", default="", help="The layer of a GeoPackage or zip, where there are several.")
@click.option("--zeros", type=click.Choice(["same", "apart"]), help="Whether labels such as 01 and 1 are the same.")
@click.option("--leave-divided", "leave", is_flag=True, help="Leave LSOAs that are cut unassigned, for you to place.")
@click.option("--name", default="", help="What to call the plan; by default the name of the file.")
@click.option("--today", is_flag=True, help="It is today's arrangement: its name says so, in every table and paper.")
def bring(
    file: Path,
    source: str,
    area: tuple[str, ...],
    out: Path,
    areas: str,
    label: str,
    layer: str,
    zeros: str | None,
    leave: bool,
    name: str,
    today: bool,
) -> None:
    """Read an arrangement made elsewhere as a plan: a lookup (CSV) of OAs, LSOAs, MSOAs or wards, polygons, or a plan
    of ours, also zipped.

    Codes of 2011 are converted. What was converted, divided, left out or missing is said in people, here and in
    import_report.txt. Nothing is changed to meet any rule.

    \b
    Examples:
      footprints import agreed.csv --source downloads --area QUE --out today
      footprints import teams.gpkg --source downloads --area QUE --label team_name --out teams
    """
    refuse_foreign_folder(out)
    line = ProgressLine()
    evidence = load_area(source, area, on_progress=line.say)
    line.finish()
    found = bring_in(
        file, evidence, source, areas=areas, label=label, layer=layer, zeros=zeros or "", leave=leave, name=name,
        today=today,
    )  # fmt: skip
    plan = found.plan
    missed = does_not_meet(plan, evidence)
    report = [f"{plan.name}, {evidence.name}", "", *found.notes]
    report += ["", "Of the usual criteria it does not meet:", *missed] if missed else []
    text = "\n".join(report) + "\n"
    written = write_plan(plan, evidence, out, beside={REPORT: text.encode()})
    for words in found.notes:
        click.echo(f"- {words}")
    click.echo(
        f"{plan.name}: {count(len(plan.neighbourhoods), 'neighbourhood')}, {count(len(plan.assignment), 'LSOA')}."
    )
    click.echo(f"Written to {out}: {', '.join(sorted(path.name for path in written))}")
