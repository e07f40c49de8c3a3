"""How fast the map editor is, and whether it loses anything, in Chromium on this machine.

    python benchmarks/editor.py [--strokes 10000] [--rate 24] [--short] [FOLDER ...]

FOLDER holds official files of one place; by default the three real places beside the project and a generated place of
about 1,700 LSOAs. For each: opening, painting, the server's answer, bytes, repairs. Then a storm: random strokes in two
tabs while answers come late, are lost or never sent, with reloads; at the end browser and server must hold the same,
and the journal every stroke once.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.cases import folders, generated
from boundaries import list_places, load_area
from boundaries.area import Area
from footprints import edit, maps
from footprints.editing.catalogue import Catalogue
from footprints.editing.operations import Slots
from footprints.editing.repairs import repairs
from footprints.editing.tally import Ground, problems
from footprints.exchange.plan_json import plan_bytes
from footprints.plan import Plan
from footprints.propose import propose
from optimise import Criteria
from tests.browsing import Server, chromium

APP = Path(__file__).parent / "editor_app" / "app.py"
ARGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
READY = "[data-ready='true'][data-pending='0']"


def percentile(values: list[float], share: float) -> float:
    """The value that this share of the values does not pass."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))] if values else float("nan")


def places(given: list[Path]) -> list[tuple[str, Path, tuple[str, ...]]]:
    """(name, folder, codes) of the places to measure."""
    made = [(folder.name, folder, ()) for folder in folders(given)]
    if not given:
        folder = generated(1_700, 2)
        made.append(("generated, 1,700", folder, tuple(p.code for p in list_places(folder) if p.level == "icb")))
    return made


def measured(browser: Any, name: str, folder: Path, codes: tuple[str, ...], strokes: int, work: Path) -> dict[str, Any]:
    """One place: open, paint, answers, bytes."""
    area = load_area(folder, list(codes))
    plan = propose(area, Criteria(within=(), seconds=5)).plan
    assert plan is not None
    server = started(work, name, folder, codes, plan)
    try:
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        sizes: list[tuple[int, int]] = []
        page.on("response", lambda r: sizes.append(weigh(r)) if r.url.endswith("/edit") else None)
        page.goto(server.address)
        page.locator(READY).wait_for(timeout=300_000)  # the first time the server reads the files
        page.wait_for_timeout(1_000)
        begun = time.perf_counter()
        page.reload()
        page.locator(READY).wait_for(timeout=60_000)
        opened = time.perf_counter() - begun
        page.evaluate("() => { window.footprintsEditor.editor.set({ tool: 'brush', radius: 14 }); }")
        page.evaluate("() => { Object.assign(window.footprintsEditor.editor.timings, { paint: [], confirmed: [] }); }")
        rng = random.Random(0)
        box = page.locator(".fe-map").bounding_box()
        slots = page.evaluate("() => [...window.footprintsEditor.plan.rows.keys()]")
        sizes.clear()
        for _ in range(strokes):
            page.evaluate("slot => window.footprintsEditor.editor.choose(slot)", rng.choice(slots))
            x = box["x"] + box["width"] * rng.uniform(0.25, 0.75)
            y = box["y"] + box["height"] * rng.uniform(0.25, 0.75)
            page.mouse.move(x, y)
            page.mouse.down()
            for _ in range(6):
                x, y = x + rng.uniform(-20, 20), y + rng.uniform(-20, 20)
                page.mouse.move(x, y)
            page.mouse.up()
            page.wait_for_timeout(60)
        page.locator(READY).wait_for()
        timings = page.evaluate("() => window.footprintsEditor.editor.timings")
        page.close()
    finally:
        server.stop()
    return {
        "place": name, "LSOAs": len(area.codes), "open s": opened,
        "paint ms": timings["paint"], "answer ms": timings["confirmed"],
        "bytes": sizes, "geometry": len(Catalogue(area, maps.draw(area)).light), **broken(area, plan),
    }  # fmt: skip


def started(work: Path, name: str, folder: Path, codes: tuple[str, ...], plan: Plan) -> Server:
    """The app on the place, with the plan."""
    file = work / "plan.json"
    file.write_bytes(plan_bytes(plan))
    os.environ |= {
        "FOOTPRINTS_BENCH_SOURCE": str(folder), "FOOTPRINTS_BENCH_PLACE": ",".join(codes),
        "FOOTPRINTS_BENCH_PLAN": str(file),
    }  # fmt: skip
    return Server(APP, work, work / f"data-{abs(hash(name))}")


def weigh(response: Any) -> tuple[int, int]:
    """Bytes of a message and of its answer, as sent."""
    told = response.request.sizes()
    return told["requestBodySize"], told["responseBodySize"]


