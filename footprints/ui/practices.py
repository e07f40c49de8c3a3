"""The tables of the Practices page: three populations, where patients live, PCNs, and people who are not placed."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from boundaries.area import Area
from footprints.bodies import Body
from footprints.exchange import practice_tables
from footprints.flows import Reconciliation
from footprints.narrowing import Narrowed
from footprints.plan import Plan
from footprints.practices import (
    CrossBorder,
    FarRatio,
    Impact,
    PcnRow,
    Populations,
    Spread,
    cross_border,
    kept_whole,
    own_ratio,
    straddling,
)
from footprints.practices.impact import OVER, STRADDLES
from footprints.practices.populations import NAMES
from footprints.ui import download_routes, figures, narrowed, style
from footprints.ui.narrowed import Here
from footprints.ui.practice_facts import PracticeFacts
from optimise.words import count

ALL, EITHER, STRADDLING, DIFFERING = (
    "All practices", "Straddle or differ", "Straddle two neighbourhoods", "Site, patients and PCN differ",
)  # fmt: skip
MOST_BORDER = 25


def ratio(value: float) -> str:
    """A ratio with two digits, a dash where there is none."""
    return f"{value:.2f}" if figures.known(value) else "–"


def share(value: float) -> str:
    """A share in whole percent; what is not nothing is never said to be."""
    return "under 1%" if 0 < value < 0.005 else f"{value:.0%}"


def download(facts: PracticeFacts, *names: str) -> None:
    """Buttons for the files of a tab."""
    with st.container(horizontal=True, gap="small"):
        for name in names:
            download_routes.button(f"Download {name}", facts.files[name], name, "text/csv")


def names_of(plan: Plan) -> dict[str, str]:
    """Neighbourhood code -> name; "" for none."""
    return {n.code: n.name for n in plan.neighbourhoods} | {"": "–"}


def headline(facts: PracticeFacts, here: Here | None) -> None:
    """The figures that a meeting begins with. here : only of the practices sited in it, and of their PCNs."""
    ours = sited(facts.shown, here)
    of_area = [row for row in facts.pcns if row.pcn and row.ours and (here is None or row.pcn in here.pcns)]
    tiles = [
        (f"{len(ours)}", f"practices sited in {here.body.name}" if here else "practices with patients here"),
        (f"{len(straddling(ours))}", "of them straddle two neighbourhoods"),
        (f"{sum(row.homes_differ for row in ours)}", "where site, patients and PCN differ"),
    ]
    if of_area:
        whole = f"{kept_whole(of_area, 0.8)} and {kept_whole(of_area, 0.9)}"
        tiles.append((whole, f"of {count(len(of_area), 'PCN')} whole, at 80% and 90%"))
    style.tiles(tiles)


def sited(rows: Sequence[Impact], here: Here | None) -> tuple[Impact, ...]:
    """The practices among them that have their site in a body; all without one."""
    return tuple(row for row in rows if here is None or row.practice in here.practices)


def populations(rows: Sequence[Populations], own: Narrowed | None) -> None:
    """The three populations of each neighbourhood, and their sums. own : only those that a body touches, the others in
    one line, with its residents in a column of their own.
    """
    listed = [row for row in rows if row.code or row.residents or row.lists or row.registered]
    inside: dict[str, int] = {}
    if own is not None:
        inside = {part.code: part.inside for part in own.own} | {"": own.loose}
        others = [row for row in listed if row.code not in inside]
        listed = [row for row in listed if row.code in inside]
        if others:
            listed.append(_together(f"{count(len(others), 'neighbourhood')} wholly outside", others))
    table = [[row.name, *_inside(row, own, inside), *_population(row)] for row in listed]
    whole = _together("All together", rows)
    table.append([whole.name, *([f"{own.residents:,}"] if own else []), *_population(whole)])
    style.table(
        "Three populations of each neighbourhood, which are never the same",
        [
            "Neighbourhood",
            *([f"Residents in {own.body.name}"] if own else []),
            *NAMES,
            "Practices agreed here",
            "Registered per resident",
            "Lists per registered",
        ],
        table,
        numbers=range(1, 8 if own else 7),
        marked=(len(table) - 1,),
    )
    with st.expander("What the three are, and how the ratios are worked out"):
        style.note(
            f"{NAMES[0]}: usual residents by the ONS, the same whoever is registered where.",
            f"{NAMES[1]}: patients of any practice in England whose address is in the neighbourhood.",
            f"{NAMES[2]}: all patients of the practices whose agreed home is the neighbourhood, wherever they live. It "
            "is not a sum over areas: a practice goes as a whole. Until a home is agreed, the neighbourhood with most "
            "of its patients stands for it. Practices with most of their patients outside the area, and those with few "
            "patients here, belong to none until a home is agreed.",
            "Registered per resident = registered patients living here ÷ residents. Lists per registered = lists of "
            "practices agreed here ÷ registered patients living here.",
        )


def _together(name: str, rows: Sequence[Populations]) -> Populations:
    """Several neighbourhoods as one row. Its code is that of none."""
    return Populations(
        code="*",
        name=name,
        residents=sum(row.residents for row in rows),
        registered=sum(row.registered for row in rows),
        lists=sum(row.lists for row in rows),
        practices=sum(row.practices for row in rows),
    )


def _inside(row: Populations, own: Narrowed | None, inside: dict[str, int]) -> list[str]:
    return [f"{inside.get(row.code, 0):,}"] if own is not None else []


def _population(row: Populations) -> list[str]:
    people = [f"{n:,}" for n in (row.residents, row.registered, row.lists, row.practices)]
    return [*people, ratio(row.registered_ratio), ratio(row.lists_ratio)]


def far(rows: Sequence[FarRatio], area: Area, body: Body | None) -> None:
    """LSOAs whose registered patients and residents are far apart, with likely reasons. body : only those of it."""
    own, every = ratio(own_ratio(area)), len(rows)
    if body is not None:
        rows = [row for row in rows if row.unit in body.units]
        narrowed.rest(area, every - len(rows), "LSOA far from that ratio", "LSOAs far from that ratio")
    if not rows:
        where = f" of {body.name}" if body else ""
        style.note(
            f"No LSOA{where} is far from the place's own ratio of {own} registered patients per resident.", kind="good"
        )
        return
    style.table(
        f"{count(len(rows), 'LSOA')} far from the place's own ratio of {own} registered patients per resident "
        "(half as much again, or below two thirds)",
        ["Area", "Neighbourhood", "Residents", "Registered", "Ratio", "Beyond the place's ratio", "Likely reason"],
        [
            [
                style.named(row.label, row.unit), row.neighbourhood or "–", f"{row.residents:,}",
                f"{row.registered:,}", ratio(row.ratio), f"{row.beyond:+,}".replace("-", "−"), row.likely,
            ]
            for row in rows
        ],
        numbers=(2, 3, 4, 5),
        max_height=420,
    )  # fmt: skip
    st.caption("Reasons are guesses from age and direction: ask who knows the place before a number is corrected.")


def chosen(rows: Sequence[Impact], show: str) -> tuple[Impact, ...]:
    """The rows that a filter lets through; those that straddle come first by patients outside the main one."""
    across = straddling(rows)
    if show == STRADDLING:
        return across
    if show == DIFFERING:
        return tuple(row for row in rows if row.homes_differ)
    if show == EITHER:
        return tuple(row for row in rows if row.homes_differ or row in across)
    return tuple(rows)


def impact(facts: PracticeFacts, here: Here | None) -> None:
    """Where the patients of each practice live, and what the plan means for it. here : only those sited in it."""
    shown, small = sited(facts.shown, here), facts.small
    show = st.radio("Show", [ALL, EITHER, STRADDLING, DIFFERING], horizontal=True, key="impact_show")
    listed = chosen(shown, show)
    name = names_of(facts.spread.plan)
    table = [_impact(row, name) for row in listed]
    left = sum(row.patients for row in shown) - sum(row.patients for row in listed)
    if left:
        rest = count(len(shown) - len(listed), "practice")
        table.append([f"{rest} not shown by this choice", f"{left:,}", *[""] * 6])
    others = [row for row in facts.shown if row not in shown]
    if here and others:
        beyond = f"{count(len(others), 'practice')} sited outside {here.body.name}"
        table.append([beyond, f"{sum(row.patients for row in others):,}", *[""] * 6])
    if small:
        few = count(len(small), "practice")
        table.append([f"{few} elsewhere with few patients here", f"{sum(r.patients for r in small):,}", *[""] * 6])
    table.append(["All lists together", f"{sum(r.patients for r in facts.impacts):,}", *[""] * 6])
    style.table(
        f"Practice impact: {count(len(listed), 'practice')}{f' sited in {here.body.name}' if here else ''}",
        ["Practice", "List", "Most patients in", "Second", "Over 5%", "PCN", "Site, PCN vote", "Comment"],
        table,
        numbers=(1, 4),
        marked=(len(table) - 1,),
        max_height=560,
    )
    with st.expander("How this is worked out"):
        style.note(
            "Shares are of the whole list, wherever its patients live. Over 5%: the number of neighbourhoods in which "
            "more than 5% of the list live.",
            f"Straddles: {STRADDLES:.0%} or more of the list live in a second neighbourhood. PCN vote: where most "
            "patients of all practices of the PCN live. They differ where site, most patients and PCN vote, as far as "
            "each says anything, name more than one neighbourhood.",
            "The list of a practice elsewhere counts those of its patients that the files tell of.",
            "Patients of LSOAs that were split since 2011 are shared out, and each list made whole again, so that "
            "all lists add up to the person.",
        )


def _impact(row: Impact, name: dict[str, str]) -> list[object]:
    homes = [("Site", row.site), ("PCN vote", row.by_pcn)]
    other = [f"{what}: {name[code]}" for what, code in homes if code and code != row.main]
    return [
        style.named(row.name or row.practice, row.practice),
        f"{row.patients:,}",
        style.named(name[row.main], f"{share(row.main_share)}, {row.main_patients:,}") if row.main else "–",
        style.named(name[row.second], f"{share(row.second_share)}, {row.second_patients:,}") if row.second else "–",
        f"{len(row.over_5)}",
        row.pcn_name or row.pcn or "None",
        style.lines(other) if other else "the same" if row.site or row.by_pcn else "not known",
        row.comment,
    ]


def pcns(rows: Sequence[PcnRow], spread: Spread, here: Here | None) -> None:
    """How each PCN fares: pieces, main share, kept whole or not. here : only those with a practice sited in it."""
    if not any(row.pcn for row in rows):
        style.note(
            "No PCN is known for any practice here.",
            "Add the practice map (gp-reg-pat-prac-map.csv) or the PCN membership (epcncorepartnerdetails.csv) on the "
            "Data page.",
            kind="warn",
        )
        return
    name = names_of(spread.plan)
    every = [row for row in rows if row.pcn and row.ours]
    ours = [row for row in every if here is None or row.pcn in here.pcns]
    beyond = [row for row in every if row not in ours]
    table: list[list[object]] = [_pcn(row, name) for row in sorted(ours, key=lambda r: (r.main_share, r.pcn))]
    others = [row for row in rows if row.pcn and not row.ours]
    rest = [(f"{count(len(beyond), 'PCN')} without a site in {here.body.name}", beyond)] if here and beyond else []
    rest += [(f"{count(len(others), 'PCN')} with most patients elsewhere", others)] if others else []
    alone = [row for row in rows if not row.pcn]
    rest += [("Practices in no PCN", alone)] if alone else []
    for label, some in rest:
        number, people = sum(r.practices for r in some), sum(r.patients for r in some)
        table.append([label, f"{number:,}", f"{people:,}", "", "", "", "", ""])
    table.append(
        ["All together", f"{sum(r.practices for r in rows):,}", f"{sum(r.patients for r in rows):,}", *[""] * 5]
    )
    style.table(
        f"PCN alignment: {kept_whole(ours, 0.8)} of {count(len(ours), 'PCN')} kept whole at 80%, "
        f"{kept_whole(ours, 0.9)} at 90%; the most divided first",
        ["PCN", "Practices", "Patients", "Most patients in", "Main share", "Pieces", "Kept whole", "Sites in"],
        table,
        numbers=(1, 2, 4, 5),
        marked=(len(table) - 1,),
        max_height=560,
    )
    with st.expander("How this is worked out"):
        style.note(
            "Main share = patients in the neighbourhood with most of them ÷ all patients of its practices, wherever "
            f"they live. Pieces: neighbourhoods with more than {OVER:.0%} of them.",
            "Kept whole at 80% or 90%: the main share is at least that. PCNs with most patients outside the area are "
            "left out of that count: no plan here could keep them.",
        )


def _pcn(row: PcnRow, name: dict[str, str]) -> list[object]:
    whole = ("pass", "at 90%") if row.main_share >= 0.9 else ("pass", "at 80%") if row.main_share >= 0.8 else ()
    return [
        style.named(row.name or row.pcn, row.pcn),
        f"{row.practices:,}",
        f"{row.patients:,}",
        name[row.main],
        f"{row.main_share:.0%}",
        f"{row.pieces}",
        style.tag(*whole) if whole else style.tag("warn", "no"),
        ", ".join(name[code] for code in row.sited_in) or "–",
    ]


def unplaced(found: Reconciliation, spread: Spread) -> None:
    """Every patient of every list in a line, those who are nowhere on the map too, against the official total."""
    rows = [[line.label, f"{line.practices:,}", f"{line.patients:,}"] for line in found.lines]
    rows.append(["All patients of all practices with a patient here", "", f"{found.total:,}"])
    style.table(
        "Where every patient is: the lines add up to all lists",
        ["Line", "Practices", "Patients"],
        rows,
        numbers=(1, 2),
        marked=(len(rows) - 1,),
    )
    kind = "good" if found.agrees else "bad" if found.agrees is False else "warn"
    style.note("Against the official total:", found.official, kind=kind)
    told = [line for line in found.of_which if line.patients]
    if told:
        style.note(
            "Counted above, and told apart for another reason:",
            *(f"{line.label}: {line.patients:,} patients of {count(line.practices, 'practice')}." for line in told),
        )
    with st.expander("How this is worked out"):
        style.note(
            "Total = Σ over practices of all their patients = those who live in the area (by where their practice is) "
            "+ those who live elsewhere + those whose address is not known or no longer in use.",
            "Nobody is moved to an area by guess: people without an LSOA stay with their list and are on no map. Each "
            "practice's lines are held against its list, and all of them against the official practice totals of the "
            "same extract where that file is loaded.",
        )
    download_routes.button(
        "Download people_not_placed.csv",
        practice_tables.reconciliation_table(found),
        "people_not_placed.csv",
        "text/csv",
    )
    _border(cross_border(spread))


def _border(rows: Sequence[CrossBorder]) -> None:
    if not rows:
        return
    table: list[list[object]] = [
        [
            style.named(row.name or row.practice, row.practice),
            "lives here, practice elsewhere" if row.direction == "in" else "practice here, lives elsewhere",
            f"{row.crossing:,}",
            f"{row.patients:,}" if row.patients > row.crossing else "not known",
            ", ".join(f"{n:,} {where}" for where, n in row.outside) if row.direction == "out" else "here",
        ]
        for row in rows[:MOST_BORDER]
    ]
    rest = rows[MOST_BORDER:]
    if rest:
        table.append([count(len(rest), "more practice"), "", f"{sum(r.crossing for r in rest):,}", "", ""])
    style.table(
        f"{sum(row.crossing for row in rows):,} patients cross the border of the area to their practice",
        ["Practice", "Who crosses", "Patients who cross", "List", "Where they live"],
        table,
        numbers=(2, 3),
        max_height=420,
    )
