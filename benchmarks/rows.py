"""The rows of the table: each measures its cases side by side and says what they came to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path

from benchmarks import cases, rivals
from benchmarks.cases import MOMENT, OBJECTIVES, Case
from benchmarks.table import Line, Row
from boundaries.area import Area
from optimise import Criteria, Problem, Progress, Solution, build_problem, solve
from optimise.problem import Part
from optimise.searching.crossing import family
from optimise.searching.search import Found, SearchBudget, best_of, restart
from optimise.solution import EXACT

RESTARTS = 8


@dataclass(frozen=True)
class Asked:
    """How much to measure; the defaults are what the table of docs/benchmarks.md is made with.

    folders : places, by default the real ones. district, whole, seed, review : seconds given to one solve of a
    district, of a place, for one seed, and to one review. rival, regions : seconds for GerryChain's optimisers each and
    for each method of spopt. seeds, plans : how many. country : units, counties and seconds. units : of the place for
    the first plan.
    """

    folders: tuple[Path, ...] = ()
    district: int = 60
    whole: int = 300
    seed: int = 60
    review: int = 60
    rival: float = 60.0
    regions: float = 240.0
    seeds: int = 20
    plans: int = 20
    country: tuple[int, int, int] = (34_000, 50, 600)
    units: int = 1_700


SHORT = Asked(district=5, whole=5, seed=5, review=5, rival=3.0, regions=10.0, seeds=2, plans=2, country=(1_200, 3, 15))


@dataclass(frozen=True)
class Solved:
    """A solve and its times: seconds in all, and until the first plan (None where there was none)."""

    solution: Solution
    seconds: float
    first: float | None

    @property
    def value(self) -> float:
        """The least travel and size found, before communities were served; inf without a plan."""
        return float("inf") if self.solution.best_primary is None else self.solution.best_primary

    @property
    def gap(self) -> float:
        """Of `value`; 1 without a plan."""
        return max(0.0, 1 - self.solution.bound / self.value)


@dataclass
class Session:
    """One run: what was asked, the places loaded once, and the wholes solved once."""

    asked: Asked
    say: Callable[[str], None] = print
    known: dict[tuple[str, str], Solved] = field(default_factory=dict)

    @cached_property
    def places(self) -> list[tuple[str, Area]]:
        return [cases.place(folder) for folder in cases.folders(self.asked.folders)]

    def whole(self, name: str, area: Area, objective: str) -> Solved:
        """The place not nested, solved with the seconds for a whole place."""
        if (name, objective) not in self.known:
            self.known[name, objective] = solved(cases.whole(name, area, objective, self.asked.whole))
        return self.known[name, objective]

    def wholes(self) -> list[tuple[str, Area, str]]:
        """Every place with every objective."""
        return [(name, area, objective) for name, area in self.places for objective in OBJECTIVES]


def solved(case: Case) -> Solved:
    """Solve on all cores, with the times; compiled before the clock starts."""
    from optimise.warm import warm_up

    warm_up()
    first: list[float] = []
    begun = time.perf_counter()

    def hear(news: Progress) -> None:
        if news.best is not None and not first:
            first.append(time.perf_counter() - begun)

    solution = solve(case.problem, case.criteria, on_progress=hear)
    return Solved(solution, time.perf_counter() - begun, first[0] if first else None)


def districts(session: Session) -> Row:
    """Every district on its own, in two bands, on both objectives."""
    lines, cells = [], []
    for objective in OBJECTIVES:
        found: list[tuple[str, Solved]] = []
        for name, area in session.places:
            for case in cases.districts(name, area, objective, session.asked.district):
                done = solved(case)
                found.append((f"{case.what} ({name})", done))
                cells.append(
                    (
                        name, case.what, objective, f"{len(case.problem.codes):,}", str(_number(done.solution)),
                        f"{done.value:,.0f}", _percent(done.gap), _percent(done.solution.gap),
                        "yes" if done.gap <= EXACT else "no", f"{done.seconds:.1f}", str(done.solution.stopped_by),
                    )
                )  # fmt: skip
                session.say("  " + " | ".join(cells[-1]))
        lines.append(_districts_line(objective, found))
    head = (
        "place", "district and band", "objective", "units", "k", "value", "gap", "gap of the plan", "optimal",
        "seconds", "stopped by",
    )  # fmt: skip
    return Row("districts", "every district on its own", tuple(lines), head, tuple(cells))


def _districts_line(objective: str, found: list[tuple[str, Solved]]) -> Line:
    goal = "gap ≤ 1 % for all, optimal for ≥ 95 %, ≤ 60 s each"
    if not found:
        return Line(objective, goal, "no district with two neighbourhoods or more")
    close = sum(done.gap <= 0.01 for _, done in found)
    best = sum(done.gap <= EXACT for _, done in found)
    where, worst = max(found, key=lambda f: f[1].gap)
    longest = max(done.seconds for _, done in found)
    reached = (
        f"{close} of {len(found)} within 1 % (worst {_percent(worst.gap)}, {where}), {best} proven optimal "
        f"({best / len(found):.0%}), at most {longest:.0f} s"
    )
    return Line(objective, goal, reached, close == len(found) and best >= 0.95 * len(found) and longest <= 60)


def whole(session: Session) -> Row:
    """Every place not nested."""
    lines, cells = [], []
    for name, area, objective in session.wholes():
        done = session.whole(name, area, objective)
        reached = f"gap {_percent(done.gap)} in {done.seconds:.0f} s"
        met = done.gap <= 0.01 and done.seconds <= 300
        lines.append(Line(f"{name}, {objective}", "gap ≤ 1 % within 300 s", reached, met))
        cells.append(
            (
                name, objective, f"{len(area.codes):,}", str(_number(done.solution)), f"{done.value:,.0f}",
                f"{done.solution.bound:,.0f}", f"{done.solution.bound_checked:,.0f}", _percent(done.gap),
                _percent(done.solution.gap), _seconds(done.first), f"{done.seconds:.0f}", str(done.solution.stopped_by),
            )
        )  # fmt: skip
        session.say("  " + " | ".join(cells[-1]))
    head = (
        "place", "objective", "units", "k", "value", "bound", "bound checked", "gap", "gap of the plan", "first plan s",
        "seconds", "stopped by",
    )  # fmt: skip
    return Row("whole", "whole places, not nested, 30,000 to 60,000 people", tuple(lines), head, tuple(cells))


def gerrychain(session: Session) -> Row:
    """GerryChain's optimisers and our search for the same seconds on one core each, above the best bound known."""
    lines, cells = [], []
    goal = "(ours − bound) ≤ 1/10 of (GerryChain − bound); its value passed within 1 s"
    for name, area, objective in session.wholes():
        bound_of = session.whole(name, area, objective).solution
        part = cases.largest_part(cases.whole(name, area, objective, session.asked.whole))
        bound = next(p.bound for p in bound_of.parts if p.units == len(part.units))
        chain = rivals.gerrychain(part, session.asked.rival)
        ours, runs, passed = our_best(part, session.asked.rival, 0, chain.value)
        share = (ours - bound) / (chain.value - bound) if chain.value > bound else float("inf")
        when = "never passed" if passed is None else f"passed after {passed:.1f} s"
        met = share <= 0.1 and passed is not None and passed <= 1.0
        lines.append(Line(f"{name}, {objective}", goal, f"{share:.3f}; {when}", met))
        cells.append(
            (
                name, objective, f"{chain.value:,.0f} ({chain.which}, {chain.pace:,.0f} steps a second)",
                f"{_percent(chain.value / bound - 1)}", f"{ours:,.0f} ({runs} runs)", _percent(ours / bound - 1),
                f"{bound:,.0f}", f"{ours / chain.value:.4f}", f"{bound / chain.value:.4f}",
            )
        )  # fmt: skip
        session.say("  " + " | ".join(cells[-1]))
    head = (
        "place", "objective", "GerryChain", "above the bound", "ours", "above the bound", "bound", "ours / GerryChain",
        "no plan below",
    )  # fmt: skip
    title = f"GerryChain on the same graph, band and objective, {session.asked.rival:.0f} s each on one core"
    return Row("gerrychain", title, tuple(lines), head, tuple(cells))


