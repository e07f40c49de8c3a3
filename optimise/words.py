"""How shares and changes are said to people; counts are said by `boundaries.words`."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from boundaries.words import count

__all__ = ["at_most", "count", "level_in_words", "listed", "percent", "signed"]


def percent(fraction: float) -> str:
    """A small share for people: "0.6%", "less than 0.1%"; 0 only for none at all."""
    return "less than 0.1%" if 0 < fraction < 0.001 else f"{fraction:.1%}"


def level_in_words(label: str) -> str:
    """The label of a level inside a sentence: "Ward 2025" as "ward"; abbreviations such as MSOA as they are."""
    words = [word for word in label.split() if not word.isdecimal()]
    return " ".join(word if any(c.isupper() for c in word[1:]) else word.lower() for word in words) or label


def at_most(fraction: float) -> str:
    """A share rounded up to a tenth of a percent, so that "by more than 0.6%" stays true."""
    return f"{ceil(fraction * 1000 - 1e-9) / 10:.1f}%"


def listed(parts: Sequence[str]) -> str:
    """Parts of a sentence: "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def signed(number: int) -> str:
    """A change with its sign: "+1,234", "−1,234"; none as a plain 0."""
    return f"{number:+,}".replace("-", "−") if number else "0"
