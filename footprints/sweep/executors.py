"""Where the tasks of a sweep run: on this machine, or on the workers of a Dask scheduler. The answers are the same."""

from __future__ import annotations

import contextlib
import queue
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from footprints.errors import PlanError
from footprints.jobs.protocol import Failure, encode
from footprints.program import program
from footprints.sweep.task import TRIES, Task, at, solve

Load = Callable[[Task], bytes]
Stop = Callable[[], bool]
WAIT_S = 0.2


@dataclass(frozen=True)
class Local:
    """On this machine, `workers` tasks at once, each in a process of its own."""

    workers: int

    def run(self, tasks: Sequence[Task], load: Load, should_stop: Stop) -> Iterator[tuple[Task, bytes]]:
        """Each task with its line, in the order in which they end; those not begun when asked to stop are left out."""
        waiting: queue.SimpleQueue[Task] = queue.SimpleQueue()
        for task in tasks:
            waiting.put(task)
        ended: queue.SimpleQueue[tuple[Task, bytes] | None] = queue.SimpleQueue()
        closed = threading.Event()

        def stop() -> bool:
            return closed.is_set() or should_stop()

        def work() -> None:
            while not stop():
                try:
                    task = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    line = solve(load(task), at(task.request, task.digest), self.workers, stop)
                except Exception as error:
                    line = encode(Failure(f"The calculation could not be started ({error}).", ""))
                if not stop():
                    ended.put((task, line))
            ended.put(None)

        threads = [threading.Thread(target=work, daemon=True, name=f"sweep-{n}") for n in range(self.workers)]
        for thread in threads:
            thread.start()
        open_threads = len(threads)
        try:
            while open_threads:
                found = ended.get()
                if found is None:
                    open_threads -= 1
                else:
                    yield found
        finally:
            closed.set()
            for thread in threads:
                thread.join()


@dataclass(frozen=True)
class Security:
    """Files of TLS (PEM): the authority that both sides trust, and this side's certificate and key."""

    ca: str
    cert: str
    key: str


@dataclass(frozen=True)
class Dask:
    """On the workers of the scheduler at `url` ("tls://host:8786"). Raises PlanError where it cannot be used.

    timeout : seconds to wait for it.
    """

    url: str
    security: Security | None = None
    timeout: float = 10.0

    def run(self, tasks: Sequence[Task], load: Load, should_stop: Stop) -> Iterator[tuple[Task, bytes]]:
        """As `Local.run`. A worker that dies costs its task a new start elsewhere; stopping ends what runs there."""
        distributed = _distributed()
        with self._client(distributed) as client:
            threads = _threads(client)
            named = f"footprints-stop-{secrets.token_hex(8)}"
            stopped = distributed.Event(named, client=client)
            waiting = list(reversed(tasks))
            tries = dict.fromkeys(tasks, 0)
            running: dict[Any, Task] = {}
            try:
                while (waiting or running) and not should_stop():
                    while waiting and len(running) < threads:
                        task = waiting.pop()
                        tries[task] += 1
                        line = at(task.request, task.digest)
                        # Two starts of one task must not be one future to Dask.
                        sent = client.submit(_remote, load(task), line, named, key=f"{task.key}-{secrets.token_hex(4)}")
                        running[sent] = task
                    done = [future for future in running if future.done()]
                    if not done:
                        with contextlib.suppress(distributed.TimeoutError, TimeoutError):
                            distributed.wait(list(running), timeout=WAIT_S, return_when="FIRST_COMPLETED")
                        continue
                    for future in done:
                        task = running.pop(future)
                        if future.status == "finished":
                            yield task, future.result()
                        elif tries[task] < TRIES:
                            waiting.append(task)
                        else:
                            yield task, encode(Failure(f"Its workers failed {TRIES} times ({future.status}).", ""))
            finally:
                with contextlib.suppress(Exception):
                    stopped.set()
                client.cancel(list(running), force=True)

    def _client(self, distributed: Any) -> Any:
        safe = self.security
        try:
            kept = (
                distributed.Security(
                    tls_ca_file=safe.ca, tls_client_cert=safe.cert, tls_client_key=safe.key, require_encryption=True
                )
                if safe
                else None
            )
            return distributed.Client(self.url, security=kept, timeout=self.timeout)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            raise PlanError(
                f"The scheduler {self.url} cannot be reached ({error}).",
                mend="Check its address, and that this machine may speak to it.",
            ) from None


def _distributed() -> Any:
    try:
        import distributed  # noqa: PLC0415 (an extra)
    except ImportError:
        raise PlanError(
            "Dask is not installed here.", mend='Install it with: python -m pip install -e ".[dask]"'
        ) from None
    return distributed


def _threads(client: Any) -> int:
    """How many tasks the workers take at once. Raises PlanError for none, and for workers with another program."""
    told = client.run(program)
    if not told:
        raise PlanError("The scheduler has no workers.", mend="Start some with: dask worker ADDRESS")
    strange = sorted(address for address, digest in told.items() if digest != program())
    if strange:
        raise PlanError(
            f"{len(strange)} of {len(told)} workers run another version of this program or of its libraries, whose "
            f"plans might differ: {', '.join(strange[:3])}.",
            mend="Install the same versions everywhere.",
        )
    return max(1, sum(int(n) for n in client.nthreads().values()))


def _remote(area: bytes, line: bytes, stop_name: str) -> bytes:
    """What a worker runs. It asks the scheduler whether the sweep was stopped, as Dask ends no running task itself."""
    distributed: Any = _distributed()
    event = distributed.Event(stop_name, client=distributed.get_client())
    return solve(area, line, max(1, distributed.get_worker().state.nthreads), event.is_set)
