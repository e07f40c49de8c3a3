"""The pairing of rows and columns with the largest sum: exact, in plain numpy, the same for the same table."""

from __future__ import annotations

import numpy as np

from optimise.problem import Ints


def best_pairs(weight: Ints) -> list[tuple[int, int]]:
    """Maximum-weight assignment of a (rows, columns) table of whole numbers: (row, column) pairs, one for each row or,
    where there are fewer columns, for each column.

    The Hungarian method with potentials, rows one by one (Kuhn 1955); ties go to the earlier columns.
    """
    if weight.shape[0] > weight.shape[1]:
        return [(i, j) for j, i in best_pairs(weight.T)]
    cost = weight.max(initial=0) - weight
    n, m = cost.shape
    u, v = np.zeros(n + 1, dtype=np.int64), np.zeros(m + 1, dtype=np.int64)
    row_of = np.zeros(m + 1, dtype=np.int64)
    for row in range(1, n + 1):
        row_of[0] = row
        column = 0
        best = np.full(m + 1, np.iinfo(np.int64).max, dtype=np.int64)
        came = np.zeros(m + 1, dtype=np.int64)
        used = np.zeros(m + 1, dtype=bool)
        while row_of[column] != 0:
            used[column] = True
            here = row_of[column]
            reduced = cost[here - 1] - u[here] - v[1:]
            free = ~used[1:]
            better = free & (reduced < best[1:])
            best[1:][better] = reduced[better]
            came[1:][better] = column
            step_to = int(np.flatnonzero(free)[np.argmin(best[1:][free])]) + 1
            delta = best[step_to]
            u[row_of[used]] += delta
            v[used] -= delta
            best[1:][free] -= delta
            column = step_to
        while column:
            previous = int(came[column])
            row_of[column] = row_of[previous]
            column = previous
    return [(int(row_of[j]) - 1, j - 1) for j in range(1, m + 1) if row_of[j]]
