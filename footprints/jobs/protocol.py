"""What parent and child say to each other: one JSON object a line, decoded against the dataclasses' own types.

Parent to child, on its standard input: one `request` or `study` line; later the word `stop`, or the stream's end.
Child to parent, on its standard output: `stage` and `progress` lines, then one `result`, `answer` or `error` line.
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

import numpy as np

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
    """What the child is asked to do: load the area, propose a plan on it.

    source : a folder, "demo", or a file that `boundaries.parts.read_part` reads. processes : that share the work.
    """

    source: str
    area: tuple[str, ...]
    criteria: Criteria
    name: str
    prefix: str | None = None
    parent: Plan | None = None
    min_shared_m: float = 10.0
    snap_m: float = 1.0
    processes: int | None = None


@dataclass(frozen=True)
class StudyRequest:
    """What the child is asked to do: load the area, run the study of that name. asked : JSON of the study's own."""

    study: str
    source: str
    area: tuple[str, ...]
    asked: dict[str, Any]
    min_shared_m: float = 10.0
    snap_m: float = 1.0


@dataclass(frozen=True)
class Stage:
    """What the child is doing, in words. fraction : how much of the whole is done, from 0 to 1, where it is known."""

    words: str
    fraction: float | None = None


@dataclass(frozen=True)
class Result:
    """The child's answer; `plan` is None when there is none (the solution then says why)."""

    plan: Plan | None
    solution: Solution


@dataclass(frozen=True)
class Answer:
    """What a study found: JSON of the study's own, believed by nobody before the study's `read` has checked it."""

    answer: dict[str, Any]


@dataclass(frozen=True)
class Failure:
    """Why the child gave up, for a planner; details of what nobody expected stand on its standard error only."""

    message: str
    mend: str


Message = Stage | Progress | Result | Answer | Failure
_KINDS: dict[str, type[Any]] = {
    "request": Request,
    "study": StudyRequest,
    "stage": Stage,
    "progress": Progress,
    "result": Result,
    "answer": Answer,
    "error": Failure,
}


def encode(message: Request | StudyRequest | Message) -> bytes:
    """One line of UTF-8 JSON, ending in a newline."""
    kind = next(kind for kind, cls in _KINDS.items() if type(message) is cls)
    return (json.dumps({"kind": kind, **to_json(message)}, ensure_ascii=False) + "\n").encode("utf-8")


def decode(line: bytes) -> Request | StudyRequest | Message:
    """Read one line. Raises ProtocolError when it is not JSON, of no known kind, or does not fit the types."""
    try:
        data = json.loads(line.decode("utf-8"), object_pairs_hook=_no_twice)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ProtocolError(f"not a line of JSON: {error}") from None
    if not isinstance(data, dict) or data.get("kind") not in _KINDS:
        raise ProtocolError("a line of no known kind")
    kind = data.pop("kind")
    return typing.cast("Request | StudyRequest | Message", from_json(_KINDS[kind], data, kind))


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ProtocolError("a key stands twice in one object")
    return made


def to_json(value: Any) -> Any:
    """Dataclasses become objects, tuples lists, enumerations their values; fields are named as in the class.

    Raises TypeError for what JSON does not know, such as a number of numpy's or a key that is not text.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {key: to_json(item) for key, item in value.items()}
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
    if origin is np.ndarray:
        return _array(inside[1], data, where)
    if origin is dict:
        if not isinstance(data, dict):
            raise ProtocolError(f"{where}: an object is wanted")
        return data
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


def _array(kind: Any, data: Any, where: str) -> Any:
    """An array in one dimension: whole numbers for a type of whole numbers, any for one of fractions."""
    (number,) = typing.get_args(kind)
    wanted = (int,) if issubclass(number, np.integer) else (int, float)
    if not isinstance(data, list) or any(type(item) not in wanted for item in data):
        raise ProtocolError(f"{where}: a list of numbers is wanted")
    try:
        return np.array(data, dtype=number)
    except OverflowError:
        raise ProtocolError(f"{where}: a number is too large") from None
