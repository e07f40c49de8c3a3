"""`footprints store bodies`: the list of boards and councils that have a word in it."""

from __future__ import annotations

import click

from footprints.cli.options import SpreadCommand
from footprints.cli.show import table
from footprints.cli.store.common import named, opened, store_option, who_option
from footprints.errors import some
from footprints.store.records import KINDS, PARTS


@click.command(cls=SpreadCommand)
@click.argument("project")
@store_option
@who_option
@click.option("--put", metavar="NAME", help="Put a body on the list, or change the one of that name.")
@click.option("--kind", type=click.Choice(KINDS), help="With --put: what it is.")
@click.option("--part", type=click.Choice(PARTS), default="decides", show_default=True, help="With --put: its part.")
@click.option(
    "--covers", multiple=True, metavar="CODE", help="With --put: areas or LSOAs that it covers. May be repeated."
)
@click.option("--drop", metavar="NAME", help="Take a body off the list; what it decided stays.")
def bodies(
    project: str, where: str | None, who: str | None, put: str | None, kind: str | None, part: str,
    covers: tuple[str, ...], drop: str | None,
) -> None:  # fmt: skip
    """List the bodies of a project: health and wellbeing boards, the ICB, councils; an administrator keeps the list.

    Which of them have to sign a plan follows from the LSOAs that it holds: see footprints store show.

    \b
    Examples:
      footprints store bodies camford
      footprints store bodies camford --put "Camshire HWB" --kind HWB --covers E10000003 --as "A Planner"
      footprints store bodies camford --put "Town council" --kind council --part "is consulted" --covers E07000008
    """
    if put and kind is None:
        raise click.UsageError("--put needs --kind.")
    with opened(where) as store:
        if put and kind:
            store.set_body(project, put, kind, part, covers, named(who))
        if drop:
            store.drop_body(project, drop, named(who))
        rows = [(body.name, body.kind, body.part, some(body.codes, 4)) for body in store.bodies(project)]
    click.echo(table(("body", "kind", "part", "covers"), rows) if rows else f"No body is on the list of {project} yet.")
