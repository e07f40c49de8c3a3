"""The app's own pages over one district of the demo county with a plan at hand, so that nothing has to be proposed."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from footprints.baselines import baseline  # noqa: E402
from footprints.ui import state, who  # noqa: E402

if who.may("viewer"):
    own = state.session()
    if not own.opened:
        own.opened, own.place = True, ("Orrindale",)
        plan = baseline(state.area(), "pcn-contiguous")
        own.change(lambda shelf: shelf if shelf.options else shelf.add(plan), "viewer")
runpy.run_path(str(ROOT / "footprints" / "ui" / "main.py"), run_name="__main__")
