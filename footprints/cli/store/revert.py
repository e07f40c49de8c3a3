"""`footprints store revert`: as an earlier version was."""

from __future__ import annotations

import click

from footprints.cli.store.common import named, opened, store_option, who_option


@click.command()
@click.argument("version", metavar="PROJECT/PLAN@N")
@store_option
@who_option
@click.option("--parent", type=int, required=True, metavar="N", help="The newest version, as you know it.")
@click.option("--reason", default="", help="Why: one line for the history.")
def revert(version: str, where: str | None, who: str | None, parent: int, reason: str) -> None:
    """Make a new version that is as version N was; what lies between stays in the history.

    \b
    Example:
      footprints store revert camford/option-a@2 --parent 5 --reason "The board asked" --as "A Planner"
    """
    with opened(where) as store:
        old = store.version(version)
        made = store.revert(old.plan, old.number, parent, named(who), reason=reason)
    click.echo(f"{made.key} is as {old.key} was.")
