"""`footprints score` and `check`: what can be said about plans that exist."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from boundaries.area import Area
from boundaries.errors import ChooseAreaError
from footprints.check import check as check_plan
from footprints.cli.options import SpreadCommand, area_option, asked, criteria_options, source_option
from footprints.cli.propose import in_words, neighbourhood_table
from footprints.cli.show import ProgressLine, number, percent, table
from footprints.criteria_file import resolve
from footprints.exchange import (
    ReadPlan,
    read_plan,
    read_plan_report,
)
from footprints.metrics import Metric, Scorecard
from footprints.metrics import score as score_plan
from footprints.plan import Plan, codes_digest
from footprints.proof import check_proof, resolve_proof, resolved_in_words
from optimise import build_problem, prospect
from optimise.words import count

COLUMNS_AT_ONCE = 8


def plan_argument(command: Any) -> Any:
    return click.argument("plan", metavar="PLAN", type=click.Path(exists=True, path_type=Path))(command)


def out_option(command: Any) -> Any:
    return click.option(
        "--out",
        required=True,
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        help="The folder to write; one that an earlier run wrote is replaced, any other is refused.",
    )(command)


def load_for(source: str, area: tuple[str, ...], plan: Path) -> Area:
    """The evidence for a plan: of --area, else of all of the source, else of the part that the plan was made for."""
    line = ProgressLine()
    try:
        evidence = load_area(source, area, on_progress=line.say)
    except ChooseAreaError:
        name, codes = _made_for(plan)
        if not codes:
            raise
    else:
        name, codes = ("", ()) if any(map(str.strip, area)) else _made_for(plan)
        if not codes or not set(codes) < set(evidence.codes):
            if name not in ("", evidence.name):
                line.note(f"{plan.name} was made for {name}, not for {evidence.name}; --area may be needed.")
            line.finish()
            return evidence
    line.note(f"No --area is given: {name or 'the area'} is taken, which {plan.name} was made for.")
    evidence = load_area(source, codes, on_progress=line.say)
    line.finish()
    return dataclasses.replace(evidence, name=name or evidence.name)


def _made_for(plan: Path) -> tuple[str, tuple[str, ...]]:
    """Name and units of the area a plan was made for; no units where its file does not tell (a CSV, a draft)."""
    read = read_plan_report(plan)
    units = tuple(unit for unit, _ in read.plan.assignment)
    whole = not read.cannot_carry and codes_digest(units) == read.plan.area_codes_digest
    return read.plan.area_name, units if whole else ()


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
def score(plan: Path, source: str, area: tuple[str, ...]) -> None:
    """Show every measure of a plan: of each neighbourhood, of the whole, and what it costs by term.

    \b
    Examples:
      footprints score first --source demo
      footprints score south/lsoa_lookup.csv --source downloads --area Cambridge
    """
    evidence = load_for(source, area, plan)
    known = read_plan(plan, evidence)
    card = score_plan(known, evidence)
    click.echo(f"{known.name}, {evidence.name}\n")
    click.echo(neighbourhood_table(known, card))
    click.echo("\nEach neighbourhood")
    _show_neighbourhoods(card)
    click.echo("\nThe whole plan")
    rows = [
        (m.label, _said(m.unit, card.plan.get(m.key)), m.unit, m.formula) for m in card.metrics if m.level == "plan"
    ]
    click.echo(table(("measure", "value", "unit", "how it is worked out"), rows))
    click.echo("\nWhat it costs, by term")
    for term in card.terms:
        click.echo(f"  {number(term.value):>14}  {term.in_words}")
    for key, needs in card.missing.items():
        click.echo(f"{key}: not worked out; it {needs}", err=True)
    for key, why in card.failed.items():
        click.echo(f"{key}: could not be worked out ({why})", err=True)


def _show_neighbourhoods(card: Scorecard) -> None:
    metrics = [m for m in card.metrics if m.level == "neighbourhood" and m.key not in card.missing]
    codes = list(card.neighbourhoods.index)
    for start in range(0, len(codes), COLUMNS_AT_ONCE):
        block = codes[start : start + COLUMNS_AT_ONCE]
        rows = [(_label(m), *(_said(m.unit, card.neighbourhoods.at[code, m.key]) for code in block)) for m in metrics]
        click.echo(table(("measure", *block), rows, figures_from=1))
        click.echo("")


def _label(metric: Metric) -> str:
    """The label, with its unit where that says more."""
    plain = metric.unit in ("yes/no", "share", "ratio") or metric.unit.casefold() in metric.label.casefold()
    return metric.label if plain else f"{metric.label} ({metric.unit})"


def _said(unit: str, value: Any) -> str:
    """A measure as its unit is written: counts whole, shares in per cent, ratios with two decimals."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "–"
    if unit == "yes/no":
        return "yes" if value else "no"
    if unit == "share":
        return percent(float(value))
    return number(float(value), {"ratio": 2, "bits": 2, "km": 1, "km²": 1, "score": 1, "minutes": 1}.get(unit, 0))


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@criteria_options
@click.option("--proof", is_flag=True, help="Also work out the proof in the plan's folder again, without any solver.")
@click.option(
    "--resolve",
    is_flag=True,
    help="With --proof: solve again, with CBC in place of HiGHS, the cases that rest on the word of the run.",
)
def check(plan: Path, source: str, area: tuple[str, ...], proof: bool, resolve: bool, **flags: Any) -> None:
    """Say whether a plan holds; exit code 0 when it does, 1 with each fault named when it does not.

    Criteria and links are those the plan carries. A bare CSV carries none: give the flags it was made with. A flag
    given for a plan that has criteria comes before them.

    \b
    Examples:
      footprints check first --source demo
      footprints check first --source demo --proof
      footprints check lsoa_lookup.csv --source downloads --area QUE --min 25000 --within none
    """
    _, given = asked(flags)
    if resolve and not proof:
        raise click.UsageError("--resolve goes with --proof.")
    if proof and given:
        raise click.UsageError(f"A proof is about the plan's own criteria: leave out {', '.join(given)}.")
    evidence = load_for(source, area, plan)
    read = read_plan_report(plan, evidence)
    known = _with_criteria(read, flags, evidence)
    verdict = check_plan(known, evidence)
    faults = (*verdict.integrity, *verdict.criteria)
    if not faults:
        click.echo(f"{known.name} holds. {verdict.in_words}")
        for exception in known.exceptions:
            click.echo(f"- declared: {in_words(exception)}")
        if proof:
            _check_proof(known, evidence, plan, resolve)
        return
    click.echo(f"{known.name} does not hold: {count(len(faults), 'fault')}")
    for fault in faults:
        click.echo(f"- {fault.message}")
    raise click.exceptions.Exit(1)


