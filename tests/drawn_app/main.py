"""The app's own pages over a small drawn place, for the browser tests of the map editor."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from footprints.ui import state, who  # noqa: E402
from tests.drawn_app.place import area, with_options  # noqa: E402

setattr(state, "_load", lambda source, place, tenant: area())  # noqa: B010
if who.may("viewer"):
    own = state.session()
    if not own.opened:
        own.opened = True
        state.area()
        own.change(lambda shelf: shelf if shelf.options else with_options(shelf), "viewer")
runpy.run_path(str(ROOT / "footprints" / "ui" / "main.py"), run_name="__main__")
