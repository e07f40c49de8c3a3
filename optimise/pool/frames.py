"""What goes through the pipe between a process and its own workers: pickles, each after its length.

A `Part` with a large cost matrix is sent to a worker once and named by a key from then on. The pipe joins two processes
of one user that one of them has started; nothing that others have written is ever read here.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from typing import IO, Any

from optimise.problem import Part

LARGE_BYTES = 250_000
KEPT = 4
_CHUNK = 1 << 20


def write(stream: IO[bytes], message: bytes) -> None:
    """Send one message. Raises OSError when nobody reads."""
    rest = memoryview(len(message).to_bytes(8, "big") + message)
    while rest:
        sent = stream.write(rest[:_CHUNK])
        rest = rest[sent:]
    stream.flush()


def read(take: Callable[[int], bytes]) -> bytes | None:
    """The next message, or None when the other side has gone. take(n) gives 1 to n bytes, none at the end."""
    length = _exactly(take, 8)
    return None if length is None else _exactly(take, int.from_bytes(length, "big"))


def _exactly(take: Callable[[int], bytes], count: int) -> bytes | None:
    parts: list[bytes] = []
    while count:
        part = take(min(count, _CHUNK))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


class Sender:
    """Packs what goes to one worker, and knows which parts that worker holds."""

    def __init__(self) -> None:
        self._held: OrderedDict[int, tuple[int, Part]] = OrderedDict()  # id -> key; holding it keeps the id its own
        self._made = 0

    def pack(self, message: Any) -> bytes:
        """The message as bytes, with the parts that are new to the worker. Raises what pickle raises."""
        fresh: dict[int, Part] = {}
        into = io.BytesIO()
        try:
            _Pickler(into, self._key, fresh).dump(message)
        except Exception:
            for part in fresh.values():  # it will not be sent
                del self._held[id(part)]
            raise
        gone = [self._held.popitem(last=False)[1][0] for _ in range(len(self._held) - KEPT)]
        return pickle.dumps((fresh, gone, into.getvalue()), pickle.HIGHEST_PROTOCOL)

    def _key(self, part: Part, fresh: dict[int, Part]) -> int:
        if id(part) not in self._held:
            self._made += 1
            self._held[id(part)] = self._made, part
            fresh[self._made] = part
        self._held.move_to_end(id(part))
        return self._held[id(part)][0]


class Receiver:
    """The worker's side of `Sender`."""

    def __init__(self) -> None:
        self._held: dict[int, Part] = {}

    def unpack(self, data: bytes) -> Any:
        fresh, gone, message = pickle.loads(data)  # noqa: S301  from the process that started this one
        self._held |= fresh
        found = _Unpickler(io.BytesIO(message), self._held).load()
        for key in gone:
            self._held.pop(key, None)
        return found


class _Pickler(pickle.Pickler):
    def __init__(self, into: io.BytesIO, key: Callable[[Part, dict[int, Part]], int], fresh: dict[int, Part]) -> None:
        super().__init__(into, pickle.HIGHEST_PROTOCOL)
        self._key, self._fresh = key, fresh

    def persistent_id(self, obj: Any) -> int | None:
        if isinstance(obj, Part) and obj.cost.nbytes >= LARGE_BYTES:
            return self._key(obj, self._fresh)
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, held: dict[int, Part]) -> None:
        super().__init__(data)
        self._held = held

    def persistent_load(self, pid: Any) -> Part:
        return self._held[pid]
