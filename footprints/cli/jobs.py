"""`footprints jobs`: the calculations that were asked for in the app."""

from __future__ import annotations

import click

from footprints.cli.show import table
from footprints.errors import PlanError
from footprints.jobs.runner import table as where
from footprints.store.jobs import ASK, END, JobRows, Row, State


@click.command()
@click.option(
    "--cancel", "wanted", metavar="ID", help="Stop this one; what it has found so far is kept where it can be."
)
@click.option("--last", default=20, show_default=True, metavar="N", help="How many of those that are over.")
def jobs(wanted: str | None, last: int) -> None:
    """List the calculations asked for in the app: what runs, what waits, what is over.

    They are run by the app, and go on when its pages are closed. This command only looks, or stops one.

    \b
    Examples:
      footprints jobs
      footprints jobs --cancel 4c029a4f43352e8e.1
    """
    rows = JobRows(where())
    try:
        if wanted is None:
            _list(rows.listed(None, last))
            return
        row = rows.row(wanted)
        if row is None:
            raise PlanError(f"There is no job {wanted}.", mend="List them: footprints jobs.")
        if not row.live:
            raise PlanError(f"Job {wanted} is over already ({row.state.value}).")
        rows.cancel(wanted, END if row.state is State.WAITING else ASK)
        click.echo(f"Asked job {wanted} to stop.")
    finally:
        rows.close()


def _list(rows: list[Row]) -> None:
    if not rows:
        click.echo("No calculations have been asked for.")
        return
    cells = [(row.id, row.kind, row.place, row.state.value, f"{row.seconds:,.0f}", _said(row)) for row in rows]
    click.echo(table(("id", "kind", "place", "state", "seconds", "stage, or when it was over"), cells))


def _said(row: Row) -> str:
    if row.live:
        return row.stage
    return f"{row.ended_at}{f' {row.error}' if row.error else ''}"
