"""A lookup as somebody saved it: which column holds areas and which labels, and what a spreadsheet did to both."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from footprints.errors import PlanError, some
from footprints.incoming.question import Choice, Question, column_choice
from footprints.text import read_csv
from optimise.words import count

KINDS = {"oa": "E00", "lsoa": "E01", "msoa": "E02", "ward": "E05"}  # finest first
WORDS = {"oa": "output area", "lsoa": "LSOA", "msoa": "MSOA", "ward": "ward"}
_CODE = re.compile(r"[EW](00|01|02|05)\d{6}")
_LOST_ZERO = re.compile(r"[EW]([0125])(\d{6})")  # E1012345 for E01012345
_SCIENTIFIC = re.compile(r"\d+([.,]\d+)?E\+?\d+", re.IGNORECASE)
_FLOAT = re.compile(r"(\d+)[.,]0+")
_BLANK = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_OFFICIAL = re.compile(r"(f_)?(oa|lsoa|msoa|wd|lad|icb|sicbl|cal|rgn)\d\d(cd|cdh|nmw?|hclnm)|objectid|fid")
_PERSON = ("nhsnumber", "dateofbirth", "dob")
LABELS = ("neighbourhood_code", "neighbourhood", "neighbourhood_name", "nbhd", "int", "label")


@dataclass(frozen=True)
class Lookup:
    """Rows of (area code, label), blank labels included. kind : a key of `KINDS`. area_column, label_column : as named.

    notes : what was mended or passed over, in words. further : column -> cell for each row, other columns of ours.
    """

    kind: str
    rows: tuple[tuple[str, str], ...]
    area_column: str
    label_column: str
    notes: tuple[str, ...]
    further: tuple[dict[str, str], ...] = ()


def read_lookup(data: bytes, name: str, *, areas: str = "", label: str = "", zeros: str = "") -> Lookup:
    """The lookup in a CSV with or without a header.

    areas, label : the columns that are meant, where the file does not say. zeros : whether labels such as 01 and 1 are
    the "same" or stay "apart". Raises Question where several columns could be meant, or labels be the same; PlanError
    where it holds no area codes, and where a spreadsheet has destroyed labels.
    """
    header, rows, notes = _table(data, name)
    cells = [[_BLANK.sub(" ", cell).strip() for cell in row] for row in rows]
    padded = sum(a != b for row, raw in zip(cells, rows, strict=True) for a, b in zip(row, raw, strict=True))
    if padded:
        notes.append(f"Blanks at the ends of {count(padded, 'cell')} were taken away.")
    for person in header:
        if re.sub(r"[^a-z]", "", person.casefold()) in _PERSON:
            raise PlanError(
                f"{name} has a column “{person}”: data about single people are not read.", mend="Take that column out."
            )
    at, kind = _area_column(header, cells, name, areas, notes)
    to = _label_column(header, cells, name, label, at, notes)
    found: list[tuple[str, str]] = []
    further: list[dict[str, str]] = []
    mends = blank = 0
    lower = [column.casefold() for column in header]
    for row in cells:
        code, mended = _code(row[at])
        mends += mended
        if not code:
            blank += any(row)
            continue
        found.append((code, row[to]))
        further.append(dict(zip(lower, row, strict=True)))
    if mends:
        notes.append(f"{count(mends, 'code')} had lost the zero after the first letter; it was put back.")
    if blank:
        notes.append(
            f"{count(blank, 'row has', 'rows have')} no area code and {'was' if blank == 1 else 'were'} left out."
        )
    labels = _labels([said for _, said in found], header[to], name, zeros, notes)
    pairs = tuple((code, said) for (code, _), said in zip(found, labels, strict=True))
    return Lookup(kind, pairs, header[at], header[to], tuple(notes), tuple(further))


def _table(data: bytes, name: str) -> tuple[list[str], list[list[str]], list[str]]:
    """Header and rows; lines above the header and blank cells behind the last column go, a missing header is made."""
    notes: list[str] = []
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise PlanError(f"{name} is not a text file, or not all of it.", mend="Save it as “CSV UTF-8”.") from None
        notes.append("The file is “Unicode text” (UTF-16).")
    lines = data.splitlines(keepends=True)
    tail = max((_blank_tail(line) for line in lines[:50]), default=0)
    skipped = 0
    while skipped < min(10, len(lines) - 1) and not _filled(lines[skipped]):
        skipped += 1
    text = b"".join(lines[skipped:])
    if skipped:
        notes.append(f"{count(skipped, 'line')} above the table {'was' if skipped == 1 else 'were'} passed over.")
    header, rows = read_csv(_wider(text, tail) if tail else text, name)
    if any(_code(cell)[0] for cell in header):
        header, rows = [f"column {n}" for n in range(1, len(header) + 1)], [header, *rows]
        notes.append("The file has no header; its columns are numbered.")
    keep = [i for i, column in enumerate(header) if column or any(row[i].strip() for row in rows)]
    header = _apart([header[i] or f"column {i + 1}" for i in keep])
    rows = [[row[i] for i in keep] for row in rows]
    if not rows:
        raise PlanError(f"{name} has a header and no rows.", mend="Give a row for each area.")
    return header, rows, notes


def _apart(header: Sequence[str]) -> list[str]:
    """Names of columns, no two of them the same, so that each can be chosen."""
    made: list[str] = []
    for name in header:
        number, own = 2, name
        while own.casefold() in {other.casefold() for other in made}:
            own, number = f"{name} ({number})", number + 1
        made.append(own)
    return made


def _blank_tail(line: bytes) -> int:
    found = re.search(rb"[,;\t]+\s*$", line)
    return len(found.group().strip(b"\r\n \x00")) if found else 0


def _wider(text: bytes, tail: int) -> bytes:
    """The first line with as many separators more as some row has blank cells behind it."""
    first, end, rest = text.partition(b"\n")
    mark = max((b",", b";", b"\t"), key=first.count)
    return first.rstrip(b"\r") + mark * tail + end + rest


def _filled(line: bytes) -> bool:
    """Whether a line could be the first of a table: two cells with something in them."""
    return sum(bool(cell.strip(b' "\r\n\xef\xbb\xbf')) for cell in re.split(rb"[,;\t]", line)) > 1


def _code(cell: str) -> tuple[str, bool]:
    """The area code in a cell, and whether its zero had to be put back; "" where there is none."""
    said = _BLANK.sub("", cell).strip("\"'=").upper()
    if _CODE.fullmatch(said):
        return said, False
    lost = _LOST_ZERO.fullmatch(said)
    return (f"{said[0]}0{lost[1]}{lost[2]}", True) if lost else ("", False)


def _area_column(
    header: Sequence[str], rows: Sequence[Sequence[str]], name: str, areas: str, notes: list[str]
) -> tuple[int, str]:
    """The column of area codes, the finest kind where there are several, and its kind."""
    found: dict[int, str] = {}
    for i in range(len(header)):
        cells = [row[i] for row in rows if row[i]]
        codes = [code for code in (_code(cell)[0] for cell in cells) if code]
        if cells and 2 * len(codes) > len(cells):
            kinds = [kind for kind, start in KINDS.items() if sum(c[1:3] == start[1:] for c in codes) * 2 > len(codes)]
            if kinds:
                found[i] = kinds[0]
    if areas:
        named = [i for i in found if header[i].casefold() == areas.casefold()]
        if not named:
            raise PlanError(f"{name} has no column “{areas}” of area codes.", mend=f"Choose among {_listed(header)}.")
        return named[0], found[named[0]]
    if not found:
        raise PlanError(
            f"{name} has no column of OA, LSOA, MSOA or ward codes (its columns: {_listed(header)}).",
            mend="Add a column of codes such as E01000001. Names are not enough: many are used twice.",
        )
    finest = min(found.values(), key=list(KINDS).index)
    columns = [i for i, kind in found.items() if kind == finest]
    if len(columns) > 1 and any([row[i] for row in rows] != [row[columns[0]] for row in rows] for i in columns):
        raise Question(
            "areas",
            f"{name} has several columns of {WORDS[finest]} codes: {_listed([header[i] for i in columns])}.",
            [column_choice(header[i], (row[i] for row in rows)) for i in columns],
        )
    others = sorted({WORDS[kind] for kind in found.values()} - {WORDS[finest]})
    if others:
        notes.append(f"The file has {WORDS[finest]} codes, which were taken, and {' and '.join(others)} codes beside.")
    return columns[0], finest


def _label_column(
    header: Sequence[str], rows: Sequence[Sequence[str]], name: str, label: str, at: int, notes: list[str]
) -> int:
    lower = [column.casefold() for column in header]
    if label:
        if label.casefold() not in lower:
            raise PlanError(f"{name} has no column “{label}”.", mend=f"Its columns are {_listed(header)}.")
        return lower.index(label.casefold())
    for known in LABELS:
        if known in lower and lower.index(known) != at:
            return lower.index(known)
    open_ones = []
    for i in range(len(header)):
        cells = {row[i] for row in rows if row[i]}
        coded = cells and 2 * sum(bool(re.fullmatch(r"[EWSN]\d{8}", cell)) for cell in cells) > len(cells)
        if i != at and cells and not coded and not _OFFICIAL.fullmatch(lower[i]):
            open_ones.append((i, len(cells)))
    # A label stands in several rows as a rule; a number of each row, or a name, does not.
    likely = [i for i, values in open_ones if values < len(rows)] or [i for i, _ in open_ones]
    if not likely:
        raise PlanError(
            f"{name} does not say which column is the neighbourhood (there is no other column).",
            mend="Add a column “neighbourhood”.",
        )
    if len(likely) > 1:
        raise Question(
            "label",
            f"{name} does not say which column is the neighbourhood ({_listed([header[i] for i in likely])}).",
            [column_choice(header[i], (row[i] for row in rows)) for i in likely],
        )
    notes.append(f"The column “{header[likely[0]]}” was taken for the neighbourhood.")
    return likely[0]


def _labels(labels: Sequence[str], column: str, name: str, said_of_zeros: str, notes: list[str]) -> list[str]:
    """Labels as they were meant: 1.0 is 1 where all are numbers, spellings that differ in case or blanks are one."""
    gone = sorted({said for said in labels if _SCIENTIFIC.fullmatch(said)})
    if gone:
        raise PlanError(
            f"{name}: in the column “{column}” a spreadsheet has turned codes into numbers ({some(gone)}); what they "
            "were cannot be told.",
            mend="Open the source again, format that column as text before you paste, and save it anew.",
        )
    filled = {said for said in labels if said}
    floats = {said for said in filled if _FLOAT.fullmatch(said)}
    made = list(labels)
    if floats and all(said.isdigit() or said in floats for said in filled):
        made = [(found[1] if (found := _FLOAT.fullmatch(said)) else said) for said in made]
        notes.append(f"Labels such as {min(floats)} were read as {_FLOAT.fullmatch(min(floats))[1]}.")  # type: ignore[index]
    zeros = {said for said in made if said.isdigit()}
    short = sorted(s for s in zeros if s.startswith("0") and s.lstrip("0") in zeros)
    if short and said_of_zeros not in ("same", "apart"):
        pairs = some(f"{said} and {said.lstrip('0')}" for said in short)
        raise Question(
            "zeros",
            f"{name} has labels that differ only by zeros in front: {pairs}.",
            [Choice("same", "They are the same neighbourhood."), Choice("apart", "They are different ones.")],
        )
    if short and said_of_zeros == "same":
        notes.append(f"Labels that differ only by zeros in front were taken as one, as you said: {some(short)}.")
        made = [said.lstrip("0") if said in short else said for said in made]
    first: dict[str, str] = {}
    for said in made:
        first.setdefault(said.casefold(), said)
    same = sorted({said for said in made if first[said.casefold()] != said})
    if same:
        notes.append(f"Spellings that differ in capitals alone were taken as one: {some(same)}.")
    return [first[said.casefold()] for said in made]


def _listed(columns: Sequence[str]) -> str:
    return some([f"“{column}”" for column in columns], 12)
