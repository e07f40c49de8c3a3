"""`footprints sweep`: every district, upper tier or ICB of a source, under one or more scenarios."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, asked, criteria_options, source_argument
from footprints.cli.show import ProgressLine, table
from footprints.platform import leave_now
from footprints.sweep import Outcome, Scenario, read_scenarios
from footprints.sweep import sweep as run_sweep
from footprints.sweep.executors import Dask, Local, Security
from footprints.sweep.merge import total
from footprints.sweep.run import News
from optimise.words import at_most, count


@click.command(cls=SpreadCommand)
@source_argument
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write; what an earlier sweep finished there is not done again.",
)
@click.option(
    "--by",
    default="district",
    show_default=True,
    metavar="LEVEL|FILE",
    help="What the places are: district, upper-tier, icb, another loaded level, or a CSV of codes of LSOAs or "
    "districts and, beside each, the council it is to be in.",
)
@click.option(
    "--scenarios",
    "scenario_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A file of scenarios (JSON, footprints-scenarios/1): a name each, and criteria and places that differ from "
    "the flags.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many places are solved at once on this machine; the plans are the same. [default: one for each core]",
)
@click.option(
    "--scheduler", metavar="URL", help="Solve on the workers of this Dask scheduler, such as tls://host:8786."
)
@click.option("--tls-ca", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Its authority (PEM).")
@click.option("--tls-cert", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Our certificate (PEM).")
@click.option("--tls-key", type=click.Path(exists=True, dir_okay=False), metavar="FILE", help="Its key (PEM).")
@area_option
@criteria_options
@click.pass_context
def sweep(
    ctx: click.Context,
    /,
    source: str,
    out: Path,
    by: str,
    scenario_file: Path | None,
    workers: int | None,
    scheduler: str | None,
    tls_ca: str | None,
    tls_cert: str | None,
    tls_key: str | None,
    area: tuple[str, ...],
    **flags: Any,
) -> None:
    """Propose neighbourhoods for every place of a source, and write them with one table of all.

    The files are read once. Each place is solved in a process of its own, the largest first. Stop it with Ctrl-C and
    start it again: what is finished stays and is not done again.

    \b
    Examples:
      footprints sweep downloads --by district --out england
      footprints sweep downloads --by upper-tier --scenarios scenarios.json --out england
      footprints sweep downloads --by new_councils.csv --within none --out councils
      footprints sweep downloads --by icb --out icbs --scheduler tcp://127.0.0.1:8786
    """
    base, _ = asked(flags)
    scenarios = read_scenarios(scenario_file, base, by) if scenario_file else (Scenario("Proposal", base, by),)
    executor = _executor(workers, scheduler, (tls_ca, tls_cert, tls_key))
    line = ProgressLine()

    def hear(news: News) -> None:
        line.say(f"{news.done:,} of {news.total:,}: {news.words}" if news.total else news.words)

    try:
        outcome = interruptible(
            lambda stop: run_sweep(source, scenarios, out, executor, area=area, on_news=hear, should_stop=stop),
            lambda: line.say("Stopping; what is finished stays"),
        )
    except Interrupted:
        line.finish()
        click.echo("Stopped. What was finished stands in the folder; run it again to go on.", err=True)
        leave_now(130)
    line.finish()
    show(outcome, scenarios)
    if outcome.stopped:
        ctx.exit(130)
    if outcome.failed:
        ctx.exit(1)


def _executor(workers: int | None, scheduler: str | None, tls: Sequence[str | None]) -> Local | Dask:
    given = [file for file in tls if file]
    if given and (len(given) < 3 or not scheduler):
        raise click.UsageError("--tls-ca, --tls-cert and --tls-key are given together, and with --scheduler.")
    if scheduler and workers:
        raise click.UsageError("--workers is for this machine; the scheduler knows its own workers.")
    if scheduler:
        return Dask(scheduler, Security(*given) if given else None)
    return Local(workers or os.cpu_count() or 1)


def show(outcome: Outcome, scenarios: Sequence[Scenario]) -> None:
    """A line for each scenario, then what has no plan, then where it is."""
    rows = []
    for scenario in scenarios:
        own = [answer for answer in outcome.answers if answer["scenario"] == scenario.name]
        if not own:
            rows.append((scenario.name, 0, 0, 0, "–", "–", "–"))
            continue
        planned = [answer for answer in own if answer["figures"]["neighbourhoods"]]
        neighbourhoods = sum(answer["figures"]["neighbourhoods"] for answer in planned)
        inside = sum(answer["figures"]["share_in_range"] * answer["figures"]["neighbourhoods"] for answer in planned)
        gap = total(own, len(own))[-3]
        rows.append(
            (
                scenario.name, len(own), len(planned), neighbourhoods, f"{round(inside):,}",
                f"{sum(answer['residents'] for answer in own):,}",
                at_most(gap) if isinstance(gap, float) else "–",
            )
        )  # fmt: skip
    click.echo(table(["scenario", "places", "with a plan", "neighbourhoods", "in range", "residents", "gap"], rows))
    for answer in outcome.answers:
        if not answer["figures"]["neighbourhoods"]:
            why = " ".join(answer["reasons"]) or "no plan was found in the work allowed"
            click.echo(f"- {answer['area_name']} ({answer['scenario']}): no plan. {why}")
    for scenario_name, place, why in outcome.failed:
        click.echo(f"- {place} ({scenario_name}): not done. {why}")
    for words in outcome.left_out:
        click.echo(f"- {words}")
    if outcome.skipped:
        click.echo(f"{count(outcome.skipped, 'task was', 'tasks were')} finished before and not done again.")
    click.echo(f"Written to {outcome.folder}: summary.csv, and the lookup, outlines and map of every scenario.")
