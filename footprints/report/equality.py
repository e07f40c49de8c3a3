"""The equality page: of each group of residents, who changes neighbourhood and who is further from its centre."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from footprints.metrics.journey_metrics import LIMITS, by
from footprints.metrics.registry import NEEDS
from footprints.need import ages
from footprints.report import journeys, say
from footprints.report.asked import Laid
from footprints.report.parts import Block, Cell, Column, Row, Table, row
from footprints.report.subject import Subject
from optimise.problem import Floats

ETHNIC = "the Census 2021 table TS021 by LSOA (census2021-ts021-lsoa.csv)"
RURAL = "the rural-urban classification of LSOAs (RUC_2021_LSOA21.csv)"
UNEVEN = 1.25
SEEN_KM = 0.05


@dataclass(frozen=True, eq=False)
class Group:
    """A group of residents: (n,) how many of them live in each unit. told : the label where no heading explains it."""

    label: str
    people: Floats
    told: str = ""


def groups(laid: Laid) -> tuple[list[tuple[str, list[Group]]], list[str]]:
    """Bands of groups (their heading and the groups), and what is left out and would fill them."""
    area = laid.area
    residents = area.units["residents"].to_numpy(dtype=np.float64)
    found: list[tuple[str, list[Group]]] = [("Everyone", [Group("All residents", residents)])]
    inside = laid.body.inside(laid.area).astype(np.float64) if laid.body else np.ones(len(residents))
    if laid.body:
        found = [
            (
                "Everyone",
                [
                    Group(f"Residents of {laid.body.name}", residents * inside),
                    Group("Residents outside it", residents * (1 - inside)),
                    Group("All residents", residents),
                ],
            )
        ]
    gaps = []
    decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
    if np.isfinite(decile).any():
        names = ("1, most deprived", "2", "3", "4", "5, least deprived")
        fifths = [
            Group(f"Fifth {name}", np.where(np.ceil(decile / 2) == n, residents, 0.0), f"deprivation fifth {name}")
            for n, name in enumerate(names, 1)
        ]
        found.append(("Deprivation (IMD, fifths of England)", [own for own in fifths if own.people.sum()]))
    else:
        gaps.append(f"deprivation: {NEEDS['imd']}")
    known = ages.groups(area)
    if known:
        made = [Group(own.label, ages.people(area, own).astype(np.float64)) for own in known]
        found.append(("Age", made))
    else:
        gaps.append(f"age: {NEEDS['ages']}")
    if laid.asked.ethnic is not None:
        table = laid.asked.ethnic.reindex(list(area.codes)).fillna(0)
        made = [Group(str(name), table[name].to_numpy(dtype=np.float64)) for name in table.columns]
        found.append(("Ethnic group (Census 2021)", made))
    else:
        gaps.append(f"ethnic group: {ETHNIC}")
    if "rural_urban" in area.levels:
        kind = area.units["rural_urban"].astype("str").str.partition(":")[0].str.strip()
        made = [
            Group(name, np.where(kind == name, residents, 0.0)) for name in sorted(set(kind) - {""}, key=_towards_rural)
        ]
        found.append(("Town and country", made))
    else:
        gaps.append(f"rural and urban: {RURAL}")
    narrowed = [(h, [Group(g.label, g.people * inside, g.told) for g in own]) for h, own in found[1:]]
    return [found[0], *narrowed], gaps


def _towards_rural(name: str) -> tuple[int, str]:
    order = ("Urban", "Larger rural", "Smaller rural")
    return (order.index(name) if name in order else len(order), name)


def equality(laid: Laid) -> list[Block]:
    """Table 8."""
    bands, gaps = groups(laid)
    base = laid.today or (laid.options[0] if len(laid.options) > 1 else None)
    compared = [own for own in laid.options if own is not base]
    columns = [Column("Residents", 2.3), Column("People", 0.9, "right")]
    columns += [Column(f"Change: {own.title}", 1.0, "right") for own in compared if base]
    columns += [Column(f"Km: {own.title}", 1.0, "right") for own in laid.columns]
    rows: list[Row] = []
    for heading, members in bands:
        if heading != "Everyone":
            rows.append(row(heading, band=True))
        rows += [_row(laid, own, base, compared) for own in members]
    notes = [f"Groups are of residents of {laid.body.name} alone."] if laid.body else []
    notes += [
        _change_note(base),
        "Km: mean straight line to the centre of the neighbourhood, over the residents of the group who are in one; in "
        f"brackets the difference from {base.title if base else 'nothing, as there is one plan'}. "
        f"{journeys.about_km(laid.area)}. Everyone in an LSOA is counted alike, so differences within an LSOA are not "
        "seen.",
    ]
    gaps += journeys.gap(laid.area)
    if gaps:
        notes.append(f"Left out, and what would fill it: {'; '.join(gaps)}.")
    return [
        Table("Table 8. Who changes, and who is further away", tuple(columns), tuple(rows), tuple(notes), dense=True),
        *(_minutes(laid, mode, bands, base) for mode in laid.area.modes),
    ]


def _minutes(laid: Laid, mode: str, bands: list[tuple[str, list[Group]]], base: Subject | None) -> Table:
    """Table 9, by one mode of travel."""
    far = LIMITS[-1]
    columns = [Column("Residents", 2.3), Column("People", 0.9, "right")]
    columns += [Column(f"Minutes: {own.title}", 1.0, "right") for own in laid.columns]
    columns += [Column(f"Within {far}: {own.title}", 1.0, "right") for own in laid.columns]
    rows: list[Row] = []
    for heading, members in bands:
        if heading != "Everyone":
            rows.append(row(heading, band=True))
        for group in members:
            cells = [Cell(group.label), Cell(say.people(float(group.people.sum())))]
            for own in laid.columns:
                minutes = journeys.mean_minutes(own, group.people, mode)
                more = (
                    journeys.longer(own, base, group.people, mode) if base is not None and own is not base else math.nan
                )
                cells.append(Cell(f"{say.decimal(minutes)}{f' ({say.signed(more)})' if np.isfinite(more) else ''}"))
            cells += [Cell(say.share(journeys.share_within(own, group.people, mode, far))) for own in laid.columns]
            rows.append(Row(tuple(cells)))
    everyone = bands[0][1][-1].people
    lacking = [(own.title, journeys.unknown(own, everyone, mode)) for own in laid.columns]
    notes = [
        "Minutes: mean travel time to the centre of the neighbourhood (the LSOA nearest to all its residents in a "
        "straight line), over the residents of the group whose time is known"
        + (
            f"; in brackets the minutes more or fewer than under {base.title}, of those with a time under both"
            if base
            else ""
        )
        + f". Within {far}: the share of them who need at most {far} minutes. "
        + (
            "No time is given for the journey of "
            + "; ".join(f"{say.people(number)} residents under {title}" for title, number in lacking)
            + ": nothing is filled in for them."
            if any(number for _, number in lacking)
            else "Every resident in a neighbourhood has a time."
        )
    ]
    return Table(
        f"Table {journeys.number_of(laid.area, mode)}. Who travels further{by(mode)}",
        tuple(columns),
        tuple(rows),
        tuple(notes),
        dense=True,
    )


def _row(laid: Laid, group: Group, base: Subject | None, compared: list[Subject]) -> Row:
    people = float(group.people.sum())
    cells = [Cell(group.label), Cell(say.people(people))]
    if base is not None:
        for own in compared:
            moved = float(group.people[own.change_from(base).moved].sum())
            cells.append(Cell(say.share(moved / people if people else float("nan"))))
    known = mean_km(base, group) if base is not None else float("nan")
    for own in laid.columns:
        km = mean_km(own, group)
        apart = f" ({say.signed(km - known)})" if base is not None and own is not base else ""
        cells.append(Cell(f"{say.decimal(km)}{apart}"))
    return Row(tuple(cells))


def mean_km(own: Subject, group: Group) -> float:
    """Mean straight-line km of the group to the centres of their neighbourhoods; NaN where none is in one."""
    inside = np.isfinite(own.km)
    weight = float(group.people[inside].sum())
    return float((own.km[inside] * group.people[inside]).sum()) / weight if weight else float("nan")


def _change_note(base: Subject | None) -> str:
    if base is None:
        return "Who changes is left out: it needs today's arrangement as a plan (footprints baseline), or two options."
    if base.today:
        return f"Change: share of the group whose neighbourhood is another one than in {base.title}."
    return (
        f"Change: share of the group who would be in another neighbourhood than under {base.title}. Who changes from "
        "today is not known: it needs today's arrangement as a plan (footprints baseline)."
    )


def findings(laid: Laid) -> list[str]:
    """What stands out: groups who change a quarter more often than everyone, and those who are further away."""
    bands, _ = groups(laid)
    base = laid.today or (laid.options[0] if len(laid.options) > 1 else None)
    if base is None:
        return []
    everyone, told = bands[0][1][0], []
    for own in laid.options:
        if own is base:
            continue
        moved = own.change_from(base).moved
        usual = float(everyone.people[moved].sum()) / max(float(everyone.people.sum()), 1.0)
        more = [
            group.told or group.label
            for _, members in bands[1:]
            for group in members
            if group.people.sum() and usual and group.people[moved].sum() / group.people.sum() >= UNEVEN * usual
        ]
        further = [
            (mean_km(own, group) - mean_km(base, group), group.told or group.label)
            for _, members in bands[1:]
            for group in members
            if group.people.sum()
        ]
        worst, best = max(further, default=(0.0, "")), min(further, default=(0.0, ""))
        whom = f"residents of {laid.body.name}" if laid.body else "all residents"
        said = f"{own.title}: {say.share(usual)} of {whom} change neighbourhood"
        said += (
            f"; more often by a quarter or more: {'; '.join(more)}" if more else "; no group more often by a quarter"
        )
        parts = [f"grows most for {worst[1]} ({say.signed(worst[0])} km)"] if worst[0] >= SEEN_KM else []
        parts += [f"falls most for {best[1]} ({say.signed(best[0])} km)"] if best[0] <= -SEEN_KM else []
        said += f". Distance to the centre {' and '.join(parts) or 'stays as it is for every group'}"
        people = {group.told or group.label: group.people for _, members in bands[1:] for group in members}
        told.append(". ".join([said, *journeys.changes(own, base, people)]) + ".")
    return told
