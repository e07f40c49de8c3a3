"""The practices of an area: where they are, whose patients they have, which PCN they are in, and what is uncertain.

A practice with patients is never lost: when it is missing from a newer table, or has closed, it keeps its last known
site and says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from boundaries.readers.organisations import membership
from boundaries.readers.tables import month_words
from boundaries.words import count

KEEP_OUTSIDE = 50
COLUMNS = (
    "name",
    "postcode",
    "x",
    "y",
    "unit",
    "outside",
    "status",
    "closed",
    "pcn",
    "pcn_name",
    "icb",
    "list_size",
    "patients_here",
    "site_basis",
    "note",
)


@dataclass(frozen=True, eq=False)
class Register:
    """A table that knows where practices are: indexed by code, name and postcode, optionally x, y (metres), icb.

    date : ISO, "" when the table has none; newer registers are believed first. label : its name for people.
    """

    label: str
    date: str
    frame: pd.DataFrame


@dataclass(frozen=True, eq=False)
class PcnTable:
    """A table of practice to PCN: a practice map (index code: pcn, pcn_name), or spells (5.4) when `spells`."""

    label: str
    date: str
    frame: pd.DataFrame
    spells: bool


@dataclass(frozen=True, eq=False)
class Practices:
    """`frame` as in `Area.practices`; `counts` and `notes` are for receipts; `unplaced` have patients and no site."""

    frame: pd.DataFrame
    pcn_counts: Mapping[str, int]
    notes: tuple[str, ...]
    unplaced: tuple[str, ...]
    small: tuple[str, ...] = field(default=())


def sites(codes: Sequence[str], registers: Sequence[Register], points: pd.DataFrame) -> pd.DataFrame:
    """The site of each practice: name, postcode, x, y, basis, missing_from (newer registers that lack it), icb.

    points : canonical postcode -> x, y (metres) with `source`. The newest register that lists the practice decides its
    postcode; its position is the postcode's, else the register's own coordinates, else those of an older register.
    """
    order = sorted(registers, key=lambda r: (r.date, r.label), reverse=True)
    rows: list[tuple[str, str, float, float, str, str, str]] = []
    known = {r.label: r.frame[r.frame.index.isin(list(codes))].to_dict("index") for r in order}
    asked = {str(p) for r in order for p in r.frame.loc[r.frame.index.isin(list(codes)), "postcode"]}
    near = points[points.index.isin(asked)]
    at = {
        str(k): {"x": x, "y": y, "source": s}
        for k, x, y, s in zip(near.index, near["x"], near["y"], near["source"], strict=True)
    }
    for code in codes:
        having = [(r, known[r.label][code]) for r in order if code in known[r.label]]
        lacking = [r.label for r in order if r.date and code not in known[r.label]]
        name = next((str(row["name"]) for _, row in having if row.get("name")), "")
        icb = next((str(row["icb"]) for _, row in having if row.get("icb")), "")
        postcode, x, y, basis = "", float("nan"), float("nan"), ""
        newest = ""
        for register, row in having:
            key = str(row.get("postcode", ""))
            point = at.get(key)
            if not postcode and key:
                postcode, newest = key, register.label
            if point is not None and np.isfinite(point["x"]):
                x, y = float(point["x"]), float(point["y"])
                basis = f"postcode {spaced(key)} in {register.label}, placed by {point['source']}"
            elif np.isfinite(float(row.get("x", float("nan")))):
                x, y = float(row["x"]), float(row["y"])
                basis = f"coordinates in {register.label}"
            if basis:
                postcode = key or postcode
                break
        if not basis and newest:
            basis = f"postcode {spaced(postcode)} in {newest}, not found in the postcode tables"
        dated = [r.label for r, _ in having]
        newer = [x for x in lacking if not dated or _date(order, x) > _date(order, dated[0])]
        rows.append((name, postcode, x, y, basis, ", ".join(newer), icb))
    index = pd.Index(list(codes), dtype="str", name="code")
    return pd.DataFrame(rows, index=index, columns=["name", "postcode", "x", "y", "basis", "missing_from", "icb"])


def _date(order: Sequence[Register], label: str) -> str:
    return next(r.date for r in order if r.label == label)


def spaced(postcode: str) -> str:
    """A canonical postcode as people write it."""
    return f"{postcode[:-3]} {postcode[-3:]}" if len(postcode) > 3 else postcode


def pcns(codes: Sequence[str], tables: Sequence[PcnTable], extract: str) -> pd.DataFrame:
    """The PCN of each practice at the date of the patient list: pcn, pcn_name, table, note; "" where it has none.

    A practice map of the same month decides first; then spells with dates that were running on that day; then a spell
    that is current or ended last; then the map nearest in time. The letter "U" alone means no PCN.
    """
    maps = [t for t in tables if not t.spells]
    dated = sorted((t for t in tables if t.spells), key=lambda t: t.date, reverse=True)
    same = [t for t in maps if extract and t.date[:7] == extract[:7]]
    rest = sorted((t for t in maps if t not in same), key=lambda t: (_distance(t.date, extract), t.label))
    asked = set(codes)
    spelled = [(t, membership(t.frame[t.frame["code"].isin(asked)], extract).to_dict("index")) for t in dated]
    known = {
        t.label: dict(zip(t.frame.index, zip(t.frame["pcn"], t.frame["pcn_name"], strict=True), strict=True))
        for t in maps
    }
    rows: dict[str, tuple[str, str, str, str]] = {}

    def take(code: str, table: str, pcn: str, name: str, note: str = "") -> None:
        rows.setdefault(code, (pcn, name, table, note))

    for code in codes:
        for table in same:
            if code in known[table.label]:
                take(code, table.label, *known[table.label][code])
        for rules in ({"on date", "current"}, {"last"}):
            for table, members in spelled:
                m = members.get(code)
                if m is not None and m["rule"] in rules:
                    note = f"in two PCNs at once: {m['pcn']} and {m['others']}; choose one" if m["others"] else ""
                    note = note or (f"moved to PCN {m['later']} later" if m["later"] else "")
                    note = note or ("PCN membership has ended; the last one is shown" if m["rule"] == "last" else "")
                    take(code, table.label, str(m["pcn"]), str(m["pcn_name"]), note)
        for table in rest:
            if code in known[table.label]:
                take(code, table.label, *known[table.label][code])
        take(code, "", "", "")
    index = pd.Index(list(codes), dtype="str", name="code")
    return pd.DataFrame([rows[c] for c in codes], index=index, columns=["pcn", "pcn_name", "table", "note"])


def _distance(date: str, extract: str) -> int:
    if not date or not extract:
        return 9_999
    return abs((int(date[:4]) - int(extract[:4])) * 12 + int(date[5:7]) - int(extract[5:7]))


def assemble(
    *,
    here: pd.Series[float],
    lists: pd.Series[float],
    names: pd.Series[str],
    site: pd.DataFrame,
    unit: NDArray[np.object_],
    pcn: pd.DataFrame,
    status: pd.DataFrame | None,
    status_label: str,
    icb_of_unit: Mapping[str, str],
    extract: str,
) -> Practices:
    """`Area.practices` from its parts, all indexed by practice code in the order of `site`.

    here, lists : patients living in the area, and all patients. unit : LSOA of the site, "" when outside or unplaced.
    status : epraccur rows (status, closed) or None. Kept are practices sited inside, and those outside or unplaced with
    at least 50 patients here; the others keep their registrations and are counted in `small`.
    """
    codes = site.index
    patients = here.reindex(codes).fillna(0.0).to_numpy(dtype=np.float64)
    total = lists.reindex(codes).to_numpy(dtype=np.float64)
    xs, ys = site["x"].to_numpy(dtype=np.float64), site["y"].to_numpy(dtype=np.float64)
    placed = np.isfinite(xs)
    inside = unit != ""
    # A practice without a site is taken for one of ours when its ICB is that of practices inside, else by its patients.
    icbs = site["icb"].to_numpy(dtype=object)
    ours = {c for c in icbs[inside] if c}
    stranger = np.array([bool(c) and bool(ours) and c not in ours for c in icbs], dtype=bool)
    outside = np.where(placed, ~inside, stranger | (patients < 0.5 * np.nan_to_num(total)))
    keep = inside | (patients >= KEEP_OUTSIDE) | (len(here) == 0)
    state = status.reindex(codes) if status is not None else pd.DataFrame(index=codes)
    rows: list[dict[str, object]] = []
    for i, code in enumerate(codes):
        if not keep[i]:
            continue
        notes = [str(pcn.at[code, "note"])] if code in pcn.index and pcn.at[code, "note"] else []
        known = status is not None and code in status.index
        stand = str(state.at[code, "status"]) if known else "active"
        ended = str(state.at[code, "closed"]) if known else ""
        closed = stand in ("closed", "dormant")
        if closed:
            when = f" on {ended}" if ended else ""
            word = "dormant" if stand == "dormant" else f"closed{when}"
            notes.append(
                f"{word} ({status_label}); kept at its last known site for its {patients[i]:,.0f} patients here"
            )
        missing = str(site.at[code, "missing_from"])
        if missing:
            notes.append(f"not in {missing}; last known site shown")
        if not placed[i]:
            notes.append("not placed: no table gives its position")
        if placed[i] and not inside[i] and total[i] == patients[i] > 0:
            notes.append("the list file holds only its patients living here, so its list size is incomplete")
        rows.append(
            {
                "code": code,
                "name": str(site.at[code, "name"]) or str(names.get(code, "")),
                "postcode": str(site.at[code, "postcode"]),
                "x": float(xs[i]),
                "y": float(ys[i]),
                "unit": str(unit[i]),
                "outside": bool(outside[i]),
                "status": "closed" if closed else "active",
                "closed": ended if closed else "",
                "pcn": str(pcn.at[code, "pcn"]),
                "pcn_name": str(pcn.at[code, "pcn_name"]),
                "icb": icb_of_unit.get(str(unit[i]), "") or str(site.at[code, "icb"]),
                "list_size": float(total[i]),
                "patients_here": float(patients[i]),
                "site_basis": str(site.at[code, "basis"]),
                "note": "; ".join(notes),
            }
        )
    frame = frame_of(rows)
    small = tuple(str(c) for c, k in zip(codes, keep, strict=True) if not k)
    used = Counter(str(t) or "no table" for t in pcn.reindex(frame.index)["table"])
    notes_out = []
    if small:
        people = here.reindex(list(small)).to_numpy(dtype=np.float64).sum()
        notes_out.append(
            f"{count(len(small), 'practice')} outside with fewer than {KEEP_OUTSIDE} patients here each ({people:,.0f} "
            "people): registrations kept, not shown as practices"
        )
    if extract:
        notes_out.append(f"list sizes are of {month_words(extract)}")
    return Practices(
        frame,
        dict(sorted(used.items())),
        tuple(notes_out),
        tuple(str(c) for c in frame.index[frame["x"].isna()]),
        small,
    )


def frame_of(rows: Sequence[Mapping[str, object]]) -> pd.DataFrame:
    """An `Area.practices` table with the right types, also when there are no rows."""
    frame = pd.DataFrame(list(rows), columns=["code", *COLUMNS])
    text = ["code", "name", "postcode", "unit", "status", "closed", "pcn", "pcn_name", "icb", "site_basis", "note"]
    kinds = dict.fromkeys(text, "str") | dict.fromkeys(["x", "y", "list_size", "patients_here"], "float64")
    return frame.astype(kinds | {"outside": "bool"}).set_index("code").sort_index()
