"""`footprints baseline`: today's arrangement as a plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from footprints.baselines import KINDS
from footprints.baselines import baseline as make_baseline
from footprints.cli.options import SpreadBare, area_option, asked, criteria_options, source_option
from footprints.cli.propose import neighbourhood_table
from footprints.cli.show import ProgressLine, percent
from footprints.criteria_file import resolve
from footprints.edit import rename_plan
from footprints.exchange import does_not_meet, refuse_foreign_folder, write_plan
from footprints.metrics import score
from optimise.words import count


@click.command(cls=SpreadBare)
@source_option
@area_option
@click.option(
    "--kind",
    type=click.Choice([k.key for k in KINDS]),
    default="pcn",
    show_default=True,
    help="; ".join(f"{k.key}: {k.rule[0].lower()}{k.rule[1:].rstrip('.')}" for k in KINDS) + ".",
)
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write; one that an earlier run wrote is replaced, any other is refused.",
)
@click.option("--name", help="What the plan is called. [default: Today: ...]")
@click.option("--prefix", metavar="WORD", help="How codes begin: CAMP gives CAMP-01. [default: from the place]")
@criteria_options
def baseline(
    source: str, area: tuple[str, ...], kind: str, out: Path, name: str | None, prefix: str | None, **flags: Any
) -> None:
    """Write today's arrangement as a plan, to compare with a proposal: PCNs by majority, whole MSOAs or wards.

    It is stated as it is: what it does not meet of the criteria is said, and nothing is changed to meet them.

    \b
    Examples:
      footprints baseline --source demo --out today
      footprints baseline --source downloads --area QUE --kind pcn-contiguous --out pcns
      footprints compare today first --source demo --out difference
    """
    criteria, _ = asked(flags)
    refuse_foreign_folder(out)
    line = ProgressLine()
    evidence = load_area(source, area, on_progress=line.say)
    line.finish()
    plan = make_baseline(evidence, kind, resolve(criteria, evidence), prefix=prefix)
    if name:
        plan = rename_plan(plan, name)
    written = write_plan(plan, evidence, out, run={"source": source, "area": list(area)})
    card = score(plan, evidence)
    click.echo(f"{plan.name} for {plan.area_name}: {count(len(plan.neighbourhoods), 'neighbourhood')}")
    click.echo(f"{next(k.rule for k in KINDS if k.key == kind)}\n")
    click.echo(neighbourhood_table(plan, card))
    kept = card.plan.get("resident_side_containment")
    if kept is not None:
        click.echo(f"\n{percent(float(kept))} of patients are registered with a practice sited where they live.")
    missed = does_not_meet(plan, evidence)
    if missed:
        click.echo(f"\nIt does not meet {count(len(missed), 'thing')} of what is asked of a proposal:")
        for words in missed:
            click.echo(f"- {words}")
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")
