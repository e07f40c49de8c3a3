"""Our own worker processes: pure tasks shared over the cores, with limits, and killed when they pass them.

What comes out never depends on how many processes there are, or on which of them did what. Workers are spawned, so that
Windows does the same as the rest; they are started in the background and only when there is enough to do, and what
nobody has taken is done by the process that asked. They end with their parent, however it ends.

A task with limits runs in a process of its own always, so that whatever is in it can be ended.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Sequence
from time import monotonic
from types import TracebackType
from typing import Any

from optimise.pool.hands import Hand
from optimise.pool.processes import cores
from optimise.pool.tasks import Answer, How, Job, Limits, Task, WorkerError, value_of

__all__ = ["Answer", "Limits", "Task", "WorkerError", "Workers"]

PATIENCE_S = 0.6
TICK_S = 0.05
WEIGH_S = 0.25
BEGIN_AFTER_S = 0.3
ANOTHER_AFTER_S = 0.3
MOST_FAILED = 3
ATTEMPTS = 2


class Workers:
    """At most `processes` tasks at a time (None: one for each physical core, at most eight). Close it, or use `with`.

    Safe to be used from several threads. With `processes=1` all but tasks with limits run in the caller's thread.
    """

    def __init__(self, processes: int | None = None) -> None:
        if processes is not None and processes < 1:
            raise ValueError("at least one process is needed")
        self.processes = processes or cores()
        self._change = threading.Condition()
        self._queue: collections.deque[Job] = collections.deque()
        self._hands: list[Hand] = []
        self._running = self._idle = self._failed = 0
        self._here = False  # one of the callers runs a task itself
        self._spent = 0.0
        self._closing = False

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the processes, whatever they do."""
        with self._change:
            self._closing = True
            hands = list(self._hands)
            self._change.notify_all()
        for hand in hands:
            hand.kill()
        for hand in hands:
            hand.join()

    def begin(self) -> None:
        """Start the processes in the background; one fewer than may work, since the caller's works too."""
        with self._change:
            while len(self._hands) < max(1, self.processes - 1) and self._may_start():
                self._start()

    def map(
        self,
        function: Callable[..., Any],
        items: Sequence[tuple[Any, ...]],
        *,
        should_stop: Callable[[], bool] | None = None,
        on_done: Callable[[int, Any], None] | None = None,
    ) -> list[Any]:
        """`[function(*item) for item in items]`, shared over the processes.

        `on_done(index, value)` is called in this thread as each is done, in any order. After `should_stop` the items
        that are not done give None. Raises what `function` raises, and WorkerError when a process was killed twice.
        """

        def done(index: int, answer: Answer) -> None:
            if on_done is not None:
                on_done(index, value_of(answer))

        tasks = [Task(function, tuple(item)) for item in items]
        return [value_of(answer) for answer in self.run(tasks, should_stop=should_stop, on_done=done)]

    def run(
        self,
        tasks: Sequence[Task],
        *,
        should_stop: Callable[[], bool] | None = None,
        on_done: Callable[[int, Answer], None] | None = None,
    ) -> list[Answer]:
        """The answers of `tasks` in their order; raises nothing for what becomes of a task.

        After `should_stop` nothing more is begun; tasks that hear have `PATIENCE_S` to hand back what they have, and
        then, like all others at once, their process is killed.
        """
        jobs = [Job(index, task) for index, task in enumerate(tasks)]
        reported: set[int] = set()
        stopped_at: float | None = None
        with self._change:
            self._queue.extend(jobs)
            self._change.notify_all()
        try:
            while len(reported) < len(jobs):
                self._report(jobs, reported, on_done)
                if stopped_at is None and should_stop is not None and should_stop():
                    stopped_at = monotonic()
                    self._stop(jobs)
                self._watch(jobs, stopped_at)
                mine = self._take(jobs)
                if mine is not None:
                    self._do_here(mine, should_stop)
                    continue
                with self._change:
                    if all((job.state != "done" and not job.told) or job.index in reported for job in jobs):
                        self._change.wait(TICK_S)
        finally:
            self._abandon(jobs)
        return [job.answer for job in jobs]

    # -- the caller's thread --

    def _report(self, jobs: Sequence[Job], reported: set[int], on_done: Callable[[int, Answer], None] | None) -> None:
        for job in jobs:
            if job.index in reported:
                continue
            over = job.state == "done"
            while job.told:
                name, value = job.told.popleft()
                job.task.tells[name](value)
            if over:
                reported.add(job.index)
                if on_done is not None:
                    on_done(job.index, job.answer)

    def _take(self, jobs: Sequence[Job]) -> Job | None:
        """A task of ours to be done in this thread, where it may be and no process is free for it."""
        with self._change:
            if self._here or (self._idle and self.processes > 1) or self._running >= self.processes:
                return None
            for job in jobs:
                if job.state == "waiting" and not job.apart:
                    self._queue.remove(job)
                    self._set_off(job)
                    self._here = True
                    return job
        return None

    def _do_here(self, job: Job, should_stop: Callable[[], bool] | None) -> None:
        task = job.task
        wired: dict[str, Any] = dict(task.tells)
        if task.hears:
            wired["should_stop"] = should_stop
        answer = Answer("stopped")
        try:
            answer = Answer("value", task.function(*task.args, **task.kwargs, **wired))
        except Exception as error:
            answer = Answer("raised", error=error)
        finally:
            with self._change:
                self._spent += monotonic() - job.began
                self._here = False
                self._finish(job, answer)
                worth_it = self._spent >= BEGIN_AFTER_S and any(not waiting.apart for waiting in self._queue)
            if worth_it and self.processes > 1:
                self.begin()

    def _stop(self, jobs: Sequence[Job]) -> None:
        with self._change:
            for job in jobs:
                if job.state == "waiting":
                    self._queue.remove(job)
                    self._finish(job, Answer("stopped"))
            running = [(job, job.hand) for job in jobs if job.state == "running"]
        for job, hand in running:
            if hand is not None and job.task.hears:
                hand.ask_to_stop()
            else:
                self._kill(job, "stopped")

    def _watch(self, jobs: Sequence[Job], stopped_at: float | None) -> None:
        """End what has passed its limits, and see to it that tasks with limits find a process."""
        now = monotonic()
        for job in jobs:
            limits = job.task.limits
            if job.state == "running" and job.hand is not None:
                if stopped_at is not None and now - stopped_at > PATIENCE_S:
                    self._kill(job, "stopped")
                elif limits is not None and now - job.began > limits.seconds:
                    self._kill(job, "hung")
                elif limits is not None and now - job.weighed > WEIGH_S:
                    job.weighed = now
                    if job.hand.memory() > limits.memory:
                        self._kill(job, "too much memory")
            elif job.state == "waiting" and job.apart:
                self._find_hand(job, now)

    def _find_hand(self, job: Job, now: float) -> None:
        with self._change:
            if job.state != "waiting" or self._idle:
                return
            crowded = len(self._hands) >= self.processes or not all(hand.ready for hand in self._hands)
            late = self._running < self.processes and now - job.asked > ANOTHER_AFTER_S
            if self._may_start() and (not self._hands or (late and not crowded)):
                self._start()
            elif not self._hands:  # none can be started
                self._queue.remove(job)
                self._finish(job, Answer("killed"))

    def _kill(self, job: Job, verdict: How) -> None:
        with self._change:
            if job.state == "running" and job.hand is not None:
                job.verdict = verdict
                job.attempts = ATTEMPTS
                job.hand.kill()

    def _abandon(self, jobs: Sequence[Job]) -> None:
        """Leave nothing behind when an error or an interruption ends `run`."""
        self._stop([job for job in jobs if job.state == "waiting"])
        for job in jobs:
            self._kill(job, "stopped")

    # -- the threads of the processes --

    @property
    def idle(self) -> int:
        """Processes that wait for a task."""
        return self._idle

    @property
    def closing(self) -> bool:
        return self._closing

    def next_job(self, hand: Hand) -> Job | None:
        """Wait for a task to be done in a process; None when it is time to close."""
        with self._change:
            self._idle += 1
            self._change.notify_all()
            try:
                while not self._closing:
                    job = self._for_a_process()
                    if job is not None:
                        self._queue.remove(job)
                        job.hand = hand
                        self._set_off(job)
                        return job
                    self._change.wait()
                return None
            finally:
                self._idle -= 1

    def tell(self, job: Job, name: str, value: Any) -> None:
        with self._change:
            job.told.append((name, value))
            self._change.notify_all()

    def done(self, job: Job, answer: Answer) -> None:
        """Note the answer of a process. A task without limits whose process was killed is tried once more."""
        with self._change:
            if answer.how == "killed":
                answer = Answer(job.verdict)
                job.attempts += 1
                if job.verdict == "killed" and job.task.limits is None and job.attempts < ATTEMPTS:
                    self._running -= 1
                    job.state, job.hand = "waiting", None
                    self._queue.appendleft(job)
                    self._change.notify_all()
                    return
            self._finish(job, answer)

    def lost(self, hand: Hand) -> None:
        """The process of `hand` could not be started."""
        with self._change:
            self._failed += 1
            self._hands.remove(hand)
            self._change.notify_all()

    # -- under the lock --

    def _for_a_process(self) -> Job | None:
        if self._running >= self.processes:
            return None
        return next((job for job in self._queue if job.apart or self.processes > 1), None)

    def _may_start(self) -> bool:
        return not self._closing and self._failed < MOST_FAILED

    def _start(self) -> None:
        hand = Hand(self)
        self._hands.append(hand)
        hand.begin()

    def _set_off(self, job: Job) -> None:
        job.state, job.began = "running", monotonic()
        self._running += 1

    def _finish(self, job: Job, answer: Answer) -> None:
        if job.state == "running":
            self._running -= 1
        job.state, job.answer, job.hand = "done", answer, None
        self._change.notify_all()
