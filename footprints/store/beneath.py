"""What changed beneath an edition: the files of the version that was decided on, against those it is on now."""

from __future__ import annotations

from footprints.refreshing import Refreshed, past_of_area, refresh
from footprints.store.decisions import Decisions
from footprints.store.records import Standing
from footprints.store.signatures import needed


def changed_beneath(store: Decisions, key: str, stands: Standing) -> Refreshed:
    """The version on its own evidence, compared with that of the version it is an edition of."""
    now, before = store.version(key), store.version(stands.of)
    past = past_of_area(before.decision, store.area_of(before.area), f"the files of {stands.of}")
    return refresh(before.decision, store.area_of(now.area), past)


def not_asked(store: Decisions, key: str, stands: Standing) -> tuple[str, ...]:
    """Signatures that the LSOAs need on the files of an edition and did not on those that were decided on, in words."""
    now, before = store.version(key), store.version(stands.of)
    bodies = store.bodies(now.plan.partition("/")[0])
    asks = needed(now.decision, store.area_of(now.area), bodies)
    asked = needed(before.decision, store.area_of(before.area), bodies)
    others = {body.key for body in asked.deciding}
    return (
        *(gap for gap in asks.gaps if gap not in asked.gaps),
        *(f"{body.name} decides, too, and was not asked." for body in asks.deciding if body.key not in others),
    )
