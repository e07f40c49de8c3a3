"""Tables of travel times (formats.md 8.8): how many minutes from an LSOA to an LSOA or a site, perhaps by mode."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from boundaries import columns as col
from boundaries.errors import DataError
from boundaries.readers.tables import gather
from boundaries.words import count

ORIGIN = ("origin_lsoa", "origin lsoa", "origin_lsoa21cd", "from_lsoa", "origin_id", "origin", "from_id")
DESTINATION = ("destination_lsoa", "destination lsoa", "destination_lsoa21cd", "to_lsoa", "destination_site",
               "destination_id", "destination", "to_id")  # fmt: skip
MINUTES = ("travel_time_minutes", "travel time minutes", "travel time (minutes)", "minutes")
MODE = ("mode", "travel_mode", "transport_mode", "mode of travel")
NOT_STATED = "not stated"
LONGEST_MINUTES = 24 * 60
MOST_MODES = 6
LONGEST_MODE = 24
_A_TIME = re.compile(r"(travel|journey|driv(e|ing))[ _]?time|duration|seconds")
_ENDS = ("origin", "destination")  # columns of `Area.travel` beside those of the modes


def is_travel(columns: Sequence[str]) -> bool:
    """Whether these headers are those of a table of travel times."""
    return all(col.find(columns, *names) is not None for names in (ORIGIN, DESTINATION, MINUTES))


def lacks_minutes(columns: Sequence[str]) -> bool:
    """Whether these headers tell of journeys and of a time, and no header says that it is in minutes."""
    ends = all(col.find(columns, *names) is not None for names in (ORIGIN, DESTINATION))
    return ends and not is_travel(columns) and any(_A_TIME.search(col.key(name)) for name in columns)


def travel_columns(columns: Sequence[str], file: str) -> dict[str, str]:
    """origin, destination, minutes and, where there is one, mode -> the header of the file. Raises DataError."""
    found = {
        word: column
        for word, names in (("origin", ORIGIN), ("destination", DESTINATION), ("minutes", MINUTES), ("mode", MODE))
        if (column := col.find(columns, *names))
    }
    if len(found.keys() - {"mode"}) < 3:
        raise DataError(
            f"{file} is no table of travel times.",
            mend="It needs the columns origin_lsoa, destination_lsoa and travel_time_minutes.",
        )
    return found


def travel_rows(frame: pd.DataFrame, named: dict[str, str], file: str) -> pd.DataFrame:
    """Rows of text to typed ones, in the order of the file: origin, destination, mode str, minutes float64.

    A blank time is NaN. Raises DataError naming origins that are no LSOA codes, rows without a destination, and times
    that are no number, below 0 or more than a day.
    """
    errors: list[DataError] = []
    columns = {}
    try:
        columns["origin"], _ = col.tidy_codes(frame[named["origin"]], entity="lsoa", file=file, column=named["origin"])
    except DataError as error:
        errors.append(error)
    destination = frame[named["destination"]].str.strip().str.upper()
    try:
        minutes = col.numbers(frame[named["minutes"]], file=file, column=named["minutes"])
    except DataError as error:
        errors.append(error)
        minutes = pd.Series(np.nan, index=frame.index)
    below, above = minutes < 0, minutes > LONGEST_MINUTES
    for wrong, words, mend in (
        (destination == "", "no destination", "Give the code of an LSOA or of a practice."),
        (below, "a travel time below 0", "Correct it; leave the cell blank where it is not known."),
        (
            above,
            "a travel time of more than a day",
            "Give minutes (a table in seconds has to be divided by 60); leave the cell blank where nobody can get "
            "there.",
        ),
    ):
        if wrong.any():
            first = frame.loc[wrong, [named[key] for key in ("origin", "destination", "minutes")]].head(5)
            told = ", ".join(f"{a} to {b}: “{time}”" for a, b, time in first.itertuples(index=False))
            errors.append(
                DataError(f"{file}: {count(int(wrong.sum()), 'row has', 'rows have')} {words} ({told}).", mend=mend)
            )
    gather(errors)
    mode = pd.Series(NOT_STATED, index=frame.index)
    if "mode" in named:
        texts = frame[named["mode"]]
        mode = texts.map({text: mode_of(text) for text in texts.unique()})
        check_modes(mode.unique(), f"{file}, column “{named['mode']}”")
    return pd.DataFrame(
        {"origin": columns["origin"], "destination": destination, "mode": mode.astype("str"), "minutes": minutes}
    )


def mode_of(text: str) -> str:
    """A mode of travel as it is told: small letters and digits, single blanks; `NOT_STATED` where there are none."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip() or NOT_STATED


def check_modes(modes: Iterable[str], where: str) -> None:
    """Raises DataError for more modes than can be kept apart, and for names that cannot head a column."""
    names = sorted(set(modes))
    if len(names) > MOST_MODES:
        told = f"{len(names)} modes of travel ({', '.join(names[:MOST_MODES])} …); {MOST_MODES} can be kept apart"
    elif long := [one for one in names if len(one) > LONGEST_MODE]:
        told = f"the mode of travel “{long[0][:LONGEST_MODE]}…” is longer than {LONGEST_MODE} letters"
    elif taken := [one for one in names if one in _ENDS]:
        told = f"“{taken[0]}” is an end of a journey, not a mode of travel"
    else:
        return
    raise DataError(
        f"{where}: {told}.",
        mend="Keep the rows of the modes that you want to compare, and name each in a word or two (car, walking, bus).",
    )
