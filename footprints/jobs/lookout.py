"""Who is taken for dead: a holder that has not been seen to beat for a while, by the clock of whoever looks.

Only spans of one process's own monotonic clock count. A clock that jumps, on this machine or another, changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from footprints.store.jobs import Row, State

LEASE_S = 15.0  # how long a holder may be silent; it beats every two seconds
GAP_S = 5.0  # one who has not looked for so long (a computer asleep) has seen nothing, and begins anew


class Lookout:
    """What one process has seen of the jobs of others. clock : seconds that never go back."""

    def __init__(self, clock: Callable[[], float], lease_s: float = LEASE_S) -> None:
        self._clock, self._lease_s = clock, lease_s
        self._seen: dict[str, tuple[tuple[State, str, int], float]] = {}
        self._looked = clock()

    def silent(self, rows: Iterable[Row]) -> list[Row]:
        """Those of the rows that have been silent for as long as a lease lasts."""
        now = self._clock()
        if now - self._looked > GAP_S:
            self._seen.clear()
        self._looked = now
        seen, dead = {}, []
        for row in rows:
            mark = (row.state, row.token, row.beats)
            before, since = self._seen.get(row.id, (None, now))
            seen[row.id] = (mark, since if before == mark else now)
            if before == mark and now - since >= self._lease_s:
                dead.append(row)
        self._seen = seen
        return dead
