"""`footprints store merge`: two lines of work put together."""

from __future__ import annotations

import json
from pathlib import Path as File

import click

from footprints.cli.options import area_option
from footprints.cli.plans import load_for
from footprints.cli.store.common import named, opened, store_option, who_option
from footprints.exchange import read_plan
from footprints.store import Merged
from footprints.store.flat import Path, path_in_words
from footprints.store.merge import SIDES


@click.command()
@click.argument("other", metavar="PLAN|PROJECT/PLAN")
@store_option
@who_option
@click.option("--to", required=True, metavar="PROJECT/PLAN", help="The plan of the store that it is merged into.")
@click.option("--parent", type=int, metavar="N", help="For a folder: the version that it was made from.")
@click.option("--source", metavar="SOURCE", help="The files it was made on, where the store does not know them yet.")
@area_option
@click.option(
    "--take",
    nargs=2,
    multiple=True,
    metavar="WHAT SIDE",
    help="Decide a conflict: WHAT as it was listed (all for the rest), SIDE base, theirs or mine. May be repeated.",
)
@click.option("--accept-faults", is_flag=True, help="Save the merge although the checker finds something new in it.")
@click.option("--reason", default="", help="Why: one line for the history.")
def merge(
    other: str, where: str | None, who: str | None, to: str, parent: int | None, source: str | None,
    area: tuple[str, ...], take: tuple[tuple[str, str], ...], accept_faults: bool, reason: str,
) -> None:  # fmt: skip
    """Merge a plan of a folder, or another plan of the store, into a plan of the store.

    What only one side changed is taken. What both changed is listed with the three values, and nothing is saved until
    each is decided; exit code 1. So it is where the checker finds a fault that neither side had.

    \b
    Examples:
      footprints store merge edited --to camford/option-a --parent 3
      footprints store merge camford/option-b --to camford/option-a --take E01018063 mine --take all theirs
    """
    for _, side in take:
        if side not in SIDES:
            raise click.UsageError(f"--take: the sides are {', '.join(SIDES)}, not {side}.")
    here = File(other).exists()
    if here and parent is None:
        raise click.UsageError("A plan of a folder needs --parent: the version that it was made from.")
    with opened(where) as store:
        evidence = load_for(source, area, File(other)) if source and here else None
        mine = read_plan(File(other), evidence) if here else None

        def tried(choices: dict[Path, str], accept: bool) -> Merged:
            if mine is not None:
                return store.merge(
                    to, mine, int(parent or 0), named(who), area=evidence, choices=choices, accept_faults=accept,
                    reason=reason,
                )  # fmt: skip
            return store.merge_branch(to, other, named(who), choices=choices, accept_faults=accept, reason=reason)

        found, choices = tried({}, accept_faults and not take), {}
        if found.saved is None and found.merge.conflicts and take:
            choices = _chosen(found, dict(take))
            found = tried(choices, accept_faults)
    for was, to_code in found.merge.renumbered:
        click.echo(f"Your new neighbourhood {was} is {to_code} now: theirs had taken the code.", err=True)
    if found.saved is not None:
        key = found.saved.key
        click.echo(
            f"Merged and saved as {key}." if found.written else f"Nothing to save: {key} holds all of it already."
        )
        return
    if found.merge.conflicts:
        click.echo("Nothing was saved; both sides changed:", err=True)
        for one in found.merge.conflicts:
            click.echo(f"- {one.in_words}\n    --take {_word(one.path)} theirs|mine|base", err=True)
    else:
        click.echo("Nothing was saved; put together they do not meet what each alone met:", err=True)
        for words in found.faults:
            click.echo(f"- {words}", err=True)
        click.echo("Save it all the same with --accept-faults.", err=True)
    raise click.exceptions.Exit(1)


def _word(path: Path) -> str:
    """What to write for a conflict: the code of an LSOA or a practice, else the words of its path in quotes."""
    return path[1] if path[0] == "units" else json.dumps(path_in_words(path), ensure_ascii=False)


def _chosen(found: Merged, take: dict[str, str]) -> dict[Path, str]:
    rest, chosen = take.pop("all", ""), {}
    for one in found.merge.conflicts:
        side = take.pop(one.path[1] if one.path[0] == "units" else path_in_words(one.path), rest)
        if side:
            chosen[one.path] = side
    if take:
        raise click.UsageError(f"--take {next(iter(take))}: there is no such conflict.")
    return chosen
