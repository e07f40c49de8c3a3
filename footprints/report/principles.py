"""The partnership's principles, in its own words, each tied to a measure and a threshold; and how a plan meets them.

A principles file is JSON, `"schema": "footprints-principles/1"`:

    {"schema": "footprints-principles/1", "principles": [
      {"words": "Every team serves between 30,000 and 60,000 people.", "measure": "in_range", "each": true},
      {"words": "Communities are not cut in two.", "measure": "wards_split", "at_most": 10, "partly": 20},
      {"words": "Residents recognise the name.", "measure": ""}]}

or a CSV with the columns words, measure, at_least, at_most, partly, each. A measure is the key of one in Table 1
(`metrics.csv` names them), or with `each` of one that every neighbourhood has. Without a measure it is for the board.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from footprints.errors import PlanError, some
from footprints.metrics import Metric, metrics_for
from footprints.plan import clean_text
from footprints.report.measures import Measure, measures, said, why_not
from footprints.report.subject import Subject
from footprints.text import parse_json, read_csv

SCHEMA = "footprints-principles/1"
FIELDS = ("words", "measure", "at_least", "at_most", "partly", "each")
Verdict = Literal["met", "partly", "not met", "not known", "for the board"]
WORDS: Mapping[Verdict, str] = {
    "met": "Met",
    "partly": "Partly met",
    "not met": "Not met",
    "not known": "Not known",
    "for the board": "For the board to judge",
}
_YES = {"yes", "true", "1", "y", "x"}


@dataclass(frozen=True)
class Principle:
    """words : as the partnership says it. measure : a key, "" for none. at_least, at_most : the threshold, one or both.

    partly : the nearer threshold within which it is partly met. each : it is about every neighbourhood; then it is
    partly met where at least half of them meet it. Raises PlanError where this cannot be judged.
    """

    words: str
    measure: str = ""
    at_least: float | None = None
    at_most: float | None = None
    partly: float | None = None
    each: bool = False

    def __post_init__(self) -> None:
        words = clean_text(self.words, "A principle")
        if not words:
            raise PlanError("A principle has no words.", mend="Write it as the partnership says it.")
        object.__setattr__(self, "words", words)
        bounds = (self.at_least, self.at_most, self.partly)
        if any(b is not None and not math.isfinite(b) for b in bounds):
            raise PlanError(f"The principle “{words}” has a threshold that is no number.", mend="Write a number.")
        if not self.measure and any(b is not None for b in bounds):
            raise PlanError(
                f"The principle “{words}” has a threshold and no measure.", mend="Name the measure, or leave both out."
            )
        if self.measure and self.at_least is None and self.at_most is None and not self.each:
            raise PlanError(
                f"The principle “{words}” has a measure and no threshold.", mend="Add “at_least” or “at_most”."
            )

    def passes(self, value: float) -> bool:
        """Whether a number is within the threshold; without one, whether it is yes."""
        if self.at_least is None and self.at_most is None:
            return bool(value)
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def nearly(self, value: float) -> bool:
        """Whether a number is within the nearer threshold."""
        if self.partly is None:
            return False
        if self.at_most is not None and value > self.at_most:
            return value <= self.partly
        return self.at_least is not None and value < self.at_least and value >= self.partly


@dataclass(frozen=True)
class Judged:
    """How a plan meets a principle: the verdict, and the number in words ("12 wards", "17 of 19")."""

    verdict: Verdict
    number: str = ""


def judge(principle: Principle, subject: Subject, today: Subject | None) -> Judged:
    """How a plan meets a principle. "not known" where what it needs is not loaded.

    Raises PlanError for a measure that there is none of, naming those there are.
    """
    if not principle.measure:
        return Judged("for the board")
    if principle.each:
        return _each(principle, subject)
    measure = _known(principle, measures(subject))
    value = measure.function(subject, today)
    if value is None or np.isnan(value):
        return Judged("not known", measure.needs)
    verdict: Verdict = "met" if principle.passes(value) else "partly" if principle.nearly(value) else "not met"
    return Judged(verdict, in_units(measure, value))


def _of_each(subject: Subject) -> dict[str, Metric]:
    return {m.key: m for m in metrics_for(subject.area) if m.level == "neighbourhood"}


def in_units(measure: Measure, value: float) -> str:
    """ "12 wards", "1 ward", "71.8%"."""
    unit = measure.unit
    if unit in ("share", "ratio", "score"):
        return measure.say(value)
    return f"{measure.say(value)} {unit.removesuffix('s') if round(value) == 1 else unit}"


def _each(principle: Principle, subject: Subject) -> Judged:
    metric = _known(principle, _of_each(subject))
    if metric.key in subject.card.missing or metric.key in subject.card.failed or why_not(metric, subject):
        return Judged("not known", why_not(metric, subject))
    column = subject.card.neighbourhoods[metric.key]
    filled = [code for d, code in enumerate(subject.plan.codes) if len(subject.scene.members[d])]
    values = [float(column[code]) for code in filled]
    good = sum(principle.passes(v) for v in values if not np.isnan(v))
    verdict: Verdict = "met" if good == len(values) else "partly" if 2 * good >= len(values) else "not met"
    return Judged(verdict, f"{good} of {len(values)}")


def tied_to(principle: Principle, subject: Subject) -> str:
    """The measure and the threshold in words: "Wards split: at most 10 (partly to 20)"."""
    if not principle.measure:
        return "No measure: for the board to judge."
    if principle.each:
        own = _known(principle, _of_each(subject))
        label, unit, partly = own.label, own.unit, "; partly met where at least half are"
    else:
        measure = _known(principle, measures(subject))
        label, unit = measure.label, measure.unit
        from_to = "from" if principle.at_least is not None else "up to"
        partly = "" if principle.partly is None else f"; partly met {from_to} {said(principle.partly, unit)}"
    bounds = [
        f"{words} {said(bound, 'people' if unit == 'patients' else unit)}"
        for words, bound in (("at least", principle.at_least), ("at most", principle.at_most))
        if bound is not None
    ]
    threshold = " and ".join(bounds) or "yes"
    return f"{label}: {threshold}{' in every neighbourhood' if principle.each else ''}{partly}."


def _known(principle: Principle, table: Mapping[str, Any]) -> Any:
    if principle.measure in table:
        return table[principle.measure]
    near = difflib.get_close_matches(principle.measure, sorted(table), 3, 0.5) or sorted(table)
    level = "each neighbourhood" if principle.each else "the whole plan"
    raise PlanError(
        f"The principle “{principle.words}” names the measure “{principle.measure}”, which {level} does not have.",
        mend=f"Name one such as {some(near, 12)}.",
    )


def read_principles(path: Path) -> tuple[Principle, ...]:
    """Principles of a JSON or CSV file, in its order. Raises PlanError naming the file and what is wrong in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise PlanError(f"The principles file {path} cannot be read: {error.strerror}.", mend="Name a file.") from None
    return principles_of(data, path.name)


