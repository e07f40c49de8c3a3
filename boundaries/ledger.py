"""The book of a load: every file of the source, what was read of it, and the receipt that says so."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from boundaries import columns as col
from boundaries import safe_open
from boundaries.errors import DataError
from boundaries.kinds import INVENTED_MARK, KINDS
from boundaries.readers import parquet, workbooks
from boundaries.receipts import Dropped, Receipt
from boundaries.source_file import SourceFile
from boundaries.sources import scan

INVENTED = "Invented data about no real place, made by neighbourhood-footprints; free to use"
DATA_ENDINGS = (".csv", ".zip", ".xlsx", ".gpkg", ".geojson", ".json", ".shp", ".parquet")

# Kinds that say little: a file of ours that is lacking may hide among them, under other column names.
_DOUBTFUL = ("unknown", "lsoa_lookup", "layer", "lsoa_centroids", "lsoa11_boundaries")


class Ledger:
    """Files of one source and their receipts. One per load; nothing outside it remembers anything."""

    def __init__(self, sources: Sequence[SourceFile]) -> None:
        self.sources = list(sources)
        self._receipts: dict[tuple[str, str, str], Receipt] = {}

    def of(self, *kinds: str) -> list[SourceFile]:
        """The files of these kinds, in the order of the kinds, then by name."""
        return [s for kind in kinds for s in self.sources if s.kind == kind]

    def perhaps_meant(self) -> str:
        """A sentence on the files that are no certain table, for a message that one is lacking; "" without any."""
        doubtful = [s for s in self.sources if s.kind in _DOUBTFUL]
        told = []
        for source in doubtful[:4]:
            columns = f" (columns: {', '.join(source.columns[:6])})" if source.columns and source.has_header else ""
            told.append(f"{source.relative} is taken for “{KINDS[source.kind].table}”{columns}")
        return f" {'; '.join(told)}{f'; and {len(doubtful) - 4} more' if len(doubtful) > 4 else ''}." if told else ""

    def read(
        self,
        source: SourceFile,
        columns: Sequence[str] | None = None,
        keep: Callable[[pd.DataFrame], pd.Series[bool]] | None = None,
    ) -> pd.DataFrame:
        """Rows of a table as text: only `columns`, only rows that pass `keep`; `attrs["rows_read"]` counts all."""
        if source.sheets:
            return workbooks.read_table(source, source.sheets[0], source.header_row, columns, keep)
        if source.kind == "travel" and parquet.is_parquet(source.path, source.member):
            return parquet.read_table(source.path, source.member, columns, keep)
        frame, _ = safe_open.read_csv(
            source.path,
            source.member,
            columns=columns,
            header=source.has_header,
            skip_rows=source.header_row,
            keep=keep,
            ragged=source.kind == "nomis_download",
        )
        return frame

    def used(
        self,
        source: SourceFile,
        *,
        rows_read: int,
        rows_kept: int,
        edition: str = "",
        vintage: str = "",
        people_read: float | None = None,
        people_kept: float | None = None,
        dropped: Iterable[Dropped] = (),
        notes: Iterable[str] = (),
    ) -> None:
        """Write the receipt of a file that was used; a second call adds its notes to the first receipt."""
        key = (source.relative, source.member, source.layer)
        before = self._receipts.get(key)
        if before is not None and before.status == "used":
            merged = tuple(dict.fromkeys((*before.notes, *notes)))
            self._receipts[key] = _changed(before, notes=merged)
            return
        kind = KINDS[source.kind]
        self._receipts[key] = Receipt(
            file=source.relative,
            kind=source.kind,
            publisher=kind.publisher,
            table=kind.table,
            edition=edition,
            vintage=vintage,
            rows_read=rows_read,
            rows_kept=rows_kept,
            sha256=source.sha256,
            encoding=source.encoding,
            licence=kind.licence,
            people_read=people_read,
            people_kept=people_kept,
            dropped=tuple(dropped),
            notes=tuple(n for n in dict.fromkeys(notes) if n),
            status="used",
        )

    def unused(self, source: SourceFile, why: str) -> None:
        """Write the receipt of a known file that was not needed, with the reason; a receipt that stands is kept."""
        kind = KINDS[source.kind]
        key = (source.relative, source.member, source.layer)
        status = "not recognised" if source.kind == "unknown" else "not used"
        if key not in self._receipts:
            self._receipts[key] = Receipt(
                file=source.relative,
                kind=source.kind,
                publisher=kind.publisher,
                table=kind.table,
                edition="",
                vintage="",
                rows_read=0,
                rows_kept=0,
                sha256=source.sha256,
                encoding=source.encoding,
                licence=kind.licence,
                notes=(why,),
                status="not recognised" if status == "not recognised" else "not used",
            )

    def forget(self, sources: Iterable[SourceFile]) -> None:
        """Take back receipts that were written too early (pages of one layer that are used together after all)."""
        for source in sources:
            self._receipts.pop((source.relative, source.member, source.layer), None)

    def add(self, receipts: Iterable[Receipt]) -> None:
        """Take receipts that another reader wrote (boundaries and layers)."""
        for receipt in receipts:
            found = [s for s in self.sources if s.relative == receipt.file]
            for source in found[:1]:
                self._receipts[source.relative, source.member, source.layer] = receipt

    def written(self) -> tuple[Receipt, ...]:
        """The receipts written so far."""
        return tuple(self._receipts.values())

    def receipts(self) -> tuple[Receipt, ...]:
        """One receipt per file, in the order of the files."""
        for source in self.sources:
            if source.kind == "unknown":
                words = source.problem or "its columns are those of no table known here"
                columns = f" (columns: {', '.join(source.columns[:6])})" if source.columns and source.has_header else ""
                self.unused(source, f"{words}{columns}")
            elif source.kind == "written_by_us":
                self.unused(source, "an export of this tool: load it as a plan")
            else:
                self.unused(source, "known, but nothing here needs it")
        return tuple(self._receipts[s.relative, s.member, s.layer] for s in self.sources)

    def attribution(self) -> tuple[str, ...]:
        """The licence lines of the files that were used, each once, sorted; the demo county's files owe nobody one."""
        used = [r for r in self._receipts.values() if r.status == "used"]
        if used and all(INVENTED_MARK in r.file for r in used):
            return (INVENTED,)
        return tuple(sorted({r.licence for r in used if r.licence}))


