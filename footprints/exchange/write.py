"""A plan as a set of files, in memory (`plan_files`) or as a folder (`write_plan`, `export`)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.check import check
from footprints.errors import PlanError, some
from footprints.exchange import practice_tables, tables
from footprints.exchange.certificate_json import certificate_bytes, run_bytes
from footprints.exchange.folder import manifest, refuse_foreign_folder, write_folder
from footprints.exchange.geojson import geojson_bytes
from footprints.exchange.gpkg import gpkg_bytes
from footprints.exchange.plan_json import plan_bytes
from footprints.exchange.proof_json import NAME as PROOF
from footprints.exchange.proof_json import proof_bytes
from footprints.metrics import score
from footprints.plan import Plan, check_fits
from footprints.practices import impacts, populations, spread_of
from optimise.solution import Solution

FORMATS = ("json", "geojson", "csv", "gpkg", "html")


def plan_files(
    plan: Plan,
    area: Area,
    *,
    solution: Solution | None = None,
    formats: Sequence[str] = FORMATS,
    run: Mapping[str, Any] | None = None,
    status: str | None = None,
    valid_from: str = "",
    groups: Sequence[Mapping[str, Any]] | None = None,
    confidence: Mapping[str, float] | None = None,
) -> dict[str, bytes]:
    """Name -> bytes of every file of a plan; `plan.json` always among them.

    solution : gives `certificate.json`, `proof.json` where it kept its proofs, and `run.json`. status : what every
    lookup says the plan is ("draft", "proposed", "agreed", ...); by default proposed where there is a solution, else
    draft. groups : of an improved plan, for its certificate. confidence : unit -> share of good plans that keep it
    (`footprints.certainty`), for `lsoa_lookup.csv`. What the plan does not meet is stamped on what can carry
    it; it never stops an export. Raises PlanError for unknown formats, or units that are not the area's.
    """
    strange = [f for f in formats if f not in FORMATS]
    if strange:
        raise PlanError(f"There is no format {some(strange)}.", mend=f"Choose among {', '.join(FORMATS)}.")
    check_fits(plan, area)
    said = status or ("proposed" if solution else "draft")
    files = {"plan.json": plan_bytes(plan)}
    if solution is not None:
        proof = proof_bytes(plan, area, solution)
        files["certificate.json"] = certificate_bytes(plan, area, solution, proof, groups)
        if proof is not None:
            files[PROOF] = proof
        files["run.json"] = run_bytes(solution, run)
    elif run is not None:
        files["run.json"] = run_bytes(None, run)
    if not set(formats) - {"json"}:
        return files
    card = score(plan, area)
    stamps = {"status": said, "valid_from": valid_from, "does_not_meet": list(does_not_meet(plan, area))}
    if "geojson" in formats:
        files["neighbourhoods.geojson"] = geojson_bytes(plan, area, stamps=stamps, card=card)
    if "gpkg" in formats:
        files["neighbourhoods.gpkg"] = gpkg_bytes(plan, area, stamps=stamps, card=card)
    if "csv" in formats:
        files["lsoa_lookup.csv"] = tables.lsoa_lookup(plan, area, said, valid_from, confidence)
        spread = spread_of(plan, area)
        files["practice_lookup.csv"] = practice_tables.practice_lookup(spread, said, valid_from)
        files["practice_impact.csv"] = practice_tables.practice_impact(spread, impacts(spread), said, valid_from)
        files["practice_neighbourhood.csv"] = practice_tables.practice_neighbourhood(spread, said, valid_from)
        files["pcn_alignment.csv"] = practice_tables.pcn_alignment(spread, said, valid_from)
        files["service_alignment.csv"] = practice_tables.service_alignment(spread, said, valid_from)
        files["populations.csv"] = practice_tables.populations_table(
            spread, populations(spread, area), said, valid_from
        )
        files["metrics.csv"] = tables.metrics_table(plan, area, card)
        files["links.csv"] = tables.links_table(plan)
        files["changes.csv"] = tables.changes_table(plan)
    if "html" in formats:
        from footprints.exchange.map_html import map_html_bytes  # noqa: PLC0415 (folium is slow to import)

        files["map.html"] = map_html_bytes(plan, area, stamps=stamps)
    return files


def write_plan(
    plan: Plan,
    area: Area,
    folder: Path,
    *,
    solution: Solution | None = None,
    formats: Sequence[str] = FORMATS,
    run: Mapping[str, Any] | None = None,
    status: str | None = None,
    valid_from: str = "",
    beside: Mapping[str, bytes] | None = None,
    groups: Sequence[Mapping[str, Any]] | None = None,
) -> tuple[Path, ...]:
    """Write the files of `plan_files`, and others `beside` them, as a folder, replacing one of ours as a whole.

    Gives the paths written.
    """
    refuse_foreign_folder(folder)
    files = plan_files(
        plan,
        area,
        solution=solution,
        formats=formats,
        run=run if run is not None else {},
        status=status,
        valid_from=valid_from,
        groups=groups,
    )
    said = status or ("proposed" if solution else "draft")
    return write_folder(folder, {**(beside or {}), **files}, _about(plan, area, said, valid_from))


def export(
    plan: Plan,
    area: Area,
    folder: Path,
    formats: Sequence[str] = ("geojson", "gpkg", "csv", "html"),
    *,
    status: str = "draft",
    valid_from: str = "",
    confidence: Mapping[str, float] | None = None,
) -> tuple[Path, ...]:
    """Write `formats` of a plan beside its `plan.json`.

    In a folder of ours that holds the same plan, what is there and not written anew (its certificate) stays.
    """
    refuse_foreign_folder(folder)
    files = plan_files(
        plan, area, formats=formats, status=status, valid_from=valid_from, confidence=confidence
    )  # fmt: skip
    before = manifest(folder)
    if before is not None and before.get("plan") == plan.id:
        kept = [name for name in sorted(before["files"]) if name not in files and (folder / name).is_file()]
        files = {**{name: (folder / name).read_bytes() for name in kept}, **files}
    return write_folder(folder, files, _about(plan, area, status, valid_from))


def zip_bytes(files: Mapping[str, bytes]) -> bytes:
    """One zip of the files, the same bytes for the same files (no times in it)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            # Fixed, or the same zip made on Windows would differ.
            info.create_system = 3
            archive.writestr(info, data)
    return buffer.getvalue()


def does_not_meet(plan: Plan, area: Area) -> tuple[str, ...]:
    """What the plan does not meet of its own criteria, a sentence each; a criterion that cannot be checked says so."""
    try:
        return tuple(fault.message for fault in check(plan, area).criteria)
    except FootprintError as error:
        return (f"Its criteria could not be checked: {error}",)


def _about(plan: Plan, area: Area, status: str, valid_from: str) -> dict[str, Any]:
    return {
        "plan": plan.id,
        "name": plan.name,
        "area": plan.area_name,
        "status": status,
        "valid_from": valid_from,
        "supersedes": plan.parent,
        "does_not_meet": list(does_not_meet(plan, area)),
        "inputs": [{"table": i.table, "edition": i.edition, "sha256": i.sha256} for i in plan.inputs],
        "licences": sorted({r.licence for r in area.receipts if r.status == "used" and r.licence}),
        "attribution": list(area.attribution),
    }
