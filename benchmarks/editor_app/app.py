"""The server of the place that is measured: the same routes and headers as the app's, in a storm with a bad network."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402
from starlette.middleware import Middleware  # noqa: E402

from benchmarks.editor_app.trouble import Trouble  # noqa: E402
from footprints.ui import server  # noqa: E402

server.one_router()
bad = [Middleware(Trouble)] if os.environ.get("FOOTPRINTS_BENCH_STORM") else []
app = st.App(Path(__file__).with_name("main.py"), routes=server.routes(), middleware=[*server.middleware(), *bad])
