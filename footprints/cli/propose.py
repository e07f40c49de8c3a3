"""`footprints propose`: load, solve, show, write."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from boundaries.area import Area
from footprints import warming
from footprints.cli import good_plans
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, asked, criteria_options, source_argument
from footprints.cli.show import ProgressLine, number, signed, table, whole
from footprints.criteria_file import resolve
from footprints.exchange import refuse_foreign_folder, write_plan
from footprints.metrics import Scorecard, score
from footprints.plan import Plan
from footprints.platform import leave_now
from footprints.propose import propose as propose_plan
from optimise import build_problem, prospect
from optimise.criteria import Criteria, year_of
from optimise.pool.processes import MOST_PROCESSES
from optimise.solution import DeclaredException, Solution, Status, StoppedBy
from optimise.words import at_most, count

# Checks whose warning means that people or places are missing from the plan: said before solving.
_MISSES = ("lookup_complete", "one_parent")


@click.command(cls=SpreadCommand)
@source_argument
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write; one that an earlier run wrote is replaced, any other is refused.",
)
@area_option
@criteria_options
@click.option("--name", default="Proposal", show_default=True, help="What the plan is called.")
@click.option("--prefix", metavar="WORD", help="How codes begin: CAMP gives CAMP-01. [default: from the place]")
@click.option(
    "--processes",
    type=click.IntRange(1, MOST_PROCESSES),
    metavar="N",
    help="How many processes share the work; the plan is the same for any number. [default: one for each core]",
)
@good_plans.options_flags
def propose(
    source: str,
    out: Path,
    area: tuple[str, ...],
    name: str,
    prefix: str | None,
    processes: int | None,
    wanted: int | None,
    within_percent: float | None,
    **flags: Any,
) -> None:
    """Propose neighbourhoods for a place and write them to a folder.

    Every neighbourhood is in one piece, inside the range of people, and inside the lines of --within. The result says
    how far from the best possible it may be at most.

    \b
    Examples:
      footprints propose demo --out first
      footprints propose downloads --area Cambridge --area "South Cambridgeshire" --out south
      footprints propose downloads --area QUE --within none --neighbourhoods 18 --out whole
      footprints propose downloads --area QUE --neighbourhoods Cambridge=3 --keep-whole msoa --out msoas
      footprints propose demo --weight border=500 --allowance 2 --out compact
      footprints propose demo --options 4 --within-percent 2 --out options
    """
    criteria, _ = asked(flags)
    within = good_plans.share_of(wanted, within_percent)
    if wanted is None:
        refuse_foreign_folder(out)
    else:
        good_plans.folders(out, wanted)
    line = ProgressLine()
    kernels = warming.begin()
    try:
        evidence = load_area(source, area, on_progress=line.say)
        criteria = resolve(criteria, evidence)
        line.measure(float(evidence.units["residents"].sum()), criteria.distance)
        _say_before(evidence, criteria, line)
        kernels()
        proposal = interruptible(
            lambda should_stop: propose_plan(
                evidence,
                criteria,
                name=name,
                prefix=prefix,
                on_progress=line,
                should_stop=should_stop,
                processes=processes,
            ),
            lambda: line.say("Stopping"),
        )
    except Interrupted:
        line.finish()
        click.echo("Stopped. No plan was ready, and nothing was written.", err=True)
        leave_now(1)
        return
    line.finish()
    if proposal.plan is None:
        _say_reasons(proposal.solution, evidence)
        raise click.exceptions.Exit(1)
    run = {"source": source, "area": list(area)}
    if wanted is not None:
        found = good_plans.search(evidence, proposal, wanted, within, processes, line)
        line.finish()
        made = good_plans.write(found, evidence, out, run)
        best = found.options[0]
        _show(best.plan, best.solution, evidence, made[0], sorted(made[0].iterdir()))
        good_plans.show(found, out, made)
        return
    written = write_plan(proposal.plan, evidence, out, solution=proposal.solution, run=run)
    _show(proposal.plan, proposal.solution, evidence, out, written)


def _say_before(area: Area, criteria: Criteria, line: ProgressLine) -> None:
    """What will be done, before it is done: numbers by nest, and the departures from the rules that it takes."""
    before = prospect(build_problem(area, criteria), criteria)
    for check in area.checks:
        if check.status == "fail" or (check.status == "warn" and check.key in _MISSES and check.codes):
            line.note(f"Note: {check.message}")
    total = sum(nest.proposed or 0 for nest in before.nests)
    line.say(
        f"{area.name}: {count(len(area.codes), 'LSOA')}, {count(total, 'neighbourhood')} "
        f"in {count(len(before.nests), 'part')}"
    )
    for exception in before.exceptions:
        line.note(in_words(exception))


def in_words(exception: DeclaredException) -> str:
    """A declared exception with the choice made and the runner-up."""
    words = [exception.message]
    if exception.choice and exception.choice not in exception.message:
        words.append(f"Chosen: {exception.choice}.")
    if exception.runner_up and exception.runner_up not in exception.message:
        words.append(f"Next best: {exception.runner_up}.")
    return " ".join(words)


def _say_reasons(solution: Solution, area: Area) -> None:
    """Why there is no plan, each reason with its mend."""
    if solution.status is Status.INFEASIBLE:
        click.echo(f"There is no plan for {area.name} under these criteria.")
    elif solution.stopped_by is StoppedBy.CANCELLED:
        click.echo("Stopped before a plan was found; nothing was written.")
        return
    else:
        click.echo(f"No plan for {area.name} was found in the work allowed; there may be one. Try more --seconds.")
    for reason in solution.reasons:
        click.echo(f"- {reason.message}")
        if reason.mend:
            click.echo(f"  {reason.mend}")
    for exception in solution.exceptions:
        click.echo(f"- {in_words(exception)}")


def _show(plan: Plan, solution: Solution, area: Area, out: Path, written: Sequence[Path]) -> None:
    """The result: neighbourhoods, size, what the plan costs and how far from the best it may be, exceptions, files."""
    card = score(plan, area)
    members = plan.members()
    click.echo(f"{plan.name} for {plan.area_name}: {count(len(members), 'neighbourhood')}\n")
    click.echo(neighbourhood_table(plan, card))
    click.echo(f"\n{_sizes(plan, card)}")
    unit = "person-km²" if plan.criteria.distance == "km2" else "person-km"
    click.echo(f"\nWhat it costs, in {unit}:")
    for term in solution.terms:
        covered = "" if term.proven else " (outside the proof)"
        click.echo(f"  {number(term.value):>14}  {term.in_words}{covered}")
    click.echo(f"\n{proof_in_words(solution, unit)}")
    if solution.stopped_by in (StoppedBy.CLOCK, StoppedBy.CANCELLED):
        click.echo("It was stopped before its work was done: this is the best so far, and another run may differ.")
    if plan.exceptions:
        click.echo("\nDeclared exceptions:")
        for exception in plan.exceptions:
            click.echo(f"- {in_words(exception)}")
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def neighbourhood_table(plan: Plan, card: Scorecard) -> str:
    """Code, name, people, deviation, LSOAs and practices of each neighbourhood."""
    figures = card.neighbourhoods
    patients = {
        "registered": ("registered", "registered_residents"),
        "lists": ("lists", "list_of_practices_sited_here"),
    }
    counted = [patients[plan.criteria.count]] if plan.criteria.count in patients else []
    year = year_of(plan.criteria.count)
    headings = [
        "code",
        "name",
        "residents",
        *(heading for heading, _ in counted),
        *([f"in {year}"] if year is not None else []),
        "from target",
        "LSOAs",
        "practices",
    ]
    columns = ["resident_population", *(key for _, key in counted), "deviation_people"]
    rows = []
    for own in plan.neighbourhoods:
        *people, deviation = (float(figures[key][own.code]) for key in columns)
        people += [plan.criteria.target + deviation] if year is not None else []
        counts = (float(figures[key][own.code]) for key in ("lsoas", "practices"))
        rows.append((own.code, own.name, *map(whole, people), signed(deviation), *map(whole, counts)))
    return table(headings, rows)


def _sizes(plan: Plan, card: Scorecard) -> str:
    criteria, figures = plan.criteria, card.plan
    inside = round(float(figures["share_in_range"]) * int(figures["neighbourhoods"]))
    low, high = criteria.comfortable
    return (
        f"From {number(figures['residents_min'])} to {number(figures['residents_max'])} people, "
        f"median {number(figures['residents_median'])}. {inside} of {int(figures['neighbourhoods'])} in the range "
        f"{criteria.minimum:,} to {criteria.maximum:,}; "
        f"{int(figures['outside_comfortable'])} outside {low:,} to {high:,}."
    )


def proof_in_words(solution: Solution, unit: str) -> str:
    """Best so far, bound and gap in figures, then in words with what the proof is about."""
    if solution.objective is None:
        return ""
    figures = f"Distance and size together: best so far {number(solution.objective)} {unit}"
    if math.isfinite(solution.bound):
        figures += f"; no plan under these rules can beat {number(solution.bound)} (gap {at_most(solution.gap or 0.0)})"
    return f"{figures}.\n{solution.in_words}"
