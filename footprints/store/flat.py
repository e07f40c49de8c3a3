"""A plan as single facts, each with a path, so that two plans can be compared and merged fact by fact."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from footprints.exchange.plan_json import plan_from_document
from footprints.plan import SCHEMA, Plan, document

# (section, key, field): ("units", "E01018063", "") is the neighbourhood of an LSOA,
# ("neighbourhoods", "CAMP-07", "name") a name.
Path = tuple[str, str, str]
Facts = dict[Path, Any]

WHOLE = ("name", "prefix", "parent")
EVIDENCE = ("area_name", "area_digest", "area_codes_digest", "inputs")  # one fact: they only change together
LINK = ("from_code", "to_code", "kind", "note")
LINE = ("first", "second", "who", "when", "why")
BY_FIELD = {"neighbourhoods": "code", "homes": "practice", "tasks": "code"}  # section -> the field that is the key

WORDS = {
    "plan": "the plan",
    "criteria": "the criteria",
    "units": "LSOA",
    "neighbourhoods": "neighbourhood",
    "retired": "retired code",
    "locked": "lock of",
    "notes": "note on",
    "homes": "home of practice",
    "tasks": "task of",
    "links": "link",
    "exceptions": "exception",
    "changes": "reason for moving",
    "boundaries": "reason for the line between",
}


def _key(*parts: str) -> str:
    return json.dumps(parts, ensure_ascii=False)


def parts_of(key: str) -> tuple[str, ...]:
    """The parts of the key of a link or a line."""
    return tuple(json.loads(key))


def facts(plan: Plan) -> Facts:
    """Every fact of a plan; values as JSON holds them."""
    raw = document(plan)
    found: Facts = {("plan", "", name): raw[name] for name in WHOLE}
    found["plan", "", "evidence"] = {name: raw[name] for name in EVIDENCE}
    criteria = dict(raw["criteria"])
    for name, value in criteria.pop("locks", {}).items():
        found["criteria", "locks", name] = value
    found.update({("criteria", name, ""): value for name, value in criteria.items()})
    found.update({("units", unit, ""): code for unit, code in raw["assignment"].items()})
    for section, key in BY_FIELD.items():
        for row in raw.get(section, ()):
            found.update({(section, row[key], name): value for name, value in row.items() if name != key})
    for section in ("retired", "locked"):
        found.update({(section, code, ""): True for code in raw[section]})
    found.update({("notes", code, ""): text for code, text in raw["notes"].items()})
    for link in raw["links"]:
        found["links", _key(*(link[name] for name in LINK)), ""] = True
    for one in raw["exceptions"]:
        found["exceptions", json.dumps(one, sort_keys=True, ensure_ascii=False), ""] = True
    for change in plan.changes:
        found["changes", change.unit, ""] = [change.was, change.to, change.who, change.when, change.why]
    for line in plan.boundaries:
        found["boundaries", _key(line.first, line.second), ""] = [line.who, line.when, line.why]
    return found


def plan_of(found: Mapping[Path, Any]) -> Plan:
    """The plan of such facts. Raises PlanError where they do not make one."""
    raw: dict[str, Any] = {
        "schema": SCHEMA, "assignment": {}, "criteria": {}, "retired": [], "locked": [], "notes": {}, "links": [],
        "exceptions": [], "changes": [], "boundaries": [],
    }  # fmt: skip
    rows: dict[str, dict[str, dict[str, Any]]] = {section: {} for section in BY_FIELD}
    for (section, key, name), value in sorted(found.items(), key=lambda pair: pair[0]):
        if section == "plan":
            raw.update(value if name == "evidence" else {name: value})
        elif section == "criteria":
            (raw["criteria"].setdefault("locks", {}) if key == "locks" else raw["criteria"])[name or key] = value
        elif section == "units":
            raw["assignment"][key] = value
        elif section in BY_FIELD:
            rows[section].setdefault(key, {BY_FIELD[section]: key})[name] = value
        elif section in ("retired", "locked"):
            raw[section].append(key)
        elif section == "notes":
            raw["notes"][key] = value
        elif section == "links":
            raw["links"].append(dict(zip(LINK, parts_of(key), strict=True)))
        elif section == "exceptions":
            raw["exceptions"].append(json.loads(key))
        elif section == "changes":
            was, to, who, when, why = value
            raw["changes"].append({"who": who, "when": when, "why": why, "units": {key: [was, to]}})
        elif section == "boundaries":
            raw["boundaries"].append(dict(zip(LINE, (*parts_of(key), *value), strict=True)))
    raw.update({section: list(rows[section].values()) for section in BY_FIELD})
    return plan_from_document(raw, "the merged plan")


def path_in_words(path: Path) -> str:
    """A path for people: "neighbourhood CAMP-07, name"."""
    section, key, name = path
    if (section, name) == ("plan", "evidence"):
        return "the files that the plan is on"
    if section == "criteria":
        return f"{WORDS[section]}, {(f'{key} {name}' if name else key).replace('_', ' ')}"
    if section == "exceptions":
        return f"exception “{json.loads(key).get('message', '')}”"
    said = " and ".join(parts_of(key)[:2]) if section in ("boundaries", "links") else key
    head = f"{WORDS[section]} {said}".strip()
    return f"{head}, {name.replace('_', ' ')}" if name else head


def value_in_words(value: Any) -> str:
    """A fact's value for people; an en dash where there is none."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return value[-1] or ", ".join(v for v in value if v) or "–"
    if isinstance(value, dict) and "area_digest" in value:
        files = [f"{one['table']} {one['edition']}".strip() for one in value["inputs"]]
        return f"{', '.join(files) or 'files'} (evidence {value['area_digest'][:8]})"
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
