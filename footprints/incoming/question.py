"""What a file does not say and only its people know: a question with the choices that there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from footprints.errors import PlanError, some

# What may be asked, and the flag of `footprints import` that answers it.
FLAGS = {"areas": "--areas", "label": "--label", "layer": "--layer", "zeros": "--zeros"}
_SHOWN = 60  # letters of a value


@dataclass(frozen=True)
class Choice:
    """One answer: the value to give back, and for people what it is (a column with some of its values)."""

    value: str
    words: str


class Question(PlanError):
    """A meaning that is not sure. key : one of `FLAGS`; choices : two or more answers. Never answered by a guess."""

    def __init__(self, key: str, message: str, choices: Sequence[Choice]) -> None:
        values = some([f"“{choice.value}”" for choice in choices], 12)
        super().__init__(message, mend=f"Say which one is meant ({FLAGS[key]}): {values}.")
        self.key = key
        self.choices = tuple(choices)


def column_choice(name: str, cells: Iterable[str]) -> Choice:
    """A column, with the first of its values and how many there are."""
    values = list(dict.fromkeys(cell if len(cell) <= _SHOWN else f"{cell[:_SHOWN]}…" for cell in cells if cell))
    return Choice(name, some(values, 4) if values else "blank")
