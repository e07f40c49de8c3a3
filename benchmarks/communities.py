"""How many patients are registered where they live: today's arrangement against proposals, in three real places.

    python benchmarks/communities.py [--seconds S] [--runs N] [--recom N] [--curve] [--need] [--unguarded] [FOLDER ...]

Containment is resident-side: of the patients who live in the place (July 2022), the share registered with a practice
sited in their own neighbourhood. The figures to reach were made from majority PCN (Beaney 2022) by the practices that
were still open when the table of `derived/gp_practices.csv` was made: those that have closed since July 2022 count as
sited nowhere, though their patients were registered, and patients of practices outside with fewer than 50 patients here
are left out. That way ("as the goals") and everyone at every practice of July 2022 are shown side by side.
Plans that keep patients with their practice (the weight `practice`) are shown for several shares of travel and size
given up: the curve of what containment costs. --recom compares with so many plans of a ReCom chain, ten steps apart.
--curve shows instead what communities and practices cost of travel and size, and --need what likeness in need does
(`benchmarks.tradeoffs`). --unguarded lets no clock cut a solve short, as a busy machine would: only the steps count.

Pieces are counted over borders and the links that the place proposes (the ferry to Scilly), which proposals use.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import optimise.run
import optimise.trading.curve
from benchmarks.containment import cannot_beat, joined, most_contained, partition_of
from benchmarks.table import markdown
from benchmarks.tradeoffs import curves, likeness
from boundaries import load_area
from boundaries.area import Area
from footprints.baselines import baseline, majority
from footprints.ensemble import sample
from footprints.flows import Flows, exchange, flows_of, kept
from footprints.propose import propose
from optimise import Criteria
from optimise.contiguity import pieces_of
from optimise.problem import Ints

PLACES = Path(__file__).resolve().parents[2] / "shared" / "data"
# Figures to reach, in per cent: majority PCN, two points below it, and a plan for size and travel alone.
GOALS = {
    "cambridgeshire-peterborough": (72.0, 70.0, 60.8),
    "cornwall-scilly": (87.9, 85.9, 82.7),
    "inner-north-east-london": (66.4, 64.4, 58.5),
}
LOW, HIGH = 30_000, 60_000
PRACTICE, TOGETHER = 5.0, 5.0  # km a patient, and a person outside the largest part of their MSOA
UNGUARDED = 1_000.0  # times the seconds
GIVEN_UP = (0.02, 0.05, 0.1, 0.2)  # shares of the best travel and size
HEAD = (
    "plan", "neighbourhoods", "contained, as the goals", "contained, everyone", "in 30-60k", "in pieces",
    "not placed", "km to the centre", "MSOAs divided",
)  # fmt: skip


@dataclass(frozen=True)
class Yardstick:
    """The place with the flows and sites of everyone at every practice of July 2022, and those that the goals count."""

    area: Area
    everyone: tuple[Flows, Ints]
    as_goals: tuple[Flows, Ints]

    def row(self, name: str, label: Ints) -> tuple[str, ...]:
        """One plan. label : (n,) neighbourhood of each unit, -1 for none."""
        k = int(label.max()) + 1
        people = np.bincount(label[label >= 0], weights=self.residents[label >= 0], minlength=k)
        people = people[people > 0]
        near = joined(self.area)
        broken = sum(len(pieces_of(np.flatnonzero(label == d).tolist(), near)) > 1 for d in range(k))
        inside = ((people >= LOW) & (people <= HIGH)).mean()
        shares = [f"{contained(flows, site, label):.1%}" for flows, site in (self.as_goals, self.everyone)]
        km, divided = self.travel(label), self.divided(label)
        loose = int((label < 0).sum())
        return name, str(len(people)), *shares, f"{inside:.0%}", str(broken), str(loose), f"{km:.2f}", str(divided)

    def travel(self, label: Ints) -> float:
        """Mean straight-line km of residents to the middle of their neighbourhood: the member nearest to all of it."""
        xy = self.area.units[["x", "y"]].to_numpy(dtype=np.float64) / 1000.0
        total = 0.0
        for d in np.unique(label[label >= 0]):
            units = np.flatnonzero(label == d)
            apart = np.linalg.norm(xy[units][:, None, :] - xy[units][None, :, :], axis=2)
            total += float((self.residents[units][:, None] * apart).sum(axis=0).min())
        return total / float(self.residents[label >= 0].sum())

    def divided(self, label: Ints) -> int:
        """MSOAs in several neighbourhoods."""
        table = pd.DataFrame({"msoa": self.area.level("msoa").assignment, "label": label})
        return int((table[label >= 0].groupby("msoa")["label"].nunique() > 1).sum())

    @property
    def residents(self) -> np.ndarray:
        """(n,) residents, whom the range is on."""
        return self.area.units["residents"].to_numpy(dtype=np.float64)


def contained(flows: Flows, site: Ints, label: Ints) -> float:
    """Resident-side containment of the whole place. site : (p,) unit of each practice; label : (n,) of each unit."""
    home = np.where(site >= 0, label[site], -1)
    return kept(exchange(flows, label, home, int(label.max()) + 1))


def yardstick(folder: Path) -> tuple[Yardstick, Ints]:
    """The place, and majority PCN as the figures to reach were made: sites and PCNs of `derived/gp_practices.csv`."""
    area = load_area(folder)
    flows = flows_of(area)
    table = pd.read_csv(folder / "derived" / "gp_practices.csv", dtype=str).fillna("").set_index("PRACTICE_CODE")
    known = table.reindex(list(flows.practices)).fillna("")
    site = pd.Index(area.codes).get_indexer(pd.Index(known["LSOA21CD"]))
    label, _, _ = majority(replace(flows, pcn=tuple(known["PCN_CODE"])))
    shown = np.array([code in area.practices.index for code in flows.practices])
    counted = replace(flows, patients=np.where(shown[flows.practice], flows.patients, 0.0))
    return Yardstick(area, (flows, flows.site), (counted, site.astype(np.int64))), label


def labels(area: Area, where: dict[str, str]) -> Ints:
    """(n,) neighbourhood of each unit as a number."""
    codes = sorted(set(where.values()))
    return np.array([codes.index(where[u]) if u in where else -1 for u in area.codes], dtype=np.int64)


def measure(folder: Path, seconds: int, runs: int, recom: int) -> list[tuple[str, ...]]:
    """The rows of one place; the last is what no plan can beat."""
    place, by_table = yardstick(folder)
    area = place.area
    number = len(set(by_table[by_table >= 0].tolist()))
    rows = [place.row("majority PCN, by the derived table", by_table)]
    for kind in ("pcn", "pcn-contiguous", "communities"):
        plan = baseline(area, kind)
        rows.append(place.row(plan.name, labels(area, plan.where())))
    asked = Criteria(within=(), neighbourhoods=number, accept_links=True, seconds=seconds)
    start: Ints | None = None
    for name, criteria in (
        (f"proposal for size and travel, {number}", replace(asked, weights=replace(asked.weights, community=0.0))),
        (f"default proposal, {number}", asked),
        (
            f"proposal with ties, {number}",
            replace(asked, weights=replace(asked.weights, ties=1.0), community_allowance=0.1),
        ),
        *(
            (
                f"with their practice, {share:.0%} given up at most, {number}",
                replace(asked, weights=replace(asked.weights, practice=PRACTICE), community_allowance=share),
            )
            for share in GIVEN_UP
        ),
        *(
            (
                f"with their practice and MSOA, {share:.0%} given up at most, {number}",
                replace(
                    asked,
                    weights=replace(asked.weights, practice=PRACTICE, community=TOGETHER),
                    community_allowance=share,
                ),
            )
            for share in (0.05, 0.1)
        ),
    ):
        found = propose(area, criteria)
        if found.plan is None:
            rows.append((name, "no plan", *([""] * (len(HEAD) - 2))))
            continue
        made = labels(area, found.plan.where())
        start = made if start is None else start
        rows.append(place.row(name, made))
    if start is not None:
        problem = partition_of(area, *place.as_goals)
        best, _ = most_contained(problem, start, LOW, HIGH, range(runs))
        rows.append(place.row(f"most contained in {runs} runs, {number}", best))
    if recom:
        others = [labels(area, plan.where()) for plan in sample(area, asked, recom, every=10)]
        best = max(others, key=lambda made: contained(*place.as_goals, made))
        rows.append(place.row(f"best of {len(others)} ReCom plans, {number}", best))
    bounds = [
        f"<= {cannot_beat(partition_of(area, *counted), number, LOW, HIGH):.1%}"
        for counted in (place.as_goals, place.everyone)
    ]
    rows.append((f"no plan of {number} in range can beat", str(number), *bounds, "100%", "any", "0", "", ""))
    return rows


def main(arguments: list[str]) -> int:
    seconds = int(arguments[arguments.index("--seconds") + 1]) if "--seconds" in arguments else 60
    runs = int(arguments[arguments.index("--runs") + 1]) if "--runs" in arguments else 4
    recom = int(arguments[arguments.index("--recom") + 1]) if "--recom" in arguments else 0
    if "--unguarded" in arguments:
        optimise.run.GUARD = optimise.trading.curve.GUARD = UNGUARDED
    given = [Path(a) for a in arguments if not a.startswith("--") and not a.isdecimal()]
    for folder in given or [PLACES / name for name in GOALS]:
        goal = GOALS.get(folder.name)
        print(f"\n### {folder.name}\n")
        if "--curve" in arguments or "--need" in arguments:
            show = curves if "--curve" in arguments else likeness
            for title, head, rows in show(load_area(folder), seconds):
                print(f"{title}\n\n{markdown(head, rows)}\n", flush=True)
            continue
        if goal:
            print(f"Majority PCN {goal[0]} %; to reach {goal[1]} %; for size and travel alone {goal[2]} %.\n")
        print(markdown(HEAD, measure(folder, seconds, runs, recom)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
