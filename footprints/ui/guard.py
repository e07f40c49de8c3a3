"""The one place where an error becomes words on a page; a planner never sees a traceback."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from boundaries.errors import FootprintError
from footprints.escape import plain_markdown

log = logging.getLogger("footprints.ui")


@contextmanager
def guard() -> Iterator[None]:
    """Show a FootprintError with its mend; anything else is logged under a reference, which is shown instead."""
    try:
        yield
    except FootprintError as error:
        show(error)
    except Exception:
        reference = secrets.token_hex(3).upper()
        log.exception("reference %s", reference)
        st.error(
            f"Something went wrong inside the tool; your options on the shelf are kept. Reference {reference}: the "
            "window in which the app was started holds the details."
        )


def show(error: FootprintError) -> None:
    """What is wrong, then the smallest change that would mend it."""
    st.error(plain_markdown(error.message))
    if error.mend:
        st.info(plain_markdown(error.mend))
