"""`Plan`: a decision, frozen. An edit gives a new plan; undo is a list."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from boundaries.area import Area
from footprints.errors import PlanError, some
from optimise.criteria import Criteria
from optimise.solution import DeclaredException
from optimise.words import count

SCHEMA = "footprints-plan/1"
STATUSES = ("not started", "under discussion", "agreed", "under way", "done")  # of a `Task`
_UNSAVEABLE = re.compile("[\x00\ud800-\udfff]")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


def clean_text(text: str, what: str) -> str:
    """`text` without blanks at its ends. Raises PlanError for text that no file can hold (a NUL, half a character)."""
    if _UNSAVEABLE.search(text):
        raise PlanError(f"{what} holds a character that cannot be saved.", mend="Type it again.")
    return text.strip()


@dataclass(frozen=True)
class Neighbourhood:
    """A neighbourhood's permanent code ("CAMP-07"), its name, and what goes with it.

    provisional : the name was proposed and not yet edited. colour : "#rrggbb", kept so that the green one stays green.
    place : optional larger grouping ("North"); "" for none. Raises PlanError for a blank code or name.
    """

    code: str
    name: str
    colour: str
    provisional: bool = True
    place: str = ""

    def __post_init__(self) -> None:
        code = clean_text(self.code, "A neighbourhood code")
        if not code:
            raise PlanError("A neighbourhood has no code.", mend="Give it one such as CAMP-01.")
        name = clean_text(self.name, f"The name of {code}")
        if not name:
            raise PlanError(f"The neighbourhood {code} has no name.", mend="Give it a name; the code may serve.")
        colour = self.colour.strip().lower()
        if not _COLOUR.fullmatch(colour):
            raise PlanError(f"The colour of {code} is “{self.colour}”.", mend="Write it as #rrggbb, such as #0072b2.")
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "colour", colour)
        object.__setattr__(self, "place", clean_text(self.place, f"The place of {code}"))


@dataclass(frozen=True)
class Note:
    """A planner's remark on a unit or a neighbourhood. A plan keeps one per code; others become further lines of it."""

    code: str
    text: str


@dataclass(frozen=True)
class Change:
    """A unit that was moved by hand. was, to : neighbourhood codes, "" for none; `was` as it was proposed or opened.

    who, when : of the last edit that moved it, "" where nobody said. why : the reason, or "".
    """

    unit: str
    was: str
    to: str
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True)
class Boundary:
    """Why the line between two neighbourhoods runs where it does; `first` is the lesser code of the two."""

    first: str
    second: str
    who: str = ""
    when: str = ""
    why: str = ""


@dataclass(frozen=True)
class Home:
    """The agreed neighbourhood of a practice, with the reason."""

    practice: str
    neighbourhood: str
    reason: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", clean_text(self.reason, f"The reason for the home of {self.practice}"))


@dataclass(frozen=True)
class Task:
    """Who does what, by when, so that a practice or PCN (its code) and its neighbourhood come to be one.

    by_when : an ISO date. status : one of `STATUSES`. Each is "" while nobody has said. Raises PlanError for others.
    """

    code: str
    owner: str = ""
    action: str = ""
    by_when: str = ""
    status: str = ""

    def __post_init__(self) -> None:
        for name in ("code", "owner", "action"):
            object.__setattr__(self, name, clean_text(getattr(self, name), f"The {name} of {self.code}"))
        if not self.code:
            raise PlanError("A task is of no practice and no PCN.", mend="Give it the code of one.")
        if self.by_when and not _is_date(self.by_when):
            raise PlanError(
                f"The task of {self.code} is to be done by “{self.by_when}”.", mend="Write a date such as 2027-04-01."
            )
        if self.status and self.status not in STATUSES:
            raise PlanError(
                f"The status of the task of {self.code} is “{self.status}”.",
                mend=f"Choose among {', '.join(STATUSES)}, or leave it blank.",
            )

    @property
    def said(self) -> bool:
        """Whether it says anything."""
        return bool(self.owner or self.action or self.by_when or self.status)


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


