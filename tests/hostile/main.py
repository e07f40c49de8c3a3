"""The app's own pages over the hostile area, for the browser test."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from footprints.ui import state  # noqa: E402
from tests.hostile.names import hostile_area, hostile_plan  # noqa: E402

AREA = hostile_area()
setattr(state, "_load", lambda source, place, tenant: AREA)  # noqa: B010
own = state.session()
if not own.shelf.options:
    own.opened = True
    own.change(lambda shelf: shelf.add(hostile_plan(AREA, "First", 2)).add(hostile_plan(AREA, "Second", 3)))
runpy.run_path(str(ROOT / "footprints" / "ui" / "main.py"), run_name="__main__")
