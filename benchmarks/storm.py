"""A storm of strokes on the map editor in two tabs; what was lost, what was done twice, and whether all agree.

Answers come up to a second late, a fifth of the connections drop (half of them after the edit was handled), now and
then a tab is cut off for two seconds, and the tabs take turns to be reloaded while edits wait in them and the other one
goes on. Every stroke carries its number into the journal, so that none can hide behind another.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.editor_app.started import READY, started
from boundaries import load_area
from footprints.editing import Desk
from footprints.editing.journal import Journal
from footprints.propose import propose
from optimise import Criteria

RELOAD_EVERY = 400  # strokes; the tabs take turns
CUT_OFF_EVERY = 700
CUT_OFF_S = 2.0
PATIENCE_MS = 600_000

STROKES = """strokes => {
  const e = window.footprintsEditor.editor;
  for (const [stroke, units, to] of strokes) e.submit({ op: "paint", units, to, stroke });
}"""
TRUTH = "async () => { const l = window.footprintsEditor.ledger; return (await l.server.open(l.option)).hash; }"


def storm(browser: Any, folder: Path, strokes: int, rate: float, work: Path, seed: int = 1) -> dict[str, Any]:
    """`strokes` random strokes at about `rate` a second."""
    area = load_area(folder)
    plan = propose(area, Criteria(within=(), seconds=5)).plan
    assert plan is not None
    os.environ["FOOTPRINTS_BENCH_STORM"] = "1"
    server = started(work, "storm", folder, (), plan)
    del os.environ["FOOTPRINTS_BENCH_STORM"]
    rng = random.Random(seed)
    reloads, cuts, waiting_at_reload = [0, 0], 0, 0
    try:
        tabs = [browser.new_page(viewport={"width": 900, "height": 640}) for _ in range(2)]
        for tab in tabs:
            tab.goto(server.address)
            tab.locator(READY).wait_for(timeout=PATIENCE_MS)
        slots = tabs[0].evaluate("() => [...window.footprintsEditor.plan.rows.keys()]")
        made, begun = 0, time.perf_counter()
        loading: set[int] = set()
        back: dict[int, float] = {}  # when a tab that is cut off comes back
        while made < strokes:
            for which in [w for w in loading if tabs[w].locator("[data-ready='true']").count()]:
                loading.remove(which)
            for which in [w for w, when in back.items() if time.perf_counter() > when]:
                tabs[which].context.set_offline(False)
                del back[which]
            ready = [which for which in (0, 1) if which not in loading]
            if not ready:
                tabs[0].wait_for_timeout(20)
                continue
            which = rng.choice(ready)
            before, some = made, min(rng.randrange(1, 5), strokes - made)
            batch = [[made + i, _units(rng, len(area.codes)), rng.choice(slots)] for i in range(some)]
            tabs[which].evaluate(STROKES, batch)
            made += some
            if made // RELOAD_EVERY > before // RELOAD_EVERY and len(ready) == 2 and not back:
                which = sum(reloads) % 2
                reloads[which] += 1
                waiting_at_reload += tabs[which].evaluate("() => window.footprintsEditor.state.pending")
                tabs[which].reload(wait_until="commit")
                loading.add(which)
            elif made // CUT_OFF_EVERY > before // CUT_OFF_EVERY and which not in back:
                cuts += 1
                tabs[which].context.set_offline(True)
                back[which] = time.perf_counter() + CUT_OFF_S
            if made // 1_000 > before // 1_000:
                print(f"{made:,} strokes in {time.perf_counter() - begun:.0f} s", file=sys.stderr)
            tabs[0].wait_for_timeout(max(0.0, 1_000 * (begun + made / rate - time.perf_counter())))
        seconds = time.perf_counter() - begun
        for tab in tabs:
            tab.context.set_offline(False)
            tab.locator(READY).wait_for(timeout=PATIENCE_MS)
        truth = tabs[0].evaluate(TRUTH)
        for tab in tabs:  # both ask for news
            tab.wait_for_function("hash => window.footprintsEditor.state.hash === hash", arg=truth, timeout=PATIENCE_MS)
            assert tab.evaluate("() => window.footprintsEditor.state.pending") == 0
            tab.close()
    finally:
        server.stop()
    (file,) = (server.data / "desks").glob("*.jsonl")
    counted = Counter[int]()
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if "operation" in told:
            counted[told["operation"]["stroke"]] += 1
    again = Desk(area, Journal(file))
    kept = again.open(again.shelf.current)["hash"]
    again.close()
    return {
        "strokes": made, "a second": made / seconds, "reloads": reloads, "waiting at reloads": waiting_at_reload,
        "cut off": cuts, "lost": sum(counted[n] == 0 for n in range(made)),
        "twice": sum(n > 1 for n in counted.values()), "taken up again": kept == truth,
    }  # fmt: skip


def _units(rng: random.Random, of: int) -> str:
    """One to five areas."""
    return ",".join(map(str, sorted(rng.sample(range(of), rng.randrange(1, 6)))))
