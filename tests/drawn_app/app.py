"""The server of the drawn place: the same routes and headers as the app's."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

import streamlit as st  # noqa: E402

from footprints.ui import server  # noqa: E402

server.or_refuse()
server.one_router()
app = st.App(Path(__file__).with_name("main.py"), routes=server.routes(), middleware=server.middleware())
