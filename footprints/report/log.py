"""Table 6: what changed since the last version, and why, as the plans and the log of changes by hand say."""

from __future__ import annotations

import numpy as np

from footprints.changes import changed
from footprints.report.asked import Laid
from footprints.report.options import number_of
from footprints.report.parts import Block, Cell, Column, Table, Text, row
from footprints.report.subject import Subject

SHOWN = 8
NO_REASON = "No reason recorded"


def since_last(laid: Laid) -> list[Block]:
    """Table 6 of the recommended option, else of each."""
    blocks: list[Block] = []
    for n, own in enumerate(laid.chosen):
        letter = "abcd"[n] if len(laid.chosen) > 1 else ""
        if laid.previous is not None:
            blocks += _against(laid, own, laid.previous, letter)
        elif own.plan.changes or own.plan.boundaries:
            blocks += _by_hand(laid, own, letter)
        else:
            blocks.append(
                Text(
                    f"Table 6{letter}, what changed since the last version of {own.title}, is left out: the plan holds "
                    "no changes made by hand, and no earlier version is given. To fill: the last agreed plan."
                )
            )
    return blocks


def _against(laid: Laid, own: Subject, before: Subject, letter: str) -> list[Block]:
    change = own.change_from(before)
    old, new = before.plan.where(), own.plan.where()
    residents = laid.area.units["residents"]
    whys = {one.unit: (one.why, one.who, one.when) for one in changed(own.plan)}
    groups: dict[tuple[str, str, str], list[str]] = {}
    inside = laid.body.inside(own.area) if laid.body else np.ones(len(change.moved), dtype=bool)
    for unit, moved in zip(laid.area.codes, change.moved & inside, strict=True):
        if moved:
            why = whys.get(unit, ("", "", ""))[0]
            groups.setdefault((old.get(unit, ""), new.get(unit, ""), why), []).append(unit)
    total = int(residents[change.moved].sum())
    title = f"Table 6{letter}. What changed since {before.title} (plan {before.plan.id}): {own.title}"
    if not change.moved.any():
        return [Text(f"{title}: nothing; every resident stays in the neighbourhood of the last version.")]
    order = sorted(groups, key=lambda key: (-int(residents[groups[key]].sum()), key))
    rows = [
        row(
            number_of(before, a), number_of(own, b), f"{len(groups[a, b, why]):,}",
            f"{int(residents[groups[a, b, why]].sum()):,}", why or NO_REASON,
        )
        for a, b, why in order[:SHOWN]
    ]  # fmt: skip
    rest = [unit for key in order[SHOWN:] for unit in groups[key]]
    if rest:
        rows.append(row("Others", "", f"{len(rest):,}", f"{int(residents[rest].sum()):,}", ""))
    beyond = change.moved & ~inside
    if laid.body:
        rows.append(
            row(f"Outside {laid.body.name}", "", f"{int(beyond.sum()):,}", f"{int(residents[beyond].sum()):,}", "")
        )
    rows.append(row("All", "", f"{int(change.moved.sum()):,}", f"{total:,}", "", total=True))
    columns = (
        Column("From", 2.0), Column("To", 2.0), Column("LSOAs", 0.6, "right"), Column("Residents", 0.85, "right"),
        Column("Why", 3.2),
    )  # fmt: skip
    return [Table(title, columns, tuple(rows), (), dense=True)]


def _by_hand(laid: Laid, own: Subject, letter: str) -> list[Block]:
    residents, names = laid.area.units["residents"], own.names
    groups: dict[tuple[str, str, str, str, str], list[str]] = {}
    inside = dict(zip(laid.area.codes, laid.body.inside(own.area).tolist(), strict=True)) if laid.body else {}
    beyond = [one.unit for one in changed(own.plan) if not inside.get(one.unit, True)]
    for one in changed(own.plan):
        if one.unit in beyond:
            continue
        groups.setdefault((one.was, one.to, one.why, one.who, one.when[:10]), []).append(one.unit)
    order = sorted(groups, key=lambda key: (-int(residents[groups[key]].sum()), key))
    rows = []
    for was, to, why, who, when in order[:SHOWN]:
        units = groups[was, to, why, who, when]
        rows.append(
            row(
                _named(own, was), _named(own, to), f"{len(units):,}", f"{int(residents[units].sum()):,}",
                Cell(why or NO_REASON, ", ".join(x for x in (who, when) if x)),
            )
        )  # fmt: skip
    rest = [unit for key in order[SHOWN:] for unit in groups[key]]
    if rest:
        rows.append(row("Others", "", f"{len(rest):,}", f"{int(residents[rest].sum()):,}", ""))
    if beyond and laid.body:
        rows.append(row(f"Outside {laid.body.name}", "", f"{len(beyond):,}", f"{int(residents[beyond].sum()):,}", ""))
    for line in own.plan.boundaries:
        both = f"{names.get(line.first, line.first)} and {names.get(line.second, line.second)}"
        rows.append(
            row("The line between", both, "", "", Cell(line.why, ", ".join(x for x in (line.who, line.when[:10]) if x)))
        )
    units = [one.unit for one in changed(own.plan)]
    if units:
        rows.append(row("All", "", f"{len(units):,}", f"{int(residents[units].sum()):,}", "", total=True))
    if not rows:
        return [Text(f"Table 6{letter}: every change made by hand to {own.title} was taken back again.")]
    columns = (
        Column("From", 2.0), Column("To", 2.0), Column("LSOAs", 0.6, "right"), Column("Residents", 0.85, "right"),
        Column("Why, by whom, when", 3.2),
    )  # fmt: skip
    parent = f" ({own.plan.parent})" if own.plan.parent else ""
    title = f"Table 6{letter}. What was changed by hand since it was proposed{parent}: {own.title}"
    return [Table(title, columns, tuple(rows), (), dense=True)]


def _named(own: Subject, code: str) -> str:
    """A neighbourhood by number and name; a code that the plan has no more as it is."""
    return number_of(own, code) if code in own.numbers else code or "none"
