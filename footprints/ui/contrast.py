"""The parts of the Compare page: which options, what differs, who moves."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from footprints.baselines import is_today
from footprints.compare import Change, Comparison, Services
from footprints.comparing import FORMULAS, OptionsRow, Overlap
from footprints.escape import plain_markdown
from footprints.options_table import of_body as rows_of_body
from footprints.options_table import options_table
from footprints.practices import HomeChange
from footprints.shelf import Shelf
from footprints.ui import figures, narrowed, style
from optimise.words import count

BEST = (
    "▲ best: the best value of its row, as shown. No row counts for more than another, and no single score is worked "
    "out; which rows matter is for the partners to say."
)
ROWS = 560  # pixels of a long table before it scrolls


def first_of(shelf: Shelf) -> int:
    """The option offered first: today's arrangement, where another is current, else the one before the current one."""
    keys = [o.key for o in shelf.options]
    todays = [n for n, o in enumerate(shelf.options) if is_today(o.plan.name) and o.key != shelf.current]
    if todays:
        return todays[-1]
    return max(0, keys.index(shelf.current) - 1) if shelf.current in keys else 0


def second_of(shelf: Shelf) -> int:
    """The option offered second: the current one, or the next where that is the first."""
    keys = [o.key for o in shelf.options]
    at = keys.index(shelf.current) if shelf.current in keys else 0
    return at if at != first_of(shelf) else min(at + 1, len(keys) - 1)


def headline(found: Comparison) -> None:
    """The difference of two options in one sentence; of more, each stands at its map. Narrowed, to what, too."""
    told = [found.changes[0].in_words] if len(found.plans) == 2 else []
    if found.body is not None:
        narrowed.said(found.area, *told)
    elif told:
        style.note(*told, kind="" if found.units_moved else "good")


def of_body(found: Comparison) -> None:
    """What the body that the page is narrowed to has of each option, and its neighbourhoods one by one."""
    if found.body is None:
        return
    name = found.body.name
    st.subheader(f"What {plain_markdown(name)} has of each option", anchor=False)
    style.table(
        f"The options side by side, for {name}", ["Measure", *found.names],
        [[_measure(row), *(_value(row, n) for n in range(len(found.names)))] for row in rows_of_body(found)],
        numbers=tuple(range(1, len(found.names) + 1)), kind="sticky",
    )  # fmt: skip
    st.caption(BEST)
    with st.expander(
        f"Its neighbourhoods under each option, with the people beyond the line of {plain_markdown(name)}"
    ):
        for title, own in zip(found.names, found.narrowed, strict=True):
            narrowed.neighbourhoods(own, f"{title}: {own.across}")


def options(found: Comparison) -> None:
    """Table 1: every measure of every option, by section, the best value of a row marked in words."""
    rows: list[list[object]] = []
    section = ""
    for row in options_table(found)[len(rows_of_body(found)) :]:
        if row.section != section:
            section = row.section
            rows.append([style.heading(section), *("" for _ in found.names)])
        rows.append([_measure(row), *(_value(row, n) for n in range(len(found.names)))])
    style.table(
        "The options side by side", ["Measure", *found.names], rows, numbers=tuple(range(1, len(found.names) + 1)),
        kind="sticky",
    )  # fmt: skip
    st.caption(BEST)


def _measure(row: OptionsRow) -> style.Cell:
    """The name of a measure, with its unit where the name does not say it, and the formula under it."""
    label = row.label.casefold()
    plain = row.unit in ("share", "yes/no", "ratio") or row.unit.casefold() in label
    plain |= row.unit == "people" and "residents" in label
    formula = "see “How these are worked out” below" if row.key in FORMULAS else row.formula
    note = f"{formula}. {row.note.capitalize()}." if row.note else formula
    return style.named(row.label if plain else f"{row.label}, {row.unit}", note)


def _value(row: OptionsRow, n: int) -> style.Cell:
    shown = figures.shown(row.values[n], row.unit)
    return style.best(shown) if row.best[n] else style.named(shown, "")


