"""`footprints prices`: what each rule costs, in an interval that is proven."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from boundaries import load_area
from footprints import warming
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, asked, criteria_options, source_option
from footprints.cli.show import ProgressLine, number, table
from footprints.criteria_file import resolve
from footprints.exchange import csv_bytes
from footprints.platform import leave_now
from footprints.prices import ABOUT, a_person, said, weighing
from footprints.prices import table as csv_table
from optimise import build_problem
from optimise.words import count


class PriceCommand(SpreadCommand):
    """Flags only, so that several values after a repeatable flag are always its own."""

    arguments_wanted = 0


@click.command(cls=PriceCommand)
@source_option
@area_option
@criteria_options
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the table as CSV too.",
)
def prices(source: str, area: tuple[str, ...], out: Path | None, **flags: Any) -> None:
    """Say what each rule costs, and what rules you might add would cost, as intervals that are proven.

    Takes up to five times as long as a proposal with the same flags. Each rule is taken out on its own; the number of
    neighbourhoods stays as it is, except in the line about the number.

    \b
    Examples:
      footprints prices --source demo
      footprints prices --source downloads --area Cambridge --keep-whole ward --out prices.csv
    """
    criteria, _ = asked(flags)
    from optimise.trading.prices import prices as work_out  # noqa: PLC0415 (numba and the solver take a second to load)

    line = ProgressLine()
    kernels = warming.begin()
    evidence = load_area(source, area, on_progress=line.say)
    criteria = resolve(criteria, evidence)
    problem = build_problem(evidence, criteria)
    words = weighing(problem, criteria, evidence)
    kernels()
    try:
        found = interruptible(
            lambda stop: work_out(
                problem, criteria, on_step=lambda key, _: line.say(words.get(key, key)), should_stop=stop
            ),
            lambda: line.say("Stopping"),
        )
    except Interrupted:
        line.finish()
        click.echo("Stopped before any price was known.", err=True)
        leave_now(1)
        return
    line.finish()
    if found.best is None:
        click.echo(f"There is no plan for {evidence.name} under these criteria whose rules could be weighed.")
        for reason in found.reasons:
            click.echo(f"- {reason.message}")
            if reason.mend:
                click.echo(f"  {reason.mend}")
        raise click.exceptions.Exit(1)
    unit = "person-km²" if found.squared else "person-km"
    best = a_person(found.best, found.residents, found.squared, up=True)
    click.echo(
        f"{evidence.name}: {count(found.number, 'neighbourhood')}, {best} a person ({number(found.best)} {unit})\n"
    )
    told = [(price, said(price, found, evidence)) for price in found.prices]
    titles = {True: "Rules in force: what they cost", False: "Rules you might add: what they would cost"}
    for in_force, title in titles.items():
        rows = [(own.rule.rstrip(","), own.price, own.where) for price, own in told if price.rule.in_force == in_force]
        if rows:
            click.echo(title)
            click.echo(table(("rule", "price", "where"), rows, indent=2))
            click.echo("")
    for _, own in told:
        click.echo(f"- {own.sentence}")
    click.echo(f"\n{ABOUT}")
    if not found.repeatable:
        click.echo("It was stopped by the clock or by you: another run may give narrower intervals.")
    if out is not None:
        header, table_rows = csv_table(found, evidence)
        out.write_bytes(csv_bytes(header, table_rows))
        click.echo(f"\nWritten to {out}")
