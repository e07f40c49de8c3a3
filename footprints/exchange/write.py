"""A plan as a set of files, in memory (`plan_files`) or as a folder (`write_plan`, `export`)."""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.disclosure import PARTNERS, Audience, Shown, open_range, shown_to, told
from footprints.disclosure import audience as audience_of
from footprints.errors import PlanError, some
from footprints.exchange import need_tables, practice_tables, tables
from footprints.exchange.certificate_json import certificate_bytes, run_bytes, value_bytes
from footprints.exchange.folder import manifest, refuse_foreign_folder, write_folder
from footprints.exchange.geojson import geojson_bytes
from footprints.exchange.gpkg import gpkg_bytes
from footprints.exchange.plan_json import plan_bytes
from footprints.exchange.proof_json import NAME as PROOF
from footprints.exchange.proof_json import proof_bytes
from footprints.exchange.readme import readme_bytes
from footprints.exchange.shortfall import does_not_meet
from footprints.metrics.growth import growth_of
from footprints.need.cohorts import ESTIMATE
from footprints.need_order import need_of
from footprints.plan import Plan, check_fits
from footprints.plan_value import plan_value
from footprints.practices import impacts, populations, spread_of
from footprints.stamp import Stamp
from optimise.solution import Solution

FORMATS = ("json", "geojson", "csv", "gpkg", "html")
_KEPT = (
    "certificate.json", PROOF, "run.json", "improvement.json", "refresh.html", "refresh.txt", "refresh.json",
    "refresh_people.csv", "record.json", "import_report.txt",
)  # fmt: skip


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
    audience: Audience = PARTNERS,
    together: Sequence[Plan] = (),
    confidence: Mapping[str, float] | None = None,
) -> dict[str, bytes]:
    """Name -> bytes of every file of a plan; `plan.json` always among them.

    solution : gives `certificate.json`, `proof.json` where it kept its proofs, and `run.json`, for partners: a proof
    tells every count. status : what every lookup says the plan is ("draft", "proposed", "agreed", ...); by default
    proposed where there is a solution, else draft. groups : of an improved plan (`footprints.proven`), for its
    certificate, which without a solution has the plan's value and says that no bound is known. together : for
    the public, all plans that are exported with this one. confidence : unit -> share of good plans that keep it
    (`footprints.certainty`), for `lsoa_lookup.csv`. What the plan does not meet is stamped on what can carry it;
    it never stops an export. Raises PlanError for unknown formats, or units that are not the area's.
    """
    strange = [f for f in formats if f not in FORMATS]
    if strange:
        raise PlanError(f"There is no format {some(strange)}.", mend=f"Choose among {', '.join(FORMATS)}.")
    for one in (plan, *together):
        check_fits(one, area)
    stamp = Stamp(status or ("proposed" if solution else "draft"), valid_from, audience)
    files = {"plan.json": plan_bytes(plan)}
    if solution is not None and not audience.public:
        proof = proof_bytes(plan, area, solution)
        files["certificate.json"] = certificate_bytes(plan, area, solution, proof, groups)
        if proof is not None:
            files[PROOF] = proof
        files["run.json"] = run_bytes(solution, run)
    elif groups is not None and not audience.public:
        files["certificate.json"] = value_bytes(plan, area, plan_value(plan, area), groups, does_not_meet(plan, area))
        files["run.json"] = run_bytes(None, run)
    elif run is not None:
        files["run.json"] = run_bytes(None, run)
    if not set(formats) - {"json"}:
        return files
    shown = shown_to(audience, (plan, *together), area)
    files |= _for_formats(plan, area, shown, stamp, formats, confidence)
    files["README.txt"] = readme_bytes(plan, area, shown, stamp, sorted(files))
    return files


def _for_formats(
    plan: Plan,
    area: Area,
    shown: Shown,
    stamp: Stamp,
    formats: Sequence[str],
    confidence: Mapping[str, float] | None,
) -> dict[str, bytes]:
    """The files of each format. area : with every count; shown : as the audience sees it."""
    files: dict[str, bytes] = {}
    card = told(plan, shown.area, shown.audience)
    stamps = stamps_of(plan, area, stamp)
    if "geojson" in formats:
        files["neighbourhoods.geojson"] = geojson_bytes(plan, shown.area, stamps=stamps, card=card)
    if "gpkg" in formats:
        files["neighbourhoods.gpkg"] = gpkg_bytes(plan, shown.area, stamps=stamps, card=card)
    if "csv" in formats:
        files["lsoa_lookup.csv"] = tables.lsoa_lookup(plan, shown.area, stamp, confidence)
        spread = spread_of(plan, shown.area)
        files["practice_lookup.csv"] = practice_tables.practice_lookup(spread, stamp)
        files["practice_impact.csv"] = practice_tables.practice_impact(spread, impacts(spread), stamp)
        files["practice_neighbourhood.csv"] = practice_tables.practice_neighbourhood(spread, stamp)
        files["pcn_alignment.csv"] = practice_tables.pcn_alignment(spread, stamp)
        files["service_alignment.csv"] = practice_tables.service_alignment(spread, stamp)
        files["populations.csv"] = practice_tables.populations_table(
            spread, populations(spread, shown.area), stamp, shown.difference
        )
        files |= _need_files(plan, area, stamp)
        files["metrics.csv"] = tables.metrics_table(plan, shown.area, card, stamp)
        files["links.csv"] = tables.links_table(plan)
        files["changes.csv"] = tables.changes_table(plan)
    if "html" in formats:
        from footprints.exchange.map_html import map_html_bytes  # noqa: PLC0415 (folium is slow to import)

        # The page holds no count of patients, whoever it is for.
        missed = list(does_not_meet(plan, area, audience_of("public")))
        files["map.html"] = map_html_bytes(plan, shown.area, stamps={**stamps, "does_not_meet": missed})
    return files


