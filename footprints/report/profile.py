"""Table 2: who lives in each neighbourhood of an option, who is registered there, and what they need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from footprints.metrics.registry import NEEDS
from footprints.metrics.scene import ratio
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.measures import has_patients
from footprints.report.parts import Block, Cell, Column, Row, Table, row
from footprints.report.subject import Subject
from optimise.problem import Floats


@dataclass(frozen=True)
class Ages:
    """A group of ages and the bands of the source that make it up."""

    label: str
    bands: tuple[str, ...]


@dataclass(frozen=True)
class _Line:
    """A column: its heading, width, a text for each neighbourhood, and one for the whole."""

    column: Column
    cells: tuple[str, ...]
    total: str


def band_of(label: str) -> tuple[int, int] | None:
    """First and last year of age of a band by its label; 999 for "and over"; None where it is no band."""
    said = label.casefold()
    if found := re.search(r"(\d+)(?: years)? (?:and|or) under", said):
        return 0, int(found[1])
    if found := re.search(r"(\d+)(?: years)? (?:and|or) over|(\d+)\+", said):
        return int(found[1] or found[2]), 999
    if found := re.search(r"(\d+) ?(?:to|-|–) ?(\d+)", said):
        return int(found[1]), int(found[2])
    if found := re.fullmatch(r"(?:aged? )?(\d+)(?: years?)?", said):
        return int(found[1]), int(found[1])
    return None


def groups_of(bands: Sequence[str]) -> tuple[Ages, ...]:
    """Children, 65 and over, and 85 and over, as far as the bands of the source give them, under their real ages."""
    known = sorted((span, band) for band in bands if (span := band_of(band)))
    young: list[str] = []
    last = -1
    for (first, end), band in known:
        if first == last + 1 and end <= 19 and not (last >= 15 and end > 17):
            young.append(band)
            last = end
    found = [Ages(f"0–{last}", tuple(young))] if young else []
    for least in (65, 85):
        old = tuple(band for (first, _), band in known if first >= least)
        whole = any(first == least for (first, _), _ in known)
        found += [Ages(f"{least}+", old)] if old and whole else []
    return tuple(found)


def profiles(laid: Laid) -> list[Block]:
    """A table for each option."""
    several = len(laid.options) > 1
    return [_profile(laid, own, f"{'abcd'[n]}" if several else "") for n, own in enumerate(laid.options)]


def _profile(laid: Laid, own: Subject, letter: str) -> Table:
    scene, area = own.scene, laid.area
    lines = _lines(own)
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
        notes += [_foot(laid), *_left_out(own)]
    columns = (Column("No.", 0.55, "right"), Column("Neighbourhood", 3.6), *(line.column for line in lines))
    title = f"Table 2{letter}. Neighbourhood profile: {own.title} ({area.name})"
    return Table(title, columns, (*rows, total), tuple(notes), dense=True)


def _order(own: Subject) -> list[int]:
    filled = [d for d in range(own.scene.k) if len(own.scene.members[d])]
    return sorted(filled, key=lambda d: (len(own.numbers[own.plan.codes[d]]), own.numbers[own.plan.codes[d]]))


def _lines(own: Subject) -> list[_Line]:
    scene, area, order = own.scene, own.area, _order(own)
    residents = scene.total(scene.residents)
    lines = [_line("Residents", 1.15, residents, order, say.people)]
    if has_patients(own):
        rows = own.populations
        registered = np.array([r.registered for r in rows[:-1]], dtype=np.float64)
        lists = np.array([r.lists for r in rows[:-1]], dtype=np.float64)
        lines.append(_line("Registered here", 1.25, registered, order, say.patients))
        whole = float(registered[order].sum() / residents[order].sum()) if residents[order].sum() else float("nan")
        per = ratio(registered, residents)
        lines.append(_Line(_right("Ratio", 0.75), tuple(say.decimal(per[d], 2) for d in order), say.decimal(whole, 2)))
        if len(area.practices):
            lines.append(_line("Lists agreed here", 1.2, lists, order, say.patients))
    for group in groups_of([str(c) for c in area.ages.columns]):
        inside = area.ages[list(group.bands)].sum(axis=1).to_numpy(dtype=np.float64)
        every = area.ages.sum(axis=1).to_numpy(dtype=np.float64)
        lines.append(_share(f"{group.label}", scene.total(inside), scene.total(every), order, own))
    if np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        score = own.card.neighbourhoods["imd_score"].to_numpy(dtype=np.float64)
        whole = _weighted(own, area.units["imd_score"].to_numpy(dtype=np.float64))
        lines.append(_Line(_right("IMD score", 0.8), tuple(say.decimal(score[d]) for d in order), say.decimal(whole)))
        decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
        known = np.isfinite(decile)
        core = scene.total(np.where(decile <= 2, scene.residents, 0))
        lines.append(_share("Core20", core, scene.total(np.where(known, scene.residents, 0)), order, own))
    if len(area.practices):
        sited = own.card.neighbourhoods["practices"].to_numpy(dtype=np.float64)
        lines.append(_line("GP sites", 0.7, sited, order, say.people))
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


def _right(label: str, share: float) -> Column:
    return Column(label, share, "right")


def _line(label: str, share: float, values: Floats, order: Sequence[int], words: object) -> _Line:
    spoken = say.patients if words is say.patients else say.people
    return _Line(_right(label, share), tuple(spoken(values[d]) for d in order), spoken(float(values[order].sum())))


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
    parts.append("Core20: residents of LSOAs among the most deprived fifth of England. Km: mean straight line to the "
                 "centre of the neighbourhood, not a journey")  # fmt: skip
    return ". ".join(parts) + "."


def _left_out(own: Subject) -> list[str]:
    area, groups = own.area, {g.label for g in groups_of([str(c) for c in own.area.ages.columns])}
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
    gaps.append(
        "estimated cohorts, pharmacies, family hubs, schools, care homes, hub sites, hospital trusts and growth: lists "
        "and tables of these, which this paper does not hold yet"
    )
    return [f"Left out, and what would fill it: {'; '.join(gaps)}."]
