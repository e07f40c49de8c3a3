"""`footprints store save`: a plan of a folder becomes the next version."""

from __future__ import annotations

from pathlib import Path

import click

from footprints.cli.options import SpreadCommand, area_option
from footprints.cli.plans import load_for
from footprints.cli.store.common import named, opened, store_option, who_option
from footprints.exchange import read_plan
from footprints.store import ConflictError
from footprints.store.schema import EDITION


@click.command(cls=SpreadCommand)
@click.argument("plan", metavar="PLAN", type=click.Path(exists=True, path_type=Path))
@store_option
@who_option
@click.option("--to", metavar="PROJECT/PLAN", help="The plan of the store that it is the next version of.")
@click.option("--parent", type=int, metavar="N", help="The version that it was made from; needed with --to.")
@click.option("--new", metavar="NAME", help="Begin a new plan of this name instead; needs --project and --source.")
@click.option("--edition-of", "of", metavar="PROJECT/PLAN@N", help="With --new: the version that it is on newer files.")
@click.option("--project", metavar="PROJECT", help="With --new: the project it belongs to.")
@click.option("--source", metavar="SOURCE", help="The files it was made on, where the store does not know them yet.")
@area_option
@click.option("--reason", default="", help="Why: one line for the history.")
@click.option("--token", default="", help="A word of your own: the same save with the same token is stored once.")
def save(
    plan: Path, where: str | None, who: str | None, to: str | None, parent: int | None, new: str | None,
    of: str | None, project: str | None, source: str | None, area: tuple[str, ...], reason: str, token: str,
) -> None:  # fmt: skip
    """Save a plan as the next version of a plan of the store, or begin a new one.

    Where somebody saved since --parent, nothing is written, and it is said what differs; exit code 1.

    \b
    Examples:
      footprints store save first --new "Option A" --project camford --source downloads --as "A Planner"
      footprints store save edited --to camford/option-a --parent 3 --reason "After the workshop"
      footprints store save agreed-edition-2 --new "Option A, agreed" --edition-of camford/option-a@3 --source newer
    """
    if bool(to) == bool(new):
        raise click.UsageError("Give --to for the next version of a plan, or --new for a new plan.")
    if new and not ((project or of) and source):
        raise click.UsageError("--new needs --project (or --edition-of) and --source.")
    if to and parent is None:
        raise click.UsageError("--to needs --parent: the number of the version that it was made from.")
    with opened(where) as store:
        evidence = load_for(source, area, plan) if source else None
        known = read_plan(plan, evidence)
        try:
            if new and of and evidence is not None:
                saved = store.edition(of, known, evidence, named(who), name=new, reason=reason, token=token)
            elif new and project and evidence is not None:
                saved = store.new_plan(project, known, evidence, named(who), name=new, reason=reason, token=token)
            else:
                saved = store.save(
                    str(to), known, int(parent or 0), named(who), area=evidence, reason=reason, token=token
                )
        except ConflictError as conflict:
            click.echo(f"{conflict.message} {conflict.overlap}", err=True)
            for one in conflict.merge.conflicts:
                click.echo(f"- {one.in_words}", err=True)
            files = f" --source {source}" if source else ""
            click.echo(f"To merge: footprints store merge {plan} --to {to} --parent {parent}{files}", err=True)
            raise click.exceptions.Exit(1) from None
    if saved.kind == EDITION:
        was = saved.other or f"version {saved.parent}"
        click.echo(f"Nothing but the files differs from {was}: this is an edition of it, and stands as it does.")
    click.echo(f"Saved as {saved.key} by {saved.author} at {saved.at}; content {saved.content}")
