"""`Criteria`: what the planner asked for, in persons and kilometres; checked when made, in a file as in flags."""

from __future__ import annotations

import difflib
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from optimise.errors import CriteriaError

SCHEMA = "footprints-criteria/1"
OPT_IN = ("border", "ties", "practice", "barrier", "need")
CHOICES = {
    "count": ("residents", "registered", "lists"),
    "distance": ("km", "km2"),
    "small_districts": ("join", "alone"),
}


def year_of(count: object) -> int | None:
    """The year of a range on people of a later year ("year:2031"); None of another population."""
    found = re.fullmatch(r"year:([12][0-9]{3})", count) if isinstance(count, str) else None
    return int(found[1]) if found else None


def of_year(year: int) -> str:
    """The key of a range on people of a later year."""
    return f"year:{year}"


@dataclass(frozen=True)
class Weights:
    """Weights of the objective; each but `border` and `barrier` is the km of travel that one person's trouble is worth.

    deviation : km per person above or below the target. mismatch : km per person whose group differs from the centre's,
    for each level in `Criteria.penalise`. The others are secondary, served within `Criteria.community_allowance`:
    community : km per person outside the largest piece of their community. border : person-km per km of border between
    neighbourhoods. ties : km per neighbour who shares practices across such a border. practice : km per patient whose
    practice is sited in another neighbourhood (`optimise.ties` for both). barrier : person-km per km of barrier,
    times its strength, inside neighbourhoods (`optimise.barring`). need : km per resident of the most deprived fifth
    above or below what the place's own share would give a neighbourhood (`optimise.need`).
    """

    travel: float = 1.0
    deviation: float = 0.5
    mismatch: float = 5.0
    community: float = 2.0
    border: float = 0.0
    ties: float = 0.0
    practice: float = 0.0
    barrier: float = 0.0
    need: float = 0.0

    def __post_init__(self) -> None:
        wrong = [
            f"the weight “{f.name}” is {getattr(self, f.name)!r}, but must be a number of 0 or more"
            for f in fields(self)
            if not _number(getattr(self, f.name)) or getattr(self, f.name) < 0
        ]
        if not wrong and self.travel == 0:
            wrong.append("the weight “travel” is 0, but travel is what places the centres")
        _refuse(
            wrong,
            mend="A weight is the kilometres of travel that one person's trouble is worth (“border” and “barrier”: "
            "the person-km that one km of it is worth); the defaults are a start.",
        )


