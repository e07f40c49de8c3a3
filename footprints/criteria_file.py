"""From what a planner writes (a criteria file, flags, names of places) to `Criteria` in the codes of one area.

A criteria file is the JSON of `Criteria.to_json`: `"schema": "footprints-criteria/1"` and any of its fields, the rest
by default. Names are accepted wherever codes are. It and the flags of the command line say the same things:

    {"schema": "footprints-criteria/1", "target": 50000, "minimum": 30000, "maximum": 60000, "within": ["district"],
     "neighbourhoods": {"Cambridge": 3}, "joins": [["City of London", "Hackney"]], "seconds": 60, "seed": 0}
"""

from __future__ import annotations

import dataclasses
import difflib
import json
from collections.abc import Sequence
from pathlib import Path

from boundaries.area import Area
from boundaries.errors import DataError
from footprints.errors import some
from optimise.build import WORKED_OUT
from optimise.criteria import Criteria, Locks
from optimise.errors import CriteriaError
from optimise.words import count


def read_criteria(path: Path) -> Criteria:
    """Read a criteria file; levels, districts and joins stay as written until `resolve`.

    Raises CriteriaError naming the file, the line or field, and the mend.
    """
    try:
        return Criteria.from_json(json.loads(path.read_bytes().decode("utf-8-sig")))
    except OSError as error:
        raise CriteriaError(f"The criteria file {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise CriteriaError(f"The criteria file {path.name} is not UTF-8 text.", mend="Save it as UTF-8.") from None
    except json.JSONDecodeError as error:
        raise CriteriaError(
            f"The criteria file {path.name} is not valid JSON: line {error.lineno}, {error.msg}.",
            mend="Mend that line.",
        ) from None
    except CriteriaError as error:
        raise CriteriaError(f"{path.name}: {error.message}", mend=error.mend) from None


def write_criteria(criteria: Criteria, path: Path) -> None:
    """Write the criteria as a file that `read_criteria` reads back."""
    text = json.dumps(criteria.to_json(), indent=2, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def resolve(asked: Criteria, area: Area) -> Criteria:
    """The same criteria with every level, district and join in the keys and codes of this area.

    Raises DataError or CriteriaError for levels, places and locked units that the area does not have.
    """
    within = _levels(area, asked.within)
    changes: dict[str, object] = {
        "within": within,
        "penalise": _levels(area, asked.penalise),
        "keep_whole": _levels(area, asked.keep_whole),
        "community": _community(area, asked.community),
    }
    if isinstance(asked.neighbourhoods, tuple):
        changes["neighbourhoods"] = tuple(
            sorted(
                (resolve_group(area, within or ("district",), name), number) for name, number in asked.neighbourhoods
            )
        )
    if asked.joins:
        nests = tuple(dict.fromkeys([*within, "district"]))
        changes["joins"] = tuple((resolve_group(area, nests, a), resolve_group(area, nests, b)) for a, b in asked.joins)
    _check_locks(asked.locks, area)
    return dataclasses.replace(asked, **changes)  # type: ignore[arg-type]


def resolve_level(area: Area, text: str) -> str:
    """The key of the level called so: “upper-tier”, “Upper tier” and “upper_tier” are the same."""
    wanted = _plain(text)
    for key in sorted(area.levels):
        if wanted in (_plain(key), _plain(area.levels[key].label)):
            return key
    return area.level(text).key


def resolve_group(area: Area, keys: Sequence[str], text: str) -> str:
    """The code of the group of one of the levels `keys` that has this code or exact name, in any case of letters."""
    wanted = text.strip().casefold()
    names: list[str] = []
    for key in keys:
        level = area.level(key)
        present = sorted(set(level.assignment) - {""})
        found = [code for code in present if wanted in (code.casefold(), level.names.get(code, "").casefold())]
        if len(found) > 1:
            raise DataError(f"“{text}” is the name of {' and of '.join(found)}.", mend="Give the code.")
        if found:
            return found[0]
        names += [level.names.get(code, code) for code in present]
    near = difflib.get_close_matches(text, names, n=1)
    kinds = " or ".join(area.level(key).label for key in keys)
    mend = f"Did you mean “{near[0]}”?" if near else f"There are: {some(names, 12)}."
    raise DataError(f"“{text}” is no {kinds} in {area.name}.", mend=mend)


def _levels(area: Area, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(resolve_level(area, name) for name in names if _plain(name) != "none"))


def _community(area: Area, text: str) -> str:
    """The key of the level of the community term: one that is loaded, or the communities of care."""
    if text == Criteria().community or _plain(text) in WORKED_OUT:  # the usual one may be missing
        return _plain(text)
    return resolve_level(area, text)


def _plain(text: str) -> str:
    return text.strip().casefold().replace("-", "_").replace(" ", "_")


def _check_locks(locks: Locks, area: Area) -> None:
    named = {unit for unit, _ in locks.fixed}
    for group in (*locks.together, *locks.apart, *(units for _, units in locks.frozen)):
        named |= set(group)
    strange = sorted(named - set(area.codes))
    if strange:
        raise CriteriaError(
            f"The locks name {count(len(strange), 'LSOA')} not in {area.name}: {some(strange)}.",
            mend="Take them out of the lock file, or widen --area.",
        )
