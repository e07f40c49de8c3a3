"""The folders of a tenant to choose from, as they are never typed."""

from __future__ import annotations

import streamlit as st

from footprints.access import Tenant, folders


def choose(tenant: Tenant, label: str, *, key: str | None = None, help: str | None = None) -> str:
    """A folder of official files, by its name within the tenant's own."""
    named = {name: f"All of {tenant.title}" if name == "." else name for name in folders(tenant)}
    return st.selectbox(label, list(named), format_func=named.__getitem__, key=key, help=help)
