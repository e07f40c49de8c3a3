"""The app's own pages on the folder FOOTPRINTS_BENCH_SOURCE, with the plan FOOTPRINTS_BENCH_PLAN on the shelf."""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from footprints.exchange.plan_json import plan_from_bytes  # noqa: E402
from footprints.ui import state  # noqa: E402

if "footprints" not in st.session_state:
    places = tuple(os.environ["FOOTPRINTS_BENCH_PLACE"].split(",")) if os.environ.get("FOOTPRINTS_BENCH_PLACE") else ()
    own = st.session_state["footprints"] = state.Session(
        source=os.environ["FOOTPRINTS_BENCH_SOURCE"], place=places, opened=True
    )
    state.area()
    plan = plan_from_bytes(Path(os.environ["FOOTPRINTS_BENCH_PLAN"]).read_bytes())
    own.change(lambda shelf: shelf if shelf.options else shelf.add(plan))
runpy.run_path(str(ROOT / "footprints" / "ui" / "main.py"), run_name="__main__")