@dataclass(frozen=True)
class PlanLink:
    """A link between two units that the plan relies on (formats.md 10.3)."""

    from_code: str
    to_code: str
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Input:
    """A file the plan's area was made from."""

    table: str
    edition: str
    sha256: str


@dataclass(frozen=True)
class Plan:
    """Who belongs where.

    area_name, area_digest, area_codes_digest : the evidence it was made on (digests of its content; of its unit codes).
    prefix : of the neighbourhood codes. assignment : sorted (unit code, neighbourhood code) pairs; a unit left out is
    unassigned (a draft). neighbourhoods : sorted by code. retired : codes that were used and never will be again.
    locked : units that may not move. criteria : what it was asked to meet. links : links it relies on.
    exceptions : departures declared before solving. inputs : files with editions. parent : id of the plan it came from.
    changes : units moved by hand, one entry each. boundaries : lines that were explained, one entry for each pair.
    tasks : of practices and PCNs to re-align, one each; those that say nothing are left out.

    Every tuple is put in one order when made, so that equal plans are equal. Raises PlanError where a unit stands
    twice, a neighbourhood code stands twice or is retired, or a unit lies in a neighbourhood that is not in the plan.
    """

    name: str
    area_name: str
    area_digest: str
    area_codes_digest: str
    prefix: str
    assignment: tuple[tuple[str, str], ...]
    neighbourhoods: tuple[Neighbourhood, ...]
    criteria: Criteria = field(default_factory=Criteria)
    retired: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    homes: tuple[Home, ...] = ()
    links: tuple[PlanLink, ...] = ()
    exceptions: tuple[DeclaredException, ...] = ()
    inputs: tuple[Input, ...] = ()
    parent: str = ""
    changes: tuple[Change, ...] = ()
    boundaries: tuple[Boundary, ...] = ()
    tasks: tuple[Task, ...] = ()

    def __post_init__(self) -> None:
        name = clean_text(self.name, "The name of the plan")
        if not name:
            raise PlanError("The plan has no name.", mend="Give it one, such as “Option A”.")
        put = object.__setattr__
        put(self, "name", name)
        # `tuple` gives a pair back as it is, so that the steps of an undo list share theirs.
        put(self, "assignment", tuple(sorted(map(tuple, self.assignment))))
        put(self, "neighbourhoods", tuple(sorted(self.neighbourhoods, key=lambda n: n.code)))
        put(self, "retired", tuple(sorted(set(self.retired))))
        put(self, "locked", tuple(sorted(set(self.locked))))
        put(self, "notes", _one_note_each(self.notes))
        put(self, "homes", tuple(sorted(self.homes, key=lambda h: h.practice)))
        put(self, "links", tuple(sorted(set(self.links), key=lambda k: (k.from_code, k.to_code, k.kind, k.note))))
        put(self, "inputs", tuple(sorted(set(self.inputs), key=lambda i: (i.table, i.edition, i.sha256))))
        put(self, "changes", tuple(sorted(self.changes, key=lambda c: c.unit)))
        put(self, "boundaries", tuple(sorted(self.boundaries, key=lambda b: (b.first, b.second))))
        put(self, "tasks", tuple(sorted((t for t in self.tasks if t.said), key=lambda t: t.code)))
        self._check()

    def _check(self) -> None:
        twice = _repeated(unit for unit, _ in self.assignment)
        if twice:
            raise PlanError(f"LSOAs stand twice in the plan: {some(twice)}.", mend="Keep one neighbourhood for each.")
        codes = [n.code for n in self.neighbourhoods]
        if _repeated(codes):
            raise PlanError(
                f"Neighbourhood codes stand twice: {some(_repeated(codes))}.", mend="Each code is used once."
            )
        back = sorted(set(codes) & set(self.retired))
        if back:
            raise PlanError(
                f"Retired codes are in use again: {some(back)}.", mend="A code is never reused; give a new one."
            )
        strange = sorted({c for _, c in self.assignment} - set(codes))
        if strange:
            raise PlanError(
                f"LSOAs lie in neighbourhoods that are not in the plan: {some(strange)}.",
                mend="Add these neighbourhoods, or take the LSOAs out.",
            )
        if _repeated(h.practice for h in self.homes):
            raise PlanError(
                f"Practices have two agreed homes: {some(_repeated(h.practice for h in self.homes))}.", mend="Keep one."
            )
        tasks = _repeated(t.code for t in self.tasks)
        if tasks:
            raise PlanError(f"Practices or PCNs have two tasks: {some(tasks)}.", mend="Keep one.")
        moved = _repeated(c.unit for c in self.changes)
        if moved:
            raise PlanError(f"LSOAs stand twice among the changes: {some(moved)}.", mend="Keep one entry for each.")
        lines = _repeated(f"{b.first} and {b.second}" for b in self.boundaries)
        if lines:
            raise PlanError(f"The line between {some(lines)} is explained twice.", mend="Keep one.")

    @cached_property
    def id(self) -> str:
        """A hash of the content (see `plan_id`)."""
        return plan_id(self)

    @property
    def codes(self) -> tuple[str, ...]:
        """Neighbourhood codes, sorted."""
        return tuple(n.code for n in self.neighbourhoods)

    def where(self) -> dict[str, str]:
        """Unit code -> neighbourhood code, assigned units only."""
        return dict(self.assignment)

    def units_of(self, code: str) -> tuple[str, ...]:
        """The units of a neighbourhood, sorted; () for a code that is not in the plan."""
        return tuple(unit for unit, own in self.assignment if own == code)

    def members(self) -> dict[str, tuple[str, ...]]:
        """Neighbourhood code -> its units, both sorted; a neighbourhood without units has ()."""
        made: dict[str, list[str]] = {code: [] for code in self.codes}
        for unit, code in self.assignment:
            made[code].append(unit)
        return {code: tuple(units) for code, units in made.items()}

    def neighbourhood(self, code: str) -> Neighbourhood:
        """The neighbourhood of that code. Raises PlanError naming those there are."""
        for one in self.neighbourhoods:
            if one.code == code:
                return one
        said = "was retired and is not used again" if code in self.retired else "is not in the plan"
        raise PlanError(
            f"The neighbourhood {code or '(blank)'} {said}.", mend=f"The plan “{self.name}” has {some(self.codes, 12)}."
        )

    def note_on(self, code: str) -> str:
        """The remark on a unit or neighbourhood, or ""."""
        return next((note.text for note in self.notes if note.code == code), "")


