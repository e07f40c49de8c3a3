"""The map editor's routes for the planner's own files: add one, take one away, and what is drawn of them.

They lie under the editor's own path and are opened by its token (see `desk_routes`). A file comes as it is, straight to
the disk of this machine; nothing of its name becomes a path. Pictures of a base map leave only as the type that their
file states and that their first bytes confirm.
"""

from __future__ import annotations

import logging
from pathlib import PurePosixPath
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.editing.overlays import LARGEST_TILES, incoming, overlays_of
from footprints.ui.desk_routes import GONE, area_of

log = logging.getLogger("footprints.ui")
_NO_STORE = {"cache-control": "no-store"}
_LONGEST_NAME = 120


def routes(base: str) -> list[BaseRoute]:
    """The routes under `base` ("/editor")."""
    return [
        Route(f"{base}/{{token}}/overlays", _listed),
        Route(f"{base}/{{token}}/overlays", _add, methods=["POST"]),
        Route(f"{base}/{{token}}/overlays/{{key}}", _shapes),
        Route(f"{base}/{{token}}/overlays/{{key}}/remove", _remove, methods=["POST"]),
        Route(f"{base}/{{token}}/tiles/{{key}}/{{zoom:int}}/{{x:int}}/{{y:int}}", _tile),
    ]


def _listed(request: Request) -> Response:
    area = _area(request)
    return _said(GONE, 410) if area is None else _rows(area)


async def _add(request: Request) -> Response:
    area = _area(request)
    if area is None:
        return _said(GONE, 410)
    given = _plain_name(request.query_params.get("name", ""))
    path = await run_in_threadpool(incoming)
    try:
        size = 0
        with path.open("wb") as file:
            async for chunk in request.stream():
                size += len(chunk)
                if size > LARGEST_TILES:
                    return _said(
                        f"{given} has more than {LARGEST_TILES / 1e9:.0f} GB.", 413, "Cut it to this place first."
                    )
                await run_in_threadpool(file.write, chunk)
        added = await run_in_threadpool(overlays_of(area).add, path, given)
        return await run_in_threadpool(_rows, area, added)
    except ClientDisconnect:
        return _said("The file did not arrive whole.", 400, "Add it again.")
    except FootprintError as error:
        return _said(error.message, 409, error.mend)
    except OSError as error:
        log.warning("a file for the map could not be kept: %s", error.strerror)
        return _said(f"{given} could not be kept on this machine ({error.strerror}).", 409, "Make room on the disk.")
    finally:
        await run_in_threadpool(path.unlink, missing_ok=True)


def _remove(request: Request) -> Response:
    area = _area(request)
    if area is None:
        return _said(GONE, 410)
    try:
        overlays_of(area).remove(request.path_params["key"])
    except FootprintError as error:
        return _said(error.message, 409, error.mend)
    except OSError as error:
        return _said(f"The file could not be deleted ({error.strerror}).", 409, "Close what else has it open.")
    return _rows(area)


def _shapes(request: Request) -> Response:
    area = _area(request)
    if area is None:
        return _said(GONE, 410)
    try:
        data = overlays_of(area).shapes(request.path_params["key"])
    except FootprintError as error:
        return _said(error.message, 409, error.mend)
    return Response(data, media_type="application/json", headers={**_NO_STORE, "content-encoding": "gzip"})


def _tile(request: Request) -> Response:
    area, at = _area(request), request.path_params
    tiles = overlays_of(area).tiles(at["key"]) if area is not None else None
    if tiles is None:
        return Response(status_code=404, headers=_NO_STORE)
    try:
        data = tiles.picture(at["zoom"], at["x"], at["y"])
    except (FootprintError, OSError) as error:
        log.warning("a tile of a base map could not be read: %s", error)
        data = None
    if data is None:
        return Response(status_code=404, headers=_NO_STORE)
    return Response(data, media_type=tiles.media, headers=_NO_STORE)


def _area(request: Request) -> Area | None:
    return area_of(request.path_params["token"])


def _rows(area: Area, added: list[str] | None = None) -> Response:
    return _told({"overlays": overlays_of(area).listed(), "added": added or []})


def _plain_name(name: str) -> str:
    """What a file is called for people: its last part, on one line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return " ".join("".join(c if c.isprintable() else " " for c in last).split())[:_LONGEST_NAME] or "The file"


def _told(data: Any, status: int = 200) -> Response:
    return JSONResponse(data, status, headers=_NO_STORE)


def _said(message: str, status: int, mend: str = "") -> Response:
    return _told({"message": message, "mend": mend}, status)
