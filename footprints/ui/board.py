"""Maps to look at, side by side, and what was declared before solving."""

from __future__ import annotations

import streamlit as st

from footprints.plan import Plan
from footprints.ui import style, words

LEGEND = (
    ("neighbourhood", "Neighbourhood, with residents"),
    ("district", "District line"),
    ("practice", "GP practice"),
    ("closed", "Closed practice, last site"),
    ("changed", "Area that moves"),
)
HEIGHT = 520  # until the style sheet gives the frame the height of the window


def exceptions(plan: Plan) -> None:
    """What was declared before solving: joined districts, undersized islands, links taken."""
    if plan.exceptions:
        with st.expander(f"Declared before solving ({len(plan.exceptions)})"):
            for one in plan.exceptions:
                style.note(*words.declared(one), kind="warn")
