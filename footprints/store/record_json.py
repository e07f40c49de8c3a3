"""`record.json`: what was decided about a version, with the proof, for people who do not have the store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from footprints.plan import canonical
from footprints.store.verify import Rebuilt, Verified

SCHEMA = "footprints-record/1"


def record_bytes(rebuilt: Rebuilt, store: Verified) -> bytes:
    """The record of a version as it was rebuilt; the same bytes for the same store and event."""
    version = {key: value for key, value in asdict(rebuilt.version).items() if key != "document"}
    stands = rebuilt.standing
    since = store.amendment(rebuilt.version.key)
    names = {body.key: body.name for body in store.bodies(rebuilt.version.plan.partition("/")[0], every=True)}
    moved: dict[str, Any] = {}
    if since is not None:
        moved = {
            "before": since.before,
            "people": since.people,
            "moves": [asdict(move) for move in since.moves],
        }
    return canonical(
        {
            "schema": SCHEMA,
            "version": version,
            **({"edition": {"of": stands.of, "number": stands.edition}} if stands.edition > 1 else {}),
            "statuses": [asdict(status) for status in stands.statuses],
            "decisions": [
                {
                    **asdict(one),
                    "body_name": names[one.body],
                    "options": [{"option": name, "today": today} for name, today in one.considered],
                }
                for one in rebuilt.decisions
            ],
            "moved_since_agreed": moved,
            "event": rebuilt.event.mark,
        }
    ).encode()