def _repeated(values: Iterable[str]) -> list[str]:
    values = list(values)
    if len(set(values)) == len(values):
        return []
    return sorted(value for value, times in Counter(values).items() if times > 1)


def _one_note_each(notes: Iterable[Note]) -> tuple[Note, ...]:
    lines: dict[str, list[str]] = {}
    for note in notes:
        text = clean_text(note.text, f"The note on {note.code}")
        if text:
            lines.setdefault(note.code, []).append(text)
    return tuple(Note(code, "\n".join(lines[code])) for code in sorted(lines))


def document(plan: Plan) -> dict[str, Any]:
    """The plan as one JSON object, schema "footprints-plan/1". `exchange.plan_json` reads it back.

    The only times in it are those of changes by hand; `changes`, `boundaries` and `tasks` are there only where there
    are any.
    """
    more: dict[str, Any] = {"changes": _grouped(plan.changes)} if plan.changes else {}
    if plan.boundaries:
        more["boundaries"] = [asdict(b) for b in plan.boundaries]
    if plan.tasks:
        more["tasks"] = [asdict(t) for t in plan.tasks]
    return {
        "schema": SCHEMA,
        "name": plan.name,
        "area_name": plan.area_name,
        "area_digest": plan.area_digest,
        "area_codes_digest": plan.area_codes_digest,
        "prefix": plan.prefix,
        "assignment": dict(plan.assignment),
        "neighbourhoods": [asdict(n) for n in plan.neighbourhoods],
        "criteria": plan.criteria.to_json(),
        "retired": list(plan.retired),
        "locked": list(plan.locked),
        "notes": {note.code: note.text for note in plan.notes},
        "homes": [asdict(h) for h in plan.homes],
        "links": [asdict(k) for k in plan.links],
        "exceptions": [asdict(e) | {"units": list(e.units)} for e in plan.exceptions],
        "inputs": [asdict(i) for i in plan.inputs],
        "parent": plan.parent,
        **more,
    }


