"""What parent and child say to each other: one JSON object a line, decoded against the dataclasses' own types.

Parent to child, on its standard input: one `request` line; later the word `stop`, or the end of the stream.
Child to parent, on its standard output: `stage` and `progress` lines, then one `result` or one `error` line.
No pickle: a line that does not fit the types is refused with ProtocolError, and nothing in it is run.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

from boundaries.errors import FootprintError
from footprints.plan import Plan
from optimise.criteria import Criteria
from optimise.solution import Progress, Solution

STOP = b"stop\n"
LONGEST_LINE = 64 * 1024 * 1024

T = TypeVar("T")


class ProtocolError(ValueError):
    """A line that is not what the protocol says."""


@dataclass(frozen=True)
class Request:
    """What the child is asked to do: load the area, propose a plan on it."""

    source: str
    area: tuple[str, ...]
    criteria: Criteria
    name: str
    prefix: str | None = None
    parent: Plan | None = None
    min_shared_m: float = 10.0
    snap_m: float = 1.0


@dataclass(frozen=True)
class Stage:
    """What the child is doing before the solve begins, in words."""

    words: str


@dataclass(frozen=True)
class Result:
    """The child's answer; `plan` is None when there is none (the solution then says why)."""

    plan: Plan | None
    solution: Solution


@dataclass(frozen=True)
class Failure:
    """Why the child gave up, for a planner; details of what nobody expected stand on its standard error only."""

    message: str
    mend: str


Message = Stage | Progress | Result | Failure
_KINDS: dict[str, type[Any]] = {
    "request": Request,
    "stage": Stage,
    "progress": Progress,
    "result": Result,
    "error": Failure,
}


def encode(message: Request | Message) -> bytes:
    """One line of UTF-8 JSON, ending in a newline."""
    kind = next(kind for kind, cls in _KINDS.items() if type(message) is cls)
    return (json.dumps({"kind": kind, **to_json(message)}, ensure_ascii=False) + "\n").encode("utf-8")


def decode(line: bytes) -> Request | Message:
    """Read one line. Raises ProtocolError when it is not JSON, of no known kind, or does not fit the types."""
    try:
        data = json.loads(line.decode("utf-8"), object_pairs_hook=_no_twice)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a line of JSON: {error}") from None
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        raise ProtocolError("a line of no known kind")
    kind = data.pop("kind")
    return typing.cast("Request | Message", from_json(_KINDS[kind], data, kind))


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ProtocolError("a key stands twice in one object")
    return made


def to_json(value: Any) -> Any:
    """Dataclasses become objects, tuples lists, enumerations their values; fields are named as in the class."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a message")


def from_json(cls: type[T], data: Any, where: str = "") -> T:
    """Build `cls` of JSON data, checking every field against its annotation. Raises ProtocolError with the path."""
    if not isinstance(data, dict):
        raise ProtocolError(f"{where}: an object is wanted")
    hints = typing.get_type_hints(cls)
    names = [field.name for field in dataclasses.fields(typing.cast("Any", cls))]
    if sorted(data) != sorted(names):
        odd = sorted(set(data) ^ set(names))
        raise ProtocolError(f"{where}: fields missing or unknown: {', '.join(odd)}")
    values = {name: _value(hints[name], data[name], f"{where}.{name}") for name in names}
    try:
        return cls(**values)
    except FootprintError as error:
        raise ProtocolError(f"{where}: {error}") from None


def _value(hint: Any, data: Any, where: str) -> Any:
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        for option in inside:
            try:
                return _value(option, data, where)
            except ProtocolError as error:
                problem = error
        raise problem
    if origin is tuple:
        if not isinstance(data, list):
            raise ProtocolError(f"{where}: a list is wanted")
        kinds = [inside[0]] * len(data) if inside[-1] is Ellipsis else list(inside)
        if len(kinds) != len(data):
            raise ProtocolError(f"{where}: {len(kinds)} entries are wanted, not {len(data)}")
        return tuple(
            _value(kind, item, f"{where}[{n}]") for n, (kind, item) in enumerate(zip(kinds, data, strict=True))
        )
    if dataclasses.is_dataclass(hint):
        return from_json(typing.cast("type[Any]", hint), data, where)
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(data)
        except ValueError:
            raise ProtocolError(f"{where}: {data!r} is not one of its values") from None
    if hint is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        return float(data)
    if hint is type(None) and data is None:
        return None
    if type(data) is hint:
        return data
    raise ProtocolError(f"{where}: {type(data).__name__} where {getattr(hint, '__name__', hint)} is wanted")
