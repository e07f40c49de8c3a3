"""`footprints store show`: one version, its signatures, and what moved."""

from __future__ import annotations

import click

from footprints.cli.store.common import moves_in_words, opened, store_option
from footprints.store.flat import path_in_words, value_in_words
from footprints.store.records import STAGES
from footprints.store.signatures import covered
from optimise.words import count

OTHERS_SHOWN = 20


@click.command()
@click.argument("version", metavar="PROJECT/PLAN[@N]")
@store_option
@click.option("--against", metavar="PROJECT/PLAN[@N]", help="Show what differs from this version.")
@click.option("--within", metavar="BODY", help="Count only what moves within what this body covers.")
@click.option(
    "--stage", type=click.Choice(STAGES), default="agreed", show_default=True, help="Whose signatures to list."
)
def show(version: str, where: str | None, against: str | None, within: str | None, stage: str) -> None:
    """Show a version: who saved it and why, its status, which bodies have to sign it and which have, and what it moves
    since the version that was agreed before it.

    \b
    Examples:
      footprints store show camford/option-a
      footprints store show camford/option-a@5 --against camford/option-a@3
    """
    with opened(where) as store:
        one = store.version(version)
        plan, area = one.decision, store.area_of(one.area)
        stands = store.standing(one.key)
        status = stands.status if stands.edition == 1 else f"{stands.status} as edition {stands.edition} of {stands.of}"
        click.echo(f"{one.key}  “{plan.name}”, {status}, saved by {one.author} at {one.at}")
        if one.reason:
            click.echo(f"  why: {one.reason}")
        click.echo(f"  content: {one.content}")
        click.echo(
            f"  {count(len(plan.neighbourhoods), 'neighbourhood')}, {count(len(plan.assignment), 'LSOA')} of "
            f"{len(area.codes):,} in {area.name}"
        )
        inside = None
        if within:
            inside = covered(store.body(one.plan.partition("/")[0], within), area)
            click.echo(f"  Only what lies within {within} is counted ({count(len(inside), 'LSOA')}).")
        if against:
            moves = store.moves(store.version(against).key, one.key)
            moves = moves.within(inside) if inside is not None else moves
            click.echo(f"\n{moves_in_words(moves)}")
            for path, before, after in moves.other[:OTHERS_SHOWN]:
                click.echo(f"  {path_in_words(path)}: {value_in_words(before)} → {value_in_words(after)}")
            if len(moves.other) > OTHERS_SHOWN:
                click.echo(f"  and {len(moves.other) - OTHERS_SHOWN:,} other things")
            return
        since = store.amendment(stands.of)
        if since is not None:
            since = since.within(inside) if inside is not None else since
            click.echo(f"\nSince the agreed version:\n{moves_in_words(since)}")
        passed = stage in {given.status for given in stands.statuses}
        sheet = store.sheet(stands.of if passed else one.key, stage)
        click.echo(f"\nTo be {stage} it needs:")
        decided = {body.key: mark for body, mark in sheet.decided}
        for body in (*sheet.needed.deciding, *sheet.needed.others):
            mark = decided.get(body.key)
            said = f"{mark.outcome} on {mark.dated} ({mark.minute})" if mark else "nothing recorded"
            click.echo(f"  {body.name} ({body.kind}, {body.part}): {said}")
        for words in (*sheet.open, *sheet.needed.unsure):
            click.echo(f"  - {words}")
        if sheet.signed:
            known = " that could be worked out; see above" if sheet.needed.unsure else ""
            click.echo(f"  Every signature is there{known}.")