def _need_files(plan: Plan, area: Area, stamp: Stamp) -> dict[str, bytes]:
    """Need and growth by neighbourhood; without growth loaded (or counted as the range asks) no table of years.

    For the public nothing that may be counts of patients: no local counts, no indicators, no years of patients.
    """
    need, public = need_of(plan, area), stamp.audience.public
    files: dict[str, bytes] = {}
    if not public or need.cohorts is None or {need.cohorts.seven_is, need.cohorts.two_four_is} == {ESTIMATE}:
        files["need.csv"] = need_tables.need_table(plan, need, stamp)
    if not public:
        files["indicators.csv"] = need_tables.indicators_table(plan, need, stamp)
    if public and not open_range(plan):
        return files
    with contextlib.suppress(DataError):  # the range counts patients that are not loaded, which metrics.csv says
        growth = growth_of(plan, area)
        if growth is not None:
            files["population_by_year.csv"] = need_tables.population_by_year(plan, growth, stamp)
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
    also: Mapping[str, Any] | None = None,
) -> tuple[Path, ...]:
    """Write the files of `plan_files`, and others `beside` them, as a folder, replacing one of ours as a whole.

    also : what its manifest says beyond what every manifest does. Gives the paths written.
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
    stamp = Stamp(status or ("proposed" if solution else "draft"), valid_from)
    return write_folder(folder, {**(beside or {}), **files}, {**about(plan, area, stamp), **(also or {})})


def export(
    plans: Plan | Sequence[Plan],
    area: Area,
    folder: Path,
    formats: Sequence[str] = ("geojson", "gpkg", "csv", "html"),
    *,
    status: str = "draft",
    valid_from: str = "",
    audience: Audience = PARTNERS,
    confidence: Mapping[str, float] | None = None,
) -> tuple[Path, ...]:
    """Write `formats` of a plan beside its `plan.json`; of several plans each in a folder of its own, as one set.

    In a folder of ours that holds the same plan, for partners, its certificate, the record of its decisions and what a
    refresh or an import said stay; tables of an earlier export go, as they say another status or audience.
    """
    every = (plans,) if isinstance(plans, Plan) else tuple(plans)
    refuse_foreign_folder(folder)
    stamp = Stamp(status, valid_from, audience)
    if confidence is not None and len(every) > 1:
        raise PlanError("How sure each area is was worked out for one plan.", mend="Export that plan alone.")
    said: dict[str, Any] = {"status": status, "valid_from": valid_from, "audience": audience, "confidence": confidence}
    made = [plan_files(one, area, formats=formats, together=every, **said) for one in every]
    if len(every) > 1:
        files = {
            f"{own}/{name}": data
            for own, one in zip(folder_names(every), made, strict=True)
            for name, data in one.items()
        }
        return write_folder(folder, files, {**_of_set(area, stamp), "plans": [about(p, area, stamp) for p in every]})
    (plan,), (files,) = every, made
    before = manifest(folder)
    if before is not None and before.get("plan") == plan.id and not audience.public:
        kept = [name for name in _KEPT if name in before["files"] and name not in files and (folder / name).is_file()]
        files = {**{name: (folder / name).read_bytes() for name in kept}, **files}
        if "README.txt" in files:
            shown = shown_to(audience, every, area)
            files["README.txt"] = readme_bytes(plan, area, shown, stamp, sorted(files))
        edition = {key: before[key] for key in ("edition", "edition_of") if key in before}
    else:
        edition = {}
    return write_folder(folder, files, about(plan, area, stamp) | edition)


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


def stamps_of(plan: Plan, area: Area, stamp: Stamp) -> dict[str, Any]:
    """What a file that is not a table says of its plan."""
    return {
        "status": stamp.status,
        "valid_from": stamp.valid_from,
        "audience": stamp.audience.label,
        "mark": stamp.mark,
        "does_not_meet": list(does_not_meet(plan, area, stamp.audience)),
    }


def folder_names(plans: Sequence[Plan]) -> tuple[str, ...]:
    """A folder for each plan: its name in plain letters, and its id where names are alike."""
    names = [re.sub(r"[^a-z0-9]+", "-", plan.name.casefold()).strip("-")[:60].strip("-") or "plan" for plan in plans]
    alike = {name for name in names if names.count(name) > 1}
    return tuple(f"{name}-{plan.id}" if name in alike else name for name, plan in zip(names, plans, strict=True))


def about(plan: Plan, area: Area, stamp: Stamp) -> dict[str, Any]:
    """What the manifest says of a plan."""
    return {
        "plan": plan.id,
        "name": plan.name,
        "area": plan.area_name,
        **stamps_of(plan, area, stamp),
        "supersedes": plan.parent,
        "inputs": [{"table": i.table, "edition": i.edition, "sha256": i.sha256} for i in plan.inputs],
        **_of_set(area, stamp),
    }


def _of_set(area: Area, stamp: Stamp) -> dict[str, Any]:
    rule = {"threshold": stamp.audience.threshold, "rounded_to": stamp.audience.base} if stamp.audience.public else {}
    return {
        "audience": stamp.audience.label,
        "counts_of_patients": {"in_words": stamp.audience.in_words, **rule},
        "licences": sorted({r.licence for r in area.receipts if r.status == "used" and r.licence}),
        "attribution": list(area.attribution),
    }
