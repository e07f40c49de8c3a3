"""Compile the kernels before anybody waits for them: some eight seconds once on a machine, nothing once kept."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from optimise._compiled import KERNELS
from optimise.problem import Part


def _smallest() -> Part:
    """Three nodes in a row in two neighbourhoods."""
    index, none = np.arange(3), np.zeros((0, 2), np.int64)
    return Part(
        name="warm", groups=(), units=index, node_of=index, people=np.array([2, 1, 2]), cost=np.ones((3, 3)),
        centre_unit=index, owner=index, edges=np.array([[0, 1], [1, 2]]), k=2, lower=1, upper=4, target=2.5,
        deviation=0.5, together=none, apart=none, community=np.zeros((0, 3), np.int64),
    )  # fmt: skip


def warm_up(*, search: bool = True, bound: bool = True) -> None:
    """Compile, or load from the cache, the kernels of the search and of the bound; two processes can take one each."""
    from optimise.proving.bound import lagrangian  # noqa: PLC0415 (numba takes a second to load: only where it is used)
    from optimise.proving.cases import Prices, first_case  # noqa: PLC0415
    from optimise.searching.search import SearchBudget, restart  # noqa: PLC0415

    part = _smallest()
    if search:
        restart(part, 0, 0, SearchBudget(restarts=1, rounds=1, recombinations=1, flips=1))
    if bound:
        dual = lagrangian(part, None, iterations=1)
        everything = np.ones(part.cost.shape, np.bool_)
        case = first_case(part, dual, everything, 2 * abs(dual.value) + 10.0)
        Prices.best(part, case, everything.T, [])
    if search and bound:
        _mark().touch()


def is_warm() -> bool:
    """Whether these kernels were compiled before on this machine, for this Python and this numba."""
    return _mark().exists()


def _mark() -> Path:
    """A file in the folder of these kernels, named by what else would make numba compile them again."""
    about = hashlib.sha256(f"{sys.version} {version('numba')} {platform.machine()} {KERNELS}".encode())
    return Path(os.environ["NUMBA_CACHE_DIR"]) / f"warm-{about.hexdigest()[:20]}"


if __name__ == "__main__":
    warm_up(bound=False)