def our_best(part: Part, seconds: float, seed: int, rival: float) -> tuple[float, int, float | None]:
    """(best value, runs, seconds until `rival` was passed) of what a solve does too, one after another: some restarts,
    then families, and after every three of them one of all the plans known.
    """
    budget, passed = SearchBudget(rounds=80), None
    restart(part, seed, 0, replace(budget, rounds=1))  # compiled before the clock starts
    begun = time.perf_counter()

    def hear(value: float) -> None:
        nonlocal passed
        if passed is None and value < rival:
            passed = time.perf_counter() - begun

    known: list[Found] = []
    for index in count():
        if index < RESTARTS:
            found = restart(part, seed, index, budget, on_best=hear)
        else:
            parents = known if index % 4 == 3 else []
            found = family(part, seed, index, budget, parents=parents, on_best=hear)
        known += [found] if found is not None else []
        if time.perf_counter() - begun > seconds:
            best = best_of(known)
            return (best.value if best is not None else float("inf")), index + 1, passed
    raise AssertionError


def seeds(session: Session) -> Row:
    """The same question under many seeds."""
    lines, cells = [], []
    for name, area, objective in session.wholes():
        problem = cases.whole(name, area, objective, session.asked.seed).problem
        found = []
        for seed in range(session.asked.seeds):
            asked = cases.whole(name, area, objective, session.asked.seed, seed).criteria
            found.append(solved(Case(name, f"seed {seed}", problem, asked)))
            session.say(f"  {name}, {objective}, seed {seed}: {found[-1].value:,.0f} in {found[-1].seconds:.0f} s")
        values = sorted(done.value for done in found)
        handed = sorted(done.solution.objective or float("inf") for done in found)
        ratio = values[-1] / values[0]
        lines.append(Line(f"{name}, {objective}", "worst ≤ 1.005 × best", f"{ratio:.5f}", ratio <= 1.005))
        cells.append(
            (
                name, objective, str(len(found)), f"{values[0]:,.0f}", f"{values[len(values) // 2]:,.0f}",
                f"{values[-1]:,.0f}", f"{ratio:.5f}", f"{handed[-1] / handed[0]:.5f}",
                f"{max(done.seconds for done in found):.0f}",
            )
        )  # fmt: skip
    head = (
        "place", "objective", "seeds", "best", "median", "worst", "worst / best", "of the plans handed back", "seconds",
    )  # fmt: skip
    title = f"the value before communities are served, {session.asked.seed} s, whole places"
    return Row("seeds", f"{session.asked.seeds} seeds: {title}", tuple(lines), head, tuple(cells))


