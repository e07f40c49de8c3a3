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

from boundaries.errors import FootprintError
from footprints.editing.overlays import LARGEST_TILES, Overlays, incoming, overlays_of
from footprints.ui.desk_routes import place_of

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
    files = _files(request, "viewer")
    return files if isinstance(files, Response) else _rows(files)


async def _add(request: Request) -> Response:
    place = place_of(request, "planner")
    if isinstance(place, Response):
        return place
    files = overlays_of(place.desk.area, place.home)
    given = _plain_name(request.query_params.get("name", ""))
    path = await run_in_threadpool(incoming, place.home)
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
        added = await run_in_threadpool(files.add, path, given)
        return await run_in_threadpool(_rows, files, added)
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
    files = _files(request, "planner")
    if isinstance(files, Response):
        return files
    try:
        files.remove(request.path_params["key"])
    except FootprintError as error:
        return _said(error.message, 409, error.mend)
    except OSError as error:
        return _said(f"The file could not be deleted ({error.strerror}).", 409, "Close what else has it open.")
    return _rows(files)


def _shapes(request: Request) -> Response:
    files = _files(request, "viewer")
    if isinstance(files, Response):
        return files
    try:
        data = files.shapes(request.path_params["key"])
    except FootprintError as error:
        return _said(error.message, 409, error.mend)
    return Response(data, media_type="application/json", headers={**_NO_STORE, "content-encoding": "gzip"})


def _tile(request: Request) -> Response:
    files, at = _files(request, "viewer"), request.path_params
    if isinstance(files, Response):
        return files
    tiles = files.tiles(at["key"])
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


def _files(request: Request, role: str) -> Overlays | Response:
    """The planner's files on the place that the request's token opens, or the refusal."""
    place = place_of(request, role)
    return place if isinstance(place, Response) else overlays_of(place.desk.area, place.home)


def _rows(files: Overlays, added: list[str] | None = None) -> Response:
    return _told({"overlays": files.listed(), "added": added or []})


def _plain_name(name: str) -> str:
    """What a file is called for people: its last part, on one line."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return " ".join("".join(c if c.isprintable() else " " for c in last).split())[:_LONGEST_NAME] or "The file"


def _told(data: Any, status: int = 200) -> Response:
    return JSONResponse(data, status, headers=_NO_STORE)


def _said(message: str, status: int, mend: str = "") -> Response:
    return _told({"message": message, "mend": mend}, status)
