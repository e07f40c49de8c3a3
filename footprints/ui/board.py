"""What was declared before solving, beside the map."""

from __future__ import annotations

import streamlit as st

from footprints.plan import Plan
from footprints.ui import style, words


def exceptions(plan: Plan) -> None:
    """What was declared before solving: joined districts, undersized islands, links taken."""
    if plan.exceptions:
        with st.expander(f"Declared before solving ({len(plan.exceptions)})"):
            for one in plan.exceptions:
                style.note(*words.declared(one), kind="warn")
