"""A bad network for the storm of `benchmarks/storm.py`: edits are answered late, and some connections drop."""

from __future__ import annotations

import asyncio
import random
from typing import Any


class Trouble:
    """ASGI middleware: an edit waits up to a second in all, before and after it is handled.

    One in ten is dropped before it is handled, one in ten after: the browser gets the head of an answer and no more.
    """

    def __init__(self, app: Any) -> None:
        self.app = app
        self.rng = random.Random(2)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not scope["path"].endswith("/edit"):
            await self.app(scope, receive, send)
            return
        fate, late, share = self.rng.random(), self.rng.random(), self.rng.random()
        await asyncio.sleep(late * share)
        if fate < 0.1:
            await _drop(send)
        kept: list[Any] = []

        async def keep(message: Any) -> None:
            kept.append(message)

        await self.app(scope, receive, keep)
        await asyncio.sleep(late * (1 - share))
        if fate < 0.2:
            await _drop(send)
        for message in kept:
            await send(message)


async def _drop(send: Any) -> None:
    """Begin an answer and break the connection off."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})
    await send({"type": "http.response.body", "body": b"{", "more_body": True})
    raise ConnectionError("dropped by the benchmark")
