"""Plans for the tests: drawn by hand on grids, or drawn at random by Hypothesis."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import pandas as pd
from hypothesis import strategies as st

from boundaries.area import Area
from footprints.plan import STATUSES, Home, Note, Plan, PlanLink, Task
from footprints.propose import plan_from_labels
from optimise.criteria import Criteria, Locks
from optimise.solution import DeclaredException
from tests.grids import grid_area

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1, max_size=12)
NAMES = (
    TEXT | st.sampled_from(["=1+1", "-5", "'=x", "@a", 'a "b", c', "two\nlines", "café", "\tTab", "+44", "＝A1"])
).filter(str.strip)


def drawn(area: Area, picture: Sequence[str], criteria: Criteria | None = None, **more: object) -> Plan:
    """A plan drawn as a picture: each letter is a neighbourhood, "-" an unassigned unit, "." the sea."""
    letters = [letter for row in picture for letter in row if letter != "."]
    order = sorted(set(letters) - {"-"})
    labels = {u: order.index(x) for u, x in zip(area.codes, letters, strict=True) if x != "-"}
    return plan_from_labels(area, labels, criteria, **more)  # type: ignore[arg-type]


def with_practices(
    area: Area, practices: dict[str, tuple[str, str, float]], flows: Sequence[tuple[str, str, float]]
) -> Area:
    """The area with practices (code -> unit of the site, PCN, list size) and patients (practice, unit, number)."""
    table = pd.DataFrame(
        {
            "name": [f"Surgery {code}" for code in practices],
            "postcode": "", "x": 0.0, "y": 0.0,
            "unit": [unit for unit, _, _ in practices.values()],
            "outside": [not unit for unit, _, _ in practices.values()],
            "status": "active", "closed": "",
            "pcn": [pcn for _, pcn, _ in practices.values()],
            "pcn_name": "", "icb": "",
            "list_size": [size for _, _, size in practices.values()],
            "patients_here": 0.0, "site_basis": "drawn", "note": "",
        },
        index=pd.Index(list(practices), name="code", dtype="str"),
    )  # fmt: skip
    matrix = pd.DataFrame(list(flows), columns=["practice", "unit", "patients"])
    units = area.units.copy()
    units["registered"] = matrix.groupby("unit")["patients"].sum().reindex(units.index).fillna(0.0)
    return dataclasses.replace(area, practices=table, registrations=matrix, units=units)


@st.composite
def plans(draw: st.DrawFn) -> tuple[Area, Plan]:
    """A 4 x 3 grid and any plan on it: drafts, odd names, notes, locks, homes, retired codes, criteria."""
    area = grid_area(["AAAB", "AABB", "AABB"], residents=draw(st.integers(0, 20_000)))
    labels = draw(st.lists(st.integers(-1, 3), min_size=12, max_size=12))
    plan = plan_from_labels(area, {u: n for u, n in zip(area.codes, labels, strict=True) if n >= 0})
    renamed = tuple(
        dataclasses.replace(n, name=draw(NAMES), place=draw(st.just("") | NAMES), provisional=draw(st.booleans()))
        for n in plan.neighbourhoods
    )
    noted = draw(st.lists(st.sampled_from([*area.codes, *plan.codes]), max_size=4, unique=True))
    fixed = draw(st.lists(st.sampled_from(area.codes), max_size=2, unique=True)) if plan.codes else []
    assigned = [u for u, _ in plan.assignment]
    return area, dataclasses.replace(
        plan,
        name=draw(NAMES),
        neighbourhoods=renamed,
        notes=tuple(Note(code, draw(NAMES)) for code in noted),
        locked=tuple(draw(st.lists(st.sampled_from(assigned), max_size=3))) if assigned else (),
        homes=tuple(Home(f"X9900{i}", code, draw(st.just("") | TEXT)) for i, code in enumerate(plan.codes)),
        retired=tuple(draw(st.lists(st.sampled_from(["GRID-90", "GRID-91"]), unique=True))),
        links=draw(st.sampled_from([(), (PlanLink(area.codes[0], area.codes[11], "ferry", "daily"),)])),
        exceptions=draw(
            st.sampled_from([(), (DeclaredException("undersized", "A", "Small.", (area.codes[0],), "kept", "", 5),)])
        ),
        criteria=Criteria(
            target=draw(st.integers(30_000, 60_000)),
            within=draw(st.sampled_from([(), ("district",)])),
            locks=Locks(fixed=tuple((u, plan.codes[0]) for u in fixed)),
        ),
        parent=draw(st.sampled_from(["", "0123456789ab"])),
        tasks=tuple(
            Task(f"X9900{i}", draw(st.just("") | TEXT), draw(NAMES), draw(st.sampled_from(["", "2027-04-01"])), status)
            for i, status in enumerate(draw(st.lists(st.sampled_from(["", *STATUSES]), max_size=2)))
        ),
    )
