"""The app on one place with one plan, in a process of its own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from footprints.exchange.plan_json import plan_bytes
from footprints.plan import Plan
from tests.browsing import Server

APP = Path(__file__).with_name("app.py")
READY = "[data-ready='true'][data-pending='0']"


def started(work: Path, name: str, folder: Path, codes: tuple[str, ...], plan: Plan, script: Path = APP) -> Server:
    """The app (or another `script`) on the place, with the plan; its data in a folder of its own in `work`."""
    own = work / hashlib.sha256(name.encode()).hexdigest()[:12]
    own.mkdir()
    file = own / "plan.json"
    file.write_bytes(plan_bytes(plan))
    os.environ |= {
        "FOOTPRINTS_BENCH_SOURCE": str(folder), "FOOTPRINTS_BENCH_PLACE": ",".join(codes),
        "FOOTPRINTS_BENCH_PLAN": str(file),
    }  # fmt: skip
    return Server(script, work, own)
