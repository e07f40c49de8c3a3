"""`record.json`: what was decided about a version, with the proof, for people who do not have the store."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from footprints.plan import canonical
from footprints.store.beneath import changed_beneath, not_asked
from footprints.store.verify import Rebuilt, Verified

SCHEMA = "footprints-record/1"


def record_bytes(rebuilt: Rebuilt, store: Verified) -> bytes:
    """The record of a version as it was rebuilt; the same bytes for the same store and event."""
    version = {key: value for key, value in asdict(rebuilt.version).items() if key != "document"}
    stands = rebuilt.standing
    since = store.amendment(stands.of)
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
            **({"edition": _edition(rebuilt, store)} if stands.edition > 1 else {}),
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


def _edition(rebuilt: Rebuilt, store: Verified) -> dict[str, Any]:
    """What it is an edition of, and what changed beneath it since."""
    key, stands = rebuilt.version.key, rebuilt.standing
    found = changed_beneath(store, key, stands)
    return {
        "of": stands.of,
        "number": stands.edition,
        "colour": found.colour,
        "reasons": [{"colour": one.colour, "words": one.words} for one in found.reasons],
        "not_asked": list(not_asked(store, key, stands)),
    }