def broken(area: Area, plan: Plan, tries: int = 60) -> dict[str, Any]:
    """Breaks put into the plan: how many are found, how many get a repair, and how long the repairs take."""
    ground, slots, rng = Ground.of(area), Slots(), random.Random(0)
    slots.meet(plan)
    near, found, mended, took = ground.near(plan), 0, 0, []
    for _ in range(tries):
        unit = rng.randrange(len(area.codes))
        home = plan.where().get(area.codes[unit], "")
        beside = {plan.where().get(area.codes[v], "") for v in near[unit]} | {home}
        far = [code for code in plan.codes if code not in beside]
        to = rng.choice(far)
        after = edit.move(plan, area, area.codes[unit], to)
        here = [p for p in problems(after, ground, slots) if p.kind == "pieces" and p.code == to]
        found += bool(here)
        for one in here:
            begun = time.perf_counter()
            mended += bool(repairs(after, ground, one))
            took.append(1_000 * (time.perf_counter() - begun))
    return {"breaks": tries, "found": found, "mended": mended, "repair ms": max(took, default=0.0)}


def storm(browser: Any, folder: Path, strokes: int, rate: float, work: Path) -> dict[str, Any]:
    """Random strokes in two tabs under late, lost and unsent answers and reloads: what was lost, do all agree."""
    area = load_area(folder)
    plan = propose(area, Criteria(within=(), seconds=5)).plan
    assert plan is not None
    server = started(work, "storm", folder, (), plan)
    rng = random.Random(1)

    def trouble(route: Any) -> None:
        fate = rng.random()
        if fate < 0.1:
            route.abort()
        elif fate < 0.2:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    def late(page: Any) -> None:
        """Answers come up to a second later."""
        page.evaluate(
            "() => { const { server } = window.footprintsEditor.ledger, edit = server.edit.bind(server);"
            " server.edit = (...told) => new Promise(done => setTimeout(done, 1000 * Math.random()))"
            ".then(() => edit(...told)); }"
        )

    try:
        tabs = [browser.new_page(viewport={"width": 1366, "height": 768}) for _ in range(2)]
        for tab in tabs:
            tab.goto(server.address)
            tab.locator(READY).wait_for(timeout=300_000)
            tab.route("**/edit", trouble)
            late(tab)
        slots = tabs[0].evaluate("() => [...window.footprintsEditor.plan.rows.keys()]")
        made, reloads, begun = 0, 0, time.perf_counter()
        while made < strokes:
            which = rng.randrange(2)
            some = [[[rng.randrange(len(area.codes)) for _ in range(rng.randrange(1, 6))], rng.choice(slots)]
                    for _ in range(min(4, strokes - made))]  # fmt: skip
            tabs[which].evaluate(
                "strokes => { const e = window.footprintsEditor.editor;"
                " for (const [units, to] of strokes) { e.choose(to); e.submit({ op: 'paint', units: units.map(String)"
                ".sort((a, b) => a - b).filter((u, i, all) => u !== all[i - 1]).join(','), to }); } }",
                some,
            )
            made += len(some)
            if rng.random() < 0.002:
                reloads += 1
                tabs[which].reload()
                tabs[which].locator("[data-ready='true']").wait_for()
                late(tabs[which])
            time.sleep(max(0.0, begun + made / rate - time.perf_counter()))
        seconds = time.perf_counter() - begun
        for tab in tabs:
            tab.unroute("**/edit", trouble)
            tab.locator(READY).wait_for(timeout=300_000)
        tabs[0].wait_for_timeout(6_000)  # both ask for news
        hashes = [tab.evaluate("() => window.footprintsEditor.state.hash") for tab in tabs]
        truth = tabs[0].evaluate(
            "async () => { const l = window.footprintsEditor.ledger; return (await l.server.open(l.option)).hash; }"
        )
    finally:
        server.stop()
    counted = Counter[tuple[str, int]]()
    (journal,) = (work / f"data-{abs(hash('storm'))}" / "desks").glob("*.jsonl")
    for line in journal.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if "operation" in told:
            counted[told["client"], told["seq"]] += 1
    return {
        "strokes": made, "a second": made / seconds, "reloads": reloads, "lost": made - len(counted),
        "twice": sum(n > 1 for n in counted.values()), "agree": {*hashes} == {truth},
    }  # fmt: skip


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--strokes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=24.0)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    strokes = 200 if given.short else given.strokes
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        for name, source, codes in places(given.folders):
            got = measured(browser, name, source, codes, 40 if given.short else 150, Path(folder))
            paint, answer = got["paint ms"], got["answer ms"]
            sent, back = ([pair[i] for pair in got["bytes"]] for i in (0, 1))
            print(
                f"{name} ({got['LSOAs']:,} LSOAs): opened in {got['open s']:.1f} s; painted in p50 "
                f"{statistics.median(paint):.1f}, p95 {percentile(paint, 0.95):.1f} ms; answered in p50 "
                f"{statistics.median(answer):.0f}, p95 {percentile(answer, 0.95):.0f} ms; bytes out at most "
                f"{max(sent):,}, back at most {max(back):,}; geometry {got['geometry']:,} bytes; breaks found "
                f"{got['found']} of {got['breaks']}, repaired {got['mended']}, in at most {got['repair ms']:.0f} ms",
                flush=True,
            )
        got = storm(browser, places(given.folders)[0][1], strokes, given.rate, Path(folder))
        print(
            f"storm: {got['strokes']:,} strokes at {got['a second']:.0f} a second, {got['reloads']} reloads: "
            f"{got['lost']} lost, {got['twice']} done twice, browsers and server agree: {got['agree']}"
        )
        browser.close()


if __name__ == "__main__":
    main()
