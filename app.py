"""The app: `python -m streamlit run app.py`. Serves the pages of footprints/ui, the map files and our headers."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
if str(HERE) not in sys.path:  # a plain checkout, started from elsewhere
    sys.path.insert(0, str(HERE))

import streamlit as st  # noqa: E402

from footprints.ui import first, server  # noqa: E402

server.or_refuse()
server.one_router()
first.begin()
app = st.App(
    HERE / "footprints" / "ui" / "main.py",
    routes=server.routes(),
    middleware=server.middleware(),
    on_script_error=server.say,
)
