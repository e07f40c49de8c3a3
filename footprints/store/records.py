"""What the store gives back: plain frozen records, one for each kind of row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, TypeVar

from footprints.exchange.plan_json import plan_from_bytes
from footprints.plan import Plan

ROLES = {
    "viewer": "looks, compares and exports",
    "planner": "draws, saves, branches, merges, reverts, proposes, and withdraws what was not agreed",
    "clerk": "records what meetings decided, marks versions agreed and final, and withdraws those",
    "administrator": "keeps people and their roles, the list of bodies, and the archive",
}
KINDS = ("HWB", "joint HWB", "ICB", "council", "place board", "PCN")
PARTS = ("decides", "endorses", "is consulted")
STAGES = ("agreed", "final")
OUTCOMES = ("agreed", "agreed subject to", "deferred", "not agreed", "conditions met")
R = TypeVar("R")


def record(kind: type[R], row: Mapping[str, Any]) -> R:
    """A row as its record; columns that it does not have are left out."""
    return kind(**{f.name: row[f.name] for f in fields(kind) if f.name in row})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Project:
    """A place, on one set of LSOAs. archived : the time it was, "" while in use."""

    id: str
    name: str
    place: str
    codes_digest: str
    maker: str
    made: str
    archived: str


@dataclass(frozen=True)
class PlanRow:
    """A plan of a project. head : number of its newest version. origin : key of the version it was branched from."""

    id: str
    project: str
    name: str
    head: int
    origin: str
    maker: str
    made: str
    archived: str


@dataclass(frozen=True)
class Version:
    """One saved version, or a draft (number 0). content : SHA-256 of `document`, the canonical plan.json.

    parent : number of the version it was made from, 0 for the first. other : key of a second one: what was merged in,
    the version a revert goes back to, or the one a branch begins at. area : digest of the evidence.
    """

    key: str
    plan: str
    number: int
    parent: int
    other: str
    kind: str
    author: str
    at: str
    reason: str
    content: str
    area: str
    document: str

    @cached_property
    def decision(self) -> Plan:
        """The plan itself."""
        return plan_from_bytes(self.document.encode(), self.key)


@dataclass(frozen=True)
class Body:
    """A board or council. part : what it does with plans. codes : areas or LSOAs that it covers, sorted."""

    key: str
    project: str
    name: str
    kind: str
    part: str
    codes: tuple[str, ...]
    archived: str


@dataclass(frozen=True)
class Status:
    """A version was given a status. dated : the day it holds from for people. valid_from : the geography's own."""

    key: str
    version: str
    content: str
    status: str
    dated: str
    valid_from: str
    reason: str
    who: str
    at: str


@dataclass(frozen=True)
class Standing:
    """What a version stands as: by its own statuses, or, as an edition without any, by those of what it is one of.

    of : key of the version whose they are. edition : 1, or of that version the second, third, … on other files; a draft
    is an edition of nothing.
    """

    of: str
    edition: int
    statuses: tuple[Status, ...]

    @property
    def status(self) -> str:
        """The last of them; a version without any is a draft."""
        return self.statuses[-1].status if self.statuses else "draft"


@dataclass(frozen=True)
class Decision:
    """What a meeting did with one version, bound to its content. stage : agreed or final, what it was asked for.

    paper : SHA-256 of the paper before it. options : what was considered; the one named `today` is the arrangement of
    that day. delegate, limit_people : who may agree to amendments that move no more people than that. under : key of
    the decision that this one rests on (an amendment under delegation, or conditions that are now met).
    """

    key: str
    version: str
    content: str
    body: str
    stage: str
    outcome: str
    dated: str
    minute: str
    paper: str
    options: str
    conditions: str
    dissent: str
    delegate: str
    limit_people: int
    under: str
    clerk: str
    at: str

    @property
    def considered(self) -> tuple[tuple[str, bool], ...]:
        """The options, each with whether it is today's arrangement."""
        return tuple((str(name), bool(today)) for name, today in json.loads(self.options))


def version_of(row: Mapping[str, Any]) -> Version:
    """A row of the table of versions."""
    return record(Version, {**row, "number": row["number"] or 0})


def body_of(row: Mapping[str, Any]) -> Body:
    """A row of the table of bodies."""
    return record(Body, {**row, "codes": tuple(json.loads(row["codes"]))})
