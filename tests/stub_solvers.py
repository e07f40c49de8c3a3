"""Solvers that do what a solver must not: each takes what `solve_exact` and `find_plan` take."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import Any

import numpy as np

from optimise.problem import Part
from optimise.proving.exact import Exact, solve_exact
from optimise.score import primary


def honest(part: Part, **asked: Any) -> Exact:
    return solve_exact(part, **asked)


def silent(part: Part, *, incumbent: Any = None, **asked: Any) -> Exact:
    """Ends at its budget with nothing."""
    value = primary(part, incumbent)[0] if incumbent is not None else float("inf")
    return Exact(incumbent, value, 0.0, "stopped", 0, 0, 0)


def killed(part: Part, **asked: Any) -> Exact:
    os._exit(9)


def hung(part: Part, **asked: Any) -> Exact:
    """Deaf to a stop as well."""
    while True:
        time.sleep(1)


def fat(part: Part, **asked: Any) -> Exact:
    held = bytearray(700_000_000)
    held[::4096] = b"1" * len(held[::4096])
    return hung(part)


def raises(part: Part, **asked: Any) -> Exact:
    raise RuntimeError("no licence")


def garbage(part: Part, **asked: Any) -> Any:
    return {"status": "Optimal", "objective": 0}


def wrong_status(part: Part, **asked: Any) -> Any:
    return replace(solve_exact(part, **asked), outcome="best ever")


def no_number(part: Part, **asked: Any) -> Exact:
    return replace(solve_exact(part, **asked), bound=float("nan"))


def lies_about_the_value(part: Part, **asked: Any) -> Exact:
    """A true plan, said to be better than it is."""
    found = solve_exact(part, **asked)
    return replace(found, value=0.9 * found.value, bound=0.9 * found.bound)


def lies_about_the_bound(part: Part, **asked: Any) -> Exact:
    """A bound above the value of the plan it hands back."""
    found = solve_exact(part, **asked)
    return replace(found, bound=1.05 * found.value)


def says_proved(part: Part, **asked: Any) -> Exact:
    """A proof whose bound proves nothing."""
    found = solve_exact(part, **asked)
    return replace(found, bound=0.5 * found.value, outcome="proved")


def says_infeasible(part: Part, **asked: Any) -> Exact:
    return Exact(None, float("inf"), float("inf"), "infeasible", 1, 0, 1)


def disconnected(part: Part, **asked: Any) -> Exact:
    """Every other node to one neighbourhood, the right number of them, a splendid value."""
    return _claims(part, np.arange(len(part.people)) % part.k)


def out_of_band(part: Part, **asked: Any) -> Exact:
    """All but k - 1 nodes in one neighbourhood; the nodes lie in a row, so that it is connected."""
    return _claims(part, np.minimum(np.arange(len(part.people)), part.k - 1))


def too_few(part: Part, **asked: Any) -> Exact:
    return _claims(part, np.zeros(len(part.people), dtype=np.int64))


def of_another_shape(part: Part, **asked: Any) -> Exact:
    return _claims(part, np.zeros((3, 3), dtype=np.int64))


def no_array(part: Part, **asked: Any) -> Exact:
    return Exact("0011", 1.0, 1.0, "proved", 1, 0, 1)  # type: ignore[arg-type]


def _claims(part: Part, labels: np.ndarray) -> Exact:
    """A proof that these labels are the best plan, with their own true value where they have one."""
    value = primary(part, labels)[0] if labels.shape == part.people.shape else 1.0
    value = value if np.isfinite(value) else 1.0
    return Exact(labels, value, value, "proved", 1, 0, 1)
