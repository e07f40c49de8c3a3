"""The companion tables of formats.md 10.2 and 10.3, each as the bytes of one CSV."""

from __future__ import annotations

from collections.abc import Mapping

from boundaries.area import Area
from footprints.changes import changed
from footprints.metrics import Scorecard, score, source
from footprints.plan import Plan
from footprints.stamp import HEADER, Stamp
from footprints.text import csv_bytes, tidy

_DRAFT = Stamp()


def lsoa_lookup(plan: Plan, area: Area, stamp: Stamp = _DRAFT, confidence: Mapping[str, float] | None = None) -> bytes:
    """`lsoa_lookup.csv`: one row for each unit of the area, unassigned ones with a blank neighbourhood.

    Beyond formats.md it has `neighbourhood_note`, so that remarks on neighbourhoods come back with the plan.
    confidence : unit -> share of good plans that keep it where it is (`footprints.certainty`), where it was worked out;
    blank otherwise.
    """
    sure = {unit: format(share, ".4g") for unit, share in (confidence or {}).items()}
    where = plan.where()
    own = {n.code: n for n in plan.neighbourhoods}
    notes = {note.code: note.text for note in plan.notes}
    locked = set(plan.locked)
    blank = ("",) * len(area.codes)
    districts = area.level("district").assignment
    icbs = area.levels["icb"].assignment if "icb" in area.levels else blank
    rows = []
    for unit, name, residents, lad, icb in zip(
        area.codes, area.units["name"], area.units["residents"], districts, icbs, strict=True
    ):
        code = where.get(unit, "")
        rows.append(
            (
                unit, str(name), code, own[code].name if code else "", own[code].place if code else "", lad, icb,
                int(residents), sure.get(unit, ""), "yes" if unit in locked else "", notes.get(unit, ""),
                notes.get(code, "") if code else "", *stamp.cells(plan),
            )
        )  # fmt: skip
    header = (
        "LSOA21CD", "LSOA21NM", "neighbourhood_code", "neighbourhood_name", "place", _column(area, "district", "LADCD"),
        _column(area, "icb", "ICBCD"), "resident_population", "confidence", "locked", "note", "neighbourhood_note",
        *HEADER,
    )  # fmt: skip
    return csv_bytes(header, rows)


def metrics_table(plan: Plan, area: Area, card: Scorecard | None = None, stamp: Stamp = _DRAFT) -> bytes:
    """`metrics.csv`: one row for each measure of each neighbourhood, then those of the plan with a blank code.

    `basis` is the formula; where a value is missing it says which file it needs. Terms of the objective come last.
    """
    card = card or score(plan, area)
    rows: list[tuple[object, ...]] = []
    for metric in card.metrics:
        trouble = card.missing.get(metric.key) or card.failed.get(metric.key, "")
        basis = f"{metric.formula} ({trouble})" if trouble else metric.formula
        tables = source(metric, area)
        if metric.level == "plan":
            rows.append((plan.name, "", metric.key, tidy(card.plan[metric.key]), metric.unit, basis, tables))
            continue
        for code in plan.codes:
            value = tidy(card.neighbourhoods.at[code, metric.key])
            rows.append((plan.name, code, metric.key, value, metric.unit, basis, tables))
    for term in card.terms:
        unit = "person-km" if plan.criteria.distance == "km" else "person-km²"
        rows.append((plan.name, "", f"term_{term.key}", tidy(term.value), unit, term.in_words, area.people_basis))
    header = ("option", "neighbourhood_code", "metric", "value", "unit", "basis", "source", *HEADER)
    return csv_bytes(header, [(*row, *stamp.cells(plan)) for row in rows])


def changes_table(plan: Plan) -> bytes:
    """`changes.csv`: one row for each unit moved by hand, by neighbourhood code, "" for none; then explained lines.

    A row for the line between two neighbourhoods has a blank LSOA21CD. Times are those of the edits, in UTC.
    """
    rows = [(c.unit, c.was, c.to, c.who, c.when, c.why) for c in changed(plan)]
    rows += [("", b.first, b.second, b.who, b.when, b.why) for b in plan.boundaries]
    return csv_bytes(("LSOA21CD", "from", "to", "who", "when", "why"), rows)


def links_table(plan: Plan) -> bytes:
    """`links.csv`: the links that the plan relies on, in the layout that is read."""
    rows = [(link.from_code, link.to_code, link.kind, link.note) for link in plan.links]
    return csv_bytes(("from_code", "to_code", "kind", "note"), rows)


def _column(area: Area, key: str, plain: str) -> str:
    """The official column of a level as its file has it: LAD24CD; the plain name where no file says."""
    level = area.levels.get(key)
    return (level.column if level else "") or plain
