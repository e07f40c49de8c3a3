"""The map editor's own routes: what the browser is told of a place, and the edits it sends.

An edit does not wait for a page to be drawn: it comes here, is handled by the desk, and is acknowledged at once. A
token, known only to the page that the app gave it to, names the desk of the session. It is part of the path, is never
written down, and opens nothing to anybody but the person it was given to, who has to be signed in still and, to change
something, to be a planner. Answers are never kept by the browser.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from boundaries.errors import FootprintError
from footprints.access import Who
from footprints.certainty import Judged
from footprints.editing import Desk
from footprints.editing.belongings import belongings_of
from footprints.editing.catalogue import Catalogue
from footprints.editing.desks import RESTS_S
from footprints.editing.evidence import evidence
from footprints.editing.exceptions import forced
from footprints.editing.overlays import overlays_of
from footprints.editing.ranges import to_ranges
from footprints.editing.regroup import Regrouped, regroupable
from footprints.editing.repairs import repairs
from footprints.errors import AccessError, PlanError
from footprints.jobs import StudyState
from footprints.jobs.runner import Owner, runner
from footprints.jobs.ticket import Ticket
from footprints.studies.regroup import asked_for
from footprints.ui import door, who
from footprints.ui.find import find

LARGEST = 1_000_000  # bytes of a message
SESSIONS = 400
_NOT_UNDERSTOOD = ("The message was not understood.", 400, "Reload the page.")
GONE = (
    "The app was started again, or was not asked from here for long. Reload the page; edits that wait in it are sent "
    "then."
)
_LOCK = Lock()
_OPEN: OrderedDict[str, _Place] = OrderedDict()
_GEOMETRY: OrderedDict[tuple[str, str], Catalogue] = OrderedDict()  # (tenant, digest of the area)


@dataclass
class _Place:
    """What a token opens. source, codes : where the area comes from. owner : whom it was given to, person : by which
    name. home : the folder of that person. job : neighbourhoods being divided anew. judged : options judged by other
    plans, the last one last. asked : when it was used last."""

    desk: Desk
    catalogue: Catalogue
    source: str
    codes: tuple[str, ...]
    owner: tuple[str, str] = ("", "")
    person: str = ""
    home: Path | None = None
    job: Ticket[StudyState] | None = None
    option: str = ""
    judged: tuple[Judged, ...] = ()
    asked: float = field(default_factory=time.monotonic)


def let_in(
    token: str,
    desk: Desk,
    catalogue: Catalogue,
    source: str,
    codes: tuple[str, ...],
    *,
    owner: Who,
    home: Path | None = None,
) -> None:
    """Let the page of `owner` that holds `token` work at this desk, whose area was read from `source` (the places
    `codes`). home : where the owner's files lie."""
    ground = (owner.tenant, catalogue.area.digest)
    with _LOCK:
        known = _OPEN.get(token)
        if known is None or known.desk is not desk or known.owner != owner.key:
            _OPEN[token] = _Place(desk, catalogue, source, codes, owner.key, owner.name, home)
        _OPEN[token].asked = now = time.monotonic()
        _OPEN.move_to_end(token)
        for old in [key for key, one in _OPEN.items() if one.home is not None and now - one.asked >= RESTS_S]:
            del _OPEN[old]  # in shared mode, where its desk would stay for ever
        _GEOMETRY[ground] = catalogue
        _GEOMETRY.move_to_end(ground)
        while len(_OPEN) > SESSIONS:
            _OPEN.popitem(last=False)
        while len(_GEOMETRY) > 4:
            _GEOMETRY.popitem(last=False)


def judged(token: str, known: Sequence[Judged]) -> None:
    """Let the page that holds `token` draw how sure the areas of these options are."""
    with _LOCK:
        if token in _OPEN:
            _OPEN[token].judged = tuple(known)


def routes(base: str) -> list[BaseRoute]:
    """The routes under `base` ("/editor")."""
    return [
        Route(f"{base}/geometry/{{name}}", _geometry),
        Route(f"{base}/{{token}}/catalogue", _told(lambda place, _: place.catalogue.document(base))),
        Route(f"{base}/{{token}}/open", _told(_open)),
        Route(f"{base}/{{token}}/edit", _changed(_edit), methods=["POST"]),
        Route(f"{base}/{{token}}/repairs", _told(_repairs)),
        Route(f"{base}/{{token}}/find", _told(_find)),
        Route(f"{base}/{{token}}/patients", _told(_patients)),
        Route(f"{base}/{{token}}/evidence", _told(_evidence)),
        Route(f"{base}/{{token}}/belonging", _told(_belonging)),
        Route(f"{base}/{{token}}/certainty", _told(_certainty)),
        Route(f"{base}/{{token}}/regroup", _told(_regrouped)),
        Route(f"{base}/{{token}}/regroup", _changed(_regroup), methods=["POST"]),
        Route(f"{base}/{{token}}/regroup/stop", _changed(_stop), methods=["POST"]),
    ]


