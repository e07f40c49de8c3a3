"""Tables in Parquet as the text that every reader expects; only tables of travel times come in it (formats.md 8.8)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pandas as pd

from boundaries import columns as col
from boundaries.contents import read_head, sniff
from boundaries.errors import DataError
from boundaries.zips import label, open_bytes

_BLOCK = 200_000  # rows


def is_parquet(path: Path, member: str = "") -> bool:
    """Whether the content, not the name, says so."""
    return sniff(read_head(path, member, 64)) == "parquet"


def first_rows(path: Path, member: str = "", most: int = 400) -> pd.DataFrame:
    """The first rows as text under cleaned headers. Raises DataError for a file that is damaged."""
    for block in _blocks(path, member, most):
        return block
    return pd.DataFrame()


def read_table(
    path: Path,
    member: str = "",
    columns: Sequence[str] | None = None,
    keep: Callable[[pd.DataFrame], pd.Series[bool]] | None = None,
) -> pd.DataFrame:
    """Rows as text, "" where blank, as `safe_open.read_csv` gives them; `attrs["rows_read"]` counts all.

    Raises DataError for a file that is damaged.
    """
    frames, rows = [], 0
    for block in _blocks(path, member, _BLOCK, columns):
        rows += len(block)
        frames.append(block if keep is None else block[keep(block)])
    frame = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(columns or ()), dtype="str")
    frame.attrs["rows_read"] = rows
    return frame


def _blocks(path: Path, member: str, most: int, columns: Sequence[str] | None = None) -> Iterator[pd.DataFrame]:
    import pyarrow as pa  # noqa: PLC0415  slow to import, and rarely needed
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with open_bytes(path, member) as raw:
            table = pq.ParquetFile(raw if not member else io.BytesIO(raw.read()))
            wanted = [n for n in table.schema_arrow.names if columns is None or col.clean(n) in columns]
            for batch in table.iter_batches(batch_size=most, columns=wanted):
                cells = [batch.column(n).to_pandas() for n in range(batch.num_columns)]
                frame = pd.DataFrame({n: own.astype("str").where(own.notna(), "") for n, own in enumerate(cells)})
                frame.columns = pd.Index([col.clean(name) for name in batch.schema.names], dtype="str")
                yield frame
    except (pa.ArrowException, OSError, ValueError) as error:
        raise DataError(f"{label(path, member)} is Parquet that cannot be read.", mend="Export it again.") from error