def spopt(session: Session) -> Row:
    """The regionalisations of spopt on the same units and borders."""
    lines, cells = [], []
    for name, area in session.places:
        case = cases.whole(name, area, MOMENT, session.asked.whole)
        part = cases.largest_part(case)
        xy = cases.node_places(case, part)
        in_band = []
        for method in rivals.REGIONS:
            found = rivals.regions(method, part, xy, session.asked.regions)
            cells.append((name, method, f"{found.seconds:.0f}", *rivals.judged(part, found)))
            in_band += [method] if cells[-1][5] == "yes" else []
            session.say("  " + " | ".join(cells[-1]))
        took = ", ".join(f"{c[1]} {c[2]} s" if c[3] else f"{c[1]} no answer" for c in cells if c[0] == name)
        reached = f"{took}; in band: {', '.join(in_band) or 'none'}"
        lines.append(Line(name, "reported: time, in band or not", reached))
    head = ("place", "method", "seconds", "regions", "people", "in band", "each in one piece", "moment of inertia")
    return Row("spopt", "regionalisations of spopt", tuple(lines), head, tuple(cells))


def first(session: Session) -> Row:
    """Seconds from a loaded area to the first plan of a place of 1,700 units."""
    units = session.asked.units
    lines, cells = [], []
    for objective, base in OBJECTIVES.items():
        for what, problem in (("one piece (a lattice)", cases.lattice(units)), _counties(units)):
            criteria = replace(base, within=(), seconds=session.asked.seed)
            done = solved(Case("generated", what, problem, criteria))
            ok = done.first is not None and done.first <= 2.0
            lines.append(Line(f"{what}, {objective}", "≤ 2 s after load", f"{_seconds(done.first)} s", ok))
            cells.append(
                (what, objective, f"{len(problem.codes):,}", str(_number(done.solution)), _seconds(done.first),
                 _percent(done.gap), f"{done.seconds:.0f}")
            )  # fmt: skip
            session.say("  " + " | ".join(cells[-1]))
    head = ("place", "objective", "units", "k", "first plan s", "gap at the end", "seconds in all")
    return Row("first", f"the first plan for {units:,} units", tuple(lines), head, tuple(cells))


