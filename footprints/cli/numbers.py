"""`footprints numbers`: the number of neighbourhoods against the best plan found and what no plan can beat."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from footprints import warming
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import area_option, asked, criteria_options, source_option
from footprints.cli.prices import PriceCommand
from footprints.cli.show import ProgressLine, table
from footprints.criteria_file import resolve
from footprints.exchange import csv_bytes
from footprints.numbers import ABOUT, HEADINGS, csv_rows, free_in_words, header, lines
from footprints.platform import leave_now
from optimise import build_problem
from optimise.words import count


@click.command(cls=PriceCommand)
@source_option
@area_option
@criteria_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table as CSV too, that of each part as well.",
)
def numbers(source: str, area: tuple[str, ...], out: Path | None, **flags: Any) -> None:
    """Show every number of neighbourhoods that people and range allow, with the best plan found and its bound.

    A number asked for by --neighbourhoods is set aside: all are tried. Takes about three times as long as a proposal.

    \b
    Examples:
      footprints numbers --source demo
      footprints numbers --source downloads --area QUE --within none --out numbers.csv
    """
    criteria, _ = asked(flags)
    from optimise.trading.numbers import numbers as work_out  # noqa: PLC0415 (numba and the solver take a second to load)

    line = ProgressLine()
    kernels = warming.begin()
    evidence = load_area(source, area, on_progress=line.say)
    criteria = resolve(criteria, evidence)
    problem = build_problem(evidence, criteria)
    kernels()
    try:
        found = interruptible(
            lambda stop: work_out(problem, criteria, on_step=lambda words, _: line.say(words), should_stop=stop),
            lambda: line.say("Stopping"),
        )
    except Interrupted:
        line.finish()
        click.echo("Stopped before any number was known.", err=True)
        leave_now(1)
        return
    line.finish()
    if found.reasons:
        click.echo(f"There is no plan for {evidence.name} under these criteria, whatever the number.")
        for reason in found.reasons:
            click.echo(f"- {reason.message}")
            if reason.mend:
                click.echo(f"  {reason.mend}")
        raise click.exceptions.Exit(1)
    click.echo(f"{evidence.name}, by the number of neighbourhoods; values a person\n")
    rows = [
        (*own, "proposed" if row.number == found.proposed else "")
        for row, own in zip(found.rows, lines(found), strict=True)
    ]
    click.echo(table((*HEADINGS, ""), rows))
    click.echo(f"\n{free_in_words(found)}")
    click.echo(ABOUT)
    if found.frozen:
        frozen = count(found.frozen, "frozen neighbourhood counts", "frozen neighbourhoods count")
        click.echo(f"{frozen} in the number, not in the values.")
    if not found.repeatable:
        click.echo("It was stopped by the clock or by you: another run may give better values.")
    if out is not None:
        out.write_bytes(csv_bytes(header(found.squared), csv_rows(found, evidence.name)))
        click.echo(f"\nWritten to {out}")
