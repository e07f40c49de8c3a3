"""`footprints store people`: who may do what."""

from __future__ import annotations

import click

from footprints.cli.show import table
from footprints.cli.store.common import named, opened, store_option, who_option
from footprints.store.records import ROLES


@click.command()
@click.argument("project")
@store_option
@who_option
@click.option("--give", nargs=2, multiple=True, metavar="NAME ROLE", help="Give a person a role. May be repeated.")
@click.option("--take", nargs=2, multiple=True, metavar="NAME ROLE", help="Take a role from a person. May be repeated.")
def people(
    project: str,
    where: str | None,
    who: str | None,
    give: tuple[tuple[str, str], ...],
    take: tuple[tuple[str, str], ...],
) -> None:
    """List who holds which role in a project; an administrator gives and takes them.

    \b
    Examples:
      footprints store people camford
      footprints store people camford --give "B Clerk" clerk --as "A Planner"
    """
    with opened(where) as store:
        for person, role in give:
            store.give_role(project, person, role, named(who))
        for person, role in take:
            store.take_role(project, person, role, named(who))
        click.echo(table(("person", "roles"), [(n, ", ".join(r)) for n, r in store.people(project).items()]))
    click.echo("")
    for role, words in ROLES.items():
        click.echo(f"{role}: {words}")
