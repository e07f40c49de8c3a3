"""The entries of `certificate.json` and `proof.json` against what comes out by recomputation, each fault in words."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.errors import PlanError, some
from footprints.exchange.certificate_json import (
    ABOUT,
    ABOUT_GROUPS,
    IMPROVE,
    RESTS_ON_NOBODY,
    RESTS_ON_SOLVER,
    SCHEMA,
    UNPROVEN,
    rests_on_solver,
    term_entry,
)
from footprints.exchange.proof_json import NAME, WrittenPart, WrittenProof
from footprints.exchange.shortfall import does_not_meet
from footprints.plan import Plan, area_inputs
from footprints.plan_value import ground_lazily, plan_value
from footprints.proven import NO_BOUND
from optimise.asking.feasibility import Outlook
from optimise.criteria import Criteria
from optimise.problem import Ints, Part, Problem
from optimise.score import terms
from optimise.solution import EXACT, Status
from optimise.tree import Tree
from optimise.words import percent

CERTIFICATE = "certificate.json"
TOLERANCE = 1e-6  # relative; the files hold six decimals


@dataclass(frozen=True, eq=False)
class CheckedPart:
    """One part worked out again. value : of the plan. best : claimed for the best plan. cases : the bound of each case.

    bound, bound_checked : what the tree proves with the run's word and without it; solver : the cases that need it.
    """

    part: Part
    tree: Tree | None
    value: float
    best: float
    cases: tuple[float, ...]
    bound: float
    bound_checked: float
    solver: tuple[int, ...]


def against(checked: CheckedPart, own: WrittenPart, said: Mapping[str, Any]) -> Iterator[str]:
    """The entries of one part in both files against what was worked out."""
    part = checked.part
    where = f"{CERTIFICATE}, {part.name}"
    expected = {
        "name": part.name,
        "groups": list(part.groups),
        "units": len(part.units),
        "people": int(part.people.sum()),
        "neighbourhoods": part.k,
        "objective": checked.value,
        "bound": checked.bound,
        "bound_checked": checked.bound_checked,
        "best_primary": own.best_primary,
        "gap": gap_of(checked.value, checked.bound),
        "status": str(Status.OPTIMAL if checked.bound >= checked.value * (1 - EXACT) else Status.FEASIBLE),
    }
    yield from _unlike(where, said, expected)
    mine = {"name": part.name, "bound": checked.bound, "bound_checked": checked.bound_checked}
    yield from _unlike(f"{NAME}, {part.name}", asdict(replace(own, tree=None)), mine)
    best = checked.value if part.k == 1 else own.best_primary
    if own.best_primary > checked.value * (1 + TOLERANCE) or not _near(own.best_primary, best):
        yield (
            f"{NAME}, {part.name}, best_primary: it says {shown(own.best_primary)}, but this very plan is worth "
            f"{shown(checked.value)}."
        )
    for claimed, of in ((own.bound, NAME), (_number(said.get("bound")), CERTIFICATE)):
        if claimed is not None and claimed > own.best_primary * (1 + TOLERANCE):
            best_known = shown(own.best_primary)
            yield f"{of}, {part.name}, bound: {shown(claimed)} is above the best plan, {best_known}."


# -- the whole --


def value_only(plan: Plan, area: Area, certificate: Mapping[str, Any]) -> Iterator[str]:
    """The certificate of an improved plan without a bound: its value, what it is about, and why there is none."""
    expected = {
        "schema": SCHEMA,
        "about": ABOUT,
        "plan": plan.id,
        "area": plan.area_name,
        "area_digest": area.digest,
        "status": UNPROVEN,
        "objective": plan_value(plan, area),
        "bound": None,
        "bound_checked": None,
        "gap": None,
        "no_bound": NO_BOUND,
        "does_not_meet": list(does_not_meet(plan, area)),
        "attribution": list(area.attribution),
    }
    yield from _unlike(CERTIFICATE, certificate, expected)


def evidence(
    plan: Plan, area: Area, certificate: Mapping[str, Any], written: WrittenProof, raw: bytes
) -> Iterator[str]:
    """That the files are about this plan, on this area, and belong together."""
    if plan.area_digest != area.digest:
        yield (
            f"plan.json, area_digest: the plan was made on other files than these ({plan.area_name}); without the same "
            f"editions and the same area its numbers cannot come out."
        )
    expected = {
        "schema": SCHEMA,
        "about": ABOUT,
        "plan": plan.id,
        "area": plan.area_name,
        "area_digest": area.digest,
        "seed": plan.criteria.seed,
        "reasons": [],
        "inputs": [asdict(i) for i in sorted(area_inputs(area), key=lambda i: (i.table, i.edition, i.sha256))],
        "attribution": list(area.attribution),
    }
    yield from _unlike(CERTIFICATE, certificate, expected)
    yield from _unlike(NAME, asdict(replace(written, parts=())), {"plan": plan.id, "area_digest": area.digest})
    named = certificate.get("proof")
    digest = hashlib.sha256(raw).hexdigest()
    if not isinstance(named, Mapping) or named.get("file") != NAME or named.get("sha256") != digest:
        yield f"{CERTIFICATE}, proof: it does not name this {NAME} (SHA-256 {digest[:12]}…)."


def shape(certificate: Mapping[str, Any], written: WrittenProof, found: Outlook) -> Iterator[str]:
    names = [task.name for task in found.tasks]
    for reason in found.prospect.reasons:
        yield f"plan.json, criteria: there is no plan under them: {reason.message}"
    for file, named in (
        (CERTIFICATE, [p.get("name") for p in listed(certificate, "parts")]),
        (NAME, [p.name for p in written.parts]),
    ):
        if named != names:
            yield f"{file}, parts: it lists {some(map(str, named))}; the plan's criteria give {some(names) or 'none'}."


def no_shared(plan: Plan, problem: Problem, made: Sequence[CheckedPart]) -> Iterator[str]:
    where = plan.where()
    home: dict[str, str] = {}
    for own in made:
        for code in sorted({where[problem.codes[int(u)]] for u in own.part.units}):
            if home.setdefault(code, own.part.name) != own.part.name:
                yield f"plan.json, assignment: {code} lies in {home[code]} and in {own.part.name}."


def totals(
    criteria: Criteria,
    problem: Problem,
    certificate: Mapping[str, Any],
    made: Sequence[CheckedPart],
    labels: Ints,
    centres: Sequence[int],
) -> Iterator[str]:
    """Sums over the parts, the gap, the status and the terms."""
    value, best, bound, checked = (
        float(sum(getattr(own, key) for own in made)) for key in ("value", "best", "bound", "bound_checked")
    )
    rests = rests_on_solver(bound, checked)
    expected = {
        "objective": value,
        "best_primary": best,
        "bound": bound,
        "bound_checked": checked,
        "gap": gap_of(value, bound),
        "status": str(Status.OPTIMAL if bound >= value * (1 - EXACT) else Status.FEASIBLE),
        "cases": sum(max(1, len(own.cases)) for own in made),
        "rests_on_solver": rests,
        "rests_on": RESTS_ON_SOLVER if rests else RESTS_ON_NOBODY,
    }
    yield from _unlike(CERTIFICATE, certificate, expected)
    if certificate.get("stopped_by") == "proof" and any(own.bound < own.best * (1 - EXACT) for own in made):
        yield f"{CERTIFICATE}, stopped_by: it says that the search ended with a proof, which its bounds do not give."
    found = terms(problem, criteria, labels, centres)
    said = listed(certificate, "terms")
    if [term.key for term in found] != [one.get("key") for one in said]:
        yield f"{CERTIFICATE}, terms: not those of the plan's criteria."
        return
    for term, one in zip(found, said, strict=True):
        where = f"{CERTIFICATE}, terms, {term.key}"
        words = one.get("in_words")
        yield from _unlike(where, one, {k: v for k, v in term_entry(term).items() if k != "in_words"})
        more = words.removeprefix(term.in_words) if isinstance(words, str) and words.startswith(term.in_words) else None
        spent = f" {percent((value - best) / best)} of travel and size was spent" if best > 0 else ""
        if more is None or (more and (term.proven or not more.startswith(spent))):
            yield f"{where}, in_words: it says “{words}”, where the plan gives “{term.in_words}”."


def exceptions(
    plan: Plan, certificate: Mapping[str, Any], found: Outlook, made: Sequence[CheckedPart]
) -> Iterator[str]:
    """Declared departures: the same in both files, and those that the criteria give on this area."""
    own = [asdict(e) | {"units": list(e.units)} for e in plan.exceptions]
    if own != list(listed(certificate, "exceptions")):
        yield f"{CERTIFICATE}, exceptions: not those of plan.json."
    given = [asdict(e) | {"units": list(e.units)} for e in found.prospect.exceptions]
    if [e for e in own if e["kind"] != "number"] != given:
        yield "plan.json, exceptions: not those that the plan's criteria give on this area."
    other = [c.part.name for c, task in zip(made, found.tasks, strict=True) if c.part.k != task.k]
    if certificate.get("made_by") == IMPROVE:
        return  # an improved plan has the number of the plan that it comes from
    if [e["where"] for e in own if e["kind"] == "number"] != other:
        yield "plan.json, exceptions: not the parts that have another number of neighbourhoods than proposed."


def groups_of(plan: Plan, area: Area, certificate: Mapping[str, Any], faults: list[str]) -> tuple[int, ...] | None:
    """(size, groups, proven) for pairs, threes and fours of an improved plan in one row; None where none are told.

    Values are worked out again from the plan; that a bound holds rests on the run that improved it.
    """
    if "made_by" not in certificate and "groups" not in certificate:
        return None
    entry = certificate.get("groups")
    if certificate.get("made_by") != IMPROVE or not isinstance(entry, Mapping) or entry.get("about") != ABOUT_GROUPS:
        faults.append(f"{CERTIFICATE}, groups: not what an improved plan has.")
        return None
    ground, labels, codes = ground_lazily(plan, area)
    worth = {code: ground.worth(np.flatnonzero(labels == d).tolist()) for d, code in enumerate(codes)}
    number = {code: d for d, code in enumerate(codes)}
    counts, seen = dict[int, list[int]](), set[tuple[str, ...]]()
    for own in listed(entry, "looked_at"):
        places, bound = own.get("places"), _number(own.get("bound"))
        if not isinstance(places, list) or any(place not in worth for place in places) or len(set(places)) < 2:
            faults.append(f"{CERTIFICATE}, groups: {some(map(str, places or ['?']))} is no group of this plan.")
            continue
        where, value = f"{CERTIFICATE}, groups, {' and '.join(places)}", sum(worth[place] for place in places)
        units = np.flatnonzero(np.isin(labels, [number[place] for place in places])).tolist()
        if len(ground.pieces(units)) > 1 or tuple(sorted(places)) in seen:
            faults.append(f"{where}: they are not adjacent, or stand there twice.")
        seen.add(tuple(sorted(places)))
        faults += _unlike(where, own, {"value": float(value)})
        if bound is None or bound > value * (1 + TOLERANCE):
            faults.append(f"{where}, bound: it says {shown(own.get('bound'))}, above the plan's own {shown(value)}.")
            continue
        if own.get("proven") is not bool(bound >= (_number(own.get("value")) or 0.0) * (1 - EXACT) - 1e-9):
            faults.append(f"{where}, proven: its bound does not say so.")
        row = counts.setdefault(len(places), [0, 0])
        row[0] += 1
        row[1] += own.get("proven") is True
    return tuple(n for size in sorted(counts) for n in (size, *counts[size]))


def _unlike(where: str, said: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """Entries that are missing or not as expected; fractions within `TOLERANCE`, a bound never too high."""
    for key, value in expected.items():
        claimed = said.get(key)
        if isinstance(value, float):
            number = _number(claimed)
            least_off = 1e-6 + 1e-9 * abs(value) if "bound" in key else 0.0
            if number is None or not _near(number, value) or (least_off and number > value + least_off):
                yield f"{where}, {key}: it says {shown(claimed)}; recomputed it is {shown(value)}."
        elif claimed != value or type(claimed) is not type(value):
            short = [str(v) if len(str(v)) < 60 else str(v)[:60] + "…" for v in (claimed, value)]
            yield f"{where}, {key}: it says “{short[0]}”, where “{short[1]}” is right."


def _near(a: float, b: float) -> bool:
    return abs(a - b) <= TOLERANCE * max(1.0, abs(b))


def gap_of(objective: float, bound: float) -> float:
    return max(0.0, (objective - bound) / objective) if objective > 0 else 0.0


def _number(value: Any) -> float | None:
    return float(value) if type(value) in (int, float) and np.isfinite(value) else None


def shown(value: Any) -> str:
    number = _number(value)
    return f"“{value}”" if number is None else f"{number:,.6f}".rstrip("0").rstrip(".")


def listed(certificate: Mapping[str, Any], key: str) -> Sequence[Mapping[str, Any]]:
    found = certificate.get(key)
    if not isinstance(found, list) or any(not isinstance(entry, Mapping) for entry in found):
        raise PlanError(f"{CERTIFICATE}: “{key}” is missing or of another kind.", mend="Write the plan anew.")
    return found
