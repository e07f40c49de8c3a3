"""A version as files that load again, with what was decided about it: rebuilt from the log, on the evidence kept."""

from __future__ import annotations

from footprints.disclosure import PARTNERS
from footprints.exchange.folder import with_manifest
from footprints.exchange.pack import Decision
from footprints.exchange.stamp import Stamp
from footprints.exchange.write import about, plan_files
from footprints.store.record_json import record_bytes
from footprints.store.verify import Rebuilt, Verified


def standing(rebuilt: Rebuilt) -> Stamp:
    """Status and day from which it is valid, as a version had them at that event."""
    now = rebuilt.statuses[-1] if rebuilt.statuses else None
    return Stamp(now.status if now else "draft", now.valid_from if now else "", PARTNERS)


def decided(rebuilt: Rebuilt) -> Decision:
    """What the manifest says: the number of the version, and where the decisions stand in writing."""
    agreed = [one for one in rebuilt.decisions if one.outcome in ("agreed", "agreed subject to", "conditions met")]
    minutes = "; ".join(f"{one.minute} ({one.dated})" for one in agreed)
    before = rebuilt.version.parent
    supersedes = f"{rebuilt.version.plan}@{before}" if before else rebuilt.version.other
    return Decision(rebuilt.version.key, "", minutes, supersedes)


def version_files(store: Verified, key: str, mark: str = "") -> tuple[dict[str, bytes], Rebuilt]:
    """Name -> bytes of every file of a version, with `record.json` and a manifest; and what they were made of.

    mark : of an event; statuses and decisions as they were by then. Raises StoreError.
    """
    rebuilt = store.rebuild(key, mark)
    plan, area, stamp = rebuilt.version.decision, store.area_of(rebuilt.version.area), standing(rebuilt)
    files = plan_files(plan, area, run={"version": key}, status=stamp.status, valid_from=stamp.valid_from)
    files["record.json"] = record_bytes(rebuilt, store)
    return with_manifest(files, about(plan, area, stamp) | decided(rebuilt).said(plan)), rebuilt
