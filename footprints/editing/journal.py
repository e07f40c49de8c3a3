"""What a desk writes down before it acknowledges anything: one file of lines for each place, only ever added to.

A line is either the whole shelf, with what can be undone, or one operation of the map editor since, with who did it and
when. What an operation did is not written: doing it again to the same plan gives the same plan. A last line without its
end was never acknowledged and is passed over. The solver's word on a plan is not kept here; what it proved stands in
the files of an export.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import IO, Any

import psutil

from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints.editing import steps
from footprints.editing.signing import Signature
from footprints.errors import PlanError
from footprints.exchange.plan_json import plan_from_document
from footprints.plan import check_fits, document
from footprints.shelf import Kept, Option, Shelf

SCHEMA = "footprints-desk/1"
LARGEST = 8_000_000  # bytes; then the file begins again with the whole shelf
TURN_S = 2.0  # more than it takes to look who holds a journal and to write that down
_Operation = tuple[str, str, int, Mapping[str, Any], Signature]


@dataclass
class Saved:
    """A desk as it was left. handled : the last operation of each tab in the shelf. slots : neighbourhoods by slot.

    operations : (tab, option, number, operation, by whom and when) since then, in order.
    """

    shelf: Shelf = field(default_factory=Shelf)
    handled: dict[str, int] = field(default_factory=dict)
    slots: dict[str, list[str]] = field(default_factory=dict)
    operations: list[_Operation] = field(default_factory=list)


class Journal:
    """The file of one desk, held by one process at a time.

    shared : whether several processes of one server may be after it. Raises PlanError where another process that still
    runs holds it.
    """

    def __init__(self, file: Path, *, shared: bool = False) -> None:
        self.file, self._shared = file, shared
        self.said = ""
        self.area = ""
        self._steps = steps.Written()
        self._out: IO[bytes] | None = None
        file.parent.mkdir(parents=True, exist_ok=True)
        self._hold()

    def read(self, area: Area) -> Saved:
        """What was written, as far as it can be read; a file that cannot be is put aside, and `said` tells so."""
        saved, self.area = Saved(), area.name
        try:
            data = self.file.read_bytes() if self.file.exists() else b""
            lines = data[: data.rfind(b"\n") + 1].splitlines()
            for line in lines:
                _take(saved, json.loads(line), area)
        except (OSError, ValueError, KeyError, TypeError, FootprintError) as error:
            aside = self.file.with_suffix(f".unread-{os.getpid()}")
            if self.file.exists():
                self.file.replace(aside)
            self.said = f"What was drawn here last could not be read again ({error}); its file is kept as {aside.name}."
            return Saved()
        if len(data) != data.rfind(b"\n") + 1:
            with self.file.open("r+b") as file:
                file.truncate(data.rfind(b"\n") + 1)
        return saved

    def operation(self, client: str, option: str, number: int, asked: Mapping[str, Any], by: Signature) -> None:
        """Write one operation down; it is with the operating system when this returns."""
        line = {"client": client, "option": option, "seq": number, "operation": dict(asked)}
        self._write({**line, "who": by.who, "when": by.when})

    def shelf(self, shelf: Shelf, handled: Mapping[str, int], slots: Mapping[str, list[str]]) -> None:
        """Write the whole shelf down."""
        line = {
            "schema": SCHEMA,
            "area": self.area,
            "shelf": _shelf(shelf, self._steps),
            "handled": dict(handled),
            "slots": dict(slots),
        }
        self._steps.turn()
        if self.file.exists() and self.file.stat().st_size > LARGEST:
            self.close()
            fresh = self.file.with_suffix(".new")
            fresh.write_bytes(_bytes(line))
            fresh.replace(self.file)
        else:
            self._write(line)

    def close(self) -> None:
        """Let go of the file."""
        if self._out is not None:
            self._out.close()
            self._out = None

    def release(self) -> None:
        """Let go of the file for good, so that another process may hold it."""
        self.close()
        if not held(self.file, but=os.getpid()):
            self._mark.unlink(missing_ok=True)

    @property
    def _mark(self) -> Path:
        return self.file.with_suffix(".pid")

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._out is None:
            self._out = self.file.open("ab")
        self._out.write(_bytes(line))
        self._out.flush()

    def _hold(self) -> None:
        """Take the file for this process; several that are after it at once take turns."""
        own = psutil.Process()
        with _turn(self.file.with_suffix(".turn")):
            if not held(self.file, but=own.pid):
                self._mark.write_text(f"{own.pid} {own.create_time()}", encoding="ascii")
                return
        if self._shared:
            raise PlanError(
                "Another process of the server holds what you draw at this place, as when you began in another "
                "browser. What is drawn in this one is not kept when its process ends, until the other one has.",
                mend="Go on in the browser where you began, or save what you draw here as a version.",
            )
        raise PlanError(
            "The app is open twice on this computer, and what is drawn in this one is not kept when it closes.",
            mend="Close the other one (its window says “streamlit”), then start this one again.",
        )


@contextmanager
def _turn(file: Path) -> Iterator[None]:
    """While this process alone has made the file; one that was left behind, by a process that died, is taken away."""
    late = time.monotonic() + TURN_S
    while True:
        try:
            file.open("x", encoding="ascii").close()
            break
        except (FileExistsError, PermissionError):  # the second on Windows, while it is being taken away
            now = time.monotonic()
            if now > late + TURN_S:
                raise
            if now > late:
                file.unlink(missing_ok=True)
            time.sleep(0.005)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def held(file: Path, but: int = 0) -> bool:
    """Whether a process that still runs, other than `but`, holds the journal."""
    try:
        pid, since = file.with_suffix(".pid").read_text(encoding="ascii").split()
        return int(pid) != but and _runs(int(pid), float(since))
    except (OSError, ValueError):
        return False


def _runs(pid: int, since: float) -> bool:
    """Whether the process that began then still runs; its number may have gone to another one."""
    try:
        return bool(abs(psutil.Process(pid).create_time() - since) < 1.0)
    except psutil.Error:
        return False


def _bytes(line: Mapping[str, Any]) -> bytes:
    # In ASCII, so that half a character in a name that is refused can be written down all the same.
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"


def _shelf(shelf: Shelf, told: steps.Written) -> dict[str, Any]:
    options = [
        {"key": o.key, "starred": o.starred, "plan": document(o.plan)}
        | ({"opened": document(o.opened)} if o.opened != o.plan else {})
        | ({"past": told.written(o.past[::-1], o.plan)} if o.past else {})
        | ({"future": told.written(o.future, o.plan)} if o.future else {})
        | ({"kept": asdict(o.kept)} if o.kept else {})
        for o in shelf.options
    ]
    return {"options": options, "current": shelf.current, "made": shelf.made}


def _take(saved: Saved, line: Mapping[str, Any], area: Area) -> None:
    if "shelf" not in line:
        by = Signature(line.get("who", ""), line.get("when", ""))  # not yet kept in the first journals
        saved.operations.append((line["client"], line["option"], line["seq"], line["operation"], by))
        return
    if line["schema"] != SCHEMA:
        raise PlanError(f"written as {line['schema']}", mend="Use the version that wrote it.")
    raw = line["shelf"]
    options = []
    for one in raw["options"]:
        plan = plan_from_document(one["plan"])
        opened = plan_from_document(one["opened"]) if "opened" in one else plan
        check_fits(plan, area)
        past = tuple(steps.read(one.get("past", ()), plan))[::-1]
        future = tuple(steps.read(one.get("future", ()), plan))
        for step in (*past, *future):
            check_fits(step.plan, area)
        known = {field.name for field in fields(Kept)}  # a newer programme may have kept more
        kept = Kept(**{k: v for k, v in one["kept"].items() if k in known}) if "kept" in one else None
        options.append(Option(one["key"], plan, opened, past, future, starred=one["starred"], kept=kept))
    saved.shelf = Shelf(tuple(options), current=raw["current"], made=raw["made"])
    saved.handled, saved.slots, saved.operations = dict(line["handled"]), dict(line["slots"]), []
