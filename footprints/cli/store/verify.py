"""`footprints store verify` (also `footprints verify`): the proof of the store."""

from __future__ import annotations

import click

from footprints.cli.store.common import opened, store_option


@click.command()
@store_option
@click.option(
    "--head", metavar="MARK", help="The mark of an event, as printed in a paper: it must still be in the log."
)
def verify(where: str | None, head: str | None) -> None:
    """Prove that nothing in the store was changed since it was written; exit code 1 with each fault named.

    Every hash of the log is worked out again, every table from the log, and every area file. A log whose end was cut
    off is found with --head: print the mark that this command gives in your papers.

    \b
    Examples:
      footprints verify
      footprints verify --store postgresql://footprints@server/footprints --head 128-3f2a9c41d07b
    """
    with opened(where) as store:
        report = store.verify(head or "")
    click.echo(report.in_words)
    if any(f"cannot be read from {store.areas.folder}" in fault for fault in report.faults):
        click.echo(
            "If the area files lie in another folder, name it with FOOTPRINTS_AREAS (in shared mode it is "
            "tenants/NAME/areas in FOOTPRINTS_DATA), and ask again."
        )
    if not report.holds:
        raise click.exceptions.Exit(1)
    click.echo(f"Mark of the newest event, to print in a paper: {report.head or 'none yet'}")
