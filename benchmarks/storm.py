"""A storm of strokes on the map editor in two tabs; what was lost, what was done twice, and whether all agree.

Answers come up to a second late, a fifth of the connections drop (half of them after the edit was handled), now and
then a tab is cut off for two seconds, and both tabs are reloaded again and again while edits wait in them. Every stroke
carries its number into the journal, so that none can hide behind another.
"""

from __future__ import annotations

import json
import os
import random
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
CUT_OFF_MS = 2_000

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
        tabs = [browser.new_page(viewport={"width": 1366, "height": 768}) for _ in range(2)]
        for tab in tabs:
            tab.goto(server.address)
            tab.locator(READY).wait_for(timeout=300_000)
        slots = tabs[0].evaluate("() => [...window.footprintsEditor.plan.rows.keys()]")
        made, begun = 0, time.perf_counter()
        while made < strokes:
            tab = tabs[rng.randrange(2)]
            before, some = made, min(rng.randrange(1, 5), strokes - made)
            tab.evaluate(STROKES, [[made + i, _units(rng, len(area.codes)), rng.choice(slots)] for i in range(some)])
            made += some
            if made // RELOAD_EVERY > before // RELOAD_EVERY:
                which = made // RELOAD_EVERY % 2
                reloads[which] += 1
                waiting_at_reload += tabs[which].evaluate("() => window.footprintsEditor.state.pending")
                tabs[which].reload()
                tabs[which].locator("[data-ready='true']").wait_for(timeout=60_000)
            if made // CUT_OFF_EVERY > before // CUT_OFF_EVERY:
                cuts += 1
                tab.context.set_offline(True)
                tab.wait_for_timeout(CUT_OFF_MS)
                tab.context.set_offline(False)
            tab.wait_for_timeout(max(0.0, 1_000 * (begun + made / rate - time.perf_counter())))
        seconds = time.perf_counter() - begun
        for tab in tabs:
            tab.locator(READY).wait_for(timeout=300_000)
        truth = tabs[0].evaluate(TRUTH)
        for tab in tabs:  # both ask for news
            tab.wait_for_function("hash => window.footprintsEditor.state.hash === hash", arg=truth, timeout=30_000)
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
