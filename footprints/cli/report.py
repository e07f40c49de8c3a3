"""`footprints report`: the board paper as PDF, Word and one offline web page."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from boundaries.area import Area
from boundaries.branches import branches
from boundaries.ethnic import ethnic_groups
from boundaries.ledger import ledger_of
from boundaries.overlays import places_of
from footprints.cli.options import SpreadCommand, area_option, source_option
from footprints.cli.plans import load_for, out_option
from footprints.cli.show import ProgressLine
from footprints.disclosure import audience
from footprints.exchange import read_plan, refuse_foreign_folder
from footprints.exchange.folder import write_folder
from footprints.plan import Plan
from footprints.report import FORMATS, Asked, report_files
from footprints.report import paper as make_paper
from footprints.report.details import Details, read_details
from footprints.report.principles import read_principles

_PLAN = click.Path(exists=True, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=SpreadCommand)
@click.argument("plans", metavar="PLAN [PLAN ...]", nargs=-1, required=True, type=_PLAN)
@source_option
@area_option
@click.option("--today", type=_PLAN, metavar="PLAN", help="Today's arrangement, as written by footprints baseline.")
@click.option("--previous", type=_PLAN, metavar="PLAN", help="The last version, to say what changed since.")
@click.option(
    "--with",
    "others",
    multiple=True,
    type=_PLAN,
    metavar="PLAN",
    help="Another good plan, to judge where the evidence is close (Table 5). May be repeated.",
)
@click.option(
    "--principles",
    "principles_file",
    type=_FILE,
    metavar="FILE",
    help="The partnership's principles with their measures and thresholds (JSON footprints-principles/1, or CSV).",
)
@click.option(
    "--details",
    "details_file",
    type=_FILE,
    metavar="FILE",
    help="What only people can say: board, date, version, decision, recommended, engaged (JSON footprints-paper/1).",
)
@click.option(
    "--together",
    multiple=True,
    type=_PLAN,
    metavar="PLAN",
    help="Another plan that is published, too: counts of patients are then made safe for all of them as one set.",
)
@click.option("--threshold", type=int, default=8, show_default=True, help="Counts of patients under this are left out.")
@click.option("--round", "base", type=int, default=5, show_default=True, help="The others are rounded to this.")
@click.option(
    "--only",
    default="",
    metavar="CODE|NAME",
    help="Narrow the paper to one health and wellbeing board's area, ICB, district or place of the plans: its part, "
    "what is outside in one line, and the whole.",
)
@click.option(
    "--assets",
    "lists",
    multiple=True,
    type=_FILE,
    metavar="FILE",
    help="A list of places (pharmacies, schools, family hubs) with name, category and position; may be repeated.",
)
@click.option("--recommend", metavar="NAME", help="The option that is recommended, by its name or id.")
@click.option("--date", "day", metavar="YYYY-MM-DD", help="The date of the paper; without it the paper bears none.")
@click.option(
    "--format",
    "formats",
    default=",".join(FORMATS),
    show_default=True,
    metavar="FORMATS",
    help="Which to write, parted by commas: pdf, docx (for Word), html (one page that any browser opens).",
)
@out_option
def report(
    plans: tuple[Path, ...],
    source: str,
    area: tuple[str, ...],
    today: Path | None,
    previous: Path | None,
    others: tuple[Path, ...],
    principles_file: Path | None,
    details_file: Path | None,
    together: tuple[Path, ...],
    threshold: int,
    base: int,
    only: str,
    lists: tuple[Path, ...],
    recommend: str | None,
    day: str | None,
    formats: str,
    out: Path,
) -> None:
    """Write the paper that a board decides on: one to four plans, today's arrangement among them.

    What no file says and nobody has said is “not recorded” in it, or left out with the name of the file that would
    fill it.

    \b
    Examples:
      footprints report first second --source demo --out paper
      footprints report a b --source downloads --today pcns --principles ours.csv --details paper.json --out paper
    """
    wanted = tuple(dict.fromkeys(word.strip().casefold() for word in formats.split(",") if word.strip()))
    strange = [word for word in wanted if word not in FORMATS]
    if strange or not wanted:
        raise click.UsageError(f"--format {formats}: choose from {', '.join(FORMATS)}, parted by commas.")
    rule = audience("public", threshold, base)
    refuse_foreign_folder(out)
    details = read_details(details_file) if details_file else Details()
    principles = read_principles(principles_file) if principles_file else ()
    evidence = load_for(source, area, plans[0])
    book = ledger_of(source)
    asked = Asked(
        plans=tuple(read_plan(path, evidence) for path in plans),
        today=_maybe(today, evidence),
        previous=_maybe(previous, evidence),
        others=tuple(read_plan(path, evidence) for path in others),
        principles=principles,
        details=dataclasses.replace(details, recommended=recommend or details.recommended, day=day or details.day),
        ethnic=ethnic_groups(book, evidence.codes),
        branches=branches(book, evidence),
        assets=places_of(lists, evidence) if lists else None,
        rule=rule,
        only=only,
        together=tuple(read_plan(path, evidence) for path in together),
    )
    line = ProgressLine()
    document = make_paper(asked, evidence, line.say)
    files = report_files(document, wanted, line.say)
    line.finish()
    about = {
        "audience": "public",
        "counts_of_patients": {"in_words": rule.in_words, "threshold": rule.threshold, "rounded_to": rule.base},
        "plans": [{"name": plan.name, "plan": plan.id} for plan in asked.plans],
        "area": evidence.name,
        "attribution": list(evidence.attribution),
    }
    written = write_folder(out, files, about)
    click.echo(f"{document.title}: {document.stamp}")
    if not details_file:
        click.echo("No --details are given: board, decision and engagement are “not recorded” in it.", err=True)
    click.echo(f"Written to {out}: {', '.join(sorted(path.name for path in written))}")


def _maybe(path: Path | None, evidence: Area) -> Plan | None:
    return read_plan(path, evidence) if path is not None else None
