"""Table 2: who lives in each neighbourhood of an option, who is registered there, and what they need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from footprints.metrics.growth import NEEDS as GROWTH_NEEDS
from footprints.metrics.growth import growth_on
from footprints.metrics.journey_metrics import by
from footprints.metrics.registry import NEEDS
from footprints.need import ages
from footprints.need.cohorts import ESTIMATE
from footprints.need.cohorts import NEEDS as COHORTS_NEED
from footprints.report import journeys, say
from footprints.report.asked import Laid
from footprints.report.measures import has_patients
from footprints.report.parts import Block, Cell, Column, Row, Table, row
from footprints.report.practices import BRANCHES_NEED
from footprints.report.subject import Subject
from optimise.counting import is_known
from optimise.need import CORE20
from optimise.problem import Floats
from optimise.words import count


@dataclass(frozen=True)
class _Line:
    """A column: its heading and width, and what it says of one or several neighbourhoods, by their numbers."""

    column: Column
    tell: Callable[[Sequence[int]], str]


def profiles(laid: Laid) -> list[Block]:
    """A table for each option."""
    several = len(laid.options) > 1
    return [_profile(laid, own, f"{'abcd'[n]}" if several else "") for n, own in enumerate(laid.options)]


def _profile(laid: Laid, own: Subject, letter: str) -> Table:
    scene, area, body = own.scene, laid.area, laid.body
    lines, order = _lines(laid, own), _order(own)
    touched = body.touched(own.scene) if body else [True] * scene.k
    if body:
        here, _ = body.residents(own.scene)
        lines.insert(1, _sum("Of these inside", 1.1, np.array(here, dtype=np.float64), say.people))
    told = [d for d in order if touched[d]]
    rows = [
        row(own.numbers[own.plan.codes[d]], Cell(own.names[own.plan.codes[d]]), *(line.tell([d]) for line in lines))
        for d in told
    ]
    others = [d for d in order if not touched[d]]
    if others:
        name = f"{count(len(others), 'neighbourhood')} wholly outside"
        rows.append(row("", Cell(name), *(line.tell(others) for line in lines)))
    total = Row(
        (Cell(""), Cell("In all neighbourhoods"), *(Cell(line.tell(order)) for line in lines)),
        total=True,
    )
    notes = []
    if body:
        notes.append(f"Inside: residents of {body.name}.")
    loose = int(scene.residents[scene.label < 0].sum())
    if loose:
        notes.append(f"{loose:,} residents are in no neighbourhood, and in no row.")
    if letter in ("", "a"):
        notes += [_foot(laid), *_left_out(laid, own)]
    columns = (
        Column("No.", 0.55, "right"),
        Column("Neighbourhood", (2.9 if body else 3.4) - (0.65 if len(area.modes) == 1 else 0)),
        *(line.column for line in lines),
    )
    title = f"Table 2{letter}. Neighbourhood profile: {own.title} ({area.name})"
    return Table(title, columns, (*rows, total), tuple(notes), dense=True)


def _order(own: Subject) -> list[int]:
    filled = [d for d in range(own.scene.k) if len(own.scene.members[d])]
    return sorted(filled, key=lambda d: (len(own.numbers[own.plan.codes[d]]), own.numbers[own.plan.codes[d]]))


def _lines(laid: Laid, own: Subject) -> list[_Line]:
    scene, area = own.scene, own.area
    residents = scene.total(scene.residents)
    lines = [_sum("Residents", 1.1, residents, say.people)]
    if has_patients(own):
        rows = own.populations
        registered = np.array([r.registered for r in rows[:-1]], dtype=np.float64)
        lists = np.array([r.lists for r in rows[:-1]], dtype=np.float64)
        lines.append(_sum("Registered here", 1.25, registered, say.people))
        lines.append(_Line(_right("Ratio", 0.75), lambda of: say.decimal(_part(registered, residents, of), 2)))
        if len(area.practices):
            lines.append(_sum("Lists agreed here", 1.2, lists, say.people))
    for group in ages.groups(area):
        inside, every = scene.total(ages.people(area, group)), scene.total(ages.everyone(area))
        lines.append(_share(group.short, inside, every))
    if np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        lines.append(_Line(_right("IMD score", 0.95), partial(_imd, own)))
        decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
        known = np.isfinite(decile)
        core = scene.total(np.where(decile <= CORE20, scene.residents, 0))
        lines.append(_share("Core20", core, scene.total(np.where(known, scene.residents, 0))))
    if scene.cohorts is not None:
        for label, kind, part in (
            ("7 %", scene.cohorts.seven_is, scene.cohorts.seven),
            ("2–4 %", scene.cohorts.two_four_is, scene.cohorts.middle),
        ):
            if kind == ESTIMATE:
                lines.append(_sum(f"{label} est.", 0.95, scene.total(part), say.people))
    if _grows(own):
        growth = growth_on(scene)
        lines.append(_sum(f"In {growth.years[-1]}", 1.15, growth.people[:-1, -1], say.people))
    if len(area.practices):
        sited = own.card.neighbourhoods["practices"].to_numpy(dtype=np.float64)
        lines.append(_sum("GP sites", 0.75, sited, say.people))
        if laid.asked.branches is not None:
            where, number = own.plan.where(), dict.fromkeys(own.plan.codes, 0.0)
            for unit in laid.asked.branches.table["unit"].astype("str"):
                if unit in where:
                    number[where[unit]] += 1
            here = np.array([number[code] for code in own.plan.codes])
            lines.append(_sum("Branches", 1.15, here, say.people))
        if "pcns_touching" not in own.card.missing:
            lines.append(_Line(_right("PCNs", 0.75), partial(_pcns, own)))
    lines.append(_Line(_right("Km", 0.65), partial(_km, own)))
    if len(area.modes) == 1:  # the table has no room for more
        lines.append(_Line(_right("Min", 0.65), partial(_minutes, own, area.modes[0])))
    return lines


def _imd(own: Subject, of: Sequence[int]) -> str:
    """The score of one neighbourhood as the catalogue has it; of several, by residents."""
    if len(of) == 1:
        return say.decimal(float(own.card.neighbourhoods["imd_score"].to_numpy(dtype=np.float64)[of[0]]))
    score = own.area.units["imd_score"].to_numpy(dtype=np.float64)
    inside = np.isin(own.scene.label, of) & np.isfinite(score)
    weight = own.scene.residents[inside].astype(np.float64)
    return say.decimal(float((score[inside] * weight).sum() / weight.sum()) if weight.sum() else float("nan"))


def _pcns(own: Subject, of: Sequence[int]) -> str:
    if len(of) == 1:
        return say.people(float(own.card.neighbourhoods["pcns_touching"].to_numpy(dtype=np.float64)[of[0]]))
    inside, pcns = np.isin(own.scene.site, of), own.area.practices["pcn"].astype("str")
    return f"{len({p for p, there in zip(pcns, inside.tolist(), strict=True) if there and p}):,}"


def _km(own: Subject, of: Sequence[int]) -> str:
    """The mean of one neighbourhood as the catalogue has it; of several, by residents."""
    if len(of) == 1:
        return say.decimal(float(own.card.neighbourhoods["mean_km_to_centre"].to_numpy(dtype=np.float64)[of[0]]))
    inside = np.isin(own.scene.label, of) & np.isfinite(own.km)
    weight = own.scene.residents[inside].astype(np.float64)
    return say.decimal(float((own.km[inside] * weight).sum() / weight.sum()) if weight.sum() else float("nan"))


def _minutes(own: Subject, mode: str, of: Sequence[int]) -> str:
    """Mean minutes to their centres of the residents of one or several neighbourhoods whose time is known."""
    people = np.where(np.isin(own.scene.label, of), own.scene.residents, 0).astype(np.float64)
    return say.decimal(journeys.mean_minutes(own, people, mode))


def _grows(own: Subject) -> bool:
    """Whether people of a later year can be told: not of lists, as nobody knows which practices people will join."""
    counts = own.plan.criteria.count
    return len(own.area.growth) > 0 and counts != "lists" and is_known(own.area, counts)


def _right(label: str, share: float) -> Column:
    return Column(label, share, "right")


def _sum(label: str, share: float, values: Floats, words: Callable[[float], str]) -> _Line:
    return _Line(_right(label, share), lambda of: words(float(values[list(of)].sum())))


def _share(label: str, above: Floats, below: Floats) -> _Line:
    return _Line(_right(label, 0.78 if len(label) < 6 else 0.98), lambda of: say.share(_part(above, below, of), 0))


def _part(above: Floats, below: Floats, of: Sequence[int]) -> float:
    total = float(below[list(of)].sum())
    return float(above[list(of)].sum()) / total if total else float("nan")


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
                 f"centre of the neighbourhood, not a journey ({journeys.DETOUR_WORDS})")  # fmt: skip
    if len(laid.area.modes) > 1:
        parts.append("Minutes by each mode of travel stand in metrics.csv by neighbourhood, and in Tables 1 and 9")
    elif laid.area.modes:
        parts.append(f"Min: mean minutes to the same centre{by(laid.area.modes[0])}, of residents whose time is known")
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
            "postcode or coordinates each, given on the page Export or to footprints report (--assets FILE); they then "
            "stand in an annex"
        )
    gaps += ["main hospital trust: no such table is read yet", *journeys.gap(area)]
    return [f"Left out, and what would fill it: {'; '.join(gaps)}."]
