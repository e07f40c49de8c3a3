"""`footprints store init`: a store, and a project in it."""

from __future__ import annotations

import click

from boundaries import load_area
from footprints.cli.options import SpreadBare, area_option
from footprints.cli.show import ProgressLine
from footprints.cli.store.common import named, opened, store_option, who_option
from optimise.words import count


@click.command(cls=SpreadBare)
@store_option
@who_option
@click.option("--project", metavar="NAME", help="Also make a project of this name, for the place of --source.")
@click.option("--source", metavar="SOURCE", help="The folder of official files of that place, or the word demo.")
@area_option
def init(where: str | None, who: str | None, project: str | None, source: str | None, area: tuple[str, ...]) -> None:
    """Make a store where there is none, and a project for a place in it. What is there stays.

    Without --store it lies in the local application data of this computer. On a network share it is refused.

    \b
    Examples:
      footprints store init
      footprints store init --project Camford --source downloads --area Camford --as "A Planner"
      footprints store init --store postgresql://footprints@server/footprints
    """
    if (project is None) != (source is None):
        raise click.UsageError("--project and --source go together.")
    with opened(where, create=True) as store:
        click.echo(f"The store is {store.file or 'on the server'}; its area files lie in {store.areas.folder}.")
        if project is None or source is None:
            return
        line = ProgressLine()
        evidence = load_area(source, area, on_progress=line.say)
        line.finish()
        made = store.new_project(project, evidence, named(who))
        click.echo(f"{made.id}: {made.name}, for {made.place} ({count(len(evidence.codes), 'LSOA')}).")
        click.echo(f"{made.maker} is administrator, clerk and planner: footprints store people {made.id}")
