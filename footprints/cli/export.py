"""`footprints export`: plans as files for others, for partners or for the public."""

from __future__ import annotations

from pathlib import Path

import click

from boundaries.branches import branches
from boundaries.ledger import ledger_of
from boundaries.output_areas import output_areas
from boundaries.overlays import places_of
from footprints.cli.options import SpreadCommand, area_option, source_option
from footprints.cli.plans import load_for, out_option
from footprints.disclosure import audience as audience_of
from footprints.exchange import (
    Decision,
    does_not_meet,
    pack_bytes,
    pack_name,
    read_plan,
    refuse_foreign_folder,
    write_folder,
)
from footprints.exchange import export as export_plans
from footprints.exchange.certainty import read_confidence
from footprints.stamp import STATUSES

FORMATS = ("geojson", "gpkg", "csv", "html")
PACK = "pack"


@click.command(cls=SpreadCommand)
@click.argument(
    "plans", metavar="PLAN [PLAN ...]", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path)
)
@source_option
@area_option
@out_option
@click.option(
    "--format",
    "formats",
    default=",".join(FORMATS),
    show_default=True,
    metavar="FORMATS",
    help="Which to write, parted by commas: geojson, gpkg, csv, html (a map that any browser opens); or pack, one zip "
    "of all formats with shapefile, lookups by MSOA, ward, output area and postcode, receipts and licences.",
)
@click.option(
    "--audience",
    "kind",
    type=click.Choice(("partners", "public")),
    default="partners",
    show_default=True,
    help="Partners get exact counts, marked not for publication. For the public small counts of patients are left out "
    "and the others rounded, so that the plans given here cannot be subtracted to find any.",
)
@click.option("--threshold", type=int, default=8, show_default=True, help="Public: counts under this are left out.")
@click.option("--round", "base", type=int, default=5, show_default=True, help="Public: the others are rounded to this.")
@click.option("--status", type=click.Choice(STATUSES), default="draft", show_default=True, help="What the files say.")
@click.option("--valid-from", default="", metavar="DATE", help="From when the plan holds, such as 2027-04-01.")
@click.option(
    "--confidence",
    "confidence_file",
    type=click.Path(exists=True, path_type=Path),
    metavar="FILE|DIR",
    help="What footprints certainty --out wrote for this plan: fills the column confidence of lsoa_lookup.csv.",
)
@click.option(
    "--assets",
    "lists",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Pack: a list of places with name, category and position, for the pages; may be repeated.",
)
@click.option("--version", "version", default="", help="Pack: the partners' own number of this plan.")
@click.option("--edition", default="", help="Pack: the edition of that version.")
@click.option("--decision", "reference", default="", help="Pack: where the decision stands in writing.")
@click.option("--supersedes", default="", help="Pack: the version that this one takes the place of.")
def export(
    plans: tuple[Path, ...],
    source: str,
    area: tuple[str, ...],
    out: Path,
    formats: str,
    kind: str,
    threshold: int,
    base: int,
    status: str,
    valid_from: str,
    confidence_file: Path | None,
    lists: tuple[Path, ...],
    version: str,
    edition: str,
    reference: str,
    supersedes: str,
) -> None:
    """Write plans for others: GeoJSON, GeoPackage, CSV look-ups and a map page, each with its sources.

    Plans that are half drawn or out of range are written too, stamped with what they do not meet. Several plans go into
    a folder each; those that are to be published should be exported together.

    \b
    Examples:
      footprints export first --source demo --out for-the-board --format geojson,csv
      footprints export first second --source demo --out website --audience public
      footprints export first --source demo --out handover --format pack --status agreed --valid-from 2027-04-01
    """
    wanted = tuple(dict.fromkeys(word.strip().casefold() for word in formats.split(",") if word.strip()))
    strange = [word for word in wanted if word not in (*FORMATS, PACK)]
    if strange or not wanted or (PACK in wanted and len(wanted) > 1):
        raise click.UsageError(
            f"--format {formats}: choose from {', '.join(FORMATS)}, parted by commas, or {PACK} alone."
        )
    of_pack = {"--version": version, "--edition": edition, "--decision": reference, "--supersedes": supersedes,
               "--assets": lists}  # fmt: skip
    vain = [flag for flag, value in of_pack.items() if value]
    if vain and wanted != (PACK,):
        raise click.UsageError(f"{', '.join(vain)}: only the pack can carry that; add --format {PACK}.")
    reader = audience_of(kind, threshold, base)
    refuse_foreign_folder(out)
    evidence = load_for(source, area, plans[0])
    known = [read_plan(plan, evidence) for plan in plans]
    if confidence_file is not None and len(known) > 1:
        raise click.UsageError("--confidence is of one plan; export that one alone.")
    sure = read_confidence(confidence_file, known[0]) if confidence_file is not None else None
    if wanted == (PACK,):
        book = ledger_of(source)
        oas = output_areas(book, evidence.codes)
        assets = places_of(lists, evidence) if lists else None
        sites = branches(book, evidence)
        decision = Decision(version, edition, reference, supersedes)
        packs = {
            pack_name(plan, evidence, status=status, audience=reader): pack_bytes(
                plan,
                evidence,
                status=status,
                valid_from=valid_from,
                decision=decision,
                audience=reader,
                together=known,
                confidence=sure,
                oas=oas,
                assets=assets,
                branches=sites,
            )
            for plan in known
        }
        written = write_folder(out, packs, {"audience": reader.label, "area": evidence.name})
    else:
        written = export_plans(
            known,
            evidence,
            out,
            wanted,
            status=status,
            valid_from=valid_from,
            audience=reader,
            confidence=sure,
        )
    for plan in known:
        for words in does_not_meet(plan, evidence, reader):
            click.echo(f"Stamped on the files{f' of {plan.name}' if len(known) > 1 else ''}: {words}", err=True)
    click.echo(reader.in_words)
    names = sorted(path.relative_to(out).as_posix() for path in written)
    click.echo(f"Written to {out}: {', '.join(names)}")
