"""Today's arrangement as a plan, to stand beside every proposal: stated as it is, whatever it does not meet.

Majority PCN is the rule of Beaney et al. 2022 (BJGP Open 6(4), BJGPO.2022.0037), of Surrey's lookups and of Wales'
clusters: each LSOA to the PCN with which most of its patients are registered. It need not be contiguous or in range.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.communities import communities_of
from footprints.errors import PlanError
from footprints.flows import Flows, flows_of
from footprints.pieces import ground_of, join_pieces
from footprints.plan import Plan
from footprints.propose import plan_from_labels
from footprints.spoken import spoken
from optimise.criteria import Criteria
from optimise.problem import Floats, Ints

TODAY = "Today: "


def is_today(name: str) -> bool:
    """Whether a plan of that name is today's arrangement: its name says so, wherever it goes."""
    return name.startswith(TODAY)


def called_today(name: str) -> str:
    """The name of a plan that is today's arrangement."""
    return name if is_today(name) else TODAY + name


@dataclass(frozen=True)
class Kind:
    """A baseline: its key (`--kind`), the name of the plan, and the rule for people."""

    key: str
    name: str
    rule: str


KINDS: tuple[Kind, ...] = (
    Kind("pcn", "Today: majority PCN", "Each LSOA goes to the PCN with most of its patients."),
    Kind(
        "pcn-contiguous",
        "Today: majority PCN, each in one piece",
        "Each LSOA goes to the PCN with most of its patients; then smaller pieces go to the neighbour with most of "
        "theirs.",
    ),
    Kind("pcn-msoa", "Today: majority PCN of each MSOA", "Each whole MSOA goes to the PCN with most of its patients."),
    Kind("pcn-ward", "Today: majority PCN of each ward", "Each whole ward goes to the PCN with most of its patients."),
    Kind("msoa", "Today: MSOAs", "Each MSOA is a neighbourhood."),
    Kind("ward", "Today: wards", "Each ward is a neighbourhood; LSOAs count where most of them lies."),
    Kind("communities", "Communities of care", "Each community found in the flow of patients is a neighbourhood."),
)


def baseline(area: Area, kind: str, criteria: Criteria | None = None, *, prefix: str | None = None) -> Plan:
    """The plan of one of `KINDS`. criteria : what `check` holds it against; nothing is made to meet them.

    An LSOA whose patients are in no PCN is left unassigned, but in pcn-contiguous, where it joins what it is beside.
    Raises PlanError for another kind, DataError where what it needs (patients, PCNs, a level) is not loaded.
    """
    known = {k.key: k for k in KINDS}
    if kind not in known:
        raise PlanError(f"There is no baseline “{kind}”.", mend=f"Choose among {', '.join(known)}.")
    label, names = _MADE[kind](area)
    labels = {unit: int(g) for unit, g in zip(area.codes, label, strict=True) if g >= 0}
    asked = replace(criteria or Criteria(), neighbourhoods=None)
    plan = plan_from_labels(area, labels, asked, known[kind].name, prefix)
    where = plan.where()
    called = {where[unit]: names[g] for unit, g in labels.items() if names[g]}
    return replace(
        plan,
        neighbourhoods=tuple(
            replace(n, name=called[n.code], provisional=False) if n.code in called else n for n in plan.neighbourhoods
        ),
    )


def majority(flows: Flows, together: Ints | None = None) -> tuple[Ints, Floats, tuple[str, ...]]:
    """(n,) PCN of each unit by most patients, -1 where none of its patients is in a PCN; (n, g) patients; g PCN codes.

    together : (n,) group of each unit, whose units go as a whole to the PCN with most patients of the group. Of equal
    PCNs the first code wins; practices in no PCN do not vote.
    """
    table, codes = flows.by_network()
    voting = [i for i, code in enumerate(codes) if code]
    table, codes = table[:, voting], tuple(codes[i] for i in voting)
    if not codes:
        return np.full(len(flows.units), -1, dtype=np.int64), table, codes
    votes = table
    if together is not None:
        sums = np.zeros((int(together.max()) + 1, len(codes)))
        np.add.at(sums, together, table)
        votes = sums[together]
    return np.where(votes.sum(axis=1) > 0, votes.argmax(axis=1), -1).astype(np.int64), table, codes


def _networks(area: Area, key: str = "", *, contiguous: bool = False) -> tuple[Ints, list[str]]:
    flows = flows_of(area)
    if not any(flows.pcn):
        raise DataError(
            f"No PCN is known for the practices of {area.name}.",
            mend="Add the practice map (gp-reg-pat-prac-map.csv) or the PCN membership (epcncorepartnerdetails.csv).",
        )
    label, table, codes = majority(flows, _groups(area, key)[0] if key else None)
    if contiguous:
        label = join_pieces(label, ground_of(area), table, flows.living_here)
    return label, _pcn_names(area, codes)


def _pcn_names(area: Area, codes: tuple[str, ...]) -> list[str]:
    """Names of PCNs as people write them; with the code where two PCNs have one name, the code alone without a name."""
    table = area.practices
    said = {str(pcn): str(name).strip() for pcn, name in zip(table["pcn"], table["pcn_name"], strict=True) if name}
    names = [spoken(said.get(code, "")) or code for code in codes]
    return [
        f"{name} ({code})" if [n.casefold() for n in names].count(name.casefold()) > 1 else name
        for name, code in zip(names, codes, strict=True)
    ]


def _groups(area: Area, key: str) -> tuple[Ints, list[str]]:
    """(n,) group of each unit at a level, and names of the groups (with their codes where two have one name).

    Units without a group are a group each."""
    level = area.level(key)
    codes = sorted({code for code in level.assignment if code})
    position = {code: i for i, code in enumerate(codes)}
    alone = iter(range(len(codes), len(codes) + len(area.codes)))
    label = np.array([position[c] if c else next(alone) for c in level.assignment], dtype=np.int64)
    names = [level.names.get(code, "") or code for code in codes]
    called = [
        f"{name} ({code})" if [n.casefold() for n in names].count(name.casefold()) > 1 else name
        for name, code in zip(names, codes, strict=True)
    ]
    return label, [*called, *([""] * (int(label.max()) + 1 - len(called)))]


def _communities(area: Area) -> tuple[Ints, list[str]]:
    usual = communities_of(area).usual
    return usual.label, [""] * usual.number


_MADE: Mapping[str, Callable[[Area], tuple[Ints, list[str]]]] = {
    "pcn": _networks,
    "pcn-contiguous": lambda area: _networks(area, contiguous=True),
    "pcn-msoa": lambda area: _networks(area, "msoa"),
    "pcn-ward": lambda area: _networks(area, "ward"),
    "msoa": lambda area: _groups(area, "msoa"),
    "ward": lambda area: _groups(area, "ward"),
    "communities": _communities,
}