def _grouped(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """Changes that have who, when and why in common as one entry: `units` is unit code -> [was, to]."""
    groups: dict[tuple[str, str, str], dict[str, list[str]]] = {}
    for one in changes:
        groups.setdefault((one.when, one.who, one.why), {})[one.unit] = [one.was, one.to]
    return [
        {"who": who, "when": when, "why": why, "units": groups[when, who, why]} for when, who, why in sorted(groups)
    ]


def canonical(value: Mapping[str, Any]) -> str:
    """Canonical JSON text: sorted keys, two blanks, no escapes of letters, one line end at the end."""
    return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plan_id(plan: Plan) -> str:
    """The first 12 hex digits of the SHA-256 of the plan's canonical document: the same content has the same id."""
    return hashlib.sha256(canonical(document(plan)).encode()).hexdigest()[:12]


def is_edition(plan: Plan, of: Plan) -> bool:
    """Whether a plan is another one on other evidence, and nothing else of it differs: no unit moved."""
    return plan.area_digest != of.area_digest and replace(plan, area_digest=of.area_digest, inputs=of.inputs) == of


def codes_digest(codes: Iterable[str]) -> str:
    """SHA-256 of the unit codes, sorted, one a line: two plans can be compared where it agrees."""
    return hashlib.sha256("\n".join(sorted(codes)).encode()).hexdigest()


def area_inputs(area: Area) -> tuple[Input, ...]:
    """The files an area was really made of, from its receipts."""
    return tuple(Input(r.table, r.edition, r.sha256) for r in area.receipts if r.status == "used")


def on_evidence(plan: Plan, area: Area) -> Plan:
    """The very same plan on the files that an area was read from; whether it fits them is not looked at."""
    if plan.area_digest == area.digest:
        return plan
    return replace(plan, area_digest=area.digest, inputs=area_inputs(area))


def area_links(area: Area) -> tuple[PlanLink, ...]:
    """The declared links that are in the area's graph already."""
    rows = area.edges[area.edges["kind"] != "border"]
    return tuple(
        PlanLink(str(a), str(b), str(kind), str(note))
        for a, b, kind, note in zip(rows["from_code"], rows["to_code"], rows["kind"], rows["note"], strict=True)
    )


def check_fits(plan: Plan, area: Area) -> None:
    """Integrity against an area: every unit of the plan is one of the area's. Raises PlanError with the first five."""
    known = set(area.codes)
    strange = [unit for unit, _ in plan.assignment if unit not in known]
    if strange:
        units = f"{count(len(strange), 'LSOA')} that {'is' if len(strange) == 1 else 'are'}"
        told = f"The plan “{plan.name}” names {units} not in {area.name}: {some(strange)}."
        absent = sorted(known - plan.where().keys())
        if len(strange) < len(plan.assignment) and _of_2011(strange, absent):
            raise PlanError(
                f"{told} It leaves out {count(len(absent), 'LSOA')} made in 2021 ({some(absent)}), so it seems to be "
                "on the LSOAs of 2011.",
                mend="Convert its table with the official look-up of LSOAs 2011 to LSOAs 2021, and open it as a CSV of "
                "LSOA21CD and neighbourhood.",
            )
        raise PlanError(
            told,
            mend=f"It was made for {plan.area_name or 'another area'}; load that area (--area), or the right vintage.",
        )


def _of_2011(strange: Iterable[str], absent: Iterable[str]) -> bool:
    """Whether units of a plan are older LSOAs, in whose place the area has new ones.

    An LSOA that the Census of 2021 left alone kept its code; those that it split or merged got codes from E01033769 on
    (W01001910 in Wales)."""
    first = {"E01": 33_769, "W01": 1_910}
    old = [first.get(unit[:3], 0) > int(unit[3:]) if unit[3:].isdigit() else False for unit in strange]
    new = [first.get(unit[:3], 10**9) <= int(unit[3:]) if unit[3:].isdigit() else False for unit in absent]
    return all(old) and bool(new) and all(new)
