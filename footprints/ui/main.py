"""The router: one look, one guard, one sidebar, eleven pages."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parents[2])
if ROOT not in sys.path:  # a plain checkout
    sys.path.insert(0, ROOT)

import streamlit as st  # noqa: E402

from footprints import maps  # noqa: E402
from footprints.ui import bringing, sidebar, signing_in, state, style  # noqa: E402
from footprints.ui.guard import guard  # noqa: E402

HERE = Path(__file__).parent
st.set_page_config(page_title="Footprints", layout="wide")
st.logo(str(Path(maps.__file__).parent / "assets" / "logo.svg"), size="large")
style.apply()
if signing_in.nobody_yet():
    st.stop()
page = st.navigation(
    [
        st.Page(HERE / "pages" / "data.py", title="Data"),
        st.Page(HERE / "pages" / "propose.py", title="Propose"),
        st.Page(HERE / "pages" / "map.py", title="Map", default=True),
        st.Page(HERE / "pages" / "practices.py", title="Practices"),
        st.Page(HERE / "pages" / "need.py", title="Need"),
        st.Page(HERE / "pages" / "review.py", title="Review"),
        st.Page(HERE / "pages" / "ask.py", title="Can we?"),
        st.Page(HERE / "pages" / "compare.py", title="Compare"),
        st.Page(HERE / "pages" / "versions.py", title="Versions"),
        st.Page(HERE / "pages" / "export.py", title="Export"),
        st.Page(HERE / "pages" / "refresh.py", title="Next quarter"),
    ],
    position="top",
)
known = False
with guard():
    state.session()
    area = state.area_or_none()
    known = True
if not known:
    st.stop()
# Each under a guard of its own: where the list of calculations cannot be used, one can go on drawing and saving.
with guard():
    if area is not None:
        state.open_demo()
        state.take_up(area)
with guard():
    sidebar.show(area)
with guard():
    bringing.show(area)
    page.run()
