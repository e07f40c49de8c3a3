"""`footprints store projects`: what there is."""

from __future__ import annotations

import click

from footprints.cli.show import table
from footprints.cli.store.common import named, opened, store_option, who_option


@click.command()
@store_option
@who_option
@click.option("--archived", is_flag=True, help="Also those in the archive.")
@click.option("--put-away", metavar="PROJECT[/PLAN]", help="Put a project or a plan in the archive; nothing is lost.")
@click.option("--take-out", metavar="PROJECT[/PLAN]", help="Take a project or a plan out of the archive again.")
def projects(where: str | None, who: str | None, archived: bool, put_away: str | None, take_out: str | None) -> None:
    """List the projects of the store with their plans, and how far each plan has come.

    \b
    Examples:
      footprints store projects
      footprints store projects --put-away camford/option-b --as "An Administrator"
    """
    if put_away and take_out:
        raise click.UsageError("--put-away and --take-out do not go together.")
    with opened(where) as store:
        target = put_away or take_out
        if target:
            act = store.archive if "/" in target else store.archive_project
            act(target, named(who), back=bool(take_out))
        rows: list[tuple[str, str, object, str, str]] = []
        for project in store.projects(archived=archived):
            rows.append((project.id, project.name, "", project.place, "in the archive" if project.archived else ""))
            for plan in store.plans(project.id, archived=archived):
                newest = store.version(f"{plan.id}@{plan.head}")
                state = "in the archive" if plan.archived else store.status_of(newest.key)
                rows.append((f"  {plan.id}", plan.name, plan.head, f"{newest.author}, {newest.at}", state))
    click.echo(
        table(("project, plan", "name", "version", "place, last saved", "status"), rows) if rows else "No project."
    )
