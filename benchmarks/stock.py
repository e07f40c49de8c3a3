"""How long a click takes on a stock streamlit-folium map: until the area has its new colour, until the tally is new."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path
from typing import Any

from benchmarks.editor_app.started import started
from footprints.plan import Plan

APP = Path(__file__).parent / "stock_app" / "app.py"
LONGEST_MS = 30_000

# Both clocks run in the page: from the click itself to the frame in which the area, and then the tally, is new.
WATCH = """([x, y]) => {
  const box = () => document.querySelector("iframe[title*='folium']");
  const at = () => { const r = box().getBoundingClientRect(); return box().contentDocument?.elementFromPoint(x - r.left, y - r.top); };
  const tally = () => [...document.querySelectorAll("[data-testid=stText]")].map(e => e.textContent).join("|");
  const before = { fill: at()?.getAttribute("fill"), tally: tally() };
  window.clicked = { from: null, painted: null, told: null };
  box().contentDocument.addEventListener("pointerup", () => { window.clicked.from = performance.now(); }, { capture: true, once: true });
  const look = () => {
    const own = window.clicked, fill = at()?.getAttribute("fill");
    if (own.from !== null && own.painted === null && fill && fill !== before.fill) own.painted = performance.now() - own.from;
    if (own.from !== null && own.told === null && tally() !== before.tally) own.told = performance.now() - own.from;
    if (own.painted === null || own.told === null) requestAnimationFrame(look);
  };
  look();
}"""  # noqa: E501
OTHER = """([x, y, fill]) => {
  const box = document.querySelector("iframe[title*='folium']"), r = box.getBoundingClientRect();
  const found = box.contentDocument?.elementFromPoint(x - r.left, y - r.top);
  return found?.tagName === "path" && found.getAttribute("fill") !== fill;
}"""
SETTLED = (
    "() => document.querySelector('[data-testid=stApp]')?.dataset.testScriptState !== 'running'"
    " && !!document.querySelector(\"iframe[title*='folium']\")?.contentDocument?.querySelector('path')"
)


def stock(
    browser: Any, name: str, folder: Path, codes: tuple[str, ...], plan: Plan, clicks: int, work: Path
) -> dict[str, Any]:
    """Median milliseconds from a click to the new colour and to the new tally; how many clicks were told in time."""
    server = started(work, f"stock {name}", folder, codes, plan, APP)
    painted, told = [], []
    try:
        page = browser.new_page(viewport={"width": 1366, "height": 900})
        page.goto(server.address)
        page.wait_for_function(SETTLED, timeout=300_000)
        page.wait_for_timeout(2_000)
        rng = random.Random(0)
        target = plan.neighbourhood(plan.codes[0]).colour
        box = page.locator("iframe[title*='folium']").bounding_box()
        for _ in range(clicks):
            spot = [0.0, 0.0]
            while not page.evaluate(OTHER, [*spot, target]):
                spot = [
                    box["x"] + box["width"] * rng.uniform(0.2, 0.8),
                    box["y"] + box["height"] * rng.uniform(0.2, 0.8),
                ]
            page.evaluate(WATCH, spot)
            page.mouse.click(*spot)
            end = time.monotonic() + LONGEST_MS / 1_000
            while time.monotonic() < end:
                own = page.evaluate("() => window.clicked")
                if own["painted"] is not None and own["told"] is not None:
                    painted.append(own["painted"])
                    told.append(own["told"])
                    break
                page.wait_for_timeout(50)
            page.wait_for_function(SETTLED, timeout=60_000)
            page.wait_for_timeout(1_000)
        page.close()
    finally:
        server.stop()
    return {
        "clicks": clicks, "seen": len(painted),
        "painted ms": statistics.median(painted) if painted else float("nan"),
        "told ms": statistics.median(told) if told else float("nan"),
    }  # fmt: skip
