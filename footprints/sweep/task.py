"""One place of a sweep: the work itself, wherever it runs, in a process that can be ended at any time."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from boundaries import parts
from boundaries.errors import FootprintError
from footprints.jobs.proposals import ProposalJob
from footprints.jobs.protocol import Failure, Request, Result, decode, encode
from footprints.plan import canonical
from footprints.platform import memory_allowance
from footprints.program import program

SCHEMA = "footprints-sweep/1"
TRIES = 12  # where solvers are killed every half minute, five were too few for one place of 300
POLL_S = 0.1


@dataclass(frozen=True)
class Task:
    """A place under a scenario. digest : of its area, which stands in a file of that name. size : units, for the order.

    request : to the process that does it; its `source` is set where the area's file is.
    """

    scenario: str
    region: str
    digest: str
    size: int
    request: Request

    @property
    def key(self) -> str:
        """SHA-256 of all that the answer hangs on: the evidence, what is asked, and the program."""
        asked = {
            "schema": SCHEMA,
            "area": self.digest,
            "criteria": self.request.criteria.to_json(),
            "name": self.request.name,
            "prefix": self.request.prefix or "",
            "program": program(),
        }
        return hashlib.sha256(canonical(asked).encode()).hexdigest()


def solve(area: bytes, line: bytes, sharing: int, should_stop: Callable[[], bool]) -> bytes:
    """Solve one place in a process of its own; a line of the protocol with a checked `Result`, or a `Failure`.

    area : as `cache.area_bytes` gives it; its digest is the `source` of the request in `line`. sharing : how many such
    tasks share this machine's memory. A process that dies is started again, `TRIES` - 1 times at most.
    """
    request = decode(line)
    if not isinstance(request, Request):
        raise TypeError("a request is wanted")
    with tempfile.TemporaryDirectory(prefix="footprints-sweep-", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"{request.source}{parts.SUFFIX}"
        file.write_bytes(area)
        try:
            evidence = parts.read_part(file)
        except FootprintError as error:
            return encode(Failure(error.message, error.mend))
        failed = Failure("The calculation was stopped.", "")
        for _ in range(TRIES):
            job = ProposalJob.start(
                file,
                (),
                request.criteria,
                name=request.name,
                prefix=request.prefix,
                evidence=evidence,
                processes=1,
                memory_bytes=memory_allowance() // sharing,
            )
            try:
                while not (state := job.poll()).done:
                    if should_stop():
                        return encode(Failure("The calculation was stopped.", ""))
                    time.sleep(POLL_S)
            finally:
                job.close()
            if state.proposal is not None:
                return encode(Result(state.proposal.plan, state.proposal.solution))
            failed = Failure(state.error or "The calculation failed.", state.mend)
            if should_stop() or not job.died:
                break
        return encode(failed)


def at(request: Request, digest: str) -> bytes:
    """The line that asks for it where the area is known by its digest only."""
    return encode(replace(request, source=digest, processes=1))
