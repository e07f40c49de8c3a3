"""What belongs together in a place: worked out once, in a process of its own, and kept for every tab.

The map goes on meanwhile: nothing that a stroke waits for waits for this.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

import numpy as np

from boundaries.area import Area
from footprints.belonging import Belonging, belonging
from footprints.communities import Communities, level_agreement
from footprints.editing.tally import NOT_SENT
from footprints.jobs import StudyState
from footprints.jobs.runner import Owner, runner
from footprints.jobs.ticket import Ticket
from footprints.moving import Patients
from optimise.words import level_in_words

SEED = 0
KEPT = 4  # places
_LOCK = Lock()
_KNOWN: OrderedDict[tuple[str, str], Belongings] = OrderedDict()


class Belongings:
    """The communities of one place and the strength of its edges, once they are known."""

    def __init__(self, area: Area, tenant: str) -> None:
        self.area, self.tenant = area, tenant
        self.communities: Communities | None = None
        self.edges: Belonging | None = None
        self._job: Ticket[StudyState] | None = None
        self._lock = Lock()

    def look(self, source: str, codes: Sequence[str], evidence: Patients) -> dict[str, Any]:
        """How far it is, begun when it is first asked for; once it is done, what the browser draws.

        done, words, mend, seconds : where it stands, and why there is nothing to show. edges : (first unit, second,
        strength in per cent) of each. divisions : for each resolution `of` (community of each unit), names and the
        patients who live in each, and how `alike` it is to each level that is loaded. usual : position of the one that
        is shown first.
        """
        with self._lock:
            if self.communities is None:
                if self._job is None:
                    self._job = runner().study(
                        "communities", source, codes, {"seed": SEED}, self.area, Owner(self.tenant)
                    )
                now = self._job.poll()
                if not now.done:
                    return {"done": False, "words": now.stage, "mend": "", "seconds": round(now.seconds)}
                self._job = None
                if now.result is None:
                    return {"done": True, "words": now.error or "", "mend": now.mend, "seconds": 0}
                self.communities = now.result
            if self.edges is None:
                self.edges = belonging(evidence, self.communities)
            return _document(self.area, self.communities, self.edges)


def belongings_of(area: Area, tenant: str = "") -> Belongings:
    """What is known of a place, the same for every tab of a tenant."""
    own = (tenant, area.digest)
    with _LOCK:
        if own not in _KNOWN:
            _KNOWN[own] = Belongings(area, tenant)
        _KNOWN.move_to_end(own)
        while len(_KNOWN) > KEPT:
            _KNOWN.popitem(last=False)
        return _KNOWN[own]


def _document(area: Area, communities: Communities, edges: Belonging) -> dict[str, Any]:
    strength = np.floor(100 * edges.strength + 0.5).astype(np.int64)
    return {
        "done": True,
        "words": "",
        "mend": "",
        "seconds": 0,
        "edges": np.column_stack([edges.ends, strength]).tolist(),
        "divisions": [
            {
                "of": d.label.tolist(),
                "names": list(d.names),
                "patients": np.rint(d.patients).astype(int).tolist(),
                "alike": [
                    [level_in_words(area.levels[key].label), round(alike, 2)]
                    for key, alike in level_agreement(area, d).items()
                    if key not in NOT_SENT
                ],
            }
            for d in communities.divisions
        ],
        "usual": communities.divisions.index(communities.usual),
    }
