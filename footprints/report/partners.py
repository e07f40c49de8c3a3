"""Table 3: for each partner's areas how many stay whole, in how many pieces the others are, and whom that affects."""

from __future__ import annotations

import numpy as np

from footprints.metrics.registry import NEEDS
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.measures import WHOLE, has_patients
from footprints.report.parts import Block, Cell, Column, Table, row
from footprints.report.subject import Subject
from optimise.words import count

COUNCIL = (
    ("upper_tier", "Upper-tier councils (health and wellbeing boards)"),
    ("district", "District and unitary councils"),
    ("ward", "Wards"),
    ("msoa", "MSOAs (census and JSNA areas)"),
)
_NO_PARTNER = {"upper_tier", "district", "ward", "msoa", "icb", "sub_icb", "rural_urban"}


def alignment(laid: Laid) -> list[Block]:
    """Table 3. Areas larger than neighbourhoods cannot be whole in one: of them it says what crosses their lines."""
    rows, gaps = [], []
    if laid.options[0].pcns and has_patients(laid.options[0]):
        rows.append(row(Cell("Primary care networks", "by patients"), *(_pcns(own) for own in laid.columns)))
    else:
        gaps.append(f"primary care networks: {NEEDS['registrations']} and {NEEDS['pcns']}")
    own_layers = sorted(key for key in laid.area.levels if key not in _NO_PARTNER)
    for key, label in (*COUNCIL, *((key, laid.area.levels[key].label) for key in own_layers)):
        if key in laid.area.levels:
            note = laid.area.levels[key].basis if key not in ("district", "upper_tier") else ""
            rows.append(row(Cell(label, note), *(_level(own, key) for own in laid.columns)))
        elif key in NEEDS:
            gaps.append(f"{label}: {NEEDS[key]}")
    if not own_layers:
        gaps.append(
            "social care localities, community nursing and mental health patches, police beats, housing and family hub "
            "areas: add each as a layer of areas (GeoPackage, GeoJSON or shapefile) to the source folder"
        )
    notes = [
        "Whole: in one neighbourhood. Pieces: parts that all of them fall into. Residents in smaller parts live "
        "outside the neighbourhood that holds most of their area; those on the other side live outside the council "
        "that holds most of their neighbourhood. A partner who keeps one team for each area would serve them from "
        f"another team. A PCN counts as whole with {WHOLE:.0%} of its patients in one neighbourhood; pieces of it are "
        "neighbourhoods with more than 5% of its patients. PCNs without a site here, or with most patients elsewhere, "
        "are left out.",
        *([f"Left out, and what would fill it: {'; '.join(gaps)}."] if gaps else []),
    ]
    columns = (Column("Partner’s areas", 2.1), *(Column(own.title, 1.5) for own in laid.columns))
    return [Table("Table 3. Partners’ areas and the options", columns, tuple(rows), tuple(notes))]


def _level(own: Subject, key: str) -> Cell:
    units, people = own.scene.crossed(key)
    if len(units) < own.card.plan["neighbourhoods"]:
        crossing = int(((units > 0).sum(axis=0) > 1).sum())
        across = int(people.sum() - people.max(axis=0, initial=0).sum())
        return Cell(f"{count(crossing, 'neighbourhood')} across its lines", f"{across:,} residents on the other side")
    inside = units.sum(axis=1) > 0
    pieces = (units > 0).sum(axis=1)
    aside = int(people.sum() - people.max(axis=1, initial=0).sum())
    whole = int((pieces[inside] == 1).sum())
    return Cell(
        f"{whole:,} of {int(inside.sum()):,} whole",
        f"{count(int(pieces.sum()), 'piece')}; {aside:,} residents in smaller parts",
    )


def _pcns(own: Subject) -> Cell:
    rows = own.pcns
    whole = sum(one.main_share >= WHOLE for one in rows)
    pieces = sum(max(one.pieces, 1) for one in rows)
    aside = sum(int(np.sum([n for _, n in one.inside[1:]])) for one in rows)
    return Cell(
        f"{whole:,} of {len(rows):,} whole",
        f"{count(pieces, 'piece')}; {say.people(aside)} patients outside the main one",
    )