def ledger_of(source: str | Path | Ledger) -> Ledger:
    """The book of a source ("demo" is the invented county); one that is open is gone on with, and nothing is hashed
    twice. Several readers of one source share it.
    """
    if isinstance(source, Ledger):
        return source
    if str(source) == "demo":
        from boundaries.demo import demo_source  # noqa: PLC0415

        source = demo_source()
    return Ledger(scan(Path(source)))


def _changed(receipt: Receipt, *, notes: tuple[str, ...]) -> Receipt:
    return Receipt(**{**{f: getattr(receipt, f) for f in Receipt.__dataclass_fields__}, "notes": notes})


def cut(read: int, kept: int, words: str = "LSOAs outside the study area") -> list[Dropped]:
    """What a filtered reading left out, for the receipt; nothing when it kept every row."""
    return [Dropped(words, read - kept)] if read > kept else []


def keep_lsoas(column: str, wanted: Collection[str]) -> Callable[[pd.DataFrame], pd.Series[bool]]:
    """A row filter: LSOA codes that are wanted, and values that are no code at all (lest they be lost unseen)."""
    codes = set(wanted)
    pattern = col.PATTERNS["lsoa"]

    def keep(block: pd.DataFrame) -> pd.Series[bool]:
        tidy = block[column].str.strip().str.upper()
        return tidy.isin(codes) | ~tidy.str.fullmatch(pattern)

    return keep


def newest(
    ledger: Ledger, sources: Sequence[SourceFile], age: Callable[[SourceFile], tuple[object, ...]], word: str
) -> SourceFile | None:
    """Of several files of one kind the newest by `age`; the others get a receipt that says so."""
    if not sources:
        return None
    ranked = sorted(sources, key=lambda s: (age(s), s.relative, s.member))
    chosen = ranked[-1]
    for other in ranked[:-1]:
        same = "the same age as" if age(other) == age(chosen) else "older than"
        ledger.unused(other, f"{same} {chosen.relative}, which is used for {word}")
    return chosen


def refuse_damaged(sources: Sequence[SourceFile]) -> None:
    """Raise one DataError naming every file that must not, or cannot, be read.

    A file that stops (a needed one with a problem, or person-level data) and a damaged file with the ending of a data
    file both count: what it held would be missing without a word.
    """
    bad = [
        s
        for s in sources
        if s.stops or (s.problem and s.mend and str(s.member or s.path.name).lower().endswith(DATA_ENDINGS))
    ]
    if bad:
        said = [f"{s.relative}: {s.problem}" for s in bad]
        mends = list(dict.fromkeys(s.mend for s in bad if s.mend))
        raise DataError("\n".join(said), mend=" ".join([*mends, "Or take the file out of the folder."]))
