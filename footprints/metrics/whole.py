"""Measures of a whole plan. Neighbourhoods without units are left out of averages and extremes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from footprints.flows.containment import kept, kept_lists
from footprints.metrics import communities, need, people, practices, shape
from footprints.metrics.scene import Scene
from optimise.barring import barrier_pairs
from optimise.problem import Bools, Floats, Ints
from optimise.score import between, inside_km
from optimise.ties import neighbours_sharing


def _sizes(scene: Scene) -> Ints:
    return people.counted(scene)[people.units(scene) > 0]


def neighbourhoods(scene: Scene) -> int:
    """Neighbourhoods with at least one unit."""
    return int((people.units(scene) > 0).sum())


def residents(scene: Scene) -> int:
    """Residents of assigned units."""
    return int(scene.residents[scene.label >= 0].sum())


def unassigned_units(scene: Scene) -> int:
    """Units in no neighbourhood."""
    return int((scene.label < 0).sum())


def unassigned_people(scene: Scene) -> int:
    """Residents of units in no neighbourhood."""
    return int(scene.residents[scene.label < 0].sum())


def smallest(scene: Scene) -> int | None:
    """People of the smallest neighbourhood."""
    sizes = _sizes(scene)
    return int(sizes.min()) if len(sizes) else None


def median(scene: Scene) -> float | None:
    """People of the middle neighbourhood."""
    sizes = _sizes(scene)
    return float(np.median(sizes)) if len(sizes) else None


def largest(scene: Scene) -> int | None:
    """People of the largest neighbourhood."""
    sizes = _sizes(scene)
    return int(sizes.max()) if len(sizes) else None


def share_in_range(scene: Scene) -> float | None:
    """Share of neighbourhoods in the range that was set."""
    return _share_between(scene, scene.plan.criteria.minimum, scene.plan.criteria.maximum)


def share_comfortable(scene: Scene) -> float | None:
    """Share of neighbourhoods in the comfortable range."""
    return _share_between(scene, *scene.plan.criteria.comfortable)


def outside_comfortable(scene: Scene) -> int:
    """Neighbourhoods outside the comfortable range."""
    sizes, (low, high) = _sizes(scene), scene.plan.criteria.comfortable
    return int(((sizes < low) | (sizes > high)).sum())


def mean_deviation(scene: Scene) -> float | None:
    """Mean distance from the target as a share of it."""
    sizes, target = _sizes(scene), scene.plan.criteria.target
    return float(np.abs(sizes - target).mean() / target) if len(sizes) else None


def not_contiguous(scene: Scene) -> int:
    """Neighbourhoods in several pieces."""
    return int((scene.pieces > 1).sum())


def mean_km(scene: Scene) -> float | None:
    """Mean straight-line kilometres of residents to the centre of their neighbourhood."""
    own, km = people.residents(scene), shape.mean_km(scene)
    known = np.isfinite(km)
    total = own[known].sum()
    return float((own[known] * km[known]).sum() / total) if total else None


def mean_polsby_popper(scene: Scene) -> float | None:
    """Mean Polsby-Popper ratio of the neighbourhoods."""
    values = shape.polsby_popper(scene)
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None


def border_km(scene: Scene) -> float:
    """Km of border between units of two neighbourhoods, also where a barrier cuts it; links have none."""
    ends, border, km = _edges(scene)
    table = scene.area.barriers
    cut = table[table["cut"].to_numpy(dtype=bool)]
    units = pd.Index(scene.area.codes)
    across = np.column_stack([units.get_indexer(pd.Index(cut[key].astype("str"))) for key in ("from_code", "to_code")])
    known = (across >= 0).all(axis=1)
    more = cut["length_m"].to_numpy(dtype=np.float64)[known][between(across[known], scene.label)].sum() / 1000.0
    return float(km[border & between(ends, scene.label)].sum() + more)


def sharing_practices_divided(scene: Scene) -> float | None:
    """Neighbours who share practices across these borders, counted border by border; None without registrations."""
    ends, border, _ = _edges(scene)
    across = neighbours_sharing(scene.area, ends, border, scene.residents)
    return None if across is None else float(across[between(ends, scene.label)].sum())


def barrier_km_inside(scene: Scene) -> float | None:
    """Km of barriers, times their strength, inside neighbourhoods (`optimise.barring`); None where none are loaded."""
    found = barrier_pairs(scene.area)
    return None if found is None else inside_km(found, scene.label)


def _edges(scene: Scene) -> tuple[Ints, Bools, Floats]:
    """(m, 2) positions of the units of each edge of the area, (m,) whether it is a border, and its km."""
    table, codes = scene.area.edges, pd.Index(scene.area.codes)
    ends = np.column_stack([codes.get_indexer(pd.Index(table[key].astype("str"))) for key in ("from_code", "to_code")])
    border = (table["kind"].astype("str") == "border").to_numpy(dtype=np.bool_)
    return ends.astype(np.int64), border, table["length_m"].to_numpy(dtype=np.float64) / 1000.0


def split(scene: Scene, *, key: str) -> int:
    """Groups of a level that lie in two or more neighbourhoods."""
    units, _ = scene.crossed(key)
    return int(((units > 0).sum(axis=1) > 1).sum())


def outside(scene: Scene, *, key: str) -> int:
    """Residents outside the largest piece of their group."""
    return int(communities.outside(scene, key=key).sum())


def crossing(scene: Scene) -> int:
    """Neighbourhoods with units in two or more districts."""
    return int((communities.touched(scene, key="district") > 1).sum())


def containment(scene: Scene) -> float | None:
    """Share of patients living in a neighbourhood whose practice is sited in the same one."""
    share = kept(scene.exchange)
    return share if np.isfinite(share) else None


def list_side(scene: Scene) -> float | None:
    """Share of the lists sited in a neighbourhood who live in the one of their practice."""
    share = kept_lists(scene.exchange)
    return share if np.isfinite(share) else None


def pcns_split(scene: Scene) -> int:
    """PCNs with practices sited in two or more neighbourhoods."""
    return int((practices.pcn_sites(scene).sum(axis=1) > 1).sum())


def core20_gap(scene: Scene) -> float | None:
    """Largest less smallest Core20 share."""
    shares = need.core20_share(scene)
    known = shares[np.isfinite(shares)]
    return float(known.max() - known.min()) if len(known) else None


def _share_between(scene: Scene, low: int, high: int) -> float | None:
    sizes = _sizes(scene)
    return float(((sizes >= low) & (sizes <= high)).mean()) if len(sizes) else None
