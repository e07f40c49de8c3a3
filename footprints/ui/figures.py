"""Values as people read them, and what a difference between two of them means."""

from __future__ import annotations

from typing import Any

import pandas as pd


def known(value: Any) -> bool:
    """Whether there is a value at all."""
    return value is not None and not bool(pd.isna(value))


def shown(value: Any, unit: str = "") -> str:
    """A value in words or figures: yes or no, a percentage for a share, thousands separators, a dash where unknown."""
    if not known(value):
        return "–"
    if unit == "yes/no" or isinstance(value, bool):
        return "yes" if bool(value) else "no"
    if isinstance(value, str):
        return value
    number = float(value)
    if unit == "share":
        return f"{100 * number:.1f}%"
    if number == round(number) and unit != "km":
        return f"{number:,.0f}".replace("-", "−")
    return (
        f"{number:,.0f}" if abs(number) >= 1000 else f"{number:,.1f}" if abs(number) >= 100 else f"{number:,.2f}"
    ).replace("-", "−")


def difference(before: Any, after: Any, unit: str = "") -> str:
    """After minus before with its sign; empty where one of them is unknown, and "same" where nothing shows."""
    if not known(before) or not known(after) or isinstance(before, str | bool) or isinstance(after, str | bool):
        return ""
    if shown(before, unit) == shown(after, unit):
        return "same"
    change = float(after) - float(before)
    points = shown(abs(change), unit).replace("%", " points")
    return ("+" if change > 0 else "−") + points


def better(before: Any, after: Any, direction: str, unit: str = "") -> str:
    """ "better" or "worse" where a measure has a better side and the difference shows; else nothing."""
    if direction == "none" or difference(before, after, unit) in ("", "same"):
        return ""
    return "better" if (float(after) > float(before)) == (direction == "higher") else "worse"
