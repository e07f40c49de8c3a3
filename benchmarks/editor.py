"""How fast the map editor is, and whether it loses anything, in Chromium on this machine.

    python benchmarks/editor.py [--strokes 10000] [--rate 24] [--only measure|stock|storm] [--short] [FOLDER ...]

FOLDER holds official files of one place; by default the three real places beside the project and a generated place of
about 1,700 LSOAs. For each: opening, painting, the server's answer, bytes, repairs; then the same areas on a stock
streamlit-folium map (`benchmarks/stock.py`). Then a storm of strokes on a bad network (`benchmarks/storm.py`).
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.cases import folders, generated
from benchmarks.editor_app.started import READY, started
from benchmarks.stock import stock
from benchmarks.storm import storm
from boundaries import list_places, load_area
from boundaries.area import Area
from footprints import edit, maps
from footprints.editing.catalogue import Catalogue
from footprints.editing.operations import Slots
from footprints.editing.repairs import repairs
from footprints.editing.tally import Ground, problems
from footprints.plan import Plan
from footprints.propose import propose
from optimise import Criteria
from tests.browsing import chromium

ARGS = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]


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


def proposed(folder: Path, codes: tuple[str, ...]) -> tuple[Area, Plan]:
    """The place and a plan of it."""
    area = load_area(folder, list(codes))
    plan = propose(area, Criteria(within=(), seconds=5)).plan
    assert plan is not None
    return area, plan


def measured(browser: Any, name: str, folder: Path, codes: tuple[str, ...], strokes: int, work: Path) -> dict[str, Any]:
    """One place: open, paint, answers, bytes."""
    area, plan = proposed(folder, codes)
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
        slots = page.evaluate("() => [...window.footprintsEditor.plan.rows.keys()]")
        sizes.clear()
        for _ in range(strokes):
            scribble(page, rng, slots, middle=0.5, steps=6, reach=20)
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


def scribble(page: Any, rng: random.Random, slots: list[int], *, middle: float, steps: int, reach: float) -> None:
    """One stroke of the brush for one of the neighbourhoods: it begins in the `middle` share of the map, and has so
    many steps, each of up to `reach` pixels both ways.
    """
    box = page.locator(".fe-map").bounding_box()
    page.evaluate("slot => window.footprintsEditor.editor.choose(slot)", rng.choice(slots))
    low, high = (1 - middle) / 2, (1 + middle) / 2
    x = box["x"] + box["width"] * rng.uniform(low, high)
    y = box["y"] + box["height"] * rng.uniform(low, high)
    page.mouse.move(x, y)
    page.mouse.down()
    for _ in range(steps):
        x, y = x + rng.uniform(-reach, reach), y + rng.uniform(-reach, reach)
        page.mouse.move(x, y)
    page.mouse.up()


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


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--strokes", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=24.0)
    parser.add_argument("--only", choices=("measure", "stock", "storm"))
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args(arguments)
    from playwright.sync_api import sync_playwright

    strokes = 200 if given.short else given.strokes
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        for name, source, codes in places(given.folders):
            if given.only in (None, "measure"):
                tell(measured(browser, name, source, codes, 40 if given.short else 150, Path(folder)))
            if given.only in (None, "stock"):
                got = stock(
                    browser, name, source, codes, proposed(source, codes)[1], 5 if given.short else 20, Path(folder)
                )
                print(
                    f"{name} on a stock map: {got['seen']} of {got['clicks']} clicks told; new colour after "
                    f"{got['painted ms']:,.0f} ms, new tally after {got['told ms']:,.0f} ms (medians)",
                    flush=True,
                )
        if given.only in (None, "storm"):
            got = storm(browser, places(given.folders)[0][1], strokes, given.rate, Path(folder))
            print(
                f"storm: {got['strokes']:,} strokes at {got['a second']:.1f} a second, {got['reloads']} reloads of the "
                f"two tabs with {got['waiting at reloads']:,} edits waiting, {got['cut off']} times cut off: "
                f"{got['lost']} lost, {got['twice']} done twice; browsers and server agree, and the journal gives the "
                f"same plan: {got['taken up again']}"
            )
        browser.close()


def tell(got: dict[str, Any]) -> None:
    """Print what was measured of a place."""
    paint, answer = got["paint ms"], got["answer ms"]
    sent, back = ([pair[i] for pair in got["bytes"]] for i in (0, 1))
    print(
        f"{got['place']} ({got['LSOAs']:,} LSOAs): opened in {got['open s']:.1f} s; painted in p50 "
        f"{statistics.median(paint):.1f}, p95 {percentile(paint, 0.95):.1f} ms; answered in p50 "
        f"{statistics.median(answer):.0f}, p95 {percentile(answer, 0.95):.0f} ms; bytes out at most "
        f"{max(sent):,}, back at most {max(back):,}; geometry {got['geometry']:,} bytes; breaks found "
        f"{got['found']} of {got['breaks']}, repaired {got['mended']}, in at most {got['repair ms']:.0f} ms",
        flush=True,
    )


if __name__ == "__main__":
    main()
