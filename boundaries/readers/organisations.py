"""NHS organisations: practices with dates and addresses (5.1), and which practice is in which PCN (5.3 to 5.5).

Pure functions from the rows of a file, all text, to tidy tables. Headerless reports are read by position.
"""

from __future__ import annotations

import pandas as pd

from boundaries import columns as col
from boundaries.readers.tables import blank_to_empty, dates, postcode_key

EPRACCUR = {
    0: "code",
    1: "name",
    3: "icb",
    9: "postcode",
    10: "opened",
    11: "closed",
    12: "status",
    14: "sub_icb",
    25: "setting",
}
BRANCHES = {0: "code", 1: "name", 9: "postcode", 10: "opened", 11: "closed", 14: "parent"}
PCNS = {0: "pcn", 1: "pcn_name", 2: "sub_icb", 4: "opened", 5: "closed", 11: "postcode"}
PARTNERS = {0: "code", 4: "pcn", 5: "pcn_name", 8: "start", 9: "end", 10: "same_sub_icb"}
_STATUS = {"ACTIVE": "active", "A": "active", "P": "proposed", "D": "dormant", "C": "closed", "INACTIVE": "closed"}


def by_position(frame: pd.DataFrame, wanted: dict[int, str]) -> pd.DataFrame:
    """Rows of a headerless report with named columns; a header row ("Include headers" export) is dropped."""
    frame = frame.iloc[:, : max(wanted) + 1].copy()
    frame.columns = pd.RangeIndex(frame.shape[1])
    table = blank_to_empty(frame.reindex(columns=sorted(wanted)).rename(columns=wanted))
    first = str(table.iloc[0, 0]).upper() if len(table) else ""
    if len(table) and not any(ch.isdigit() for ch in first):
        table = table.iloc[1:]
    return table.reset_index(drop=True)


def practices(frame: pd.DataFrame) -> pd.DataFrame:
    """5.1: one row per organisation, indexed by code.

    Columns name, postcode (canonical key), opened, closed (ISO or ""), status (active, proposed, dormant, closed),
    icb, sub_icb (ODS), is_gp bool. Where a code stands twice, the row opened last is kept (`attrs["repeated"]`).
    """
    table = by_position(frame, EPRACCUR)
    table["code"] = table["code"].str.upper()
    table = table[table["code"].str.fullmatch(r"[A-Z0-9]{3,9}")]
    for name in ("opened", "closed"):
        table[name] = dates(table[name])
    table["postcode"] = postcode_key(table["postcode"])
    table["status"] = table["status"].str.upper().map(_STATUS).fillna("active")
    setting = table["setting"].str.upper().str.split("|").apply(lambda parts: {p.strip() for p in parts})
    table["is_gp"] = setting.apply(lambda parts: bool(parts & {"4", "RO76"}))
    for name in ("icb", "sub_icb"):
        table[name] = table[name].str.upper()
    table = table.sort_values(["code", "opened"], kind="stable")
    repeated = sorted(set(table.loc[table["code"].duplicated(), "code"]))
    table = table.drop_duplicates("code", keep="last").drop(columns="setting").set_index("code").sort_index()
    table.attrs["repeated"] = repeated
    return table


def branches(frame: pd.DataFrame) -> pd.DataFrame:
    """5.2: one row per branch surgery, indexed by its code of nine signs: name, postcode (canonical key), opened,
    closed (ISO or ""), parent (practice code). `attrs`: rows (of the file, without a header row), repeated (rows left
    out because the same code was opened again later).
    """
    table = by_position(frame, BRANCHES)
    rows = len(table)
    table["code"] = table["code"].str.upper()
    table = table[table["code"].str.fullmatch(col.PATTERNS["branch"])].copy()
    for name in ("opened", "closed"):
        table[name] = dates(table[name])
    table["postcode"] = postcode_key(table["postcode"])
    table["parent"] = table["parent"].str.upper()
    table = table.sort_values(["code", "opened"], kind="stable")
    repeated = int(table["code"].duplicated().sum())
    table = table.drop_duplicates("code", keep="last").set_index("code").sort_index()
    table.attrs.update(rows=rows, repeated=repeated)
    return table


def newest_date(table: pd.DataFrame, names: tuple[str, ...] = ("opened", "closed")) -> str:
    """The newest date in the table, ISO: what a headerless report says of its own age ("" when it has none)."""
    found = [str(table[n].max()) for n in names if n in table and len(table)]
    return max(found, default="")


