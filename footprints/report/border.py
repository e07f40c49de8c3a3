"""Patients across the border of the place, and everyone accounted for: residents by plan, patients by home."""

from __future__ import annotations

from collections.abc import Sequence

from boundaries.errors import FootprintError
from footprints.disclosure import NOT_SHOWN
from footprints.flows import reconcile
from footprints.metrics.registry import NEEDS
from footprints.practices import CrossBorder, cross_border
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.measures import has_patients
from footprints.report.parts import Block, Cell, Column, Table, Text, row
from footprints.spoken import spoken
from optimise.words import count

SHOWN = 4
OFFICIAL = {
    True: "Every list agrees to the person with the official practice totals of the same extract.",
    False: "Not every list agrees with the official practice totals: see the checks below.",
    None: "Not compared with the official practice totals (gp-reg-pat-prac-all.csv of the same extract).",
}


def across(laid: Laid) -> list[Block]:
    """Table 7: who crosses the border of the place to their practice."""
    if not has_patients(laid.options[0]):
        return [Text(f"Cross-border patients are left out: they need {NEEDS['registrations']}.")]
    found = cross_border(laid.options[0].spread)
    rows = []
    inward = [one for one in found if one.direction == "in"]
    outward = [one for one in found if one.direction == "out"]
    away: dict[str, int] = {}
    for one in outward:
        for where, number in one.outside:
            away[where] = away.get(where, 0) + number
    inside = sum(one.inside for one in inward)
    rows.append(
        row("Live here, practice sited outside the place", f"{len(inward):,}", say.people(inside), _most(inward))
    )
    for where in sorted(away, key=lambda w: (-away[w], w)):
        to = [one for one in outward if dict(one.outside).get(where)]
        rows.append(row(f"Live {where}, practice sited here", f"{len(to):,}", say.people(away[where]), _most(to)))
    if not away:
        rows.append(row("Live outside the place, practice sited here", "0", "0", "–"))
    columns = (
        Column("Patients who", 2.3), Column("Practices", 0.8, "right"), Column("Patients", 0.9, "right"),
        Column("Most at", 4.0),
    )  # fmt: skip
    note = (
        "They are counted in lists, never in a neighbourhood’s residents. Every option has the same: the border is "
        "that of the place. Patients of practices sited elsewhere who do not live here are left out."
    )
    return [Table("Table 7. Patients across the border of the place", columns, tuple(rows), (note,), dense=True)]


def _not_told(laid: Laid) -> list[str]:
    """What makes the patients who live here add up, as far as it may be told."""
    shown, here = laid.shown, int(laid.area.registrations["patients"].sum())
    apart = shown.difference
    if apart is None:
        made = [
            f"{here:,} patients who live here are told; how many are not is left out, as it would tell a small count."
        ]
    elif apart > 0:
        made = [
            f"{here + apart:,} patients live here, of whom {here:,} are told: "
            f"{count(apart, 'is in a count that is', 'are in counts that are')} left out as few, or lost to rounding."
        ]
    elif apart < 0:
        made = [
            f"{here + apart:,} patients live here, and {here:,} are told, {-apart:,} more: rounding up added more than "
            "was left out as few."
        ]
    else:
        made = [f"{here:,} patients live here, and as many are told."]
    made += [shown.withheld_in_words] if shown.withheld else []
    if shown.practices_left_out:
        made.append(f"{count(shown.practices_left_out, 'practice')} with few patients here are in no line.")
    return made


def _most(rows: Sequence[CrossBorder]) -> str:
    shown = [f"{spoken(one.name) or one.practice} ({say.people(one.crossing)})" for one in rows[:SHOWN]]
    return ", ".join(shown) or "–"


def everyone(laid: Laid) -> list[Block]:
    """Annex A: residents and patients accounted for."""
    area, blocks = laid.area, list[Block]()
    total = int(area.units["residents"].sum())
    rows = []
    for own in laid.columns:
        within = own.scene.label >= 0
        parts = [within & laid.body.inside(own.area), within & ~laid.body.inside(own.area)] if laid.body else [within]
        here = [int(own.scene.residents[part].sum()) for part in parts]
        rows.append(row(own.title, *(f"{n:,}" for n in here), f"{total - sum(here):,}", f"{total:,}"))
    named = [f"Of {laid.body.name}", "Outside it"] if laid.body else ["In a neighbourhood"]
    columns = (
        Column("Plan", 3.0), *(Column(head, 1.2, "right") for head in named), Column("In none", 1.0, "right"),
        Column("All residents", 1.2, "right"),
    )  # fmt: skip
    blocks.append(Table("Residents, to the person", columns, tuple(rows), (area.people_basis + ".",), dense=True))
    if not has_patients(laid.options[0]):
        return [*blocks, Text(f"Registered patients are left out: they need {NEEDS['registrations']}.")]
    try:
        found = reconcile(area)
    except FootprintError as error:
        said = f"Registered patients could not be reconciled: {error}"
        return [*blocks, Text(said), Text(say.rule(laid.shown.audience), small=True)]
    lines = [
        row(line.label, f"{line.practices:,}", say.people(line.patients))
        for line in found.lines
        if line.patients and line.key != NOT_SHOWN
    ]
    gap = sum(line.patients for line in found.lines if line.key == NOT_SHOWN)
    if gap:
        lines.append(row("Left out as few, and rounding", "", f"{gap:,}".replace("-", "−")))
    lines.append(row(Cell("On the lists of these practices"), "", say.people(found.total), total=True))
    lines += [
        row(f"Of these: {line.label[:1].lower()}{line.label[1:]}", f"{line.practices:,}", say.people(line.patients))
        for line in found.of_which
        if line.patients
    ]
    heads = (Column("Where they live", 3.6), Column("Practices", 0.8, "right"), Column("Patients", 1.0, "right"))
    notes = (say.rule(laid.shown.audience), *_not_told(laid), OFFICIAL[found.agrees])
    blocks.append(Table("Registered patients, every one in a line", heads, tuple(lines), notes, dense=True))
    return blocks