def principles_of(data: bytes, name: str) -> tuple[Principle, ...]:
    """The same from bytes; `name` says which of the two kinds they are. Raises PlanError."""
    if name.casefold().endswith(".csv"):
        header, lines = read_csv(data, name)
        columns = [column.casefold() for column in header]
        if "words" not in columns:
            raise PlanError(
                f"{name} has no column “words” (its columns: {some(header)}).",
                mend="Give it the columns words, measure, at_least, at_most, partly, each.",
            )
        rows: list[Mapping[str, Any]] = [dict(zip(columns, line, strict=True)) for line in lines]
    else:
        document = parse_json(data, name)
        if document.get("schema") != SCHEMA:
            raise PlanError(
                f"{name} is “{document.get('schema', 'no schema')}”, not “{SCHEMA}”.",
                mend=f"Give it “schema”: “{SCHEMA}”, or load it with a newer version.",
            )
        found = document.get("principles")
        if not isinstance(found, list) or not all(isinstance(one, Mapping) for one in found):
            raise PlanError(f"{name} has no list of “principles”.", mend="Add one.")
        rows = found
    return tuple(_principle(row, f"{name}, principle {n}") for n, row in enumerate(rows, 1))


def _principle(row: Mapping[str, Any], where: str) -> Principle:
    strange = sorted(set(row) - set(FIELDS))
    if strange:
        raise PlanError(f"{where} has fields that are not known: {some(strange)}.", mend=f"Use {', '.join(FIELDS)}.")
    words, measure, each = row.get("words", ""), row.get("measure", ""), row.get("each", False)
    if not isinstance(words, str) or not isinstance(measure, str):
        raise PlanError(f"{where}: words and measure are text.", mend="Put them in quotes.")
    return Principle(
        words=words,
        measure=measure.strip(),
        at_least=_number(row.get("at_least"), where),
        at_most=_number(row.get("at_most"), where),
        partly=_number(row.get("partly"), where),
        each=each is True or (isinstance(each, str) and each.strip().casefold() in _YES),
    )


def _number(value: Any, where: str) -> float | None:
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip().replace(",", "")
    share = text.endswith("%")
    try:
        return float(text.rstrip("%")) / (100 if share else 1)
    except ValueError:
        raise PlanError(f"{where}: “{value}” is no number.", mend="Write a number, such as 0.7 or 70%.") from None


def document_of(principles: tuple[Principle, ...]) -> dict[str, Any]:
    """The principles as the JSON that `principles_of` reads back."""
    rows = []
    for one in principles:
        row: dict[str, Any] = {"words": one.words, "measure": one.measure}
        bounds = (("at_least", one.at_least), ("at_most", one.at_most), ("partly", one.partly))
        row |= {key: value for key, value in bounds if value is not None}
        rows.append(row | ({"each": True} if one.each else {}))
    return {"schema": SCHEMA, "principles": rows}