def pcn_names(frame: pd.DataFrame, *, headed: bool) -> pd.DataFrame:
    """5.3 or the PCNDetails sheet: indexed by PCN code, columns pcn_name, opened, closed."""
    if headed:
        names = list(map(str, frame.columns))
        picked = {
            col.find(names, "PCN Code"): "pcn",
            col.find(names, "PCN Name"): "pcn_name",
            col.find(names, "Open Date"): "opened",
            col.find(names, "Close Date"): "closed",
        }
        picked.pop(None, None)
        table = blank_to_empty(frame[[c for c in picked if c is not None]].rename(columns=picked))
        table = table.reindex(columns=["pcn", "pcn_name", "opened", "closed"], fill_value="")
    else:
        table = by_position(frame, PCNS)[["pcn", "pcn_name", "opened", "closed"]]
    table["pcn"] = table["pcn"].str.upper()
    for name in ("opened", "closed"):
        table[name] = dates(table[name])
    table = table[table["pcn"].str.fullmatch(col.PATTERNS["pcn"])]
    return table.drop_duplicates("pcn", keep="last").set_index("pcn").sort_index()


def spells(frame: pd.DataFrame, *, headed: bool) -> pd.DataFrame:
    """5.4 or the PCN Core Partner Details sheet: columns code, pcn, pcn_name, start, end (ISO or "")."""
    if headed:
        names = list(map(str, frame.columns))
        wanted = {
            "code": col.find(names, "Partner Organisation Code", "Practice Code", "Organisation Code"),
            "pcn": col.find(names, "PCN Code"),
            "pcn_name": col.find(names, "PCN Name"),
            "start": col.find_prefix(names, "Practice to PCN Relationship Start Date"),
            "end": col.find_prefix(names, "Practice to PCN Relationship End Date"),
        }
        table = blank_to_empty(pd.DataFrame({k: frame[c] if c else "" for k, c in wanted.items()}, index=frame.index))
    else:
        table = by_position(frame, PARTNERS)[["code", "pcn", "pcn_name", "start", "end"]]
    table = table.assign(
        code=table["code"].str.upper(),
        pcn=table["pcn"].str.upper(),
        start=dates(table["start"]),
        end=dates(table["end"]),
    )
    keep = table["code"].str.fullmatch(col.PATTERNS["practice"]) & table["pcn"].str.fullmatch(col.PATTERNS["pcn"])
    keep &= ~table["code"].str.startswith("S") & ~table["code"].str.match(r"W\d")
    return table[keep].sort_values(["code", "start", "pcn"], kind="stable").reset_index(drop=True)


def membership(table: pd.DataFrame, at: str) -> pd.DataFrame:
    """One PCN per practice from its spells: the spell running on `at` (ISO), else the open one, else the last to end.

    Indexed by practice code: pcn, pcn_name, rule ("on date", "current", "last"), others (further PCNs on that date,
    joined by ", "), later (PCN of the open spell when it is another).
    """
    ordered = table.sort_values(["code", "start", "pcn"], kind="stable")
    columns = ("code", "pcn", "pcn_name", "start", "end")
    groups: dict[str, list[tuple[str, ...]]] = {}
    for row in zip(*(ordered[c].to_list() for c in columns), strict=True):
        groups.setdefault(row[0], []).append(row[1:])
    rows = [_current(group, at) for group in groups.values()]
    index = pd.Index(list(groups), dtype="str", name="code")
    return pd.DataFrame(rows, index=index, columns=["pcn", "pcn_name", "rule", "others", "later"])


def _current(group: list[tuple[str, ...]], at: str) -> tuple[str, str, str, str, str]:
    """pcn, pcn_name, rule, others, later of one practice from its spells (pcn, pcn_name, start, end) by start."""
    still = [g for g in group if not g[3]]
    running = [g for g in group if g[2] <= at and (not g[3] or g[3] >= at)] if at else still
    if running:
        chosen, rule = running, "on date" if at else "current"
    elif still:
        chosen, rule = still, "current"
    else:
        chosen, rule = [max(group, key=lambda g: g[3])], "last"
    pcn, name = chosen[-1][0], chosen[-1][1]
    others = sorted({g[0] for g in chosen} - {pcn})
    now = still[-1][0] if still else ""
    return pcn, name, rule, ", ".join(others), now if now and now != pcn and now not in others else ""
