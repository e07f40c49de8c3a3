"""`footprints certainty`: which areas most good plans place alike, which are contested, and the evidence on those."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import click

from boundaries.area import Area
from footprints.certainty import Contested, judge
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, source_option
from footprints.cli.plans import load_for, plan_argument
from footprints.cli.show import ProgressLine, table
from footprints.ensemble import sample
from footprints.exchange import read_plan, refuse_foreign_folder
from footprints.exchange.certainty import write_certainty
from footprints.moving import Patients
from footprints.plan import Plan

ROWS = 12


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@click.option(
    "--with",
    "others",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PLAN",
    help="Another good plan to judge by, such as those of propose --options. May be repeated.",
)
@click.option(
    "--sample",
    "wanted",
    type=click.IntRange(1, 1_000),
    metavar="N",
    help="Judge by so many plans of a fair sample under the plan's range and nests as well (needs the extra ensemble).",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Of the sample.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write certainty.csv and contested.csv to this folder.",
)
def certainty(
    plan: Path,
    source: str,
    area: tuple[str, ...],
    others: tuple[Path, ...],
    wanted: int | None,
    seed: int,
    out: Path | None,
) -> None:
    """Say which areas are core (most good plans place them alike) and which are contested.

    \b
    Examples:
      footprints propose demo --options 6 --out some
      footprints certainty some/option-1 --source demo --with some/option-2 --with some/option-3 --with some/option-4
      footprints certainty some/option-1 --source demo --sample 100 --out evidence
    """
    if not others and not wanted:
        raise click.UsageError("Give plans to judge by: --with PLAN, or --sample N.")
    if out is not None:
        refuse_foreign_folder(out)
    evidence = load_for(source, area, plan)
    known = read_plan(plan, evidence)
    plans = [read_plan(path, evidence) for path in others]
    if wanted:
        try:
            plans += _sampled(evidence, known, wanted, seed)
        except Interrupted:
            click.echo("Stopped. Nothing was judged.", err=True)
            raise click.exceptions.Exit(1) from None
    made = judge(known, plans, Patients.of(evidence))
    doubts = made.doubts
    click.echo(f"{known.name}, {evidence.name}\n\n{made.in_words(evidence)}")
    if doubts:
        click.echo("\nContested, least certain first:")
        click.echo(table(("area", "residents", "now in", "kept by", "else in", "then"), _rows(known, doubts), indent=2))
        if len(doubts) > ROWS:
            click.echo(f"  and {len(doubts) - ROWS:,} more")
    if out is not None:
        written = write_certainty(made, evidence, out)
        click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def _sampled(evidence: Area, plan: Plan, wanted: int, seed: int) -> tuple[Plan, ...]:
    line = ProgressLine()

    def tell(words: str, fraction: float | None) -> None:
        line.say(f"{words}, {fraction or 0:.0%}")

    def work(should_stop: Callable[[], bool]) -> tuple[Plan, ...]:
        return sample(evidence, plan.criteria, wanted, seed=seed, tell=tell, should_stop=should_stop)

    try:
        return interruptible(work, lambda: line.say("Stopping"))
    finally:
        line.finish()


def _rows(plan: Plan, doubts: Sequence[Contested]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for one in doubts[:ROWS]:
        own = one.certainty
        rows.append(
            (
                one.move.named if one.move else own.unit,
                f"{one.move.residents:,}" if one.move else "",
                plan.neighbourhood(own.code).name,
                f"{own.kept:.0%}",
                plan.neighbourhood(own.runner_up).name if own.runner_up else "(no one neighbourhood)",
                "" if one.move is None else "both hold" if one.move.sound else "out of range or in pieces",
            )
        )
    return rows