@dataclass(frozen=True)
class Locks:
    """What the planner has already decided.

    fixed : (unit, neighbourhood code) pairs. together : groups of units in one neighbourhood. apart : pairs of units in
    two. frozen : (neighbourhood code, its units) that leave the problem and come back untouched.
    """

    fixed: tuple[tuple[str, str], ...] = ()
    together: tuple[tuple[str, ...], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    frozen: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __post_init__(self) -> None:
        wrong = [
            f"{unit} is to be fixed to more than one neighbourhood" for unit in _repeated(u for u, _ in set(self.fixed))
        ]
        wrong += [f"{a} is to be kept apart from itself" for a, b in self.apart if a == b]
        wrong += [f"the frozen neighbourhood {code} has no LSOAs" for code, units in self.frozen if not units]
        wrong += [f"the neighbourhood {code} is frozen twice" for code in _repeated(c for c, _ in self.frozen)]
        wrong += [
            f"{unit} lies in two frozen neighbourhoods" for unit in _repeated(u for _, us in self.frozen for u in us)
        ]
        home = {u: code for code, units in self.frozen for u in units}
        wrong += [
            f"{unit} is to be fixed to {code}, but is frozen in {home[unit]}"
            for unit, code in self.fixed
            if home.get(unit, code) != code
        ]
        _refuse(wrong, mend="Take out one of the locks that contradict each other.")


@dataclass(frozen=True)
class Criteria:
    """The question put to the optimiser. Raises CriteriaError when made with values that cannot be meant.

    target, minimum, maximum : persons of the `count` population per neighbourhood; the band is hard.
    comfortable : the narrower range whose misses are counted in the result.
    count : "residents", "registered" (patients registered anywhere who live here), "lists" (of the practices sited
    here, wherever their patients live) or "year:2031" (residents with the homes of the table of growth up to 2031).
    within : levels that no neighbourhood may cross (hard); () for none. penalise : levels crossed at a price.
    keep_whole : levels whose groups stay in one neighbourhood.
    neighbourhoods : None for the feasible number nearest to people over target in every nest; an int for the whole
        place, shared out over its nests; or (group code, number) pairs for nested districts, the rest by default.
    distance : "km" or "km2" (squared: moment of inertia).
    community : the level of the community term. community_allowance : the fraction of the best travel-and-size value
        that may be given up for all secondary terms together (communities, border, ties, practice, barrier, need).
    small_districts : "join" a nest too small for one neighbourhood to a neighbour, or leave it "alone".
    joins : (district, district) pairs that override the choice.
    accept_links : use the proposed links.
    seconds : picks a step budget from a fixed table, never a clock. seed : any integer.
    """

    target: int = 50_000
    minimum: int = 30_000
    maximum: int = 60_000
    comfortable: tuple[int, int] = (40_000, 60_000)
    count: str = "residents"
    within: tuple[str, ...] = ("district",)
    penalise: tuple[str, ...] = ()
    keep_whole: tuple[str, ...] = ()
    neighbourhoods: int | tuple[tuple[str, int], ...] | None = None
    distance: str = "km"
    community: str = "msoa"
    community_allowance: float = 0.01
    weights: Weights = field(default_factory=Weights)
    locks: Locks = field(default_factory=Locks)
    small_districts: str = "join"
    joins: tuple[tuple[str, str], ...] = ()
    accept_links: bool = False
    seed: int = 0
    seconds: int = 60

    def __post_init__(self) -> None:
        wrong = []
        for name in ("target", "minimum", "maximum", "seconds"):
            if not _whole(getattr(self, name)) or getattr(self, name) < 1:
                wrong.append(f"“{name}” is {getattr(self, name)!r}, but must be a whole number of 1 or more")
        if not _whole(self.seed):
            wrong.append(f"“seed” is {self.seed!r}, but must be a whole number")
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed and not (name == "count" and year_of(self.count) is not None):
                more = " or a year of growth such as year:2031" if name == "count" else ""
                wrong.append(f"“{name}” is {getattr(self, name)!r}, but must be {' or '.join(allowed)}{more}")
        if not _number(self.community_allowance) or not 0 <= self.community_allowance <= 1:
            wrong.append(f"“community_allowance” is {self.community_allowance!r}, but must be a fraction from 0 to 1")
        _refuse(wrong)
        if not self.minimum <= self.target <= self.maximum:
            wrong.append(
                f"the target of {self.target:,} people does not lie in the range from {self.minimum:,} to "
                f"{self.maximum:,}"
            )
        if (
            len(self.comfortable) != 2
            or not all(map(_whole, self.comfortable))
            or self.comfortable[0] > self.comfortable[1]
        ):
            wrong.append(f"the comfortable range {self.comfortable!r} must be two whole numbers, the smaller first")
        for name in ("within", "penalise", "keep_whole"):
            levels = getattr(self, name)
            wrong += [
                f"“{name}” names {level!r}, which is not the key of a level" for level in levels if not _text(level)
            ]
            wrong += [f"“{name}” names {level} twice" for level in _repeated(levels)]
        wrong += [f"{x} cannot be both a hard limit and a penalised one" for x in self.within if x in self.penalise]
        wrong += self._numbers_wrong()
        wrong += [f"{a} cannot be joined to itself" for a, b in self.joins if a == b]
        _refuse(wrong)

    def _numbers_wrong(self) -> list[str]:
        asked = self.neighbourhoods
        if asked is None:
            return []
        if not isinstance(asked, tuple):
            good = _whole(asked) and asked >= 1
            return (
                [] if good else [f"the number of neighbourhoods is {asked!r}, but must be a whole number of 1 or more"]
            )
        wrong = [f"{code} is to have {k!r} neighbourhoods" for code, k in asked if not _whole(k) or k < 1]
        wrong += [f"{code} is given two numbers of neighbourhoods" for code in _repeated(c for c, _ in asked)]
        if asked and not self.within:
            wrong.append("numbers of neighbourhoods are given by district, but nothing is nested")
        return wrong

    def to_json(self) -> dict[str, Any]:
        """The criteria as a JSON object with its schema first; `from_json` gives the same criteria back.

        Weights of `OPT_IN` that are 0 are left out, so that criteria without them are written as they always were.
        """
        document: dict[str, Any] = {"schema": SCHEMA} | _listed(asdict(self))
        for name in OPT_IN:
            if not document["weights"][name]:
                del document["weights"][name]
        if isinstance(self.neighbourhoods, tuple):
            document["neighbourhoods"] = dict(self.neighbourhoods)
        return document

    @classmethod
    def from_json(cls, document: str | Mapping[str, Any]) -> Criteria:
        """Criteria from a JSON object or its text; what is left out keeps its default.

        Raises CriteriaError for text that is not JSON, another or a newer schema, and unknown or ill-formed entries.
        """
        if isinstance(document, str):
            try:
                document = json.loads(document)
            except json.JSONDecodeError as error:
                raise CriteriaError(f"The criteria are not JSON: {error.msg} in line {error.lineno}.") from None
        if not isinstance(document, Mapping):
            raise CriteriaError("The criteria are not a JSON object.", mend=f'Begin with {{"schema": "{SCHEMA}"}}.')
        _check_schema(document.get("schema"))
        values = {key: value for key, value in document.items() if key != "schema"}
        _known(values, cls, "criteria")
        try:
            return cls(**{key: _READ.get(key, lambda x: x)(value) for key, value in values.items()})
        except (TypeError, ValueError, AttributeError) as error:
            if isinstance(error, CriteriaError):
                raise
            raise CriteriaError(f"The criteria hold an entry of the wrong shape ({error}).") from None


def _check_schema(schema: object) -> None:
    if schema == SCHEMA:
        return
    family, _, version = str(schema or "").partition("/")
    if family == SCHEMA.partition("/")[0] and version.isdigit() and int(version) > 1:
        raise CriteriaError(
            f"The criteria are of version {version}; this program knows version 1.",
            mend="Use a newer version of the program.",
        )
    raise CriteriaError(f"The criteria say schema {schema!r}, not {SCHEMA!r}.", mend=f'Add "schema": "{SCHEMA}".')


def _known(values: Mapping[str, Any], cls: type[Any], what: str) -> None:
    names = [f.name for f in fields(cls)]
    unknown = sorted(set(values) - set(names))
    if unknown:
        near = [(key, difflib.get_close_matches(key, names, 1)) for key in unknown]
        said = ", ".join(f"“{key}”" + (f" (did you mean “{match[0]}”?)" if match else "") for key, match in near)
        raise CriteriaError(
            f"The {what} hold entries that are not known: {said}.", mend=f"Known are: {', '.join(names)}."
        )


def _read_weights(value: Any) -> Weights:
    _known(dict(value), Weights, "weights")
    return Weights(**value)


def _read_locks(value: Any) -> Locks:
    _known(dict(value), Locks, "locks")
    return Locks(**{key: _tupled(entry) for key, entry in value.items()})


def _read_numbers(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else _tupled(value)


def _tupled(value: Any) -> Any:
    return tuple(_tupled(v) for v in value) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _listed(entry) for key, entry in value.items()}
    return [_listed(v) for v in value] if isinstance(value, list | tuple) else value


_READ = {
    "comfortable": _tupled,
    "within": _tupled,
    "penalise": _tupled,
    "keep_whole": _tupled,
    "joins": _tupled,
    "neighbourhoods": _read_numbers,
    "weights": _read_weights,
    "locks": _read_locks,
}


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _repeated(values: Iterable[str]) -> list[str]:
    return sorted(value for value, times in Counter(values).items() if times > 1)


def _refuse(wrong: list[str], *, mend: str = "") -> None:
    if wrong:
        raise CriteriaError("These criteria cannot be meant: " + "; ".join(wrong) + ".", mend=mend)
