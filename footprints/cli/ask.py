"""`footprints ask`: can we, and why not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from footprints import warming
from footprints.answer import Answer
from footprints.ask import SECONDS
from footprints.ask import ask as answer_to
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import area_option, asked, criteria_options, source_option
from footprints.cli.show import ProgressLine, table, whole
from footprints.criteria_file import resolve
from footprints.exchange import read_plan, refuse_foreign_folder, write_plan
from footprints.plan import Plan
from footprints.platform import leave_now
from footprints.wishes import parse
from optimise.asking.decide import State
from optimise.criteria import Criteria

ROWS = 25


@click.command()
@source_option
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(exists=True, path_type=Path),
    metavar="PLAN",
    help="The plan at hand: the answer changes as few people's neighbourhood as it can. Without it the wish is weighed "
    "against the best plan without it.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar='"A + B"',
    help="Keep places in one neighbourhood: towns, wards, MSOAs, districts or LSOAs by name or code; one place alone "
    "is kept whole. Write “ward: Ely” where a name stands for several kinds. May be repeated.",
)
@click.option(
    "--apart",
    multiple=True,
    metavar='"A | B"',
    help="No neighbourhood holds people of two of these places. May be repeated.",
)
@click.option(
    "--fix",
    multiple=True,
    metavar='"A = CODE"',
    help="Put a place into a neighbourhood, by its code (or its name in --plan). May be repeated.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the plan of the answer to this folder (with no: that of the first change that helps).",
)
@area_option
@criteria_options
def ask(
    source: str,
    plan_path: Path | None,
    keep: tuple[str, ...],
    apart: tuple[str, ...],
    fix: tuple[str, ...],
    out: Path | None,
    area: tuple[str, ...],
    **flags: Any,
) -> None:
    """Ask whether a wish can be met: what it costs, or what stands in its way and what would help.

    The wish is what --keep, --apart, --fix, --neighbourhoods, --min, --max and --target say, and the locks of --lock.
    All else (--within and the other flags, a --criteria file, the criteria of --plan) holds with and without the wish.

    \b
    Examples:
      footprints ask --source demo --keep "Saltreach + Eastmarsh"
      footprints ask --source downloads --area QUE --plan agreed --apart "Ely | Littleport"
      footprints ask --source downloads --area Cornwall --neighbourhoods 12 --max 50000
    """
    line = ProgressLine()
    if out is not None:
        refuse_foreign_folder(out)
    kernels = warming.begin()
    evidence = load_area(source, area, on_progress=line.say)
    plan = read_plan(plan_path, evidence) if plan_path is not None else None
    known = plan.criteria if plan is not None else Criteria()
    seconds = flags["seconds"] or SECONDS
    # The limits are left out here: the target follows them, which criteria on their own do not know.
    unlimited = {**flags, "minimum": None, "maximum": None, "target": None}
    base, full = (
        resolve(asked(some, known)[0], evidence)
        for some in ({**unlimited, "neighbourhoods": (), "lock_file": None}, unlimited)
    )
    changes = {key: flags[key] for key in ("minimum", "maximum", "target") if flags[key] is not None}
    if flags["neighbourhoods"]:
        changes["neighbourhoods"] = full.neighbourhoods
    wishes = parse(keep, apart, fix)
    if not wishes and not changes and flags["lock_file"] is None:
        raise click.UsageError("Nothing is asked: give --keep, --apart, --fix, --lock, --neighbourhoods, --min, --max.")
    locks = full.locks if flags["lock_file"] is not None else None
    kernels()
    try:
        answer = interruptible(
            lambda should_stop: answer_to(
                evidence, base, wishes, changes, locks=locks, plan=plan, seconds=seconds,
                tell=lambda words, _: line.say(words), should_stop=should_stop,
            ),
            lambda: line.say("Stopping"),
        )  # fmt: skip
    except Interrupted:
        line.finish()
        click.echo("Stopped. There is no answer yet.", err=True)
        leave_now(1)
        return
    line.finish()
    _show(answer)
    made = answer.plan or (answer.ways[0].plan if answer.ways else None)
    if out is not None and made is not None:
        written = write_plan(_named(made), evidence, out, run={"source": source, "area": list(area)})
        click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")
    if answer.state is not State.YES:
        raise click.exceptions.Exit(1)


def _named(plan: Plan) -> Plan:
    return dataclasses.replace(plan, name=plan.name or "Answer")


def _show(answer: Answer) -> None:
    click.echo(f"Can we have: {answer.wish}?\n")
    click.echo(answer.headline)
    for words in answer.lines:
        click.echo(f"  {words}")
    if answer.changed:
        click.echo("\nNeighbourhoods that change:")
        rows = [
            (row.before or "(new)", whole(row.people_before) if row.before else "", row.after or "(gone)",
             whole(row.people_after) if row.after else "")
            for row in answer.changed[:ROWS]
        ]  # fmt: skip
        click.echo(table(("before", "people", "after", "people"), rows, indent=2))
        if len(answer.changed) > ROWS:
            click.echo(f"  and {len(answer.changed) - ROWS:,} more")
    if len(answer.causes) > 1:
        click.echo("\nMore stands in the way, each on its own:")
        for cause in answer.causes[1:]:
            click.echo(f"- {'; '.join(cause)}")
    if answer.reasons:
        click.echo("\nWhy:")
        for reason in answer.reasons:
            click.echo(f"- {reason}")
    if answer.ways:
        click.echo("\nAll of this together would do:" if answer.all_needed else "\nAny one of these would do:")
        for way in answer.ways:
            click.echo(f"- {way.words}")
