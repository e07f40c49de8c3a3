"""`certificate.json`: what was proven about a proposal, and `run.json`: when and where it was worked out."""

from __future__ import annotations

import hashlib
import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from boundaries.area import Area
from footprints.exchange import proof_json
from footprints.plan import Plan, canonical
from footprints.proven import NO_BOUND
from footprints.text import tidy
from optimise.solution import Solution, Term

SCHEMA = "footprints-certificate/1"
IMPROVE = "improve"
RUN_SCHEMA = "footprints-run/1"
PACKAGES = (
    "neighbourhood-footprints", "geopandas", "shapely", "pyogrio", "pyproj", "pandas", "numpy", "networkx", "numba",
    "pulp", "highspy",
)  # fmt: skip
ABOUT = (
    "The proof is about distance and size as weighted here. It is not a judgement on community: that is for residents, "
    "practices and councils."
)
RESTS_ON_SOLVER = (
    "bound_checked can be worked out again from proof.json and the official files without any solver; what bound is "
    "above it rests on the word of the run (its own search and the solver HiGHS), until “--proof --resolve” has solved "
    "those cases again with another solver."
)
UNPROVEN = "unproven"  # the status of a plan whose value alone is known
RESTS_ON_NOBODY = "The whole bound can be worked out again from proof.json and the official files without any solver."


ABOUT_GROUPS = (
    "Each group of adjacent neighbourhoods that was looked at when the plan was improved: its value (travel, size, "
    "lines crossed) as the plan divides it, and a bound on every other division of the same LSOAs. The values can be "
    "worked out again; the bounds rest on the word of that run (its own search and the solver HiGHS)."
)


def certificate_bytes(
    plan: Plan,
    area: Area,
    solution: Solution,
    proof: bytes | None = None,
    groups: Sequence[Mapping[str, Any]] | None = None,
) -> bytes:
    """The certificate of formats.md 10.0; no times and no machine in it. proof : the `proof.json` beside it.

    groups : of an improved plan, each with `places` (codes), `value`, `bound` and `proven`.
    """
    return canonical(
        {
            "schema": SCHEMA,
            "plan": plan.id,
            "area": plan.area_name,
            "area_digest": plan.area_digest,
            "about": ABOUT,
            "status": str(solution.status),
            "objective": _plain(solution.objective),
            "best_primary": _plain(solution.best_primary),
            "bound": _plain(solution.bound),
            "bound_checked": _plain(solution.bound_checked),
            "gap": _plain(solution.gap),
            "terms": [_flat(term_entry(term)) for term in solution.terms],
            "seed": solution.seed,
            "solver": solution.solver,
            "version": solution.version,
            "stopped_by": str(solution.stopped_by),
            "reasons": [_flat(asdict(reason)) for reason in solution.reasons],
            "exceptions": [_flat(asdict(e)) for e in solution.exceptions],
            "parts": [_flat(asdict(part)) for part in solution.parts],
            "inputs": [asdict(i) for i in plan.inputs],
            "attribution": list(area.attribution),
            **(_about_proof(solution, proof) if proof is not None else {}),
            **({"made_by": IMPROVE, "groups": groups_entry(groups)} if groups is not None else {}),
        }
    ).encode()


def term_entry(term: Term) -> dict[str, Any]:
    """A term as it is written; its unit only where that is not people."""
    return {key: value for key, value in asdict(term).items() if key != "unit" or value != "people"}


def value_bytes(
    plan: Plan, area: Area, value: float, groups: Sequence[Mapping[str, Any]], does_not_meet: Sequence[str]
) -> bytes:
    """The certificate of an improved plan without a bound under its own criteria, which says why.

    value : person-km. does_not_meet : what it does not meet of its criteria, a sentence each.
    """
    return canonical(
        {
            "schema": SCHEMA,
            "plan": plan.id,
            "area": plan.area_name,
            "area_digest": plan.area_digest,
            "about": ABOUT,
            "status": UNPROVEN,
            "objective": _plain(value),
            "bound": None,
            "bound_checked": None,
            "gap": None,
            "no_bound": NO_BOUND,
            "does_not_meet": list(does_not_meet),
            "made_by": IMPROVE,
            "groups": groups_entry(groups),
            "inputs": [asdict(i) for i in plan.inputs],
            "attribution": list(area.attribution),
        }
    ).encode()


def groups_entry(groups: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The groups of an improved plan, with what their figures mean."""
    return {"about": ABOUT_GROUPS, "looked_at": [_flat(group) for group in groups]}


def _about_proof(solution: Solution, proof: bytes) -> dict[str, Any]:
    """How many cases the proof has, what of the bound rests on the solver, and which file holds the proof."""
    rests = rests_on_solver(solution.bound, solution.bound_checked)
    return {
        "cases": sum(1 if tree is None else len(tree.cases) for tree in solution.proofs),
        "rests_on_solver": rests,
        "rests_on": RESTS_ON_SOLVER if rests else RESTS_ON_NOBODY,
        "proof": {"file": proof_json.NAME, "sha256": hashlib.sha256(proof).hexdigest()},
    }


def rests_on_solver(bound: float, bound_checked: float) -> bool:
    """Whether the bound is above what can be recomputed without any solver."""
    return bound > bound_checked * (1 + 1e-6) + 1e-6


def run_bytes(solution: Solution | None = None, run: Mapping[str, Any] | None = None) -> bytes:
    """The one file that differs between two runs: seconds, the time, the machine, versions of packages."""
    return canonical(
        {
            "schema": RUN_SCHEMA,
            "written": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(solution.seconds, 3) if solution else None,
            "machine": {"system": platform.platform(), "processor": platform.machine()},
            "python": sys.version.split()[0],
            "packages": {name: _version(name) for name in PACKAGES},
            **(run or {}),
        }
    ).encode()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _flat(value: Mapping[str, Any]) -> dict[str, Any]:
    return {key: list(v) if isinstance(v, tuple) else _plain(v) for key, v in value.items()}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, str) else tidy(value)
