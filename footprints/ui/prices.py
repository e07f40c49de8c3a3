"""What each rule costs: offered under a result, worked out in the background, shown as a table and in sentences."""

from __future__ import annotations

import streamlit as st

from boundaries.area import Area
from footprints.prices import ABOUT, said
from footprints.shelf import Option
from footprints.ui import study, style
from optimise.trading.tables import Prices

STUDY = "prices"


def show(option: Option, area: Area) -> None:
    """The prices for the rules of this option; a button where they are not known yet."""
    if option.solution is None:
        return
    asked = {"criteria": option.plan.criteria.to_json()}
    found = study.result(STUDY, asked)
    if found is not None:
        _result(found, area)
        return
    if study.running(STUDY):
        study.progress(STUDY, "Working out the price of each rule")
        return
    trouble, mend = study.trouble(STUDY)
    if trouble:
        style.note(*[line for line in (trouble, mend) if line], kind="bad")
    st.write(
        "What would the best plan gain without each rule, and what would rules you might add cost? It takes up to five "
        "times as long as a proposal; you can go on working meanwhile."
    )
    if st.button("Work out the price of each rule", key="prices"):
        study.begin(STUDY, asked)
        st.rerun()


def _together(price: str) -> str:
    """A short price on one line."""
    return price.replace(" ", "\u00a0") if len(price) < 26 else price


def _result(found: Prices, area: Area) -> None:
    if found.best is None:
        style.note("There is no plan under these rules, so they have no price.", kind="bad")
        return
    told = [(price, said(price, found, area)) for price in found.prices]
    for in_force, caption in ((True, "Rules in force"), (False, "Rules you might add")):
        rows = [
            [words.rule[:1].upper() + words.rule[1:].rstrip(","), _together(words.price), words.where]
            for price, words in told
            if price.rule.in_force == in_force
        ]
        if rows:
            style.table(caption, ["Rule", "Price" if in_force else "Would cost", "Where"], rows)
    for price, words in told:
        if price.impossible or price.high is None:
            style.note(words.sentence)
    st.caption(ABOUT)
    with st.expander("The same in sentences, to quote"):
        style.note(*[words.sentence for _, words in told])
    if not found.repeatable:
        st.caption("It was stopped by the clock or by you: working it out again may give narrower intervals.")
