"""The tab Growth of the Need page: people of a chosen year, and neighbourhoods that leave the range."""

from __future__ import annotations

import streamlit as st

from footprints.metrics.growth import NEEDS, RULE, Growth, Leaving
from footprints.narrowing import Narrowed
from footprints.ui import style
from footprints.ui.need_facts import NeedFacts
from optimise.words import count, signed


def show(facts: NeedFacts, own: Narrowed | None) -> None:
    """The tab; where nothing is loaded, which file would fill it. own : the neighbourhoods that a body touches."""
    growth = facts.growth
    if facts.growth_trouble[0]:
        style.note(*facts.growth_trouble, kind="warn")
        return
    if growth is None:
        style.note("No growth is loaded.", f"It needs {NEEDS}. Add it on the Data page.", kind="warn")
        return
    _leaving(growth)
    years = list(growth.years)
    year = years[-1]
    if len(years) > 1:
        year = st.select_slider("People in the year", years, value=years[-1], key="need_year")
    _people(growth, year, own)
    _how(facts)


def _leaving(growth: Growth) -> None:
    within = f"the range of {growth.minimum:,} to {growth.maximum:,}"
    already, when = len(growth.out_now), f"in {growth.range_year}" if growth.range_year else "today"
    lines = []
    if growth.range_year:
        lines.append(f"The range is set for people in {growth.range_year}.")
    if already:
        lines.append(f"{count(already, 'neighbourhood is', 'neighbourhoods are')} outside {within} {when}.")
    if growth.leaving:
        many = count(len(growth.leaving), "neighbourhood leaves", "neighbourhoods leave")
        lines.append(f"{many} {within} by {growth.years[-1]}:")
        lines += [f"{one.year}: {one.name}, {one.people:,} people ({_side(one)})." for one in growth.leaving]
        style.note(*lines, kind="warn")
    else:
        if growth.range_year != growth.years[-1]:  # else no year is left in which one could leave
            lines.append(f"No neighbourhood that is in range {when} leaves {within} by {growth.years[-1]}.")
        style.note(*lines, kind="warn" if already else "good")


def _side(one: Leaving) -> str:
    return "too many" if one.above else "too few"


def _people(growth: Growth, year: int, own: Narrowed | None) -> None:
    there = growth.in_year(year)
    start = f"{growth.start}" if growth.start else "Now"
    leaves = {one.code: one.year for one in growth.leaving}
    rows: list[list[object]] = []
    beyond, told_now, told_then = 0, 0, 0
    order = sorted(range(len(growth.codes)), key=lambda d: (-(there[d] - growth.now[d]), growth.codes[d]))
    for d in order:
        if not growth.now[d] and not there[d]:
            continue
        now, then = round(float(growth.now[d])), round(float(there[d]))
        if own is not None and growth.codes[d] not in own.codes:
            beyond += 1
            continue
        told_now, told_then = told_now + now, told_then + then
        more = then - now
        percent = f"{more / now:+.0%}" if now else "–"
        state = (
            style.tag("pass", "in range")
            if growth.minimum <= then <= growth.maximum
            else style.tag("warn", "too many" if then > growth.maximum else "too few")
        )
        when = f"{leaves[growth.codes[d]]}" if growth.codes[d] in leaves else "–"
        rows.append([growth.names[d], f"{now:,}", f"{then:,}", signed(more), percent.replace("-", "−"), state, when])
    left_now, left_then = round(float(growth.now[-1])), round(float(there[-1]))
    total, later = round(float(growth.now.sum())), round(float(there.sum()))
    if beyond:  # what is left of the whole, so that it adds up though people of a later year are not whole numbers
        now, then = total - told_now - left_now, later - told_then - left_then
        name = f"{count(beyond, 'neighbourhood')} wholly outside"
        rows.append([name, f"{now:,}", f"{then:,}", signed(then - now), "", "", ""])
    if left_now or left_then:
        rows.append(
            ["In no neighbourhood", f"{left_now:,}", f"{left_then:,}", signed(left_then - left_now), "", "", ""]
        )
    rows.append(
        ["All of the area", f"{total:,}", f"{later:,}", signed(later - total), f"{later / total - 1:+.0%}", "", ""]
    )
    whom = "Registered patients" if growth.counts_registered else "Residents"
    style.table(
        f"{whom} in {year}, by homes that are planned; most growth first",
        ["Neighbourhood", start, f"{year}", "More", "Change", f"In {year}", "Leaves the range in"],
        rows,
        numbers=(1, 2, 3, 4, 6),
        marked=(len(rows) - 1,),
        max_height=620,
    )


def _how(facts: NeedFacts) -> None:
    growth = facts.growth
    with st.expander("How this is worked out, and what was left out"):
        lines = [RULE]
        if growth is not None and growth.counts_registered:
            lines.append("The range counts registered patients: each new resident is taken to register.")
        if growth is not None and growth.sources:
            lines.append(f"Sources given in the table: {'; '.join(growth.sources[:8])}.")
        style.note(*lines)
        for receipt in facts.receipts:
            if receipt.kind != "growth":
                continue
            told = [f"{receipt.file}: rows placed here: {receipt.rows_kept:,} of {receipt.rows_read:,}."]
            told += [
                f"{count(d.rows, 'row')} left out"
                + ("" if d.people is None else f" ({d.people:,.0f} people)")
                + f": {d.reason}."
                for d in receipt.dropped
            ]
            style.note(*told, *(f"{n[:1].upper()}{n[1:]}." for n in receipt.notes))
