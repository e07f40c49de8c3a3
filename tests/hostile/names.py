"""A small area, and a plan of it, in which every name tries to run a script when it is shown."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from boundaries.area import Area, Level, Link
from boundaries.receipts import Check, Dropped, Receipt
from footprints.plan import Neighbourhood, Plan, codes_digest
from tests.grids import grid_area

RUN = "window.top.HACKED=1"
PAYLOADS = (
    f'<img src=x onerror="{RUN}">',
    f"<script>{RUN}</script>",
    f"</script><script>{RUN}</script>",
    f"${{{RUN}}}",
    f"`${{{RUN}}}`",
    f"<svg onload={RUN}>",
    f'"><img src=x onerror={RUN}>',
    f"'-({RUN})-'",
    f"{{{{ {RUN} }}}}",
    "{{ 7 * 191 }} {% for x in y %} {# gone",
    "{{ cycler.__init__.__globals__ }}",
    f"[x](javascript:{RUN})",
    "![x](http://elsewhere.invalid/x.png)",
    "map_div2 drawnItems alert(coords);",
    f"\\');{RUN};//",
    f"\u2028{RUN}\u2028",
)


def name(n: int, stem: str) -> str:
    """The n-th hostile name, told apart by its stem."""
    return f"{stem} {PAYLOADS[n % len(PAYLOADS)]}"


def hostile_area() -> Area:
    """A 4 x 4 grid of two districts with hostile names of units, levels, practices, receipts, checks and the place."""
    area = grid_area(["AABB"] * 4, msoa=["CCDD", "CCDD", "EEFF", "EEFF"], name=name(0, "Gridshire"))
    units = area.units.copy()
    units["name"] = [name(i, f"Unit {i}") for i in range(len(units))]
    units["registered"] = units["residents"] * 1.1
    levels = {
        key: Level(
            level.key, name(3, level.label), level.assignment,
            {code: name(i + 2, f"{key} {i}") for i, code in enumerate(level.names)},
            name(1, "basis"), name(2, "source"),
        )
        for key, level in area.levels.items()
    }  # fmt: skip
    rows = [
        {"name": name(i, f"Practice {i}"), "postcode": "ZZ1 1AA", "x": row.x, "y": row.y, "unit": code,
         "outside": False, "status": "closed" if i % 4 == 0 else "active", "closed": "2024-03-01",
         "pcn": f"U9999{i % 3}", "pcn_name": name(i + 1, "PCN"), "icb": "QZZ", "list_size": 9_000.0,
         "patients_here": 8_000.0, "site_basis": "", "note": name(i, "Note")}
        for i, (code, row) in enumerate(units.iterrows())
    ]  # fmt: skip
    practices = pd.DataFrame(rows, index=pd.Index([f"Z{i:05d}" for i in range(len(rows))], name="code"))
    flows = [(p, area.codes[i], 6_000.0) for i, p in enumerate(practices.index)]
    flows += [(p, area.codes[(i + 9) % 16], 2_000.0) for i, p in enumerate(practices.index)]
    away = [(p, "unknown", 1_000.0) for p in practices.index]
    receipt = Receipt(
        name(0, "file"), "lsoa", name(1, "publisher"), name(2, "table"), name(3, "edition"), "LSOA 2021", 16, 15,
        "0" * 64, dropped=(Dropped(name(4, "reason"), 1, 5.0),), notes=(name(5, "note"),),
    )  # fmt: skip
    return replace(
        area,
        units=units,
        levels=levels,
        practices=practices,
        registrations=pd.DataFrame(flows, columns=["practice", "unit", "patients"]),
        registrations_elsewhere=pd.DataFrame(away, columns=["practice", "category", "patients"]),
        receipts=(receipt,),
        checks=(Check("k", name(0, "check"), "warn", name(1, "found"), name(2, "mend"), (), (area.codes[0],)),),
        proposed_links=(Link(area.codes[0], area.codes[-1], "ferry", name(1, "link"), 900.0, name(2, "why")),),
        attribution=tuple(name(i, "Source") for i in range(len(PAYLOADS))),
        people_basis=name(0, "people"),
        digest="hostile",
    )


def hostile_plan(area: Area, title: str = "Plan", cut: int = 2) -> Plan:
    """The grid in bands from north to south, all names hostile. `cut` : rows in the first of the two bands."""
    bands = [area.codes[: 4 * cut], area.codes[4 * cut :]]
    return Plan(
        name=name(0, title),
        area_name=area.name,
        area_digest=area.digest,
        area_codes_digest=codes_digest(area.codes),
        prefix="GRID",
        assignment=tuple((unit, f"GRID-{i + 1:02d}") for i, band in enumerate(bands) for unit in band),
        neighbourhoods=(
            Neighbourhood("GRID-01", name(0, "North"), "#56b4e9"),
            Neighbourhood("GRID-02", name(3, "South"), "#e69f00"),
        ),
    )