def _counties(units: int) -> tuple[str, Problem]:
    from boundaries import list_places, load_area

    folder = cases.generated(units, 2)
    area = load_area(folder, [place.code for place in list_places(folder) if place.level == "icb"])
    return "two invented counties", build_problem(area, Criteria(within=()))


def country(session: Session) -> Row:
    """A country nested in its districts, in a process of its own."""
    from benchmarks.country import measure

    units, counties, seconds = session.asked.country
    lines, cells = [], []
    for objective in OBJECTIVES:
        got = measure(units, counties, seconds, objective, lambda said: session.say(f"  {said}"))
        soon = got.first is not None and got.first <= 60
        certified = got.bounded == got.parts and got.certified <= 900
        load = f"{got.load_seconds:.0f}{' (cache)' if got.cached else ''}"
        share = got.optimal / max(1, got.parts)
        lines += [
            Line(f"first plan, {objective}", "≤ 60 s", f"{_seconds(got.first)} s", soon),
            Line(
                f"certified, {objective}",
                "≤ 15 min",
                f"{got.certified / 60:.1f} min; {got.optimal} of {got.parts} districts proven optimal ({share:.0%}), "
                f"{got.within} within 1 %; gap of the country {_percent(got.gap)}",
                certified,
            ),
            Line(f"memory, {objective}", "< 4 GB", f"{got.memory:.1f} GB", got.memory < 4),
        ]
        cells.append(
            (
                objective, f"{got.units:,}", str(got.parts), load,
                _seconds(got.first), f"{got.certified:.0f}", f"{got.memory:.2f}", str(got.optimal), str(got.within),
                _percent(got.gap), got.stopped_by,
            )
        )  # fmt: skip
    head = (
        "objective", "units", "districts", "load s", "first plan s", "answer s", "GB", "optimal", "within 1 %", "gap",
        "stopped by",
    )  # fmt: skip
    return Row("country", f"a generated country, nested, seconds={seconds}", tuple(lines), head, tuple(cells))


def agreed(session: Session) -> Row:
    """Invented agreed plans, reviewed; every mend laid on its plan and looked at by the independent checker."""
    from benchmarks.agreed import agreed_plans, reviewed

    lines, cells = [], []
    each = max(1, -(-session.asked.plans // max(1, len(session.places))))
    for objective, base in OBJECTIVES.items():
        seconds, wrong, mends, made = [0.0], 0, 0, 0
        for name, area in session.places:
            quick = replace(cases.whole(name, area, objective, 5).criteria, within=base.within, neighbourhoods=None)
            for plan in agreed_plans(area, min(each, session.asked.plans - made), criteria=quick):
                got = reviewed(area, plan, session.asked.review)
                made += 1
                seconds.append(got.seconds)
                wrong, mends = wrong + got.invalid, mends + len(got.review.mends)
                cells.append(
                    (
                        name, objective, plan.name, str(len(got.review.faults)), _percent(got.review.gap),
                        _percent(got.review.better), str(len(got.review.mends)), str(got.invalid), f"{got.seconds:.0f}",
                    )
                )  # fmt: skip
                session.say("  " + " | ".join(cells[-1]))
        reached = f"{made} plans, at most {max(seconds):.0f} s; {wrong} of {mends} mends invalid"
        met = max(seconds) <= 120 and wrong == 0
        lines.append(Line(objective, "`review` within 120 s each, mends valid", reached, met))
    head = ("place", "objective", "plan", "faults", "gap", "known better", "mends", "invalid", "seconds")
    return Row("agreed", f"{session.asked.plans} invented agreed plans", tuple(lines), head, tuple(cells))


ROWS: dict[str, Callable[[Session], Row]] = {
    "districts": districts,
    "whole": whole,
    "gerrychain": gerrychain,
    "seeds": seeds,
    "spopt": spopt,
    "agreed": agreed,
    "country": country,
    "first": first,
}


def _number(solution: Solution) -> int:
    return sum(part.neighbourhoods for part in solution.parts)


def _percent(fraction: float | None) -> str:
    return "–" if fraction is None else f"{100 * fraction:.2f} %"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f}"
