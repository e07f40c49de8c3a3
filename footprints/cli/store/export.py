"""`footprints store export`: a version with all that was decided about it, to keep elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from footprints.cli.store.common import opened, store_option
from footprints.exchange import refuse_foreign_folder, write_plan
from footprints.store.files import body_names, decided, stamp_of
from footprints.store.record_json import record_bytes


@click.command()
@click.argument("version", metavar="PROJECT/PLAN[@N]")
@store_option
@click.option(
    "--out",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write; one that an earlier run wrote is replaced, any other is refused.",
)
@click.option("--at", "mark", metavar="MARK", help="Statuses and decisions as they were at this event of the log.")
def export(version: str, where: str | None, out: Path, mark: str | None) -> None:
    """Write a version as files that load again, with record.json: its history, statuses, decisions and their proof.

    The version is rebuilt from the log and written on the evidence that was kept with it, however old it is.

    \b
    Example:
      footprints store export camford/option-a@3 --out agreed
    """
    refuse_foreign_folder(out)
    with opened(where) as store:
        rebuilt = store.rebuild(store.version(version).key, mark or "")
        one, area = rebuilt.version, store.area_of(rebuilt.version.area)
        stamp, names = stamp_of(rebuilt.standing), body_names(store, one.key)
        record, root = record_bytes(rebuilt, store), store.version(rebuilt.standing.of)
        written = write_plan(
            one.decision,
            area,
            out,
            run={"version": one.key},
            status=stamp.status,
            valid_from=stamp.valid_from,
            beside={"record.json": record},
            also=decided(root, rebuilt.standing.edition, rebuilt.decisions, names).said(one.decision),
        )
    click.echo(f"{one.key}, {stamp.status}, by event {rebuilt.event.mark}")
    click.echo(f"Written to {out}: {', '.join(sorted(path.name for path in written))}")
