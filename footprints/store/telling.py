"""The log in plain words: one sentence for each event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from footprints.store.events import Event, Row
from footprints.store.schema import EDITION

_VERB = {
    "save": "saved {version}",
    "new plan": "began a plan, {version}",
    "merge": "put together what two had done, as {version}",
    "branch": "began a plan, {version}, as a branch of {other}",
    "revert": "went back to {other}, as {version}",
}
_EDITION = "saved {version}: {parent} on other files, and nothing else changed"


def version_in_words(key: str, names: Mapping[str, str] | None = None) -> str:
    """A key for people: "Option A v3". names : of plans, by key; the key's own word where it has none."""
    plan, _, number = key.rpartition("@")
    return f"{(names or {}).get(plan, plan.rpartition('/')[2])} v{number}" if number.isdigit() else key


def event_in_words(event: Event, names: Mapping[str, str]) -> str:
    """What one event did. names : of bodies and plans, by key."""
    rows: dict[str, Row] = {}
    for table, row in event.told:
        rows.setdefault(table, row)
    if event.verb in _VERB:
        return _saved(event, rows, names)
    if event.verb == "decide":
        return _decided(rows["decision"], names)
    if event.verb == "set status":
        return _status(rows["status"], names)
    return _list(event, rows)


def _saved(event: Event, rows: dict[str, Row], names: Mapping[str, str]) -> str:
    version = rows["version"]
    verb = _EDITION if version["kind"] == EDITION else _VERB[event.verb]
    said = verb.format(
        version=version_in_words(version["key"], names),
        other=version_in_words(version["other"], names),
        parent=f"v{version['parent']}" if version["parent"] else version_in_words(version["other"], names),
    )
    return f"{said}{_why(version['reason'])}"


def _decided(row: Row, names: Mapping[str, str]) -> str:
    body, version = names.get(row["body"], row["body"]), version_in_words(row["version"], names)
    said = (
        f"recorded that {body} on {row['dated']} ({row['minute']}) dealt with {version}, "
        f"asked for “{row['stage']}”: {row['outcome']}"
    )
    more = [f"{what}: {row[key]}" for what, key in (("conditions", "conditions"), ("dissent", "dissent")) if row[key]]
    if row["delegate"]:
        more.append(f"{row['delegate']} may agree to amendments of up to {row['limit_people']:,} people")
    return "; ".join([said, *more])


def _status(row: Row, names: Mapping[str, str]) -> str:
    valid = f", valid from {row['valid_from']}" if row["valid_from"] else ""
    version = version_in_words(row["version"], names)
    return f"marked {version} {row['status']} from {row['dated']}{valid}{_why(row['reason'])}"


def _list(event: Event, rows: dict[str, Any]) -> str:
    if event.verb == "new project":
        return f"began the project “{rows['project']['name']}”"
    if event.verb == "come in":
        return f"came in as {', '.join(row['role'] for _, row in event.told)}"
    if event.verb in ("give role", "take role"):
        row = rows["person"]
        gave = event.verb == "give role"
        return f"{'gave' if gave else 'took'} the role {row['role']} {'to' if gave else 'from'} {row['who']}"
    if event.verb in ("set body", "drop body"):
        row = rows["body"]
        if event.verb == "drop body":
            return f"took {row['name']} off the list of bodies"
        return f"put {row['name']} on the list of bodies ({row['kind']}, {row['part']})"
    if event.verb in ("archive", "restore"):
        name = (rows.get("plan") or rows.get("project") or {}).get("name", "")
        return f"put “{name}” in the archive" if event.verb == "archive" else f"took “{name}” out of the archive"
    return event.verb


def _why(reason: str) -> str:
    return f": {reason}" if reason else ""
