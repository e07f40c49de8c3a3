"""One page for each neighbourhood that helps to size its team: map, people, need, practices, PCNs, other places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import geopandas as gpd
import numpy as np

from boundaries.area import Area
from boundaries.branches import Branches
from boundaries.overlays import Places
from footprints.disclosure import Audience
from footprints.metrics import need
from footprints.metrics.scene import Scene
from footprints.need import ages
from footprints.need.cohorts import ESTIMATE
from footprints.plan import Plan
from footprints.practices import Impact, impacts, populations, spread_of
from footprints.report import say
from footprints.report.drawing import united
from footprints.report.parts import Block, Break, Bullets, Callout, Column, Document, Figures, Heading, Table, Text, row
from footprints.report.team_map import practices_in, team_map
from footprints.spoken import spoken
from optimise.words import count

NAME = "neighbourhood-pages.pdf"
_MOST = 16  # practices, and kinds of places, on one page


def team_pages(
    plan: Plan,
    area: Area,
    *,
    mark: str,
    audience: Audience,
    assets: Places | None = None,
    branches: Branches | None = None,
) -> Document:
    """The pages. area : as the audience is shown it. mark : "DRAFT", "WITHDRAWN" or "".

    assets : places of the lists of formats.md 8.6 (`boundaries.overlays.places_of`). branches : branch surgeries, where
    loaded.
    """
    scene, spread = Scene(plan, area), spread_of(plan, area)
    rows, people = impacts(spread), populations(spread, area)
    units = area.units.geometry.to_numpy()
    outlines = {d: united(units[m]) for d, m in enumerate(scene.members) if len(m)}
    credit = " ".join(area.attribution)
    blocks: list[Block] = []
    for d, outline in outlines.items():
        own = plan.neighbourhoods[d]
        blocks += [Break()] if blocks else []
        blocks += [
            Heading(f"{own.name} ({own.code})"),
            *([Callout(f"{mark}: this plan is not agreed." if mark == "DRAFT" else mark, ())] if mark else []),
            Figures((team_map(scene, d, own.colour, outlines, assets.table if assets else None, credit),)),
            _people(scene, d, people[d].registered, people[d].lists, area, audience),
            *_practices(scene, d, rows, area, branches),
            *_places(outline, assets.table if assets else None),
        ]
    blocks.append(Text(audience.in_words, small=True))
    left = [words for one in (assets.receipts if assets else ()) for words in say.kept("Other places", one)]
    left += say.kept("Branch surgeries", branches.receipt) if branches else []
    blocks += [Bullets(tuple(left), small=True)] if left else []
    said = f"{mark}: " if mark else ""
    return Document(
        title=f"{said}{plan.name}: a page for each neighbourhood",
        subtitle=f"{area.name}, {count(len(outlines), 'neighbourhood')}. {audience.label.capitalize()}.",
        stamp=f"{said}{area.name}, {plan.name}, plan {plan.id}. {audience.label.capitalize()}.",
        day="",
        subject=f"One page for each neighbourhood of {plan.name}, to help size its team.",
        blocks=tuple(blocks),
    )


def _people(scene: Scene, d: int, registered: int, lists: int, area: Area, audience: Audience) -> Table:
    """Who lives here: residents, ages, need, registered patients."""
    residents = float(scene.residents[scene.members[d]].sum())
    facts: list[tuple[str, str, str]] = [("Residents", say.people(residents), area.people_basis)]
    notes = []
    for group in ages.groups(area):
        inside = float(ages.people(area, group)[scene.members[d]].sum())
        whole = float(ages.everyone(area)[scene.members[d]].sum())
        share = inside / whole if whole else float("nan")
        facts.append((group.label, say.people(inside), f"{say.share(share)} of all ages"))
    if len(area.ages.columns):
        notes.append(f"Ages: {area.ages_basis}.")
    if not len(area.ages.columns):
        notes.append("Ages are left out: no estimates by age are loaded.")
    elif not any(group.first == 85 for group in ages.groups(area)):
        notes.append("85 and over is left out: the ages that are loaded have no such band.")
    if np.isfinite(area.units["imd_score"].to_numpy(dtype=np.float64)).any():
        score, core, part = (float(f(scene)[d]) for f in (need.imd_score, need.core20_people, need.core20_share))
        facts.append(("Core20 residents", say.people(core), f"{say.share(part)} live in the most deprived fifth"))
        facts.append(("IMD score", say.decimal(score), "higher is more deprived; weighted by residents"))
    facts += _cohorts(scene, d, audience, notes)
    if registered:
        per = registered / residents if residents else float("nan")
        facts.append(("Registered patients living here", f"{registered:,}", f"{say.decimal(per, 2)} for each resident"))
        facts.append(("Lists of practices agreed here", f"{lists:,}", "wherever their patients live"))
    columns = (Column("Who lives here", 2.2), Column("Number", 1.0, "right"), Column("", 4.2))
    return Table("People and need", columns, tuple(row(*fact) for fact in facts), tuple(notes), dense=True)


def _cohorts(scene: Scene, d: int, audience: Audience, notes: list[str]) -> list[tuple[str, str, str]]:
    """People with complex needs, estimated or counted; local counts are of patients and not for the public."""
    if scene.cohorts is None:
        return []
    told = []
    for name, kind, people, share in (
        ("Complex needs", scene.cohorts.seven_is, scene.cohorts.seven, "7 %"),
        ("Of these to start with", scene.cohorts.two_four_is, scene.cohorts.middle, "3 % (2 to 4 %)"),
    ):
        number = say.people(float(people[scene.members[d]].sum()))
        if kind == ESTIMATE:
            told.append((f"{name}, estimated", number, f"as {share} of the area, by age and deprivation"))
        elif audience.public:
            notes.append(f"{name}: local counts are for partners and left out here.")
        else:
            told.append((name, number, "by local count"))
    return told


def _practices(scene: Scene, d: int, rows: Sequence[Impact], area: Area, branches: Branches | None) -> list[Block]:
    """Practices sited here, then those sited elsewhere that serve many who live here."""
    code, by = scene.plan.codes[d], {own.practice: own for own in rows}
    numbered = practices_in(scene, d)
    made, pcns = [], []
    for n, p in enumerate(numbered[:_MOST], 1):
        own = by.get(str(area.practices.index[p]))
        if own is None:
            continue
        here = dict(own.over_5).get(code, 0)
        part = here / own.patients if own.patients else float("nan")
        pcns += [own.pcn_name or own.pcn] if own.pcn else []
        made.append(
            row(
                str(n),
                own.name or own.practice,
                own.pcn_name or own.pcn or "none",
                f"{own.patients:,}",
                say.share(part, 0),
            )
        )
    elsewhere = sorted(
        ((dict(own.over_5).get(code, 0), own) for own in rows if own.site != code), key=lambda x: (-x[0], x[1].practice)
    )
    others = [f"{own.name or own.practice} ({n:,})" for n, own in elsewhere[:3] if n]
    beyond = f"Sited elsewhere, with most patients living here: {say.listed(others)}." if others else ""
    if not made:
        said = ["No GP practice is sited here.", beyond, _branches(scene, d, by, branches)]
        return [Text(" ".join(filter(None, said)))]
    notes = [
        f"{count(len(numbered) - _MOST, 'further practice')} in practice_lookup.csv." if len(numbered) > _MOST else "",
        f"PCNs: {say.listed(dict.fromkeys(pcns))}." if pcns else "",
        beyond,
        "Share living here counts a neighbourhood with more than 5% of the list.",
        _branches(scene, d, by, branches),
    ]
    columns = (
        Column("No.", 0.4, "right"), Column("GP practice sited here", 3.2), Column("PCN", 2.6),
        Column("List", 0.9, "right"), Column("Living here", 0.9, "right"),
    )  # fmt: skip
    return [Table("Practices", columns, tuple(made), tuple(filter(None, notes)), dense=True)]


def _branches(scene: Scene, d: int, by: Mapping[str, Impact], branches: Branches | None) -> str:
    """Branch surgeries that lie here, each with its practice; which file would fill it where none is loaded."""
    if branches is None:
        return "Branch surgeries are left out: no list of them (ebranchs.csv) is loaded."
    table, where, code = branches.table, scene.plan.where(), scene.plan.codes[d]
    here = [
        f"{spoken(str(name))} (of {(spoken(by[parent].name) if parent in by else '') or parent})"
        for name, parent, unit in zip(table["name"], table["parent"], table["unit"], strict=True)
        if where.get(str(unit)) == code
    ]
    if not here:
        return f"No branch surgery lies here ({branches.source})."
    more = f" and {len(here) - _MOST:,} more" if len(here) > _MOST else ""
    return f"Branch surgeries here ({len(here):,}, {branches.source}): {'; '.join(here[:_MOST])}{more}."


def _places(outline: object, assets: gpd.GeoDataFrame | None) -> list[Block]:
    """Other places by kind; which file would fill it where none is given."""
    if assets is None:
        note = (
            "Other places (pharmacies, schools, care homes) are left out: give lists of them on the page "
            "Export, or to footprints export (--assets FILE)."
        )
        return [Text(note, small=True)]
    inside = assets[assets.geometry.within(outline)]
    kinds: dict[str, list[str]] = {}
    for name, kind in zip(inside["name"].astype("str"), inside["kind"].astype("str"), strict=True):
        kinds.setdefault(kind or "other", []).append(name)
    if not kinds:
        return [Text("None of the other places on the lists given lies here.", small=True)]
    rows = [
        row(kind, f"{len(names):,}", ", ".join(sorted(names)[:6]) + (", …" if len(names) > 6 else ""))
        for kind, names in sorted(kinds.items())[:_MOST]
    ]
    columns = (Column("Other places", 1.6), Column("Number", 0.7, "right"), Column("Among them", 5.0))
    return [Table("Other places here", columns, tuple(rows), dense=True)]
