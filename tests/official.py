"""A small source of two ICBs in the official layouts of April 2026: twelve square LSOAs, drawn below, and one of Wales.

Row by row from the north, each cell 1 km (n: Northam, a district of Exampleshire; e: Easton, a unitary; w: Westby, a
metropolitan district of the other ICB). Codes E01000101 to 108 did not change in 2021; E01900001 and 2 were split from
E01000109, E01900003 merged from E01000110 and 111, E01900004 is complex (with E01000108).

    n n n n      E01000101  102  103  104        ICB QX1, sub-ICB 91A
    e e e e      E01000105  106  107  E01900001  ICB QX1, sub-ICB 92A
    w w w w      E01900002  E01900003  E01900004  E01000108   ICB QX2, sub-ICB 93A
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path

CODES = (
    "E01000101",
    "E01000102",
    "E01000103",
    "E01000104",
    "E01000105",
    "E01000106",
    "E01000107",
    "E01900001",
    "E01900002",
    "E01900003",
    "E01900004",
    "E01000108",
)
FIRST_ICB = CODES[:8]
DISTRICT = {
    **dict.fromkeys(CODES[:4], ("E07000901", "Northam")),
    **dict.fromkeys(CODES[4:8], ("E06000901", "Easton")),
    **dict.fromkeys(CODES[8:], ("E08000901", "Westby")),
}
NAMES = {c: f"{DISTRICT[c][1]} 00{1 + n % 4 // 2}{'AB'[n % 2]}" for n, c in enumerate(CODES)}
MSOA_NAMES = sorted({n[:-1] for n in NAMES.values()})
MSOA = {name: f"E0200090{n}" for n, name in enumerate(MSOA_NAMES, start=1)}
RESIDENTS = {c: 1_000 + 100 * n for n, c in enumerate(CODES)}
ORIGIN = (300_000, 700_000)  # in the North Sea of the British grid's own metres

LOOKUP_11_21 = [
    *[(c, c, "U") for c in CODES if c.startswith("E01000")],
    ("E01000109", "E01900001", "S"),
    ("E01000109", "E01900002", "S"),
    ("E01000110", "E01900003", "M"),
    ("E01000111", "E01900003", "M"),
    ("E01000112", "E01900004", "X"),
    ("E01000112", "E01000108", "X"),
]


def table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV text with CRLF line ends, as publishers write it."""
    sink = io.StringIO(newline="")
    writer = csv.writer(sink)
    writer.writerow(list(header))
    writer.writerows([list(r) for r in rows])
    return sink.getvalue()


def geojson(properties: Iterable[Mapping[str, object]], cells: Iterable[tuple[int, int]], *, crs: bool = True) -> str:
    """Square kilometres in EPSG:27700 metres; `cells` are (row from the north, column)."""
    features = []
    for told, (row, column) in zip(properties, cells, strict=True):
        x, y = ORIGIN[0] + 1_000 * column, ORIGIN[1] - 1_000 * (row + 1)
        ring = [[x, y], [x + 1_000, y], [x + 1_000, y + 1_000], [x, y + 1_000], [x, y]]
        features.append(
            {"type": "Feature", "properties": dict(told), "geometry": {"type": "Polygon", "coordinates": [ring]}}
        )
    made: dict[str, object] = {"type": "FeatureCollection", "features": features}
    if crs:
        made["crs"] = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
    return json.dumps(made)


def cell(code: str) -> tuple[int, int]:
    return divmod(CODES.index(code), 4)


def middle(code: str) -> tuple[int, int]:
    row, column = cell(code)
    return ORIGIN[0] + 1_000 * column + 500, ORIGIN[1] - 1_000 * row - 500


def boundaries(codes: Iterable[str] = CODES) -> str:
    listed = list(codes)
    told = [{"FID": n, "LSOA21CD": c, "LSOA21NM": NAMES[c]} for n, c in enumerate(listed)]
    wales = {"FID": 99, "LSOA21CD": "W01000901", "LSOA21NM": "Cymru 001A"}
    return geojson([*told, wales], [*map(cell, listed), (0, 9)])


def lookup(codes: Iterable[str] = CODES) -> str:
    header = [
        "LSOA21CD",
        "LSOA21NM",
        "SICBL26CD",
        "SICBL26CDH",
        "SICBL26NM",
        "ICB26CD",
        "ICB26CDH",
        "ICB26NM",
        "NHSER26CD",
        "NHSER26CDH",
        "NHSER26NM",
        "LAD26CD",
        "LAD26NM",
        "ObjectId",
    ]
    rows = []
    for n, c in enumerate(codes, start=1):
        row = CODES.index(c) // 4
        icb = (
            ("E54000902", "QX2", "NHS Western Integrated Care Board")
            if row == 2
            else ("E54000901", "QX1", "NHS Example and Easton Integrated Care Board")
        )
        ods = f"9{row + 1}A"
        sub = (f"E3800090{row + 1}", ods, f"{icb[2].removesuffix(' Integrated Care Board')} ICB - {ods}")
        rows.append([c, NAMES[c], *sub, *icb, "E40000099", "Y99", "Example", *DISTRICT[c], n])
    return table(header, rows)


def population(values: Mapping[str, object] | None = None) -> str:
    people = RESIDENTS if values is None else values
    return table(
        ["LAD 2023 Code", "LAD 2023 Name", "LSOA 2021 Code", "LSOA 2021 Name", "Mid-2024 Total", "Total"],
        [[*DISTRICT[c], c, NAMES[c], "", people[c]] for c in people],
    )