def _check_proof(known: Plan, evidence: Area, path: Path, resolve: bool) -> None:
    """Say what is proven of a plan that holds; exit code 1 where its proof does not, or a solver contradicts it."""
    report = check_proof(known, evidence, path)
    click.echo(f"\n{report.in_words}")
    if not report.holds:
        raise click.exceptions.Exit(1)
    if resolve:
        line = ProgressLine()
        found = resolve_proof(report, tell=line.say)
        line.finish()
        click.echo(resolved_in_words(report, found))
        if any(one.verdict == "contradicted" for _, one in found):
            raise click.exceptions.Exit(1)


def _with_criteria(read: ReadPlan, flags: dict[str, Any], area: Area) -> Plan:
    """The plan with the criteria it is to be checked by; where these are not its own, so are the exceptions."""
    criteria, given = asked(flags, read.plan.criteria)
    if read.cannot_carry:
        by = f"{', '.join(given)} as given here, the rest by default" if given else "the defaults"
        click.echo(f"This file carries no criteria; checked by {by}.", err=True)
    elif not given:
        return read.plan
    else:
        click.echo(f"Checked by {', '.join(given)} as given here, the rest as in the plan.", err=True)
    criteria = resolve(criteria, area)
    exceptions = prospect(build_problem(area, criteria), criteria).exceptions
    return dataclasses.replace(read.plan, criteria=criteria, exceptions=exceptions)
