"""`footprints store status`: how far a version has come."""

from __future__ import annotations

import click

from footprints.check import check
from footprints.cli.store.common import moves_in_words, named, opened, store_option, who_option
from footprints.stamp import STATUSES


@click.command()
@click.argument("version", metavar="PROJECT/PLAN@N")
@click.argument("status", type=click.Choice(STATUSES[1:]))
@store_option
@who_option
@click.option(
    "--dated", required=True, metavar="DATE", help="The day from which it has that status, such as 2027-03-31."
)
@click.option("--valid-from", default="", metavar="DATE", help="The day from which the geography is used.")
@click.option("--reason", default="", help="Why; needed to withdraw, and for a final version that moves people.")
@click.option(
    "--unchecked",
    default="",
    metavar="WORDS",
    help="Where the files do not say to which board or ICB each LSOA belongs: how it is known that each has signed.",
)
def status(
    version: str, status: str, where: str | None, who: str | None, dated: str, valid_from: str, reason: str,
    unchecked: str,
) -> None:  # fmt: skip
    """Propose a version, mark it agreed or final, or withdraw it.

    Agreed and final need the decision of every body that decides on its LSOAs, for exactly this content. What the plan
    does not meet of its own criteria is said and stops nothing: boards may agree what they like.

    \b
    Examples:
      footprints store status camford/option-a@3 proposed --dated 2026-12-01 --as "A Planner"
      footprints store status camford/option-a@3 agreed --dated 2027-01-14 --valid-from 2027-04-01 --as "A Clerk"
    """
    with opened(where) as store:
        given = store.set_status(
            version, status, named(who), dated=dated, valid_from=valid_from, reason=reason, unchecked=unchecked
        )
        click.echo(f"{given.version} is {given.status} on {given.dated}.")
        one = store.version(version)
        verdict = check(one.decision, store.area_of(one.area))
        if not verdict.holds:
            click.echo(verdict.in_words, err=True)
        since = store.amendment(version) if status == "final" else None
        if since is not None:
            click.echo(f"\nSince the agreed version:\n{moves_in_words(since)}")
