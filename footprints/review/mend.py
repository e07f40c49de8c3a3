"""`Mend`: a small change to a plan, with the people it concerns and what it brings; and how it is made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from boundaries.area import Area
from footprints import edit
from footprints.errors import PlanError, some
from footprints.plan import Plan, PlanLink
from footprints.review.ground import Ground
from optimise.need import UNLIKE
from optimise.problem import Ints
from optimise.words import level_in_words

WHOLE = ("attach", "missing", "new", "link")  # kinds that make a plan whole; the others ask for a whole plan


@dataclass(frozen=True)
class Move:
    """A unit and the neighbourhood codes it lies in before and after; "" before where it lies in none."""

    unit: str
    before: str
    after: str


@dataclass(frozen=True)
class Mend:
    """One change that leaves a plan valid.

    kind : "attach" (a cut-off piece joins a neighbour), "missing" (units in no neighbourhood join one), "new" (they
    become one of their own), "link" (a declared link makes a piece one), "line" (a set goes back to its own side of a
    line that was to hold), "range" (brings a neighbourhood into the range that was set), "move" (a connected set of
    units changes neighbourhood), "exchange" (two sets change places).
    residents : who change neighbourhood. gain : person-km that the plan is better by, with all that the criteria weigh
    (below 0: worse); primary : of it travel, size and crossings, which the proof is about; community : people fewer
    outside the largest part of their community. km_a_person : gain over all residents of the area. places : codes
    concerned.
    """

    kind: str
    moves: tuple[Move, ...]
    residents: int
    gain: float
    primary: float
    community: int
    km_a_person: float
    places: tuple[str, ...]
    in_words: str
    links: tuple[PlanLink, ...] = ()


def effect(ground: Ground, before: Ints, after: Ints) -> tuple[float, float, int]:
    """(gain, primary, community) of a change, as `Mend` has them."""
    gain = ground.composite(before) - ground.composite(after)
    primary = ground.value(before) - ground.value(after)
    return gain, primary, ground.outside(before) - ground.outside(after)


def no_worse(ground: Ground, before: Ints, after: Ints) -> bool:
    """Nobody more out of the range that was set, or across a line that was to hold."""
    return ground.off(after) <= ground.off(before) and ground.across(after) <= ground.across(before)


def better(ground: Ground, before: Ints, after: Ints) -> bool:
    """Whether a change makes the plan better, for a mend of `review` and for a step of `improve` alike.

    Travel, size, crossings, communities and what else has a weight count together, and nothing asked may be met less.
    """
    return ground.composite(before) > ground.composite(after) and no_worse(ground, before, after)


def moves_between(ground: Ground, codes: Sequence[str], before: Ints, after: Ints) -> tuple[Move, ...]:
    """What differs between two plans, unit by unit."""
    changed = [i for i in range(len(before)) if before[i] != after[i]]
    name = dict(enumerate(codes)) | {-1: ""}
    return tuple(Move(ground.problem.codes[i], name[int(before[i])], name[int(after[i])]) for i in changed)


def moved(moves: Sequence[Move], ground: Ground, codes: Sequence[str], labels: Ints) -> Ints | None:
    """The plan `labels` with these moves made; None where they do not fit it."""
    number = {code: d for d, code in enumerate(codes)}
    after = labels.copy()
    for move in moves:
        i, a, b = ground.position.get(move.unit), number.get(move.before), number.get(move.after)
        if i is None or a is None or b is None or int(labels[i]) != a:
            return None
        after[i] = b
    return after


def consequences(ground: Ground, before: Ints, after: Ints, *, gain: float, community: int) -> str:
    """What a change brings, in words: kilometres a person of everybody, person-km, and what is saved or lost of all
    else that the criteria weigh. gain, community : of its `effect`."""
    per_head = abs(gain) / max(1, ground.residents)
    shown = f"{per_head:.3f}" if per_head >= 0.0005 else f"{per_head:.2g}"
    words = f"The plan is {'worse' if gain < 0 else 'better'} by {abs(gain):,.0f} person-km, {shown} km a person"
    level = ground.problem.levels.get(ground.criteria.community)
    if community and level is not None:
        side, number = ("fewer" if community > 0 else "more"), abs(community)
        people = f"{number:,} {side} {'person lives' if number == 1 else 'people live'}"
        words += f"; {people} outside the largest part of their {level_in_words(level.label)}"
    was, now = ground.amounts(before), ground.amounts(after)
    said = [_changed(key, amount - now[key]) for key, amount in was.items()]
    return "".join([words, *(f"; {one}" for one in said if one), "."])


def _changed(key: str, saved: float) -> str:
    """What a change saves of a term (below 0: costs), in words; empty where it rounds to nothing."""
    less, amount = saved > 0, abs(saved)
    if key in ("border", "barrier"):
        if amount < 0.05:
            return ""
        if key == "border":
            return f"borders are {amount:,.1f} km {'shorter' if less else 'longer'}"
        return f"{amount:,.1f} km {'less' if less else 'more'} of barriers lie inside neighbourhoods"
    if amount < 0.5:
        return ""
    number = f"{amount:,.0f} {'fewer' if less else 'more'}"
    one = round(amount) == 1
    if key == "ties":
        return f"{number} {'neighbour' if one else 'neighbours'} who share practices {'is' if one else 'are'} divided"
    if key == "practice":
        return f"{number} {'patient lives' if one else 'patients live'} in another neighbourhood than their practice"
    who = "resident" if one else "residents"
    return f"{number} {who} {UNLIKE}"


def apply_mends(plan: Plan, area: Area, mends: Iterable[Mend], *, name: str = "") -> Plan:
    """The plan with these changes made, in their order: codes, names, colours and locks stay, and it knows its parent.

    Raises PlanError where a mend moves locked units, or does not fit the plan.
    """
    made = plan
    called: dict[str, str] = {}  # codes that a mend speaks of, and those that were really given
    for mend in mends:
        where = made.where()
        strange = [m.unit for m in mend.moves if where.get(m.unit, "") != called.get(m.before, m.before)]
        if strange:
            raise PlanError(
                f"The change does not fit the plan “{plan.name}”: {some(strange)} lie elsewhere.",
                mend="Review the plan as it is now.",
            )
        for code in sorted({m.after for m in mend.moves}):
            units = [m.unit for m in mend.moves if m.after == code]
            home = called.get(code, code)
            if home in made.codes:
                made = edit.move(made, area, units, home)
            else:
                made = edit.add_neighbourhood(made, area, "", units)
                called[code] = next(c for c in made.codes if c not in plan.codes and c not in called.values())
        for link in mend.links:
            made = edit.add_link(made, area, link.from_code, link.to_code, link.kind, link.note)
    if made == plan:
        return plan
    return replace(made, name=name or made.name, parent=plan.id)
