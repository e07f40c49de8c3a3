"""The child's side of a job (`python -m footprints.jobs.child`): read a request, load the area, do the work, answer."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from boundaries import load_area, parts
from boundaries.area import Area
from boundaries.errors import FootprintError
from footprints import warming
from footprints.jobs.protocol import (
    Answer,
    Failure,
    Message,
    ProtocolError,
    Request,
    Result,
    Stage,
    StudyRequest,
    decode,
    encode,
)
from footprints.jobs.studies import module_of
from footprints.platform import leave_now, private_output
from footprints.propose import propose
from optimise.solution import Progress

PATIENCE_S = 1.5


def main() -> None:
    """Answer one request on standard input; ends by itself when that stream closes, as it does when the parent dies."""
    output = private_output()
    lock = threading.Lock()

    def say(message: Message) -> None:
        with lock:
            try:
                output.write(encode(message))
            except OSError:
                leave_now(3)

    heard = _Listener()
    try:
        request = decode(heard.first_line())
        if not isinstance(request, Request | StudyRequest):
            raise ProtocolError("the first line is not a request")
        heard.listen()
        say(work(request, say, heard.stop.is_set))
    except FootprintError as error:
        say(Failure(error.message, error.mend))
    except Exception:
        # The details go to standard error, which the parent keeps for diagnosis and never shows to a planner.
        traceback.print_exc()
        say(Failure("The calculation failed unexpectedly.", ""))
        leave_now(1)
    leave_now(0)


def work(
    request: Request | StudyRequest, say: Callable[[Message], None], should_stop: Callable[[], bool]
) -> Result | Answer:
    """Load the area and do what is asked, saying what happens on the way."""
    if isinstance(request, StudyRequest):
        study = module_of(request.study)  # a name that is not in the table ends here, before anything is read

        def tell(words: str, fraction: float | None = None) -> None:
            say(Stage(words, fraction))

        area = _area(request, say, search=getattr(study, "SEARCHES", True))
        return Answer(study.run(area, request.asked, tell, should_stop))
    return _propose(request, _area(request, say), say, should_stop)


def _area(request: Request | StudyRequest, say: Callable[[Message], None], *, search: bool = True) -> Area:
    kernels = warming.begin() if search else None
    say(Stage("Reading the area"))
    if request.source.endswith(parts.SUFFIX):
        area = parts.read_part(Path(request.source))
    else:
        area = load_area(
            request.source,
            request.area,
            min_shared_m=request.min_shared_m,
            snap_m=request.snap_m,
            on_progress=lambda words: say(Stage(words)),
        )
    if kernels is not None:
        say(Stage("Getting ready (the first time on a machine takes some seconds)"))
        kernels()
    return area


def _propose(request: Request, area: Area, say: Callable[[Message], None], should_stop: Callable[[], bool]) -> Result:
    def on_progress(event: Progress) -> None:
        say(event)

    proposal = propose(
        area,
        request.criteria,
        name=request.name,
        prefix=request.prefix,
        parent=request.parent,
        on_progress=on_progress,
        should_stop=should_stop,
        processes=request.processes,
    )
    return Result(proposal.plan, proposal.solution)


class _Listener:
    """Standard input, read without Python's buffers: a thread blocked in them would trouble the interpreter's end."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._kept = b""

    def first_line(self) -> bytes:
        while b"\n" not in self._kept:
            chunk = os.read(0, 65536)
            if not chunk:
                raise ProtocolError("standard input closed before a request came")
            self._kept += chunk
        line, self._kept = self._kept.split(b"\n", 1)
        return line

    def listen(self) -> None:
        threading.Thread(target=self._hear, daemon=True, name="listener").start()

    def _hear(self) -> None:
        while True:
            if b"stop" in self._kept:
                self.stop.set()
            chunk = os.read(0, 4096)
            if not chunk:
                # Nobody is left to read an answer: finish what can be finished, then go.
                self.stop.set()
                time.sleep(PATIENCE_S)
                leave_now(3)
            self._kept = chunk


if __name__ == "__main__":
    main()