def _geometry(request: Request) -> Response:
    try:
        tenant = who.behind(request.cookies).tenant
    except AccessError as error:
        return door.said(error, door.status_of(error))
    with _LOCK:
        known = [catalogue for (own, _), catalogue in _GEOMETRY.items() if own == tenant]
    data = next((d for c in known if (d := c.geometry(request.path_params["name"])) is not None), None)
    if data is None:
        return Response(status_code=404)
    headers = {"content-encoding": "gzip", "cache-control": "private, max-age=31536000, immutable"}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _told(verb: Callable[[_Place, Any], Any]) -> Callable[[Request], Response]:
    """A route that asks and changes nothing."""

    def answer(request: Request) -> Response:
        place = place_of(request, "viewer")
        if isinstance(place, Response):
            return place
        try:
            return _json(verb(place, request.query_params))
        except FootprintError as error:
            return _said(error.message, 409, error.mend)

    return answer


def _changed(verb: Callable[[_Place, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    """A route that takes a message, as JSON; `verb` raises _NotUnderstood for one that is none."""

    async def answer(request: Request) -> Response:
        place = place_of(request, "planner")
        if isinstance(place, Response):
            return place
        body = await request.body()
        if len(body) > LARGEST:
            return _said("Too many edits came at once.", 413, "Send fewer.")
        try:
            asked = json.loads(body)
        except (ValueError, RecursionError):
            return _said(*_NOT_UNDERSTOOD)
        try:
            return _json(await run_in_threadpool(verb, place, asked))
        except _NotUnderstood:
            return _said(*_NOT_UNDERSTOOD)
        except FootprintError as error:
            return _said(error.message, 409, error.mend)

    return answer


class _NotUnderstood(Exception):
    """A message of the wrong shape."""


def _open(place: _Place, asked: Any) -> Any:
    return place.desk.open(asked.get("option", ""), asked.get("client", ""))


def _repairs(place: _Place, asked: Any) -> Any:
    desk, key = place.desk, asked.get("option", "")
    plan, problem = desk.find_problem(key, asked.get("problem", ""))
    found = repairs(plan, desk.ground, problem) if problem else ()
    declared = forced(plan, desk.area, problem.code) if problem and problem.kind in ("range", "crossing") else ()
    _, slots = desk.option(key)
    words = f"Declare as an exception: {' '.join(one.message for one in declared)}"
    declare = [{"op": "declare", "slot": slots.slot(problem.code)}] if problem else []
    return {
        "repairs": [
            *([{"words": words, "operations": declare}] if declared else []),
            *(
                {
                    "words": one.words,
                    "operations": [
                        {"op": "paint", "units": to_ranges(units), "to": slots.slot(code)} for units, code in one.moves
                    ],
                }
                for one in found
            ),
        ]
    }


def _regroup(place: _Place, asked: Any) -> Any:
    """Begin to divide neighbourhoods anew, in a process of its own; what was under way ends."""
    key, slots = _of(asked, "option", str), _of(asked, "slots", list)
    desk = place.desk
    option, numbers = desk.option(key)
    codes = tuple(numbers.code(slot) for slot in slots)
    regroupable(option.plan, codes)
    owner = Owner(place.owner[0], place.person)
    job = runner().study("regroup", place.source, place.codes, asked_for(option.plan, codes), desk.area, owner)
    with _LOCK:
        before, place.job, place.option = place.job, job, key
    if before is not None and before.id != job.id:
        before.close()
    return _regrouped(place, {})


def _regrouped(place: _Place, _: Any) -> Any:
    """How far it is, and what came of it."""
    job = place.job
    if job is None:
        return {"done": True, "words": "", "mend": "", "operations": [], "seconds": 0}
    now = job.poll()
    found: Regrouped | None = now.result
    operations: list[dict[str, Any]] = []
    if found is not None:
        _, numbers = place.desk.option(place.option)
        at = place.desk.ground.position
        operations = [
            {"op": "paint", "units": to_ranges(at[unit] for unit in units), "to": numbers.slot(code)}
            for units, code in found.moves
        ]
    words = found.words if found is not None else now.error or now.stage
    return {"done": now.done, "words": words, "mend": now.mend, "operations": operations, "seconds": round(now.seconds)}


def _stop(place: _Place, _: Any) -> Any:
    if place.job is not None:
        place.job.cancel()
    return _regrouped(place, {})


def _find(place: _Place, asked: Any) -> Any:
    desk = place.desk
    option, ground = desk.shelf.get(asked.get("option", "")), desk.ground
    hits = find(desk.area, asked.get("q", "")[:200], option.plan if option else None)
    return {
        "hits": [
            {
                "label": hit.label,
                "units": to_ranges(ground.position[unit] for unit in hit.units),
                "unit": ground.position.get(hit.unit, -1),
            }
            for hit in hits
        ]
    }


def _patients(place: _Place, asked: Any) -> Any:
    code = asked.get("practice", "")
    return {"name": place.catalogue.practice(code), "share": place.catalogue.patients(code)}


def _evidence(place: _Place, asked: Any) -> Any:
    numbers = [asked.get(key, "") for key in ("unit", "beyond", *(["across"] if "across" in asked else []))]
    if not all(number.isdecimal() and number.isascii() and len(number) < 10 for number in numbers):
        raise PlanError("The area was not understood.", mend="Click it again.")
    area = place.desk.area
    unit, beyond, *rest = map(int, numbers)
    across = rest[0] if rest else None
    lines = overlays_of(area, place.home).barriers()
    return evidence(
        place.desk, asked.get("option", ""), unit, beyond, across, belongings_of(area, place.owner[0]), lines
    )


def _belonging(place: _Place, _: Any) -> Any:
    """Communities and the strength of edges; whoever looks first begins the one job of the tenant, which only reads."""
    desk = place.desk
    return belongings_of(desk.area, place.owner[0]).look(place.source, place.codes, desk.patients)


def _certainty(place: _Place, asked: Any) -> Any:
    """For each area the share of plans that keep it, in per cent (-1: none), where that is known of the option."""
    option, numbers = place.desk.option(asked.get("option", ""))
    found = next((one for one in reversed(place.judged) if one.plan.assignment == option.plan.assignment), None)
    if found is None:
        earlier = any(one.plan.area_digest == place.desk.area.digest for one in place.judged)
        raise PlanError(
            "It is not known how sure each area of this option is"
            f"{': areas were moved since it was worked out, or it was worked out for another one' if earlier else ''}.",
            mend="Ask for it on the Review page, under “How sure is each area?”.",
        )
    at = place.desk.ground.position
    kept, goes = [-1] * len(at), [-1] * len(at)
    for one in found.found:
        kept[at[one.unit]] = int(100 * one.kept)
        goes[at[one.unit]] = numbers.slot(one.runner_up) if one.runner_up and not one.core else -1
    return {"words": found.in_words(place.desk.area), "plans": found.plans, "kept": kept, "goes": goes}


def _edit(place: _Place, asked: Any) -> Any:
    client, key, since = _of(asked, "client", str), _of(asked, "option", str), _of(asked, "since", int)
    operations = _of(asked, "operations", list)
    if not 8 <= len(client) <= 64 or not all(isinstance(one, dict) for one in operations):
        raise _NotUnderstood
    return place.desk.submit(client, key, since, operations)


def _of(asked: Any, key: str, kind: type) -> Any:
    """A member of a message. Raises _NotUnderstood where it is not there or of another kind."""
    value = asked.get(key) if isinstance(asked, dict) else None
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _NotUnderstood
    return value


def place_of(request: Request, role: str) -> _Place | Response:
    """What the token of a request opens to the person behind it, who has that role now; else the refusal.

    A token of somebody else is answered like one that was never given.
    """
    try:
        person = who.behind(request.cookies)
        person.require(role)
    except AccessError as error:
        return door.said(error, door.status_of(error))
    token = request.path_params["token"]
    with _LOCK:
        place = _OPEN.get(token)
        if place is None or place.owner != person.key:
            return _said(GONE, 410)
        place.asked = time.monotonic()
        _OPEN.move_to_end(token)
        return place


def _json(data: Any, status: int = 200) -> Response:
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    headers = {"cache-control": "no-store"}
    if len(body) > 1_000:
        body, headers["content-encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    return Response(body, status, media_type="application/json", headers=headers)


def _said(message: str, status: int, mend: str = "") -> Response:
    return _json({"message": message, "mend": mend}, status)
