"""The board paper as a study, so that setting it does not hold up the page.

asked : {"plans": documents, "today": document or null, "principles": document or null, "details": document, "source":
the folder or "demo", "seen": what stands in it (ethnic groups and branches are read from there), "only": code or name
of a body, "" for none, "places": of the lists given (`report.listed`) or null}. answer : {"files": name -> base64}.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from boundaries.area import Area
from boundaries.branches import branches
from boundaries.ethnic import ethnic_groups
from boundaries.ledger import ledger_of
from boundaries.overlays import Places
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.jobs.seen import seen
from footprints.plan import Plan, canonical, document
from footprints.report import FORMATS, STEM, Asked, report
from footprints.report.details import Details, details_of
from footprints.report.details import document_of as details_document
from footprints.report.listed import document_of, places_from
from footprints.report.principles import Principle, principles_of
from footprints.report.principles import document_of as principles_document

_BEGINNING = {"pdf": b"%PDF-", "docx": b"PK\x03\x04", "html": b"<!DOCTYPE html>"}


def asked_for(
    plans: Sequence[Plan],
    today: Plan | None,
    principles: Sequence[Principle],
    details: Details,
    source: str,
    only: str = "",
    places: Places | None = None,
) -> dict[str, Any]:
    """The question as JSON. With other files in the same folder it is another question."""
    return {
        "plans": [document(plan) for plan in plans],
        "today": document(today) if today else None,
        "principles": principles_document(tuple(principles)) if principles else None,
        "details": details_document(details),
        "source": source,
        "seen": seen(Path(source)),
        "only": only,
        "places": document_of(places),
    }


def run(
    area: Area, asked: dict[str, Any], tell: Callable[[str, float | None], None], should_stop: Callable[[], bool]
) -> dict[str, Any]:
    """Make the paper; in the child. Raises PlanError when it is stopped: there is no half of a paper."""

    def say(words: str) -> None:
        if should_stop():
            raise PlanError("The paper was stopped.", mend="Make it again when you want it.")
        tell(words, None)

    principles, book = asked["principles"], ledger_of(asked["source"])
    made = report(
        Asked(
            plans=tuple(plan_from_document(one) for one in asked["plans"]),
            today=plan_from_document(asked["today"]) if asked["today"] else None,
            principles=principles_of(canonical(principles).encode(), "principles.json") if principles else (),
            details=details_of(asked["details"]),
            ethnic=ethnic_groups(book, area.codes),
            branches=branches(book, area),
            only=str(asked.get("only", "")),
            assets=places_from(asked.get("places")),
        ),
        area,
        FORMATS,
        say,
    )
    return {"files": {name: base64.b64encode(data).decode() for name, data in made.items()}}


def read(area: Area, asked: dict[str, Any], answer: dict[str, Any]) -> dict[str, bytes]:
    """Name -> bytes of the paper in its three formats. Raises PlanError where one is lacking or is something else."""
    files = answer.get("files")
    wanted = {f"{STEM}.{kind}": beginning for kind, beginning in _BEGINNING.items()}
    if not isinstance(files, dict) or set(files) != set(wanted):
        raise PlanError("The paper is not whole.", mend="Make it again.")
    made = {}
    for name, beginning in wanted.items():
        try:
            data = base64.b64decode(files[name], validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise PlanError(f"{name} cannot be read.", mend="Make the paper again.") from None
        if not data.startswith(beginning):
            raise PlanError(f"{name} is not what its name says.", mend="Make the paper again.")
        made[name] = data
    return made
