"""The mathematics: a graph with people on it and criteria give a solution with an honest status and a proven bound."""

from __future__ import annotations

from optimise import _compiled as _compiled  # chooses the folder of compiled kernels before numba is loaded
from optimise.asking.feasibility import NestRow, Prospect, prospect
from optimise.build import add_links, build_problem
from optimise.certificate import Fault, check_criteria, check_integrity
from optimise.criteria import Criteria, Locks, Weights
from optimise.errors import CriteriaError
from optimise.problem import Problem
from optimise.score import terms
from optimise.solution import (
    DeclaredException,
    PartResult,
    Progress,
    Reason,
    Solution,
    Status,
    StoppedBy,
    Term,
)
from optimise.solve import solve

__all__ = [
    "Criteria",
    "CriteriaError",
    "DeclaredException",
    "Fault",
    "Locks",
    "NestRow",
    "PartResult",
    "Problem",
    "Progress",
    "Prospect",
    "Reason",
    "Solution",
    "Status",
    "StoppedBy",
    "Term",
    "Weights",
    "add_links",
    "build_problem",
    "check_criteria",
    "check_integrity",
    "prospect",
    "solve",
    "terms",
]