def vintages(rows: Iterable[tuple[str, str, str]] = LOOKUP_11_21) -> str:
    return table(
        ["F_LSOA11CD", "LSOA11NM", "LSOA21CD", "LSOA21NM", "CHGIND", "LAD22CD", "LAD22NM", "LAD22NMW", "ObjectId"],
        [[a, "", b, NAMES.get(b, ""), r, "E07000901", "Northam", "", n] for n, (a, b, r) in enumerate(rows)],
    )


def registrations(rows: Iterable[tuple[str, str, object]], *, date: str = "01OCT2025", sex: str = "ALL") -> str:
    return table(
        ["PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS"],
        [["GP_PRAC_PAT_LIST", date, p, f"SURGERY {p}", a, sex, n] for p, a, n in rows],
    )


PATIENTS = [
    ("X99001", "E01000101", 900),
    ("X99001", "E01000102", 1000),
    ("X99001", "E01900001", 12),
    ("X99001", "EMPTY", 5),
    ("X99001", "W01000901", 7),
    ("X99001", "E01900002", 20),
    ("X99002", "E01000103", 1100),
    ("X99002", "E01000104", 1200),
    ("X99002", "E01000105", 1300),
    ("X99002", "CLOSED", 3),
    ("X99003", "E01000106", 1400),
    ("X99003", "E01000107", 1500),
    ("X99003", "E01900001", 1600),
    ("X99004", "E01900002", 1700),
    ("X99004", "E01900003", 1800),
    ("X99004", "E01900004", 1900),
    ("X99004", "E01000108", 2000),
    ("X99004", "E01000105", 60),
    ("X99005", "E01000101", 4),
    ("X99005", "S01000901", 9),
]
SITES = {
    "X99001": "E01000101",
    "X99002": "E01000104",
    "X99003": "E01000107",
    "X99004": "E01900003",
    "X99005": "E01000108",
}


def postcode(practice: str) -> str:
    return f"EX1 {practice[-1]}AA"


def codepoint() -> str:
    rows = []
    for practice, code in SITES.items():
        x, y = middle(code)
        county = "E10000901" if DISTRICT[code][0].startswith("E07") else ""
        rows.append(f'"{postcode(practice)}",10,{x},{y},"E92000001","","","{county}","{DISTRICT[code][0]}","E05000901"')
    return "\r\n".join(rows) + "\r\n"


def practice_map(date: str = "01OCT2025") -> str:
    header = [
        "PUBLICATION",
        "EXTRACT_DATE",
        "PRACTICE_CODE",
        "PRACTICE_NAME",
        "PRACTICE_POSTCODE",
        "ONS_SUB_ICB_LOCATION_CODE",
        "SUB_ICB_LOCATION_CODE",
        "SUB_ICB_LOCATION_NAME",
        "ONS_ICB_CODE",
        "ICB_CODE",
        "ICB_NAME",
        "ONS_COMM_REGION_CODE",
        "COMM_REGION_CODE",
        "COMM_REGION_NAME",
        "PCN_CODE",
        "PCN_NAME",
        "SUPPLIER_NAME",
    ]
    pcn = {
        "X99001": ("U00001", "NORTH PCN"),
        "X99002": ("U00001", "NORTH PCN"),
        "X99003": ("U", ""),
        "X99004": ("U00002", "WEST PCN"),
        "X99005": ("U00002", "WEST PCN"),
    }
    rows = [
        [
            "GP_PRAC_PAT_LIST",
            date,
            p,
            f"SURGERY {p}",
            postcode(p),
            "",
            "",
            "",
            "",
            "QX2" if p > "X99003" else "QX1",
            "",
            "",
            "",
            "",
            *pcn[p],
            "EMIS",
        ]
        for p in SITES
    ]
    return table(header, rows)


def epraccur(rows: Iterable[tuple[str, str, str, str]]) -> str:
    """(code, opened, closed, status) rows in the 27 columns of the DSE report, without a header."""
    made = []
    for code, opened, closed, status in rows:
        cells = [
            code,
            f"SURGERY {code}",
            "Y99",
            "QX1",
            "",
            "",
            "",
            "",
            "",
            postcode(code),
            opened,
            closed,
            status,
            "B",
            "91A",
            "20130401",
            "",
            "",
            "",
            "",
            "",
            "0",
            "",
            "91A",
            "",
            "RO76",
            "",
        ]
        made.append(",".join(f'"{c}"' for c in cells))
    return "\r\n".join(made) + "\r\n"


FILES = {
    "LSOA_2021_EW_BGC.geojson": boundaries,
    "LSOA21_SICBL26_ICB26_LAD26_EN_LU.csv": lookup,
    "sapelsoa_mid2024_totals.csv": population,
    "LSOA11_LSOA21_LU.csv": vintages,
    "gp-reg-pat-prac-lsoa-all.csv": lambda: registrations(PATIENTS),
    "gp-reg-pat-prac-map.csv": practice_map,
    "codepo_gb/ex.csv": codepoint,
}


def write(folder: Path, **changed: str | bytes | None) -> Path:
    """The source in `folder`; `changed` replaces files by the start of their name (None leaves one out) or adds more.

    Keys are file names with "__" for "." and "_" kept; bytes are written as they are, text as UTF-8.
    """
    wanted: dict[str, str | bytes | None] = {name: make() for name, make in FILES.items()}
    wanted |= {name.replace("__", "."): text for name, text in changed.items()}
    return write_files(folder, wanted)


def write_files(folder: Path, files: Mapping[str, str | bytes | None]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text is None:
            path.unlink(missing_ok=True)
        elif isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text, encoding="utf-8", newline="")
    return folder


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return sink.getvalue()
