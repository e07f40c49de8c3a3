"""An area as an audience is shown it: for the public its patients are replaced by protected cells.

All that is exported is worked out from that area by the same code as for partners, so no file, format or measure can
forget the rule.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from boundaries.area import Area
from footprints.disclosure.audience import Audience
from footprints.disclosure.cells import Protected, pieces, protect, rounded
from footprints.flows import Flows, flows_of
from footprints.plan import Plan
from footprints.practices.spread import NOT_SHOWN, UNACCOUNTED
from optimise.problem import Bools, Floats, Ints
from optimise.words import count


@dataclass(frozen=True, eq=False)
class Shown:
    """area : what every file is worked out from. together : ids of the plans whose files were made as one set.

    difference : patients living here less those that are told, for the line that makes totals agree; None for partners,
    and where it would tell too much. practices_left_out : practices of which nothing is told. withheld : cells that
    were large enough and are left out so that no small one can be worked out.
    """

    area: Area
    audience: Audience
    together: tuple[str, ...]
    difference: int | None = None
    practices_left_out: int = 0
    withheld: int = 0

    @property
    def withheld_in_words(self) -> str:
        """What is said of the cells that are `withheld`, where there are any."""
        return (
            f"{count(self.withheld, 'count')} of {self.audience.threshold:,} or more "
            f"{'is' if self.withheld == 1 else 'are'} left out, too, since a small one could be worked out from a "
            "practice's list."
        )


def shown_to(audience: Audience, plans: Sequence[Plan], area: Area) -> Shown:
    """The area for an audience. plans : all that are exported together; a later set can be subtracted from this one."""
    together = tuple(sorted({plan.id for plan in plans}))
    if not audience.public:
        return Shown(area, audience, together)
    piece, first = pieces(plans, area)
    flows = flows_of(area, required=False)
    size = area.practices["list_size"].reindex(list(flows.practices)).to_numpy(dtype=np.float64)
    lists = np.where(np.isfinite(size), np.maximum(size, flows.lists), flows.lists)
    away = dict(flows.elsewhere) | {UNACCOUNTED: lists - flows.lists}
    inside = flows.by_group(piece, len(first))[:, : len(first)]
    named = np.array([code in area.practices.index for code in flows.practices], dtype=bool)
    safe = protect(inside, np.column_stack(list(away.values())), lists, named, audience)
    kept = safe.lists > 0
    registered = _registered(area, piece, first, safe.inside, audience)
    public = replace(
        area,
        units=area.units.assign(registered=registered),
        practices=_practices(area, flows, safe),
        registrations=_inside(area, flows, first, safe.inside),
        registrations_elsewhere=_outside(flows, list(away), safe, kept),
        digest=_digest(area, audience, piece),
    )
    told = int(np.nansum(registered))
    return Shown(
        area=public,
        audience=audience,
        together=together,
        difference=safe.total - told if safe.total is not None and len(area.registrations) else None,
        practices_left_out=int((~kept).sum()),
        withheld=int(safe.withheld.sum()),
    )


def _registered(area: Area, piece: Ints, first: Ints, inside: Ints, audience: Audience) -> Floats:
    """(n,) patients of each piece at the unit that stands for it, 0 at the others; NaN where none are known at all."""
    exact = area.units["registered"].to_numpy(dtype=np.float64)
    found = np.where(np.isfinite(exact), 0.0, np.nan)
    if not np.isfinite(exact).any():
        return found
    if len(area.registrations):
        found[first] = inside.sum(axis=0)
        return found
    alone = np.bincount(piece, weights=np.nan_to_num(exact), minlength=len(first)).astype(np.float64)
    found[first] = rounded(alone, audience)
    return found


def _practices(area: Area, flows: Flows, safe: Protected) -> pd.DataFrame:
    at = pd.Index(flows.practices).get_indexer(area.practices.index)
    known = np.isfinite(area.practices["list_size"].to_numpy(dtype=np.float64))
    return area.practices.assign(
        list_size=np.where(known, safe.lists[at], np.nan),
        patients_here=safe.inside.sum(axis=1)[at].astype(np.float64),
    )


def _inside(area: Area, flows: Flows, first: Ints, inside: Ints) -> pd.DataFrame:
    practice, piece = np.nonzero(inside)
    codes = np.array(area.codes, dtype=object)
    return pd.DataFrame(
        {
            "practice": np.array(flows.practices, dtype=object)[practice],
            "unit": codes[first[piece]] if len(piece) else np.array([], dtype=object),
            "patients": inside[practice, piece].astype(np.float64),
        }
    )


def _outside(flows: Flows, categories: Sequence[str], safe: Protected, kept: Bools) -> pd.DataFrame:
    """Patients elsewhere, and the line that makes each list add up; it is below 0 where more was rounded up."""
    rest = safe.lists - safe.inside.sum(axis=1) - safe.outside.sum(axis=1)
    columns = {key: safe.outside[:, i] for i, key in enumerate(categories) if key != UNACCOUNTED} | {NOT_SHOWN: rest}
    rows = [
        (flows.practices[p], key, float(number[p]))
        for key, number in columns.items()
        for p in np.flatnonzero(kept & (number != 0)).tolist()
    ]
    return pd.DataFrame(rows, columns=["practice", "category", "patients"])


def _digest(area: Area, audience: Audience, piece: Ints) -> str:
    said = f"{area.digest} public {audience.threshold} {audience.base} {piece.tolist()}"
    return hashlib.sha256(said.encode()).hexdigest()
