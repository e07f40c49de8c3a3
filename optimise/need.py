"""Need in a plan: whether every neighbourhood holds its share of the most deprived fifth of England (Core20).

For a plan with neighbourhoods k, and S the share of the whole place,

    sum over k of  | Core20 residents of k  -  S x residents of k |

in people: how many residents of the most deprived fifth (deciles 1 and 2 of multiple deprivation) the neighbourhoods
have above and below what the place's own share would give each. It is 0 where all are alike, each neighbourhood counts
by its people, and what is summed within the bars is a number of each unit, its *surplus*, so that a move changes two
of them. Half of it would have to live elsewhere for all to be alike. Units without a decile have no surplus, and their
residents are in no share.
"""

from __future__ import annotations

import numpy as np

from boundaries.area import Area
from optimise.criteria import Criteria
from optimise.errors import CriteriaError
from optimise.problem import Floats, Problem

UNLIKE = "of the most deprived fifth above or below the place's own share"  # after residents: whom the sum counts
CORE20 = 2  # the deciles of multiple deprivation up to this one are the most deprived fifth of England


def surplus_of(area: Area) -> Floats | None:
    """(n,) residents of the most deprived fifth less S x residents, by unit; None where no deprivation is loaded."""
    decile = area.units["imd_decile"].to_numpy(dtype=np.float64)
    known = np.isfinite(decile)
    if not known.any():
        return None
    residents = area.units["residents"].to_numpy(dtype=np.float64) * known
    core = np.where(known & (decile <= CORE20), residents, 0.0)
    total = float(residents.sum())
    surplus: Floats = core - (float(core.sum()) / total if total else 0.0) * residents
    return surplus


def refuse_unknown_need(problem: Problem, criteria: Criteria) -> None:
    """Raises CriteriaError where neighbourhoods are to be alike in need and no deprivation is loaded."""
    if criteria.weights.need > 0 and problem.surplus is None:
        raise CriteriaError(
            f"Neighbourhoods were to be alike in need, but no deprivation is loaded for {problem.name}: who lives in "
            "the most deprived fifth of England is not known.",
            mend="Add the Indices of Deprivation (File 7) to the source folder, or set the weight “need” to 0.",
        )
