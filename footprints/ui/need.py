"""The tables of the Need page: where to start, ages, deprivation and indicators, and the spread of each."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import streamlit as st

from footprints.narrowing import Narrowed
from footprints.need.cohorts import ESTIMATE
from footprints.need.indicators import BASIS, Values
from footprints.need_order import NeedRow, Spread
from footprints.ui import download_routes, style
from footprints.ui.need_facts import NeedFacts
from optimise.words import count

DOMAINS, PLUS, OTHERS = "Domains of deprivation", "Core20PLUS groups", "Other indicators"
_GROUPS = {DOMAINS: "domain", PLUS: "plus", OTHERS: "indicator"}


def tens(value: float, marked: str) -> str:
    """People of a cohort: an estimate to the nearest ten, a count as it is; a dash where there is none."""
    if not isfinite(value):
        return "–"
    return f"{round(value / 10) * 10:,}" if marked == ESTIMATE else f"{value:,.0f}"


def tenth(value: float) -> str:
    """A figure with one digit; a dash where there is none."""
    return f"{value:,.1f}" if isfinite(value) else "–"


def share(value: float) -> str:
    """A share in whole percent; what is not nothing is never said to be."""
    if not isfinite(value):
        return "–"
    return "under 1%" if 0 < value < 0.005 else f"{value:.0%}"


def download(facts: NeedFacts, *names: str) -> None:
    """Buttons for the files of a tab."""
    with st.container(horizontal=True, gap="small"):
        for name in names:
            if name in facts.files:
                download_routes.button(f"Download {name}", facts.files[name], name, "text/csv")


def headline(facts: NeedFacts) -> None:
    """The figures that a meeting begins with."""
    need, growth = facts.need, facts.growth
    tiles = []
    if need.rows and need.rows[0].place:
        tiles.append((need.rows[0].name, "first in order of need"))
    for one in need.spreads:
        if one.key == "cohort_2_4":
            tiles.append((f"{one.lowest:.0f} to {one.highest:.0f}", f"in 1,000 are of the 2-4% cohort ({one.basis})"))
        if one.key == "core20_share":
            tiles.append((f"{share(one.lowest)} to {share(one.highest)}", "live in Core20 areas"))
    if growth is not None:
        tiles.append((f"{len(growth.leaving)}", f"leave the range by {growth.years[-1]}"))
    if tiles:
        style.tiles(tiles)


def _of(rows: Sequence[NeedRow], own: Narrowed | None) -> tuple[list[NeedRow], list[NeedRow]]:
    """The rows that a body touches, all without one, and the others."""
    touched = [row for row in rows if own is None or row.code in own.codes]
    return touched, [row for row in rows if row not in touched]


def _others(rows: Sequence[NeedRow], cells: int, before: int = 1) -> list[list[object]]:
    """The others in one line: how many, and their residents, so that the column adds up."""
    if not rows:
        return []
    blank: list[object] = [""] * (before - 1)
    name, people = f"{count(len(rows), 'neighbourhood')} wholly outside", f"{sum(r.residents for r in rows):,}"
    return [[*blank, name, people, *[""] * cells]]


def order(facts: NeedFacts, own: Narrowed | None) -> None:
    """Neighbourhoods in order of need, with the rule and what stands behind it one click away.

    own : only those that a body touches, the others in a line; so too below.
    """
    need = facts.need
    seven = need.cohorts.seven_is if need.cohorts else ""
    part = need.cohorts.two_four_is if need.cohorts else ""
    touched, beyond = _of(need.rows, own)
    rows = [*(_order(row, seven, part) for row in touched), *_others(beyond, 6, 2), _order(need.whole, seven, part)]
    style.table(
        f"Where teams should start. {need.rule}",
        [
            "", "Neighbourhood", "Residents", f"2-4% cohort per 1,000{_mark(part)}", f"2-4% cohort{_mark(part)}",
            f"7% cohort{_mark(seven)}", "Core20 residents", "Core20 share", "IMD score",
        ],
        rows,
        numbers=(0, 2, 3, 4, 5, 6, 7, 8),
        marked=(len(rows) - 1,),
        max_height=620,
    )  # fmt: skip
    if need.cohorts and ESTIMATE in (seven, part):
        st.caption(
            "An estimate says how need by age and deprivation is spread within this area. It is no count of people, "
            "and it cannot be compared with another area. Rounded to tens; under the 2-4% cohort, taken at 3%, "
            "stand its numbers at 2% and 4%."
        )
    for line in need.cohorts.notes if need.cohorts else ():
        style.note(line)
    _how(facts)


def _mark(marked: str) -> str:
    return f" ({marked})" if marked else ""


def _order(row: NeedRow, seven: str, part: str) -> list[object]:
    rest = tens(row.middle, part)
    between = f"{tens(row.low, part)} to {tens(row.high, part)}"
    cell: object = style.named(rest, between) if part == ESTIMATE else rest
    return [
        f"{row.place}" if row.place else "", row.name, f"{row.residents:,}", tenth(row.middle_rate), cell,
        tens(row.seven, seven), f"{row.core20:,}" if isfinite(row.core20_share) else "–", share(row.core20_share),
        tenth(row.imd),
    ]  # fmt: skip


def _how(facts: NeedFacts) -> None:
    with st.expander("How this is worked out, and from which sources"):
        style.note(
            "Core20: residents of LSOAs in national IMD deciles 1 and 2; the share is of residents of LSOAs with a "
            "decile. IMD score = Σ score × residents ÷ Σ residents. Ranks and deciles are never averaged.",
            "Estimated cohorts: residents of each LSOA by age × the chance of belonging at that age and IMD decile. "
            "How the chance rises with age and deprivation is that of multiple long-term conditions among all 60 "
            "million people on English lists (Valabhji and others, J R Soc Med 2024;117:104: odds 0.04 at ages 0 to 19 "
            "and 10.21 at 80 and over against 50 to 59; 2.26 in the most against the least deprived tenth). Straight "
            "lines in ln odds between these points.",
            "The level is set so that the whole area comes to 7%; for the 2-4% cohort to 3%, with 2% and 4% as its low "
            "and high. The shares are those of NHS England's neighbourhood health guidelines 2025/26.",
            "A table of local counts takes the place of an estimate: an indicator called cohort_7 or cohort_2_4, by "
            "LSOA, MSOA or practice. It is then marked as a local count.",
        )
        if facts.weights:
            heads, rows = facts.weights
            style.table(
                "People of the 7% cohort in 1,000, by age and fifth of deprivation, as estimated here",
                ["Fifth of IMD", *heads],
                [[name, *(f"{n:,}" for n in values.tolist())] for name, values in rows],
                numbers=range(1, len(heads) + 1),
            )


def ages(facts: NeedFacts, own: Narrowed | None) -> None:
    """Age groups by neighbourhood, those that the source allows."""
    need = facts.need
    if not need.age_groups:
        style.note("No ages are loaded.", *[m for m in need.missing if m.startswith("Ages need")], kind="warn")
        return
    touched, beyond = _of(need.rows, own)
    rows: list[list[object]] = [
        [
            row.name,
            f"{row.residents:,}",
            *(c for g, n in enumerate(row.ages) for c in (f"{n:,}", share(row.age_share(g)))),
        ]
        for row in (*touched, need.whole)
    ]
    rows[-1:-1] = _others(beyond, 2 * len(need.age_groups))
    heads = [h for g in need.age_groups for h in (g.label, "Share")]
    style.table(
        "Ages by neighbourhood, in order of need",
        ["Neighbourhood", "Residents", *heads],
        rows,
        numbers=range(1, 2 + len(heads)),
        marked=(len(rows) - 1,),
        max_height=620,
    )
    st.caption(f"{facts.ages} Shares are of the people of all ages in the same table.")


def indicators(facts: NeedFacts, own: Narrowed | None) -> None:
    """Indicators by neighbourhood, a group at a time."""
    need = facts.need
    there = [word for word, group in _GROUPS.items() if any(v.indicator.group == group for v in need.indicators)]
    if not there:
        style.note("No indicators are loaded.", *need.missing, kind="warn")
        return
    show = st.radio("Show", there, horizontal=True, key="need_indicators") if len(there) > 1 else there[0]
    chosen = [v for v in need.indicators if v.indicator.group == _GROUPS[str(show)]]
    place = {code: d for d, code in enumerate(need.codes)}
    touched, beyond = _of(need.rows, own)
    rows = [[row.name, *(_value(v, place[row.code]) for v in chosen)] for row in touched]
    if beyond:
        rows.append([f"{count(len(beyond), 'neighbourhood')} wholly outside", *[""] * len(chosen)])
    rows.append([need.whole.name, *(_figure(v, v.whole) for v in chosen)])
    style.table(
        f"{show}, neighbourhoods in order of need",
        ["Neighbourhood", *(_head(v) for v in chosen)],
        rows,
        numbers=range(1, 1 + len(chosen)),
        marked=(len(rows) - 1,),
        max_height=620,
        kind="sticky",
    )
    with st.expander("How this is worked out, and from which files"):
        style.note(
            "Value of a neighbourhood = Σ numerator ÷ Σ denominator of its LSOAs. For a domain of deprivation the "
            "numerator is score × people, and the people are those the domain is about.",
            "Apportioned: the table gives MSOAs, and each LSOA has its part by residents. Modelled: the table gives "
            "practices, and each LSOA has as much of a practice as patients on its list live there. Both hide "
            "differences within the MSOA or the list.",
        )
        style.table(
            "Each indicator", ["Indicator", "Unit", "Of whom", "How", "Period", "File"],
            [
                [
                    v.indicator.label, v.indicator.unit, v.indicator.counted_in or "–",
                    BASIS[v.indicator.basis] or "as given", v.indicator.period or "–", v.indicator.source,
                ]
                for v in chosen
            ],
            kind="wrap",
        )  # fmt: skip
        left = [
            f"{r.file}: {count(d.rows, 'row')} left out, {d.reason}."
            for r in facts.receipts
            if r.kind != "growth"
            for d in r.dropped
        ]
        if left:
            style.note("Left out of the files:", *left)


def _head(own: Values) -> str:
    how = {"apportioned": ", apportioned", "modelled": ", modelled"}.get(own.indicator.basis, "")
    return f"{own.indicator.label} ({own.indicator.unit}{how})"


def _value(own: Values, d: int) -> object:
    value, covered = float(own.values[d]), float(own.covered[d])
    text = _figure(own, value)
    return style.named(text, f"of {share(covered)} of residents") if 0 < covered < 0.995 else text


def _figure(own: Values, value: float) -> str:
    if not isfinite(value):
        return "–"
    if own.indicator.counts:
        return f"{value:,.0f}"
    digits = 1 if abs(own.whole) >= 10 else 2
    return f"{value:,.{digits}f}".replace("-", "−")


def spread(facts: NeedFacts) -> None:
    """How far the neighbourhoods lie apart, measure by measure."""
    if not facts.need.spreads:
        style.note("There is nothing to compare yet.", *facts.need.missing, kind="warn")
        return
    style.table(
        "Highest and lowest neighbourhood in each measure",
        ["Measure", "Lowest", "Highest", "Highest less lowest", "Highest over lowest"],
        [_spread(one) for one in facts.need.spreads],
        numbers=(1, 2, 3, 4),
        max_height=620,
    )
    st.caption(
        "Neighbourhoods that differ much need teams of different make-up; none of these is added up to one score. "
        "Scores have no ratio, as their nought means nothing."
    )


def _spread(one: Spread) -> list[object]:
    percent = one.unit == "share"

    def said(value: float) -> str:
        return f"{value:.1%}" if percent else f"{value:,.{one.digits}f}".replace("-", "−")

    how = BASIS.get(one.basis, one.basis)
    under = ", ".join(part for part in ("" if percent else one.unit, how) if part)
    apart = f"{100 * one.difference:.1f} points" if percent else said(one.difference)
    times = f"{one.ratio:.2f}" if isfinite(one.ratio) else "–"
    return [
        style.named(one.label, under) if under else one.label, style.named(said(one.lowest), one.lowest_in),
        style.named(said(one.highest), one.highest_in), apart, times,
    ]  # fmt: skip


def missing(facts: NeedFacts) -> None:
    """What is not shown, each with the file that would give it."""
    if facts.need.missing:
        many = count(len(facts.need.missing), "file")
        with st.expander(f"Not shown for want of {many}"):
            style.note(*facts.need.missing)