def between(found: Comparison, i: int, j: int) -> None:
    """Who and what moves between two options, in people."""
    change, services = found.change(i, j), found.services(i, j)
    if len(found.plans) > 2:
        style.note(change.in_words, kind="" if change.units_moved else "good")
    of, sited = (f" of {found.body.name}", " sited there") if found.body else ("", "")
    style.tiles(
        [
            (f"{change.people_moved:,}", f"residents{of} who change neighbourhood"),
            (f"{change.people_stayed:,}", "residents who stay"),
            (f"{change.everyone:,}", f"residents{of} in all"),
            (f"{change.units_moved:,}", "LSOAs that move"),
            *(
                [
                    (f"{services.practices_moved:,}", f"practices{sited} with another home"),
                    (f"{len(services.pcns):,}", f"PCNs{sited} with another main neighbourhood"),
                ]
                if len(found.area.registrations)
                else []
            ),
        ]
    )
    wide, narrow = st.columns([3, 2], gap="large")
    with wide:
        moves(change)
    with narrow:
        groups(change)
    practices(services, (change.before, change.after))
    if found.body and (services.practices_elsewhere or services.pcns_elsewhere):
        more = f"{count(services.practices_elsewhere, 'more practice')} with another home and "
        more += f"{count(services.pcns_elsewhere, 'more PCN')} with another main neighbourhood have"
        st.caption(f"{more} no site in {plain_markdown(found.body.name)}.")
    if not len(found.area.registrations):
        st.caption("Practices and PCNs: add the patients registered by practice (gp-reg-pat-prac-lsoa-all.csv).")


def moves(change: Change) -> None:
    """Residents who move, from where to where, with the most deprived and the oldest among them."""
    if not len(change.moved):
        return
    wanted = [(by.key, by.names[0] if by.key == "deprivation" else by.names[-1]) for by in change.groups]
    table, of = change.by_group, f" of {change.elsewhere.body}" if change.elsewhere else ""
    rows = []
    for r in change.moved.itertuples():
        own = table[(table["from_code"] == r.from_code) & (table["to_code"] == r.to_code)]
        part = [own.loc[(own["by"] == by) & (own["group"] == name), "people"].sum() for by, name in wanted]
        rows.append([r.from_name, r.to_name, f"{r.units:,}", f"{r.people:,}", *(f"{n:,}" for n in part)])
    heads = ["of these in the most deprived fifth" if by == "deprivation" else name for by, name in wanted]
    style.table(
        f"{change.people_moved:,} residents{of} who move",
        ["From", "To", "LSOAs", "Residents", *heads],
        rows,
        numbers=tuple(range(2, 4 + len(heads))),
        max_height=ROWS,
    )


def groups(change: Change) -> None:
    """Who moves and who stays, by deprivation and by age; each line adds up."""
    for by in change.groups:
        style.table(
            f"{by.title}, of {change.elsewhere.body}" if change.elsewhere else by.title,
            ["", "Move", "Stay", "All", "Share that moves"],
            [
                [g.name, f"{g.moved:,}", f"{g.stayed:,}", f"{g.everyone:,}", figures.shown(g.share, "share")]
                for g in by.groups
            ],
            numbers=(1, 2, 3, 4),
            marked=(len(by.groups) - 1,),
        )
        st.caption(f"Counted: {by.basis}")
    if "deprivation" not in {by.key for by in change.groups}:
        st.caption("By deprivation: add File_7_IoD2025 (deprivation deciles of LSOAs).")
    if "age" not in {by.key for by in change.groups}:
        st.caption("By age: add the age table by LSOA.")


def practices(services: Services, names: Sequence[str]) -> None:
    """Practices and PCNs that belong elsewhere."""
    homes(services.practices, names)
    if services.pcns:
        style.table(
            f"{count(len(services.pcns), 'PCN')} with another main neighbourhood",
            ["PCN", "Patients", *names],
            [
                [
                    style.named(row.name or row.pcn, row.pcn),
                    f"{row.patients:,}",
                    style.named(row.before or "–", f"{row.share_before:.0%} of its patients live there"),
                    style.named(row.after or "–", f"{row.share_after:.0%} of its patients live there"),
                ]
                for row in services.pcns
            ],
            numbers=(1,),
            max_height=ROWS,
        )


