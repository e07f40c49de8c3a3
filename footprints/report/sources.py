"""The last annexes: where every number comes from, which are estimates, the plans, and the places of neighbourhoods."""

from __future__ import annotations

import hashlib
import re

from boundaries.receipts import Receipt
from footprints.plan import canonical, document
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.checked import checked
from footprints.report.parts import Block, Bullets, Column, Heading, Table, Text, row
from footprints.report.subject import Subject

_PEOPLE = re.compile(r", [\d,.]+ rows, [\d,.]+ people")
COUNTS = {
    "registrations": "registered",
    "practice_totals": "registered",
    "place_based": "registered",
}
RESIDENTS = ("population", "census", "ts021", "nomis")
KINDLESS = ("unknown", "written_by_us")


def data_sources(laid: Laid) -> list[Block]:
    """Every table that was used, with its edition and areas, and whether it counts residents or registered patients."""
    groups: dict[tuple[str, str, str, str, str], int] = {}
    for receipt in laid.area.receipts:
        if receipt.status == "used" and receipt.kind not in KINDLESS:
            key = (receipt.publisher, receipt.table, receipt.edition, receipt.vintage, _counts(receipt))
            groups[key] = groups.get(key, 0) + 1
    if laid.asked.branches is not None:
        own = laid.asked.branches.receipt
        groups[own.publisher, own.table, own.edition, "", ""] = 1
    if laid.asked.ethnic is not None:
        groups["Office for National Statistics", "Census 2021 TS021 ethnic group", "2021", "LSOA 2021", "residents"] = 1
    rows = [
        row(table + (f" ({number} files)" if number > 1 else ""), publisher, edition or "not stated", vintage or "–",
            counts or "–")
        for (publisher, table, edition, vintage, counts), number in sorted(groups.items(), key=lambda g: g[0][1])
    ]  # fmt: skip
    columns = (
        Column("Table", 3.2), Column("Publisher", 1.7), Column("Edition", 1.9), Column("Areas", 1.2),
        Column("Counts", 0.9),
    )  # fmt: skip
    made: list[Block] = []
    if rows:
        made.append(Table("Tables used", columns, tuple(rows), (), dense=True))
    else:
        made.append(Text("No receipts of files go with this area."))
    made.append(Bullets(tuple(_limits(laid)), small=True))
    made.append(Text(f"Licences: {say.sentences(laid.area.attribution)}", small=True))
    return made


def _counts(receipt: Receipt) -> str:
    if receipt.kind in COUNTS:
        return COUNTS[receipt.kind]
    return "residents" if receipt.kind.startswith(RESIDENTS) else ""


def _limits(laid: Laid) -> list[str]:
    """What is an estimate, and what the numbers cannot say."""
    area, told = laid.area, []
    told.append(f"Residents: {area.people_basis}.")
    if area.ages_basis:
        told.append(f"Ages: {area.ages_basis}.")
    for receipt in area.receipts:
        if receipt.status == "used" and receipt.vintage == "LSOA 2011":
            said = [note for note in receipt.notes if note.startswith(("merged", "split", "complex"))]
            notes = "; ".join(_PEOPLE.sub("", note) if receipt.kind in COUNTS else note for note in said)
            told.append(f"Estimate: {receipt.table}, moved from LSOAs of 2011 to 2021{f' ({notes})' if notes else ''}.")
    told += [
        f"{level.label}: {level.basis}, so where a line of it cuts an LSOA the counts are estimates."
        for level in (area.levels[key] for key in sorted(area.levels))
        if "best fit" in level.basis or "point in polygon" in level.basis
    ]
    told.append("A practice counts where its postcode lies, and its branch surgeries only as sites.")
    if laid.asked.branches is not None:
        told += say.kept("Branch surgeries", laid.asked.branches.receipt)
    for receipt in laid.asked.assets.receipts if laid.asked.assets else ():
        told += say.kept("Other places", receipt)
    for receipt in laid.area.receipts:
        if receipt.kind == "travel" and receipt.status == "used":
            told += say.kept("Travel times", receipt)
    told.append("Distances are straight lines between the points that stand for LSOAs; they are not journeys.")
    told += checked(laid.exact, area)
    return told


def plans(laid: Laid) -> list[Block]:
    """The plans of the paper with their content hashes, and how to get at their LSOAs."""
    rows = []
    for own in (*laid.columns, *([laid.previous] if laid.previous else [])):
        whole = hashlib.sha256(canonical(document(own.plan)).encode()).hexdigest()
        what = "today’s arrangement" if own.today else "last version" if own is laid.previous else "option"
        rows.append(row(own.title, what, own.plan.id, own.plan.parent or "–", _chunks(whole)))
    columns = (
        Column("Plan", 2.0), Column("In this paper", 1.2), Column("Content hash", 1.0), Column("Made from", 1.0),
        Column("SHA-256 of plan.json", 3.0),
    )  # fmt: skip
    note = (
        "The content hash is made from what a plan says: one that says the same has the same, and any change gives "
        "another. The LSOAs of each neighbourhood and its outlines are the files lsoa_lookup.csv and "
        "neighbourhoods.geojson that are exported beside each plan."
    )
    notes = [note]
    if laid.details.mark:
        notes.append(
            f"Mark of the plan store when this paper was made: {_chunks(laid.details.mark)}. Whoever has it can prove "
            "later that nothing written before it was changed: footprints verify --head, with the mark (its first 12 "
            "digits after the dash are enough)."
        )
    return [Table("Plans in this paper", columns, tuple(rows), tuple(notes), dense=True)]


def _chunks(text: str) -> str:
    return " ".join(text[i : i + 16] for i in range(0, len(text), 16))


def places(laid: Laid) -> list[Block]:
    """Which places each neighbourhood of the recommended option (else of each) takes in, by the names of MSOAs."""
    level = laid.area.levels.get("msoa")
    if level is None:
        return []
    blocks: list[Block] = [Heading("Annex C. Places in each neighbourhood")]
    for own in laid.chosen:
        touched = dict(zip(own.plan.codes, laid.body.touched(own.scene), strict=True)) if laid.body else {}
        rows = [
            row(own.numbers[code], own.names[code], said)
            for code, said in _places(own, level.assignment, level.names)
            if touched.get(code, True)
        ]
        columns = (
            Column("No.", 0.4, "right"),
            Column("Neighbourhood", 1.8),
            Column("MSOAs, by their readable names", 6),
        )
        note = "(part): residents of this MSOA live in another neighbourhood, too."
        blocks.append(Table(own.title, columns, tuple(rows), (note,), dense=True))
    return blocks


def _places(own: Subject, group: tuple[str, ...], names: object) -> list[tuple[str, str]]:
    known: dict[str, str] = dict(names)  # type: ignore[call-overload]
    where = own.plan.where()
    inside: dict[str, dict[str, int]] = {}
    for unit, code in zip(own.area.codes, group, strict=True):
        if code and unit in where:
            members = inside.setdefault(where[unit], {})
            members[code] = members.get(code, 0) + int(own.area.units.at[unit, "residents"])
    divided = {code for code in known if sum(code in members for members in inside.values()) > 1}
    made = []
    for own_code in sorted(inside, key=lambda c: (len(own.numbers[c]), own.numbers[c])):
        members = inside[own_code]
        listed = sorted(members, key=lambda c: (c in divided, known.get(c, c)))
        made.append((own_code, ", ".join(known.get(c, c) + (" (part)" if c in divided else "") for c in listed)))
    return made
