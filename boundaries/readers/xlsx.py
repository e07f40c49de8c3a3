"""Rows of one sheet of a large workbook, fast: only rows whose key cell is wanted are taken apart.

The ONS single-year workbook unpacks to some 250 MB of XML for 6 million cells, of which a study area needs one in a
hundred. The sheet is cut at its row ends and the key cell of each row is looked at before anything else is parsed. What
does not look as spreadsheets write it (prefixed names, cells without addresses) gives None, and openpyxl reads it.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

_ROW_END = b"</row>"
_CHUNK = 1 << 20
_MAX_ROW = 1 << 24
_CELL = re.compile(rb'<c r="([A-Z]{1,3})\d+"([^>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_TEXT = re.compile(rb"<t(?:\s[^>]*)?>(.*?)</t>", re.DOTALL)
_VALUE = re.compile(rb"<v(?:\s[^>]*)?>(.*?)</v>", re.DOTALL)
_SHEET = re.compile(rb"<sheet\s[^>]*>")
_RELATION = re.compile(rb"<Relationship\s[^>]*>")


class _Unusual(Exception):
    """The workbook is not written in the way this reader knows."""


def read_rows(
    path: Path, sheet: str, find_key: Callable[[list[str]], int], keep: Callable[[str], bool]
) -> tuple[list[str], list[list[str]], int] | None:
    """Header, kept rows (text, aligned with the header) and the number of rows below the header; None for the unusual.

    find_key : given a row's cells, the position of the key column, or -1 when it is not the header; asked for rows 1 to
    10. keep : asked with the trimmed key of every later row that has one.
    """
    try:
        with zipfile.ZipFile(path) as book:
            member = _sheet_member(book, sheet)
            strings = _Strings(book)
            return _rows(book, member, strings, find_key, keep)
    except (_Unusual, KeyError, zipfile.BadZipFile, UnicodeDecodeError, ValueError, IndexError):
        return None


def _rows(
    book: zipfile.ZipFile,
    member: str,
    strings: _Strings,
    find_key: Callable[[list[str]], int],
    keep: Callable[[str], bool],
) -> tuple[list[str], list[list[str]], int]:
    header: list[str] = []
    letters: list[str] = []
    key, rows, read, seen = b"", list[list[str]](), 0, 0
    for raw in _row_bytes(book, member):
        seen += 1
        if not letters:
            cells = dict(_cells(raw, strings))
            names = sorted(cells, key=_order)
            at = find_key([cells[n] for n in names])
            if at >= 0:
                header, letters = [cells[n] for n in names], names
                key = rb'<c r="' + names[at].encode() + rb'\d+"([^>]*?)(?:/>|>(.*?)</c>)'
                find = re.compile(key, re.DOTALL)
            elif seen >= 10:
                raise _Unusual
            continue
        found = find.search(raw)
        if found is None or found[2] is None:
            if b"<v>" in raw or b"<t" in raw:
                read += 1
                rows.append(_aligned(raw, letters, strings))
            continue
        value = _cell_value(found[1], found[2], strings).strip()
        read += 1
        if keep(value):
            rows.append(_aligned(raw, letters, strings))
    if not letters:
        raise _Unusual
    return header, rows, read


def _aligned(raw: bytes, letters: list[str], strings: _Strings) -> list[str]:
    cells = dict(_cells(raw, strings))
    return [cells.get(n, "") for n in letters]


def _row_bytes(book: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    rest, first = b"", True
    with book.open(member) as file:
        while chunk := file.read(_CHUNK):
            data = rest + chunk
            if first:
                if b"<!DOCTYPE" in data or b"<sheetData" not in data[:_CHUNK] or b"<row" not in data:
                    raise _Unusual
                data, first = data[data.index(b"<sheetData") :], False
            *parts, rest = data.split(_ROW_END)
            if len(rest) > _MAX_ROW:
                raise _Unusual
            yield from parts


def _cells(raw: bytes, strings: _Strings) -> Iterator[tuple[str, str]]:
    if raw.count(b"<c ") != len(found := _CELL.findall(raw)):
        raise _Unusual
    for letter, attributes, inner in found:
        yield letter.decode("ascii"), _cell_value(attributes, inner, strings)


def _cell_value(attributes: bytes, inner: bytes, strings: _Strings) -> str:
    if b't="s"' in attributes:
        value = _VALUE.search(inner)
        return strings[int(value[1])] if value else ""
    if b't="inlineStr"' in attributes:
        return _text(inner)
    value = _VALUE.search(inner)
    if value is None:
        return ""
    told = html.unescape(value[1].decode("utf-8"))
    return told[:-2] if told.endswith(".0") else told


def _text(inner: bytes) -> str:
    return html.unescape(b"".join(_TEXT.findall(inner)).decode("utf-8"))


def _order(letters: str) -> tuple[int, str]:
    return len(letters), letters


class _Strings:
    """The shared strings of a workbook, decoded only where asked for."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        name = "xl/sharedStrings.xml"
        data = book.read(name) if name in book.namelist() else b""
        if b"<!DOCTYPE" in data:
            raise _Unusual
        self._raw = [p.rpartition(b"<si>")[2] for p in data.split(b"</si>")[:-1]]
        if b"<si/>" in data or b"<rPh" in data:
            raise _Unusual

    def __getitem__(self, number: int) -> str:
        return _text(self._raw[number])


def _attribute(tag: bytes, name: bytes) -> str:
    found = re.search(rb"\b" + name + rb'="([^"]*)"', tag)
    if found is None:
        raise _Unusual
    return html.unescape(found[1].decode("utf-8"))


def _sheet_member(book: zipfile.ZipFile, sheet: str) -> str:
    tag = next(
        (t for t in _SHEET.findall(book.read("xl/workbook.xml")) if _attribute(t, b"name").strip() == sheet.strip()),
        None,
    )
    if tag is None:
        raise _Unusual
    wanted = _attribute(tag, b"r:id")
    for relation in _RELATION.findall(book.read("xl/_rels/workbook.xml.rels")):
        if _attribute(relation, b"Id") == wanted:
            target = _attribute(relation, b"Target")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise _Unusual
