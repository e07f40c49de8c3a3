"""The tables of the Data page: places, summary, receipts, checks, links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from boundaries.area import Area
from boundaries.errors import Place
from boundaries.receipts import Receipt
from footprints.escape import plain_markdown
from footprints.ui import cached, state, style
from optimise.words import count

_ORDER = {"fail": 0, "warn": 1, "missing": 2, "pass": 3}
_SAID = {"fail": "does not hold", "warn": "look at this", "missing": "file missing", "pass": "in order"}
_LEVELS = {"district": "district", "upper_tier": "upper tier", "sub_icb": "sub-ICB location", "icb": "ICB"}


def choose_place(places: Sequence[Place]) -> None:
    """Offer the places of a source; the chosen ones become the place of the session."""
    by_code = {p.code: p for p in places}
    chosen = st.multiselect(
        "Place",
        list(by_code),
        format_func=lambda code: _place(by_code[code]),
        placeholder="Type the start of a name",
        label_visibility="collapsed",
    )
    if st.button("Work on this place", type="primary", disabled=not chosen):
        state.use_source(state.session().source, tuple(chosen), ", ".join(by_code[c].name for c in chosen))
        st.rerun()


def _place(place: Place) -> str:
    people = f", {place.residents:,} residents" if place.residents else ""
    return f"{place.name} ({_LEVELS.get(place.level, place.level)}, {count(place.units, 'area')}{people})"


def summary(area: Area) -> None:
    """The place in figures."""
    st.subheader(plain_markdown(area.name), anchor=False)
    units, practices = area.units, area.practices
    registered = units["registered"].sum(min_count=1)
    pairs = [
        (f"{len(area.codes):,}", "small areas (LSOA 2021)"),
        (f"{units['residents'].sum():,}", "residents"),
    ]
    if units["registered"].notna().any():
        pairs.append((f"{registered:,.0f}", "registered patients living here"))
    pairs.append((f"{len(set(area.level('district').assignment)):,}", "districts"))
    if len(practices):
        inside = practices[~practices["outside"].astype(bool)]
        pairs.append((f"{len(inside):,}", "GP practices here"))
    if len(area.pieces) > 1:
        pairs.append((f"{len(area.pieces):,}", "separate pieces of land"))
    style.tiles(pairs)
    st.caption(plain_markdown(f"Residents: {area.people_basis}"))


def checks(area: Area) -> None:
    """Every acceptance check, those that need attention first."""
    if not area.checks:
        st.write("There are no checks for this place.")
        return
    rows = [
        [
            style.tag(c.status, _SAID[c.status]),
            c.label,
            c.message + (f" ({', '.join(c.codes[:5])}{' and more' if len(c.codes) > 5 else ''})" if c.codes else ""),
            c.mend or (f"Add: {', '.join(c.needs)}" if c.status == "missing" and c.needs else ""),
        ]
        for c in sorted(area.checks, key=lambda c: _ORDER[c.status])
    ]
    style.table("Do the files add up?", ["", "Check", "What was found", "What would mend it"], rows)


def receipts(area: Area, names: Mapping[str, str]) -> None:
    """A line for every file, and under it what was left out and why."""
    ordered = sorted(area.receipts, key=lambda r: (r.status != "used", r.status, r.kind, r.file))
    rows = []
    for r in ordered:
        kind = "used" if r.status == "used" else "not"
        kept = f"{r.rows_kept:,} of {r.rows_read:,}" if r.rows_read else ""
        people = "" if r.people_kept is None else f"{r.people_kept:,.0f}"
        rows.append([names.get(r.file, r.file), _what(r), style.tag(kind, r.status), kept, people, _remarks(r)])
    style.table(
        "What was read of each file",
        ["File", "What it is", "", "Rows kept", "People", "What was changed or left out"],
        rows,
        numbers=(3, 4),
        kind="wrap",
    )


def _what(r: Receipt) -> str:
    about = ", ".join(part for part in (r.edition, r.vintage) if part)
    return f"{r.publisher}: {r.table}" + (f" ({about})" if about else "") if r.publisher else r.table


def _remarks(r: Receipt) -> str:
    dropped = [
        f"{count(d.rows, 'row')} left out: {d.reason}" + (f" ({d.people:,.0f} people)" if d.people else "")
        for d in r.dropped
        if d.rows or d.people
    ]
    return "; ".join([*r.notes, *dropped])


def links(area: Area) -> None:
    """Pieces of land, the links between them that a file declares, and those that are proposed."""
    if len(area.pieces) == 1:
        st.write("All areas of this place join up over land.")
    else:
        rows = [[p.name, f"{len(p.units):,}", f"{p.residents:,}"] for p in area.pieces]
        style.table("Pieces that do not touch", ["Piece", "Areas", "Residents"], rows, numbers=(1, 2))
    declared = area.edges[area.edges["kind"] != "border"]
    known = cached.labels(area)
    if len(declared):
        rows = [
            [str(kind), known[str(a)], known[str(b)], str(note)]
            for a, b, kind, note in declared[["from_code", "to_code", "kind", "note"]].itertuples(index=False)
        ]
        style.table("Links read from links.csv", ["Kind", "From", "To", "Note"], rows)
    if area.proposed_links:
        rows = [
            [
                k.kind,
                known.get(k.from_code, k.from_code),
                known.get(k.to_code, k.to_code),
                f"{k.distance_m / 1000:.1f} km",
                k.reason,
            ]
            for k in area.proposed_links
        ]
        style.table(
            "Proposed links, not used unless you say so", ["Kind", "From", "To", "Gap", "Why"], rows, numbers=(3,)
        )
