"""Table 5: where good plans disagree, line by line, with what each choice would do."""

from __future__ import annotations

import math
from collections.abc import Sequence

from footprints.certainty import certainty, in_words
from footprints.disclosure import open_range
from footprints.moving import Moving, Patients, moving
from footprints.plan import Plan
from footprints.report import say
from footprints.report.asked import Laid
from footprints.report.options import number_of
from footprints.report.parts import Block, Cell, Column, Table, Text, row
from footprints.report.subject import Subject
from optimise.words import count

FEWEST_PLANS, SHOWN, NAMED = 3, 6, 3


def contested_edges(laid: Laid) -> list[Block]:
    """Table 5 of the recommended option, else of each; a sentence where too few plans tell."""
    judges = [*laid.asked.others, *(own.plan for own in laid.options)]
    blocks: list[Block] = []
    for n, own in enumerate(laid.chosen):
        others = [plan for plan in judges if plan.id != own.plan.id]
        if len(others) < FEWEST_PLANS:
            said = (
                f"Table 5, contested edges, is left out: it takes at least {FEWEST_PLANS} other good plans to say "
                f"where the evidence is close, and there {'is' if len(others) == 1 else 'are'} {len(others)}. To fill: "
                "more proposals for this place, given as plans to judge by."
            )
            return [Text(said)]
        blocks += _table(laid, own, others, "abcd"[n] if len(laid.chosen) > 1 else "")
    return blocks


def _table(laid: Laid, own: Subject, others: Sequence[Plan], letter: str) -> list[Block]:
    found = certainty(own.plan, others, laid.area)
    summary = in_words(found, laid.area, len(others))
    open_ones = [one for one in found if not one.core and one.runner_up]
    pairs: dict[tuple[str, str], list[str]] = {}
    for one in open_ones:
        pairs.setdefault((one.code, one.runner_up), []).append(one.unit)
    kept = {one.unit: one.kept for one in open_ones}
    residents = laid.area.units["residents"]
    order = sorted(pairs, key=lambda pair: (-int(residents[pairs[pair]].sum()), pair))
    if not order:
        return [Text(f"Table 5{letter}. Contested edges: none. {summary}")]
    evidence, rows = Patients.of(laid.exact), []
    for pair in order[:SHOWN]:
        units = sorted(pairs[pair])
        move = moving(own.plan, evidence, units, pair[1])
        people = int(residents[units].sum())
        mean = sum(kept[u] * int(residents[u]) for u in units) / people if people else kept[units[0]]
        rows.append(
            row(
                Cell(_places(laid, units), count(len(units), "LSOA")),
                f"{people:,}",
                Cell(number_of(own, pair[0]), f"in {say.share(mean, 0)} of the plans"),
                number_of(own, pair[1]),
                _effect(move, sizes=open_range(own.plan)),
            )
        )
    columns = (
        Column("Areas", 2.3), Column("Residents", 0.85, "right"), Column("In this option", 1.7),
        Column("Else mostly in", 1.6), Column("If they moved", 3.0),
    )  # fmt: skip
    more_plans = len(laid.asked.others)
    further = f" and {count(more_plans, 'further plan')}" if more_plans else ""
    notes = [f"{summary} Judged by the other options of this paper{further}."]
    if own.plan.criteria.count != "residents":
        notes.append("The range counts patients: sizes after a move, and whether they are in range, are not told.")
    if len(laid.exact.registrations):
        notes.append(
            "Single areas are not told in counts of patients: where they have their practice is in steps of ten per "
            f"cent, and left out where fewer than {say.LEAST_IN_TENTHS:,} are registered."
        )
    more = len(order) - len(rows)
    if more:
        notes.append(f"{count(more, 'more line')} with fewer residents.")
    return [Table(f"Table 5{letter}. Contested edges: {own.title}", columns, tuple(rows), tuple(notes), dense=True)]


def _places(laid: Laid, units: list[str]) -> str:
    """The MSOAs that the areas lie in, those with most of these residents first; names of LSOAs without any."""
    msoa = laid.area.levels.get("msoa")
    at = dict(zip(laid.area.codes, msoa.assignment, strict=True)) if msoa else {}
    people: dict[str, int] = {}
    for unit in units:
        group = at.get(unit, "")
        name = (msoa.names.get(group, "") if msoa else "") or str(laid.area.units.at[unit, "name"])
        people[name] = people.get(name, 0) + int(laid.area.units.at[unit, "residents"])
    names = sorted(people, key=lambda n: (-people[n], n))
    shown = ", ".join(names[:NAMED])
    return shown + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")


def _effect(move: Moving, *, sizes: bool) -> str:
    """What would come of a move. Single areas are no cells of the rule for patients: only tenths are told of theirs.

    sizes : whether the range is on residents, now or in a year; of patients not even whether they are in range is told.
    """
    holds = "both in range and in one piece" if move.sound else "out of range or in pieces"
    whole = "Both in one piece" if max(move.leaves.pieces, move.enters.pieces) <= 1 else "In pieces"
    people = f"{move.leaves.after:,} and {move.enters.after:,} {move.enters.whom}: {holds}"
    told = [people if sizes else whole]
    before, after = move.km
    if not (math.isnan(before) or math.isnan(after)):
        told.append(f"{say.decimal(before)} km to the centre now, {say.decimal(after)} km then")
    if move.patients >= say.LEAST_IN_TENTHS:
        here, there = (say.tenths(part, move.patients) for part in (move.here, move.there))
        told.append(f"{here} have their practice where they are, {there} where they would go")
    return "; ".join(told) + "."
