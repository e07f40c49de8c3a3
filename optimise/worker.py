"""The worker's side of `optimise.pool.workers` (`python -m optimise.worker`): run one task after another, and tell.

It ends by itself as soon as its standard input closes, which is what happens when its parent dies in whatever way.
"""

from __future__ import annotations

import os
import pickle
import queue
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from optimise.pool import frames
from optimise.pool.processes import leave_now, private_output

Asked = tuple[Callable[..., Any], tuple[Any, ...], Mapping[str, Any], bool, tuple[str, ...]]


def main() -> None:
    """Say "ready" when the kernels are loaded, then answer tasks until standard input closes."""
    output = private_output()
    lock = threading.Lock()

    def say(kind: str, *content: Any) -> None:
        message = pickle.dumps((kind, *content), pickle.HIGHEST_PROTOCOL)
        with lock:
            try:
                frames.write(output, message)
            except OSError:
                leave_now(0)

    heard = _Listener()
    sys.path[:] = pickle.loads(heard.next())  # noqa: S301  the parent's, so that its functions are found here
    _get_ready()
    say("ready")
    receiver = frames.Receiver()
    while True:
        data = heard.next()
        try:
            say("value", _run(receiver.unpack(data), say, heard.stop.is_set))
        except Exception as error:
            say("raised", _portable(error), traceback.format_exc())


def _run(asked: Asked, say: Callable[..., None], should_stop: Callable[[], bool]) -> Any:
    function, args, kwargs, hears, tells = asked
    wired: dict[str, Any] = {name: (lambda value, name=name: say("tell", name, value)) for name in tells}
    if hears:
        wired["should_stop"] = should_stop
    return function(*args, **kwargs, **wired)


def _get_ready() -> None:
    from optimise.proving import exact  # noqa: F401, PLC0415  (loaded now, so that no task waits for it)
    from optimise.warm import warm_up  # noqa: PLC0415

    warm_up()


def _portable(error: Exception) -> Exception | None:
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301  our own
    except Exception:  # an error that cannot be pickled can raise anything
        return None
    return error


class _Listener:
    """Standard input on a thread: tasks in a queue, a word to stop the one that runs, and the end with the parent."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self._waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threading.Thread(target=self._hear, daemon=True, name="listener").start()

    def next(self) -> bytes:
        return self._waiting.get()

    def _hear(self) -> None:
        while True:
            message = frames.read(lambda count: os.read(0, count))
            if message is None:
                os._exit(0)
            if message == b"stop":
                self.stop.set()
            else:
                self.stop.clear()
                self._waiting.put(message)


if __name__ == "__main__":
    main()