def homes(rows: Sequence[HomeChange], names: Sequence[str]) -> None:
    """Practices that belong to another neighbourhood, or whose home was agreed in one of the options alone."""
    if not rows:
        return
    style.table(
        f"{count(len(rows), 'practice')} with another home, or one agreed in one option alone: "
        f"{sum(row.patients for row in rows):,} patients on their lists",
        ["Practice", "List", *names],
        [
            [
                style.named(row.name or row.practice, row.practice),
                f"{row.patients:,}",
                style.named(row.before or "–", _by(row.agreed_before)),
                style.named(row.after or "–", _by(row.agreed_after)),
            ]
            for row in rows
        ],
        numbers=(1,),
        max_height=ROWS,
    )


def _by(agreed: bool) -> str:
    return "agreed" if agreed else "by most patients"


def matched(found: Comparison, i: int, j: int) -> None:
    """What counts as the same neighbourhood, and how much of it is found again."""
    change, alike = found.change(i, j), found.change(i, j).alike
    numbers, plans = found.numbers, found.plans
    called = [{n.code: f"{numbers[k][n.code]}. {n.name}" for n in plans[k].neighbourhoods} for k in (i, j)]
    twin = {a: (b, n) for a, b, n in change.matching}
    near = [own.codes for own in (found.narrowed[i], found.narrowed[j])] if found.body else None
    rows, left = [], 0
    for own in alike.before:
        after, shared = twin.get(own.code, ("", 0))
        if near and own.code not in near[0] and after not in near[1]:
            left += 1
            continue
        rows.append(
            [
                called[0][own.code],
                f"{own.people:,}",
                called[1].get(after, "none: it goes"),
                f"{shared:,}",
                _best(own, called[1]),
            ]
        )
    taken = {b for b, _ in twin.values()}
    rows += [
        ["none: it is new", "", called[1][own.code], "", _best(own, called[0])]
        for own in alike.after
        if own.code not in taken and (near is None or own.code in near[1])
    ]
    style.table(
        "Neighbourhoods matched by people, so that as many residents as possible stay where they are",
        [change.before, "Residents", change.after, "Residents in both", "Most like it (Jaccard)"],
        rows,
        numbers=(1, 3),
        max_height=ROWS,
    )
    if found.body is not None:
        wholes = (
            f"Residents are those of whole neighbourhoods, beyond the line of {plain_markdown(found.body.name)} too"
        )
        st.caption(
            f"{wholes}; {count(left, 'neighbourhood')} wholly outside it {'is' if left == 1 else 'are'} left out."
        )


def _best(own: Overlap, names: dict[str, str]) -> str:
    return f"{names.get(own.other, '–')} ({'–' if own.jaccard is None else format(own.jaccard, '.2f')})"


def likeness(found: Comparison) -> None:
    """How alike any two of the options are; the formulas are a click away."""
    movers = f"Residents of {found.body.name} who move" if found.body else "Residents who move"
    style.table(
        "How alike any two options are",
        [
            "From",
            "To",
            movers,
            "LSOAs",
            *(title for title, _ in FORMULAS.values()),
        ],
        [_pair(found.change(i, j)) for i, j in found.pairs],
        numbers=(2, 3, 4, 5, 6),
    )
    if found.body is not None:
        st.caption(f"How alike: by all residents of {plain_markdown(found.area.name)}.")
    with st.expander("How these are worked out, and where the formulas come from"):
        style.table("Formulas", ["Measure", "Formula and source"], [list(row) for row in FORMULAS.values()])


def _pair(change: Change) -> list[str]:
    return [
        change.before,
        change.after,
        f"{change.people_moved:,} ({change.share_moved:.1%})",
        f"{change.units_moved:,}",
        *(_likeness(key, getattr(change.alike, key)) for key in FORMULAS),
    ]


def _likeness(key: str, value: float | None) -> str:
    return ("–" if value is None else format(value, ".2f")) + (" bits" if key == "variation_of_information" else "")
