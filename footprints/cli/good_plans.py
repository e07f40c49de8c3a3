"""`--options N` of `footprints propose`: other good plans, one folder each, and a small table of them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from boundaries.area import Area
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.show import ProgressLine, number, table
from footprints.errors import PlanError, some
from footprints.exchange import refuse_foreign_folder, write_plan
from footprints.exchange.folder import manifest
from footprints.options import MOST, GoodPlan, GoodPlans, check_wish, good_plans
from footprints.propose import Proposal
from optimise.variety.difference import Difference
from optimise.words import at_most, percent

F = TypeVar("F", bound=Callable[..., Any])
WITHIN_PERCENT = 2.0


def options_flags(command: F) -> F:
    """`--options` and `--within-percent`."""
    wanted = click.option(
        "--options",
        "wanted",
        type=click.IntRange(1, MOST),
        metavar="N",
        help=f"Look for so many good plans that are unlike each other (1 to {MOST}) and write each to a folder of its "
        "own in DIR: option-1 is the best, option-2, ... are the others found.",
    )
    within = click.option(
        "--within-percent",
        "within_percent",
        type=click.FloatRange(0, 100, min_open=True),
        metavar="X",
        help=f"With --options: how far above the best value known a plan may lie. [default: {WITHIN_PERCENT:g}]",
    )
    return wanted(within(command))


def share_of(wanted: int | None, within_percent: float | None) -> float:
    """The fraction asked for. Raises click.UsageError for --within-percent without --options."""
    if within_percent is not None and wanted is None:
        raise click.UsageError("--within-percent goes with --options: say how many to look for.")
    within = (WITHIN_PERCENT if within_percent is None else within_percent) / 100
    check_wish(wanted or 1, within)
    return within


def folders(out: Path, wanted: int) -> tuple[Path, ...]:
    """OUT/option-1, ... Raises PlanError unless each may be written, and OUT is no plan's folder itself."""
    if manifest(out) is not None:
        raise PlanError(f"{out} holds a plan of its own.", mend="Name another folder for the options.")
    made = tuple(out / f"option-{n}" for n in range(1, wanted + 1))
    for folder in made:
        refuse_foreign_folder(folder)
    return made


def search(
    area: Area, proposal: Proposal, wanted: int, within: float, processes: int | None, line: ProgressLine
) -> GoodPlans:
    """Look for the options; stopped before any was ready, the proposal alone."""
    try:
        return interruptible(
            lambda should_stop: good_plans(
                area,
                proposal,
                wanted,
                within=within,
                tell=told(line),
                should_stop=should_stop,
                processes=processes,
            ),
            lambda: line.say("Stopping"),
        )
    except Interrupted:
        assert proposal.plan is not None  # noqa: S101 (for the type checker: nothing is looked for without one)
        alone = GoodPlan(proposal.plan, proposal.solution, Difference(0, 0.0, 0.0, 0.0), 0.0)
        return GoodPlans((alone,), wanted, within, False, "Stopped before other plans were ready.")


def write(found: GoodPlans, area: Area, out: Path, run: Mapping[str, Any]) -> tuple[Path, ...]:
    """Write each option as `propose` writes a plan; folders of ours with higher numbers, of an earlier run, go."""
    made = folders(out, len(found.options))
    for own, folder in zip(found.options, made, strict=True):
        write_plan(own.plan, area, folder, solution=own.solution, run=dict(run))
    number = len(made) + 1
    while (stale := out / f"option-{number}").is_dir() and number <= MOST:
        if manifest(stale) is not None:
            refuse_foreign_folder(stale)
            shutil.rmtree(stale)
        number += 1
    return made


def show(found: GoodPlans, out: Path, made: Sequence[Path]) -> None:
    """How many were found, and what sets them apart."""
    first = found.options[0]
    unit = "person-km²" if first.plan.criteria.distance == "km2" else "person-km"
    click.echo(f"\n{found.in_words}")
    if found.improved:
        click.echo("Looking for them found a better plan than the proposal: it is option-1.")
    click.echo()
    click.echo(options_table(found, made, unit))
    click.echo("\nPeople who change: in another neighbourhood than in option-1, renumbering not counted.")
    click.echo(
        "Neighbours kept: of the people in a resident’s neighbourhood in option-1, how many share it still, on average."
    )
    click.echo("Bits: how much either plan leaves untold of the other (variation of information); 0 for the same plan.")
    click.echo(f"\nWritten to {out}: {some([folder.name for folder in made], MOST)}")


def options_table(found: GoodPlans, made: Sequence[Path], unit: str) -> str:
    """Folder, value, gap, value against the first, people who change, neighbours kept, variation of information."""
    first = found.options[0].solution.objective or 0.0
    headings = (
        "option", f"value, {unit}", "gap at most", "against option-1", "people who change", "of residents",
        "neighbours kept", "bits",
    )  # fmt: skip
    rows = []
    for own, folder in zip(found.options, made, strict=True):
        value, change = own.solution.objective or 0.0, own.change
        against = value / first - 1 if first else 0.0
        sign = "+" if against > 0 else "-" if against < 0 else ""
        rows.append(
            (
                folder.name,
                number(value),
                at_most(own.solution.gap or 0.0),
                f"{sign}{percent(abs(against))}",
                number(change.people_moved),
                f"{change.share_moved:.1%}",
                f"{1 - change.neighbours_lost:.1%}",
                f"{change.information_bits:.2f}",
            )
        )
    return table(headings, rows, figures_from=1)


def told(line: ProgressLine) -> Callable[[str, float | None], None]:
    """What a study tells, said on the line at every tenth of the work."""
    last = [-1]

    def tell(words: str, fraction: float | None) -> None:
        percent_done = int(100 * (fraction or 0.0))
        if percent_done >= last[0] + 10 or percent_done < last[0]:
            last[0] = percent_done - percent_done % 10
            line.say(f"{words}: {last[0]}%")

    return tell
