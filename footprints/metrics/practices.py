"""Practices and where their patients live. A practice counts where its site is; one outside the plan counts nowhere."""

from __future__ import annotations

import numpy as np

from footprints.flows import containment
from footprints.metrics.scene import Scene
from optimise.problem import Bools, Floats, Ints


def in_use(scene: Scene) -> Bools:
    """(practices,) whether a practice is active or still has patients (closed with a list: it keeps its last site)."""
    table = scene.area.practices
    active = (table["status"].astype("str") == "active").to_numpy(dtype=bool)
    return active | (table["list_size"].to_numpy(dtype=np.float64) > 0)


def sited(scene: Scene) -> Ints:
    """Practices with their site here."""
    here = (scene.site >= 0) & in_use(scene)
    return np.bincount(scene.site[here], minlength=scene.k)


def pcns(scene: Scene) -> Ints:
    """PCNs with a practice sited here."""
    return np.asarray(pcn_sites(scene).sum(axis=0), dtype=np.int64)


def pcn_sites(scene: Scene) -> Bools:
    """(PCNs, k) whether a PCN has a practice sited in a neighbourhood; PCNs without a site in the plan are left out."""
    here = (scene.site >= 0) & in_use(scene)
    codes = scene.area.practices["pcn"].astype("str").to_numpy()
    pairs = sorted({(str(code), int(d)) for code, d in zip(codes[here], scene.site[here], strict=True) if code})
    names = sorted({code for code, _ in pairs})
    table = np.zeros((len(names), scene.k), dtype=bool)
    for code, d in pairs:
        table[names.index(code), d] = True
    return table


def lists_sited(scene: Scene) -> Ints:
    """Patients on the lists of practices sited here, wherever they live."""
    return np.rint(scene.exchange.lists[: scene.k]).astype(np.int64)


def resident_side(scene: Scene) -> Floats:
    """Of the patients who live here, the share whose practice is sited here; NaN where there are none."""
    return containment.resident_side(scene.exchange)


def list_side(scene: Scene) -> Floats:
    """Of the patients on lists sited here, the share who live here; NaN where there are none."""
    return containment.list_side(scene.exchange)


def coupling(scene: Scene) -> Floats:
    """Patients who live here and have their practice here, of all who do either; NaN where there are none."""
    return containment.coupling(scene.exchange)


def conductance(scene: Scene) -> Floats:
    """How open it is: patients who cross its edge, of all whom it could hold; NaN where there are none."""
    return containment.conductance(scene.exchange)


def effective(scene: Scene) -> Floats:
    """Mean effective number of neighbourhoods of the practices sited here; NaN where there are none."""
    return _effective(scene)[0]


def effective_of_all(scene: Scene) -> float | None:
    """The same of all practices with patients in a neighbourhood."""
    mean = _effective(scene)[1]
    return mean if np.isfinite(mean) else None


def _effective(scene: Scene) -> tuple[Floats, float]:
    return containment.mean_effective(scene.flows.by_group(scene.label, scene.k), scene.home_of_practice)
