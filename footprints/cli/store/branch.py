"""`footprints store branch`: another plan from a version."""

from __future__ import annotations

import click

from footprints.cli.store.common import named, opened, store_option, who_option


@click.command()
@click.argument("version", metavar="PROJECT/PLAN[@N]")
@store_option
@who_option
@click.option("--name", required=True, help="What the new plan is called.")
@click.option("--reason", default="", help="Why: one line for the history.")
def branch(version: str, where: str | None, who: str | None, name: str, reason: str) -> None:
    """Begin another plan of the same project from a version (the newest where no number is given).

    \b
    Example:
      footprints store branch camford/option-a@3 --name "Option B" --as "A Planner"
    """
    with opened(where) as store:
        made = store.branch(store.version(version).key, name, named(who), reason=reason)
    click.echo(f"{made.key} begins as {made.other}.")
