"""One worker process seen from its parent: a thread that starts it, gives it tasks, and replaces it when it is gone."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import threading
from typing import Any, Protocol, cast

import psutil

from optimise.pool import frames
from optimise.pool.processes import spawn
from optimise.pool.tasks import Answer, Job

COMMAND = (sys.executable, "-P", "-m", "optimise.worker")


class Pool(Protocol):
    """Who gives tasks to the processes, and takes their answers."""

    @property
    def closing(self) -> bool:
        """Whether no more is to be begun."""

    def next_job(self, hand: Hand) -> Job | None:
        """Wait for a task for that process; None when it is time to close."""

    def tell(self, job: Job, name: str, value: Any) -> None:
        """A task told something on the way."""

    def done(self, job: Job, answer: Answer) -> None:
        """A task came to its end, or its process did."""

    def lost(self, hand: Hand) -> None:
        """The process could not be started."""


class Hand:
    """A worker process. `kill`, `memory` and `ask_to_stop` may be called from any thread."""

    def __init__(self, pool: Pool) -> None:
        self.ready = False
        self._pool = pool
        self._process: subprocess.Popen[bytes] | None = None
        self._sender = frames.Sender()
        self._writing = threading.Lock()
        self._doomed = False
        self._thread = threading.Thread(target=self._serve, daemon=True, name="worker")

    def begin(self) -> None:
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

    def kill(self) -> None:
        self._doomed = True
        if self._process is not None:
            self._process.kill()

    def memory(self) -> int:
        """Bytes that the process holds; 0 when it is gone."""
        try:
            return int(psutil.Process(self._process.pid).memory_info().rss) if self._process else 0
        except psutil.Error:
            return 0

    def ask_to_stop(self) -> None:
        """Tell the task that runs to hand back what it has; not waited for where its arguments are still on the way."""
        if self._writing.acquire(blocking=False):
            try:
                self._write(b"stop")
            finally:
                self._writing.release()

    def _serve(self) -> None:
        while not self._pool.closing and self._open():
            while not self._doomed:
                job = self._pool.next_job(self)
                if job is None:
                    break
                self._pool.done(job, self._do(job))
            self._end()
        self._end()
        self._pool.lost(self)

    def _open(self) -> bool:
        """Start the process and wait until it is ready; whether it is."""
        self._doomed, self._sender = False, frames.Sender()
        try:
            self._process = spawn(COMMAND, keep_errors=False)
        except OSError:
            return False
        if self._pool.closing:
            self.kill()
        self.ready = self._write(pickle.dumps(sys.path)) and self._read() == ("ready",)
        return self.ready

    def _do(self, job: Job) -> Answer:
        task = job.task
        asked = task.function, task.args, dict(task.kwargs), task.hears, tuple(task.tells)
        try:
            data = self._sender.pack(asked)
        except Exception as error:  # pickle raises many kinds
            return Answer("raised", error=error)
        with self._writing:
            sent = self._write(data)
        message = self._read() if sent else None
        while message is not None and message[0] == "tell":
            self._pool.tell(job, message[1], message[2])
            message = self._read()
        if message is None:
            self._doomed = True
            return Answer("killed")
        if message[0] == "value":
            return Answer("value", message[1])
        return Answer("raised", error=message[1] or RuntimeError(message[2]))

    def _write(self, data: bytes) -> bool:
        stream = self._process.stdin if self._process else None
        try:
            if stream is not None:
                frames.write(stream, data)
        except (OSError, ValueError):
            return False
        return stream is not None

    def _read(self) -> tuple[Any, ...] | None:
        """The next message, or None when the process is gone."""
        stream = self._process.stdout if self._process else None
        if stream is None:
            return None
        try:
            data = frames.read(cast("io.BufferedReader", stream).read1)
        except (OSError, ValueError):
            return None
        return None if data is None else tuple(pickle.loads(data))  # noqa: S301  from our own child

    def _end(self) -> None:
        self.ready = False
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            try:
                if stream is not None:
                    stream.close()
            except OSError:
                continue
