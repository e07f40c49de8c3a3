"""A comparison as a folder: measures by plan, and between any two plans who moves from where to where."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from boundaries.area import Area
from footprints.bodies import Body
from footprints.compare import Comparison
from footprints.comparing import FORMULAS
from footprints.disclosure import PARTNERS
from footprints.exchange.folder import write_folder
from footprints.options_table import options_table
from footprints.plan import Plan
from footprints.text import csv_bytes, tidy

REST = ("residents_elsewhere", "residents_moved_elsewhere", "lsoas_moved_elsewhere")
Rows = list[tuple[object, ...]]


def comparison_files(comparison: Comparison, plans: Sequence[Plan], area: Area) -> dict[str, bytes]:
    """Name -> bytes. `comparison.csv` and `options_table.csv` have a column for each plan, `changes.csv` each unit that
    is elsewhere than in the first plan; the others say for any two plans (the earlier first) who moves from where to
    where (`moves.csv`, `moves_by_group.csv`), by deprivation and age (`groups.csv`), what counts as the same
    neighbourhood (`matching.csv`, `best_match.csv`), which practices and PCNs move, and how alike they are.
    Narrowed to a body (`Comparison.body`), `body.csv` has the residents of each neighbourhood inside and beyond, and
    what moves is of the body, with the rest in columns of `likeness.csv`."""
    table, names = comparison.table, comparison.names
    measures = [
        (key, *(table.at[key, c] for c in ("label", "unit", "direction")), *(tidy(table.at[key, n]) for n in names))
        for key in table.index
    ]
    options = [
        (
            row.section, row.key, row.label, row.unit, row.direction, *map(tidy, row.values),
            "; ".join(name for name, best in zip(names, row.best, strict=True) if best), row.formula, row.note,
        )
        for row in options_table(comparison)
    ]  # fmt: skip
    return {
        "comparison.csv": csv_bytes(("metric", "label", "unit", "better", *names), measures),
        "options_table.csv": csv_bytes(
            ("section", "key", "measure", "unit", "better", *names, "best", "formula", "note"), options
        ),
        "changes.csv": csv_bytes(
            ("option", "LSOA21CD", "LSOA21NM", "from", "to", "residents"), _units(comparison, plans, area)
        ),
        **{name: csv_bytes(head, rows) for name, (head, rows) in _between(comparison).items()},
        **({"body.csv": _body(comparison)} if comparison.body else {}),
    }


def _body(comparison: Comparison) -> bytes:
    """Residents of every neighbourhood of every plan inside the body and beyond its line; the sums are the whole."""
    rows: Rows = []
    for name, own in zip(comparison.names, comparison.narrowed, strict=True):
        rows += [(name, part.code, part.name, part.inside, part.beyond, part.whole) for part in own.parts]
        rows.append((name, "", "in no neighbourhood", own.loose, own.loose_beyond, own.loose + own.loose_beyond))
        rows.append((name, "", "all", own.residents, own.everyone - own.residents, own.everyone))
    head = ("option", "neighbourhood_code", "neighbourhood_name", "residents_inside", "residents_beyond", "residents")
    return csv_bytes(head, rows)


def _units(comparison: Comparison, plans: Sequence[Plan], area: Area) -> Rows:
    rows: Rows = []
    old, residents, called = plans[0].where(), area.units["residents"], area.units["name"]
    for change, plan in zip(comparison.changes, plans[1:], strict=True):
        new = plan.where()
        rows += [
            (change.after, unit, str(called[unit]), old.get(unit, ""), new.get(unit, ""), residents[unit])
            for unit in change.units
        ]
    return rows


def _between(comparison: Comparison) -> dict[str, tuple[tuple[str, ...], Rows]]:
    ends = ("before", "after")
    made: dict[str, tuple[tuple[str, ...], Rows]] = {
        "moves.csv": ((*ends, "from_code", "from_name", "to_code", "to_name", "lsoas", "residents"), []),
        "moves_by_group.csv": ((*ends, "from_code", "to_code", "by", "group", "people"), []),
        "groups.csv": ((*ends, "by", "group", "everyone", "moved", "stayed", "counted"), []),
        "matching.csv": ((*ends, "code_before", "code_after", "residents_in_both"), []),
        "best_match.csv": (
            (*ends, "of", "code", "residents", "best_match", "residents_of_match", "residents_in_both", "jaccard"), [],
        ),
        "likeness.csv": (
            (*ends, "residents", "residents_moved", "residents_stayed", "lsoas_moved", *FORMULAS,
             *(REST if comparison.body else ())), [],
        ),
    }  # fmt: skip
    if len(comparison.area.registrations):
        made["practices_moved.csv"] = (
            (*ends, "practice_code", "practice_name", "patients", "home_before", "agreed_before", "home_after",
             "agreed_after", "same_neighbourhood"), [],
        )  # fmt: skip
        made["pcns_moved.csv"] = (
            (*ends, "pcn_code", "pcn_name", "patients", "main_before", "share_before", "main_after", "share_after"), [],
        )  # fmt: skip
    for i, j in comparison.pairs:
        change, services = comparison.change(i, j), comparison.services(i, j)
        own, alike = (comparison.names[i], comparison.names[j]), change.alike
        rest = change.elsewhere
        made["moves.csv"][1].extend((*own, *row) for row in change.moved.itertuples(index=False, name=None))
        made["moves_by_group.csv"][1].extend((*own, *row) for row in change.by_group.itertuples(index=False, name=None))
        made["groups.csv"][1].extend(
            (*own, by.key, g.name, g.everyone, g.moved, g.stayed, by.basis) for by in change.groups for g in by.groups
        )
        made["matching.csv"][1].extend((*own, *row) for row in change.matching)
        made["best_match.csv"][1].extend(
            (*own, side, o.code, o.people, o.other, o.people_other, o.shared, tidy(o.jaccard))
            for side, rows in (("before", alike.before), ("after", alike.after))
            for o in rows
        )
        made["likeness.csv"][1].append(
            (
                *own, change.everyone, change.people_moved, change.people_stayed, change.units_moved,
                *(tidy(getattr(alike, key)) for key in FORMULAS),
                *((rest.everyone, rest.people_moved, rest.units_moved) if rest else ()),
            )
        )  # fmt: skip
        if "practices_moved.csv" in made:
            made["practices_moved.csv"][1].extend(
                (*own, p.practice, p.name, p.patients, p.before, p.agreed_before, p.after, p.agreed_after, p.same)
                for p in services.practices
            )
            made["pcns_moved.csv"][1].extend(
                (*own, p.pcn, p.name, p.patients, p.before, tidy(p.share_before), p.after, tidy(p.share_after))
                for p in services.pcns
            )
    return made


def about_comparison(comparison: Comparison, plans: Sequence[Plan], area: Area) -> dict[str, Any]:
    """What the manifest of a comparison says."""
    return {
        "plans": [{"name": name, "plan": plan.id} for name, plan in zip(comparison.names, plans, strict=True)],
        "area": area.name,
        **({"narrowed_to": body_of(comparison.body)} if comparison.body else {}),
        "formulas": dict(FORMULAS.values()),
        "audience": PARTNERS.label,
        "attribution": list(area.attribution),
    }


def body_of(body: Body) -> dict[str, str]:
    """A body as a manifest names it."""
    return {"name": body.name, "kind": body.kind, "code": body.code, "plan": body.plan}


def write_comparison(comparison: Comparison, plans: Sequence[Plan], area: Area, folder: Path) -> tuple[Path, ...]:
    """Write `comparison_files` as a folder, replacing one of ours as a whole; the paths written."""
    return write_folder(folder, comparison_files(comparison, plans, area), about_comparison(comparison, plans, area))
