"""`footprints curve`: what a little more of one term costs of another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from footprints import warming
from footprints.cli.good_plans import told
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, asked, criteria_options, source_option
from footprints.cli.show import ProgressLine, table
from footprints.criteria_file import resolve
from footprints.curve import HEADER, csv_rows, figure, in_words, steps, term_keys, trade_off, unit_of
from footprints.exchange import csv_bytes
from footprints.platform import leave_now
from optimise.pool.processes import MOST_PROCESSES
from optimise.trading.curve import POINTS, Curve
from optimise.words import at_most


class CurveCommand(SpreadCommand):
    """Flags only, so that several values after a repeatable flag are always its own."""

    arguments_wanted = 0


@click.command(cls=CurveCommand)
@source_option
@click.option(
    "--terms",
    required=True,
    metavar="ONE,OTHER",
    help="Two of: travel, size, community, practice (patients whose practice is sited in another neighbourhood), "
    "barrier (km of barriers inside), need (residents of the most deprived fifth above or below the place's own "
    "share), or a level such as district (people who live in another one than the "
    "centre of their neighbourhood).",
)
@click.option(
    "--points", type=click.IntRange(3, 30), default=POINTS, show_default=True, help="About how many plans along it."
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write the table as CSV too."
)
@area_option
@criteria_options
@click.option(
    "--processes",
    type=click.IntRange(1, MOST_PROCESSES),
    metavar="N",
    help="How many processes share the work; the plans are the same for any number. [default: one for each core]",
)
def curve(
    source: str,
    terms: str,
    points: int,
    out: Path | None,
    area: tuple[str, ...],
    processes: int | None,
    **flags: Any,
) -> None:
    """Show what a little more of one term costs of another: plans along the trade-off, and what is proven below them.

    Every plan keeps all the rules of the criteria; only the two terms are counted.

    \b
    Examples:
      footprints curve --source demo --terms travel,size
      footprints curve --source downloads --within none --terms travel,practice
      footprints curve --source demo --within none --terms travel,district --out curve.csv
    """
    criteria, _ = asked(flags)
    line = ProgressLine()
    kernels = warming.begin()
    evidence = load_area(source, area, on_progress=line.say)
    criteria = resolve(criteria, evidence)
    first, second = term_keys(evidence, terms.split(","))
    kernels()
    try:
        found = interruptible(
            lambda stop: trade_off(
                evidence,
                criteria,
                first,
                second,
                points=points,
                tell=told(line),
                should_stop=stop,
                processes=processes,
            ),
            lambda: line.say("Stopping"),
        )
    except Interrupted:
        line.finish()
        click.echo("Stopped before any plan was ready.", err=True)
        leave_now(1)
        return
    line.finish()
    click.echo(f"{evidence.name}: {found.terms[0].label} against {found.terms[1].label}\n")
    click.echo(curve_table(found))
    click.echo("")
    for sentence in in_words(found):
        click.echo(sentence)
    if out is not None:
        out.write_bytes(csv_bytes(HEADER, csv_rows(found)))
        click.echo(f"\nWritten to {out}")


def curve_table(found: Curve) -> str:
    """Both values of each plan, what no plan can go below beside its first value, and how far from proven."""
    one, other = found.terms
    headings = (
        "plan", unit_of(one), unit_of(other), "no plan has less", "better in both by at most", "traded",
    )  # fmt: skip
    rows = [
        (
            f"{n}",
            figure(one, step.first),
            figure(other, step.second),
            "–" if step.no_less is None else figure(other, step.no_less, down=True),
            "–" if step.point.gap is None else at_most(step.point.gap),
            "–" if step.traded is None else f"{step.traded:,.3g}",
        )
        for n, step in enumerate(steps(found), start=1)
    ]
    key = f"\n\ntraded: {other.unit} saved for each further {one.unit} (in all, not a person), against the plan before."
    return table(headings, rows, figures_from=1) + key
