"""Whole people: tables show persons, and persons must add up."""

from __future__ import annotations

import numpy as np

from optimise.problem import Floats, Ints


def apportion(values: Floats) -> Ints:
    """`values` (any shape, 0 or more) as whole numbers with the same sum, the sum rounded once.

    Largest remainders are rounded up (Hamilton's method), so that no entry moves by a whole person and the table still
    adds up to its total; entries of 0 stay 0. Of equal remainders the earlier is rounded up.
    """
    flat = np.asarray(values, dtype=np.float64).ravel()
    # A sum of thirds must not lose a person to the last bit of a float.
    flat = np.round(flat, 6)
    whole = np.floor(flat).astype(np.int64)
    short = round(float(flat.sum())) - int(whole.sum())
    rise = np.argsort(-(flat - whole), kind="stable")[:short]
    whole[rise] += 1
    return whole.reshape(np.shape(values))
