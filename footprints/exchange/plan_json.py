"""`plan.json`: the plan as one document, schema "footprints-plan/1", the same bytes for the same plan.

Older schemas are migrated step by step by `MIGRATIONS`; newer ones, unknown members and wrong types are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any

from boundaries.errors import FootprintError
from footprints.errors import PlanError, some
from footprints.plan import (
    SCHEMA,
    Boundary,
    Change,
    Home,
    Input,
    Neighbourhood,
    Note,
    Plan,
    PlanLink,
    Task,
    canonical,
    document,
)
from footprints.text import parse_json
from optimise.criteria import Criteria
from optimise.solution import DeclaredException

FAMILY, _, _number = SCHEMA.partition("/")
VERSION = int(_number)

# version -> how a document of that version becomes one of the next. Version 1 is the first, so there is none yet.
MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def plan_bytes(plan: Plan) -> bytes:
    """The canonical `plan.json`."""
    return canonical(document(plan)).encode()


def plan_from_bytes(data: bytes, name: str = "plan.json") -> Plan:
    """The identical plan. Raises PlanError (or CriteriaError for its criteria) with what is wrong and where."""
    return plan_from_document(parse_json(data, name), name)


def plan_from_document(raw: Mapping[str, Any], name: str = "the plan document") -> Plan:
    """The plan of a document, migrated first where it is of an older schema."""
    data = _migrated(dict(raw), name)
    known = {f.name for f in fields(Plan)} | {"schema"}
    unknown = sorted(set(data) - known)
    if unknown:
        raise PlanError(
            f"{name} holds members that are not part of {SCHEMA}: {some(unknown)}.",
            mend="Take them out; nothing is guessed.",
        )
    lacking = [
        f.name for f in fields(Plan) if f.default is MISSING and f.default_factory is MISSING and f.name not in data
    ]
    if lacking:
        raise PlanError(f"{name} lacks {some(lacking)}.", mend="Choose a whole plan.json.")
    try:
        return Plan(**members_from({key: value for key, value in data.items() if key != "schema"}, name))
    except FootprintError:
        raise
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise PlanError(
            f"{name} has an entry of the wrong shape ({error}).", mend="Choose a file that this programme wrote."
        ) from None


def members_from(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Some members of a plan document as `Plan` takes them; `name` is said where one is wrong."""
    return {key: _READ[key](value, f"{name}, {key}") for key, value in data.items()}


def _migrated(data: dict[str, Any], name: str) -> dict[str, Any]:
    schema = data.get("schema")
    family, _, number = schema.partition("/") if isinstance(schema, str) else ("", "", "")
    if family != FAMILY or not number.isdigit():
        raise PlanError(
            f"{name} is not a plan: it does not say “schema”: “{SCHEMA}”.",
            mend="Choose a plan.json of this programme.",
        )
    version = int(number)
    if version > VERSION:
        raise PlanError(
            f"{name} was written as {schema}; this version of the programme reads up to {SCHEMA}.",
            mend="Use a newer version of the programme.",
        )
    while version < VERSION:
        if version not in MIGRATIONS:
            raise PlanError(
                f"{name} is {FAMILY}/{version}, which was never used.", mend="Choose a plan.json of this programme."
            )
        data = MIGRATIONS[version](data)
        version += 1
    return data


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise PlanError(f"{where}: {value!r} is not text.", mend="Put it in quotes; codes are text everywhere.")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    return tuple(_text(v, where) for v in _list(value, where))


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise PlanError(f"{where}: {type(value).__name__} where a list is wanted.")
    return value


def _pairs(value: Any, where: str) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise PlanError(f"{where}: {type(value).__name__} where an object is wanted.")
    return tuple((_text(key, where), _text(entry, f"{where}, {key}")) for key, entry in value.items())


def _rows(kind: type[Any]) -> Callable[[Any, str], tuple[Any, ...]]:
    """A reader of a list of objects, each one `kind`: text members, but for those whose type says otherwise."""
    by_type: dict[str, Callable[[Any, str], Any]] = {"bool": _flag, "int": _whole, "tuple[str, ...]": _texts}
    plain: Callable[[Any, str], Any] = _text
    own = {f.name: f for f in fields(kind)}

    def one(value: Any, where: str) -> Any:
        if not isinstance(value, Mapping):
            raise PlanError(f"{where}: {value!r} is not an object.")
        unknown = sorted(set(value) - set(own))
        if unknown:
            raise PlanError(f"{where} holds members that are not known: {some(unknown)}.", mend="Take them out.")
        lacking = [name for name, f in own.items() if f.default is MISSING and name not in value]
        if lacking:
            raise PlanError(f"{where} lacks {some(lacking)}.", mend="Add them.")
        values = {key: by_type.get(str(own[key].type), plain)(v, f"{where}, {key}") for key, v in value.items()}
        return kind(**values)

    return lambda value, where: tuple(one(entry, f"{where} {i}") for i, entry in enumerate(_list(value, where), 1))


def _changes(value: Any, where: str) -> tuple[Change, ...]:
    """Groups of units that were moved by one edit (see `footprints.plan.document`)."""
    made = []
    for i, group in enumerate(_list(value, where), 1):
        at = f"{where} {i}"
        if not isinstance(group, Mapping) or set(group) != {"who", "when", "why", "units"}:
            raise PlanError(f"{at} is not an object of who, when, why and units.", mend="Take it out.")
        said = {key: _text(group[key], f"{at}, {key}") for key in ("who", "when", "why")}
        if not isinstance(group["units"], Mapping):
            raise PlanError(f"{at}, units: {type(group['units']).__name__} where an object is wanted.")
        for unit, ends in group["units"].items():
            was, to = _texts(ends, f"{at}, {unit}")
            made.append(Change(unit, was, to, **said))
    return tuple(made)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise PlanError(f"{where}: {value!r} is neither true nor false.")
    return value


def _whole(value: Any, where: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise PlanError(f"{where}: {value!r} is not a whole number.")
    return value


_READ: Mapping[str, Callable[[Any, str], Any]] = {
    **dict.fromkeys(("name", "area_name", "area_digest", "area_codes_digest", "prefix", "parent"), _text),
    **dict.fromkeys(("retired", "locked"), _texts),
    "assignment": _pairs,
    "notes": lambda value, where: tuple(Note(code, text) for code, text in _pairs(value, where)),
    "criteria": lambda value, where: Criteria.from_json(value),
    "neighbourhoods": _rows(Neighbourhood),
    "homes": _rows(Home),
    "links": _rows(PlanLink),
    "exceptions": _rows(DeclaredException),
    "inputs": _rows(Input),
    "changes": _changes,
    "boundaries": _rows(Boundary),
    "tasks": _rows(Task),
}
