"""How long an edit waits when ten sessions paint on one place at once, on this machine.

    python benchmarks/sessions.py [--sessions 10] [--seconds 60] [--pace 1.0] [FOLDER]

FOLDER holds official files of one place; by default the first of the real places beside the project, else the demo
county. Chromium opens that many sessions of the real server, one after another; one stays open and paints with the
mouse, the others paint through the same route as their pages do, from threads of this process: a stroke of one to five
areas every `pace` seconds, each with a connection of its own. All edit one plan, so each waits for the others. An edit
is timed from sending it until its acknowledgement has been read. At the end no edit may be missing or there twice.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.cases import folders
from benchmarks.editor import ARGS, percentile, proposed, scribble
from benchmarks.editor_app.started import READY, started
from tests.browsing import chromium

GOAL_MS = 500.0
WHERE = """() => {
  const l = window.footprintsEditor.ledger;
  return [l.server.prefix, l.option, [...window.footprintsEditor.plan.rows.keys()]];
}"""


class Painter(threading.Thread):
    """A session that paints without a browser: the messages of the page, at the pace of a person."""

    def __init__(self, number: int, port: int, told: list[Any], units: int, seconds: float, pace: float) -> None:
        super().__init__(daemon=True)
        self.prefix, self.option, self.slots = told
        self.rng, self.port, self.units = random.Random(number), port, units
        self.seconds, self.pace, self.number = seconds, pace, number
        self.took: list[float] = []
        self.wrong: list[str] = []

    def run(self) -> None:
        """Paint until the time is over."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        client, version, made = str(uuid.uuid4()), 0, 0
        time.sleep(self.rng.uniform(0.0, self.pace))
        limit = time.monotonic() + self.seconds
        while time.monotonic() < limit:
            began = time.monotonic()
            made += 1
            units = ",".join(map(str, sorted(self.rng.sample(range(self.units), self.rng.randrange(1, 6)))))
            stroke = self.number * 1_000_000 + made
            to = self.rng.choice(self.slots)
            operation = {"op": "paint", "units": units, "to": to, "seq": made, "stroke": stroke}
            message = {"client": client, "option": self.option, "since": version, "operations": [operation]}
            link.request(
                "POST", f"{self.prefix}/edit", json.dumps(message),
                {"content-type": "application/json", "accept-encoding": "identity"},
            )  # fmt: skip
            answer = link.getresponse()
            data = answer.read()
            self.took.append(1_000 * (time.monotonic() - began))
            if answer.status != 200:
                self.wrong.append(f"{answer.status}: {data[:200]!r}")
                break
            told = json.loads(data if data[:1] == b"{" else _unpacked(data))
            version = told.get("version", version)
            if told["acked"] != made:
                self.wrong.append(f"edit {made} was not acknowledged: {told['acked']}")
            time.sleep(max(0.0, began + self.pace - time.monotonic()))
        link.close()


def _unpacked(data: bytes) -> bytes:
    import gzip

    return gzip.decompress(data)


def measured(browser: Any, folder: str, sessions: int, seconds: float, pace: float, work: Path) -> dict[str, Any]:
    """Open the sessions, paint, and count."""
    area, plan = proposed(folder, ())  # type: ignore[arg-type]
    server = started(work, "sessions", folder, (), plan)  # type: ignore[arg-type]
    try:
        told, page = [], None
        for number in range(sessions):
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(server.address)
            page.locator(READY).wait_for(timeout=300_000)
            told.append(page.evaluate(WHERE))
            if number < sessions - 1:
                page.close()
        assert page is not None
        assert len({one[0] for one in told}) == sessions  # each a session of its own
        painters = [
            Painter(number, server.port, [_path(one[0]), *one[1:]], len(area.codes), seconds, pace)
            for number, one in enumerate(told[:-1], start=1)
        ]
        page.evaluate("() => { window.footprintsEditor.editor.set({ tool: 'brush', radius: 14 }); }")
        page.evaluate("() => { Object.assign(window.footprintsEditor.editor.timings, { paint: [], confirmed: [] }); }")
        for painter in painters:
            painter.start()
        rng, limit = random.Random(0), time.monotonic() + seconds
        while time.monotonic() < limit:
            scribble(page, rng, told[-1][2], middle=0.4, steps=4, reach=15)
            page.wait_for_timeout(1_000 * pace)
        for painter in painters:
            painter.join(120)
        page.locator(READY).wait_for(timeout=120_000)
        timings = page.evaluate("() => window.footprintsEditor.editor.timings")
        page.close()
    finally:
        server.stop()
    counted = Counter[int]()
    for file in server.data.rglob("desks/*.jsonl"):
        for line in file.read_text(encoding="utf-8").splitlines():
            counted[json.loads(line).get("operation", {}).get("stroke", 0)] += 1
    sent = [painter.number * 1_000_000 + n for painter in painters for n in range(1, len(painter.took) + 1)]
    return {
        "place": area.name, "LSOAs": len(area.codes), "sessions": sessions,
        "took": [ms for painter in painters for ms in painter.took],
        "browser": timings["confirmed"], "painted": timings["paint"],
        "wrong": [words for painter in painters for words in painter.wrong],
        "lost": sum(counted[stroke] == 0 for stroke in sent), "twice": sum(counted[stroke] > 1 for stroke in sent),
    }  # fmt: skip


def _path(prefix: str) -> str:
    """The path of an address."""
    return "/" + prefix.split("/", 3)[3] if "://" in prefix else prefix


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, and leave with 1 where the goal is missed or an edit was lost."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--sessions", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--pace", type=float, default=1.0)
    given = parser.parse_args(arguments)
    found = [given.folder] if given.folder else [*folders([]), Path("demo")]
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as work:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        got = measured(browser, str(found[0]), given.sessions, given.seconds, given.pace, Path(work))
        browser.close()
    took, seen = got["took"], got["browser"]
    p95 = percentile([*took, *seen], 0.95)
    print(
        f"{got['place']} ({got['LSOAs']:,} LSOAs), {got['sessions']} sessions painting: {len(took):,} edits by the "
        f"route in p50 {percentile(took, 0.5):.0f}, p95 {percentile(took, 0.95):.0f} ms; {len(seen)} in Chromium "
        f"acknowledged in p50 {percentile(seen, 0.5):.0f}, p95 {percentile(seen, 0.95):.0f} ms, painted in p95 "
        f"{percentile(got['painted'], 0.95):.0f} ms; all p95 {p95:.0f} ms (goal: {GOAL_MS:.0f}); {got['lost']} lost, "
        f"{got['twice']} done twice, {len(got['wrong'])} refused; load {psutil.getloadavg()[0]:.1f} on "
        f"{os.cpu_count()} cores"
    )
    for words in got["wrong"][:5]:
        print(f"  {words}")
    sys.exit(1 if p95 > GOAL_MS or got["lost"] or got["twice"] or got["wrong"] else 0)


if __name__ == "__main__":
    main()
