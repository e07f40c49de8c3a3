"""Table 2: who lives in each neighbourhood of an option, who is registered there, and what they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from footprints.metrics.registry import NEEDS
from footprints.metrics.scene import ratio
from footprints.need import ages
from footprints.need.cohorts import ESTIMATE
from footprints.need.cohorts import NEEDS as COHORTS_NEED
from footprints.need.growth import NEEDS as GROWTH_NEEDS
from footprints.need.growth import growth_on
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.measures import has_patients
from footprints.report.parts import Block, Cell, Column, Row, Table, row
from footprints.report.practices import BRANCHES_NEED
from footprints.report.subject import Subject
from optimise.counting import is_known
from optimise.problem import Floats


@dataclass(frozen=True)
class _Line:
    """A column: its heading, width, a text for each neighbourhood, and one for the whole."""

    column: Column
    cells: tuple[str, ...]
    total: str


def profiles(laid: Laid) -> list[Block]:
    """A table for each option."""
    several = len(laid.options) > 1
    return [_profile(laid, own, f"{'abcd'[n]}" if several else "") for n, own in enumerate(laid.options)]


def _profile(laid: Laid, own: Subject, letter: str) -> Table:
    scene, area = own.scene, laid.area
    lines = _lines(laid, own)
    rows = []
    for i, d in enumerate(_order(own)):
        code = own.plan.codes[d]
        rows.append(row(own.numbers[code], Cell(own.names[code]), *(line.cells[i] for line in lines)))
    total = Row(
        (Cell(""), Cell("In all neighbourhoods"), *(Cell(line.total) for line in lines)),
        total=True,
    )
    notes = []
    loose = int(scene.residents[scene.label < 0].sum())
    if loose:
        notes.append(f"{loose:,} residents are in no neighbourhood, and in no row.")
    if letter in ("", "a"):
        notes += [_foot(laid), *_left_out(laid, own)]
    columns = (Column("No.", 0.55, "right"), Column("Neighbourhood", 3.6), *(line.column for line in lines))
    title = f"Table 2{letter}. Neighbourhood profile: {own.title} ({area.name})"
    return Table(title, columns, (*rows, total), tuple(notes), dense=True)


def _order(own: Subject) -> list[int]:
    filled = [d for d in range(own.scene.k) if len(own.scene.members[d])]
    return sorted(filled, key=lambda d: (len(own.numbers[own.plan.codes[d]]), own.numbers[own.plan.codes[d]]))


def _lines(laid: Laid, own: Subject) -> list[_Line]:
    scene, area, order = own.scene, own.area, _order(own)
    residents = scene.total(scene.residents)
    lines = [_line("Residents", 1.15, residents, order, say.people)]
    if has_patients(own):
        rows = own.populations
        registered = np.array([r.registered for r in rows[:-1]], dtype=np.float64)
        lists = np.array([r.lists for r in rows[:-1]], dtype=np.float64)
        lines.append(_line("Registered here", 1.25, registered, order, say.people))
        whole = float(registered[order].sum() / residents[order].sum()) if residents[order].sum() else float("nan")
        per = ratio(registered, residents)
        lines.append(_Line(_right("Ratio", 0.75), tuple(say.decimal(per[d], 2) for d in order), say.decimal(whole, 2)))
        if len(area.practices):
            lines.append(_line("Lists agreed here", 1.2, lists, order, say.people))
    for group in ages.groups(area):
        inside, every = scene.total(ages.people(area, group)), scene.total(ages.everyone(area))
        lines.append(_share(group.short, inside, every, order, own))
    if np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        score = own.card.neighbourhoods["imd_score"].to_numpy(dtype=np.float64)
        whole = _weighted(own, area.units["imd_score"].to_numpy(dtype=np.float64))
        lines.append(_Line(_right("IMD score", 0.95), tuple(say.decimal(score[d]) for d in order), say.decimal(whole)))
        decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
        known = np.isfinite(decile)
        core = scene.total(np.where(decile <= 2, scene.residents, 0))
        lines.append(_share("Core20", core, scene.total(np.where(known, scene.residents, 0)), order, own))
    if scene.cohorts is not None:
        for label, kind, part in (
            ("7 %", scene.cohorts.seven_is, scene.cohorts.seven),
            ("2–4 %", scene.cohorts.two_four_is, scene.cohorts.middle),
        ):
            if kind == ESTIMATE:
                lines.append(_line(f"{label} est.", 0.85, scene.total(part), order, say.people))
    if _grows(own):
        growth = growth_on(scene)
        lines.append(_line(f"In {growth.years[-1]}", 0.95, growth.people[:-1, -1], order, say.people))
    if len(area.practices):
        sited = own.card.neighbourhoods["practices"].to_numpy(dtype=np.float64)
        lines.append(_line("GP sites", 0.7, sited, order, say.people))
        if laid.asked.branches is not None:
            where, number = own.plan.where(), dict.fromkeys(own.plan.codes, 0.0)
            for unit in laid.asked.branches.table["unit"].astype("str"):
                if unit in where:
                    number[where[unit]] += 1
            here = np.array([number[code] for code in own.plan.codes])
            lines.append(_line("Branches", 0.95, here, order, say.people))
        if "pcns_touching" not in own.card.missing:
            pcns = own.card.neighbourhoods["pcns_touching"].to_numpy(dtype=np.float64)
            codes = {str(p) for p, d in zip(area.practices["pcn"], scene.site, strict=True) if d >= 0 and p}
            lines.append(_Line(_right("PCNs", 0.75), tuple(say.people(pcns[d]) for d in order), f"{len(codes):,}"))
    km = own.card.neighbourhoods["mean_km_to_centre"].to_numpy(dtype=np.float64)
    mean = own.card.plan["mean_km_to_centre"]
    lines.append(
        _Line(
            _right("Km", 0.65),
            tuple(say.decimal(km[d]) for d in order),
            say.decimal(float("nan") if mean is None else mean),
        )
    )
    return lines


def _grows(own: Subject) -> bool:
    """Whether people of a later year can be told: not of lists, as nobody knows which practices people will join."""
    count = own.plan.criteria.count
    return len(own.area.growth) > 0 and count != "lists" and is_known(own.area, count)


def _right(label: str, share: float) -> Column:
    return Column(label, share, "right")


def _line(label: str, share: float, values: Floats, order: Sequence[int], words: Callable[[float], str]) -> _Line:
    return _Line(_right(label, share), tuple(words(values[d]) for d in order), words(float(values[order].sum())))


def _share(label: str, above: Floats, below: Floats, order: Sequence[int], own: Subject) -> _Line:
    part = ratio(above, below)
    total = float(below[order].sum())
    whole = float(above[order].sum()) / total if total else float("nan")
    return _Line(_right(label, 0.78), tuple(say.share(part[d], 0) for d in order), say.share(whole, 0))


def _weighted(own: Subject, score: Floats) -> float:
    inside = (own.scene.label >= 0) & np.isfinite(score)
    weight = own.scene.residents[inside].astype(np.float64)
    return float((score[inside] * weight).sum() / weight.sum()) if weight.sum() else float("nan")


def _foot(laid: Laid) -> str:
    own = laid.options[0]
    parts = [f"Residents: {laid.area.people_basis.split(':')[0]}"]
    if has_patients(own):
        parts.append(
            "Registered here: patients of any practice who live there. Ratio: registered for each resident. Lists "
            "agreed here: all patients of practices agreed (else by most patients) to the neighbourhood, wherever they "
            "live"
        )
    if len(laid.area.ages.columns):
        parts.append(f"Ages: {laid.area.ages_basis}")
    if own.scene.cohorts is not None and ESTIMATE in (own.scene.cohorts.seven_is, own.scene.cohorts.two_four_is):
        parts.append(
            "7 % and 2–4 % est.: estimated people with complex needs, and (at 3 %) those to start with, by age and "
            "deprivation as multiple long-term conditions go with them in England; the area is set to 7 and 3 %, so "
            "this says how need is spread within it"
        )
    if _grows(own):
        whom = "registered patients living here" if own.plan.criteria.count == "registered" else "residents"
        parts.append(f"In a later year: {whom} with the homes of the table of growth, and no other change")
    if laid.asked.branches is not None:
        parts.append(f"Branches: open branch surgeries ({laid.asked.branches.source})")
    parts.append("Core20: residents of LSOAs among the most deprived fifth of England. Km: mean straight line to the "
                 "centre of the neighbourhood, not a journey")  # fmt: skip
    return ". ".join(parts) + "."


def _left_out(laid: Laid, own: Subject) -> list[str]:
    area, groups = own.area, {g.short for g in ages.groups(own.area)}
    gaps = []
    if not has_patients(own):
        gaps.append(f"registered patients, ratio, lists: {NEEDS['registrations']}")
    if not len(area.practices):
        gaps.append(f"GP sites and PCNs: {NEEDS['practices']}")
    if not groups:
        gaps.append(f"ages: {NEEDS['ages']}")
    elif "85+" not in groups:
        gaps.append("85 and over: the mid-year estimates by single year of age (sapelsoasyoa….xlsx)")
    if not np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        gaps.append(f"deprivation: {NEEDS['imd']}")
    if own.scene.cohorts is None:
        gaps.append(f"estimated cohorts: {COHORTS_NEED}")
    elif {own.scene.cohorts.seven_is, own.scene.cohorts.two_four_is} != {ESTIMATE}:
        gaps.append("local counts of cohorts: counts of patients, which need.csv gives to partners")
    if not len(area.growth):
        gaps.append(f"growth: {GROWTH_NEEDS}")
    elif not _grows(own):
        gaps.append("growth: a range on residents, or on registered patients that are loaded")
    if laid.asked.branches is None:
        gaps.append(f"branch surgeries: {BRANCHES_NEED}")
    if laid.asked.assets is None:
        gaps.append(
            "pharmacies, family hubs, schools, care homes, community centres and hub sites: lists of them with a "
            "postcode or coordinates each (--assets FILE); given, they stand in an annex"
        )
    gaps.append("main hospital trust, and travel times by road or public transport: no such table is read yet")
    return [f"Left out, and what would fill it: {'; '.join(gaps)}."]
