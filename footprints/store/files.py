"""A version as files that load again, with what was decided about it: rebuilt from the log, on the evidence kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from footprints.disclosure import PARTNERS
from footprints.exchange.folder import with_manifest
from footprints.exchange.pack import Decision
from footprints.exchange.write import about, plan_files
from footprints.stamp import Stamp
from footprints.store.record_json import record_bytes
from footprints.store.records import Decision as MeetingDecision
from footprints.store.records import Standing, Version
from footprints.store.verify import Rebuilt, Verified


def stamp_of(stands: Standing) -> Stamp:
    """Status and day from which a version is valid, by what it stands as."""
    return Stamp(stands.status, stands.statuses[-1].valid_from if stands.statuses else "", PARTNERS)


def decided(root: Version, edition: int, decisions: Sequence[MeetingDecision], names: Mapping[str, str]) -> Decision:
    """What the manifest says: the key of the version that was decided on, the number of the edition on other files, and
    where the decisions about that version stand in writing. root : that version. names : of bodies."""
    signed = ("agreed", "agreed subject to", "conditions met")
    agreed = [one for one in decisions if one.version == root.key and one.outcome in signed]
    minutes = "; ".join(f"{names.get(one.body, one.body)}, {one.minute} ({one.dated})" for one in agreed)
    supersedes = f"{root.plan}@{root.parent}" if root.parent else root.other
    return Decision(root.key, str(edition) if edition > 1 else "", minutes, supersedes)


def body_names(store: Verified, key: str) -> dict[str, str]:
    """What the bodies of a version's project are called, by key, also those that are off the list."""
    return {body.key: body.name for body in store.bodies(key.partition("/")[0], every=True)}


def version_files(store: Verified, key: str, mark: str = "") -> tuple[dict[str, bytes], Rebuilt]:
    """Name -> bytes of every file of a version, with `record.json` and a manifest; and what they were made of.

    mark : of an event; statuses and decisions as they were by then. Raises StoreError.
    """
    rebuilt = store.rebuild(key, mark)
    plan, area, stamp = rebuilt.version.decision, store.area_of(rebuilt.version.area), stamp_of(rebuilt.standing)
    files = plan_files(plan, area, run={"version": key}, status=stamp.status, valid_from=stamp.valid_from)
    files["record.json"] = record_bytes(rebuilt, store)
    stands = rebuilt.standing
    said = decided(store.version(stands.of), stands.edition, rebuilt.decisions, body_names(store, key))
    return with_manifest(files, about(plan, area, stamp) | said.said(plan)), rebuilt
