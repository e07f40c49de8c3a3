"""Barriers in a plan: how much of them lies inside neighbourhoods, and what they take from the borders along them.

A neighbourhood that people recognise does not straddle a river or a motorway, so what counts is barrier *inside* a
neighbourhood: for every two units of one neighbourhood whose shared edge lies on a barrier, the km of that edge on it
times its strength (0: nobody minds, 1: nobody crosses). It is the length of the barrier along which neighbours are put
together across it, each km once, and can be measured on the map with a ruler.

- It counts pairs, not edges of the graph: two units on the two banks of a river that is a full barrier are no
  neighbours (formats.md 10.3), but a neighbourhood that reaches both by going round the source still has the river
  inside. So strength 1 is the limit of strengths below it, and a declared bridge joins without hiding the river.
- It counts km, not people: whoever lives at several edges would be counted at each, and nobody knows who would cross.
  It has the unit of the border term, so that the two can be weighed against each other: a border on a barrier is
  wanted where a border elsewhere is not.

For the same reason a border is shorter by what lies on a barrier, times its strength, wherever borders have a price.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from boundaries.area import Area
from optimise.problem import BarrierPairs, Floats


def barrier_pairs(area: Area) -> BarrierPairs | None:
    """The barriers between the units of an area, in km times strength; None where no barriers are loaded."""
    if not area.knows_barriers:
        return None
    table, units = area.barriers, pd.Index(area.codes)
    ends = [units.get_indexer(pd.Index(table[key].astype("str"))) for key in ("from_code", "to_code")]
    km = (table["length_m"] * table["share"] * table["strength"]).to_numpy(dtype=np.float64) / 1000.0
    pairs = np.column_stack(ends).astype(np.int64)
    known = (pairs >= 0).all(axis=1)
    whole = BarrierPairs(pairs[known], km[known])
    return whole.between(np.arange(len(units)))


def weakness(area: Area) -> Floats:
    """(m,) share of each row of `area.edges` that a barrier takes from it, 0 to 1: share on it times its strength."""
    table = area.barriers
    keys = pd.MultiIndex.from_arrays([table["from_code"], table["to_code"]])
    weak = pd.Series((table["share"] * table["strength"]).to_numpy(dtype=np.float64), index=keys)
    rows = pd.MultiIndex.from_arrays([area.edges["from_code"], area.edges["to_code"]])
    found: Floats = weak.reindex(rows).fillna(0.0).to_numpy(dtype=np.float64)
    return found
