"""What only people can say: who decides what and when, which option is recommended, who was engaged, what changed.

A details file is JSON, `"schema": "footprints-paper/1"`, with any of the fields of `Details`. What is not in it is told
as “not recorded” in the paper; nothing is ever made up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from footprints.errors import PlanError, some
from footprints.plan import clean_text
from footprints.stamp import STATUSES
from footprints.text import parse_json

SCHEMA = "footprints-paper/1"
_LONGEST = 4_000


@dataclass(frozen=True)
class Engaged:
    """Who was engaged, when and how, what they said, and what changed because of it."""

    who: str
    when: str = ""
    how: str = ""
    said: str = ""
    changed: str = ""


@dataclass(frozen=True)
class Details:
    """title, board, meeting, author : as printed. day : ISO date of the paper. version : of the footprint, as “2”.

    mark : of the newest event of the plan store, by which `footprints verify` proves later what stood there. status :
    one of `STATUSES`. decision : what the board is asked. recommended : name or id of a plan of the paper, "" where
    none is. reasons : why it is. Raises PlanError for a date or a status that is none.
    """

    title: str = ""
    board: str = ""
    meeting: str = ""
    day: str = ""
    version: str = ""
    mark: str = ""
    status: str = ""
    author: str = ""
    decision: str = ""
    recommended: str = ""
    reasons: str = ""
    engaged: tuple[Engaged, ...] = ()

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                object.__setattr__(self, field.name, _clean(value, field.name))
        if self.day and not _is_date(self.day):
            raise PlanError(f"The date of the paper is “{self.day}”.", mend="Write a date such as 2026-11-27.")
        if self.status and self.status not in STATUSES:
            raise PlanError(f"The status of the paper is “{self.status}”.", mend=f"Choose among {', '.join(STATUSES)}.")

    @property
    def version_words(self) -> str:
        """ "version 2, draft", or that it is not recorded."""
        version = f"version {self.version}" if self.version else "version not recorded"
        return f"{version}, {self.status or 'draft'}"


def _clean(value: str, name: str) -> str:
    said = clean_text(value, f"“{name}”")
    if len(said) > _LONGEST:
        raise PlanError(f"“{name}” has {len(said):,} characters.", mend=f"Keep it under {_LONGEST:,}.")
    return said


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def read_details(path: Path) -> Details:
    """Read a details file. Raises PlanError naming the file and what is wrong in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PlanError(f"The details file {path} cannot be read: {error.strerror}.", mend="Name a file.") from None
    return details_of(parse_json(data, path.name), path.name)


def details_of(document: Mapping[str, Any], name: str = "The details") -> Details:
    """The details of a document. Raises PlanError for fields that are not known, or are no text."""
    if document.get("schema") != SCHEMA:
        raise PlanError(
            f"{name}: its schema is “{document.get('schema', '')}”, not “{SCHEMA}”.",
            mend=f"Give it “schema”: “{SCHEMA}”.",
        )
    fields = {key: value for key, value in document.items() if key != "schema"}
    _known(fields, Details, name)
    engaged = fields.pop("engaged", [])
    if not isinstance(engaged, list) or not all(isinstance(one, Mapping) for one in engaged):
        raise PlanError(f"{name}: “engaged” is a list of who was engaged.", mend="Write [{“who”: …}, …].")
    rows = []
    for one in engaged:
        _known(one, Engaged, f"{name}, “engaged”")
        _texts(one, name)
        if not str(one.get("who", "")).strip():
            raise PlanError(f"{name}: somebody who was engaged has no name.", mend="Add “who”.")
        rows.append(Engaged(**{key: _clean(value, key) for key, value in one.items()}))
    _texts(fields, name)
    return Details(**fields, engaged=tuple(rows))


def _known(fields: Mapping[str, Any], kind: type, name: str) -> None:
    names = [field.name for field in dataclasses.fields(kind)]
    strange = sorted(set(fields) - set(names))
    if strange:
        raise PlanError(f"{name} has fields that are not known: {some(strange)}.", mend=f"Use {', '.join(names)}.")


def _texts(fields: Mapping[str, Any], name: str) -> None:
    wrong = sorted(key for key, value in fields.items() if not isinstance(value, str))
    if wrong:
        raise PlanError(f"{name}: {some(wrong)} must be text.", mend="Put it in quotes.")


def document_of(details: Details) -> dict[str, Any]:
    """The details as the JSON that `details_of` reads back; what is not recorded is left out."""
    said = {key: value for key, value in dataclasses.asdict(details).items() if value and key != "engaged"}
    engaged = [{key: value for key, value in dataclasses.asdict(one).items() if value} for one in details.engaged]
    return {"schema": SCHEMA, **said, **({"engaged": engaged} if engaged else {})}
