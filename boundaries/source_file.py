"""`SourceFile`: one table or layer of a source folder, as `boundaries.sources.scan` found it and the readers get it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from boundaries.errors import DataError


@dataclass(frozen=True)
class SourceFile:
    """One table or layer of the source folder.

    path, member, layer : the file; inside it, the member of a zip; inside that, the layer of a GeoPackage.
    relative : how the receipt calls it, from the folder down, with "/" (and member and layer after it).
    kind : a key of `KINDS`; "unknown" when not recognised.
    columns : cleaned headers as they stand in the file ("" kinds without header: "0", "1", ...).
    encoding, sha256 : of the whole file (of the zip for a member; of all parts for a shapefile).
    problem : what is wrong in plain words, "" when nothing. With a recognised kind, or when `refused`, loading
        must stop with it (`raise_problem`); with "unknown" it is only listed.
    mend : the smallest change that would help; set where the file is damaged or must not be read, "" for mere remarks.
    refused : the file may not be used at all, whatever it is (person-level data).
    vintage : "2021", "2011" or "" as far as headers tell.
    header_row : rows before the header (0 for most; saved Nomis tables have a preamble). sheets: those of a workbook.
    """

    path: Path
    member: str
    relative: str
    kind: str
    columns: tuple[str, ...]
    encoding: str
    sha256: str
    problem: str
    mend: str = ""
    layer: str = ""
    refused: bool = False
    vintage: str = ""
    has_header: bool = True
    header_row: int = 0
    sheets: tuple[str, ...] = ()
    size: int = 0

    @property
    def stops(self) -> bool:
        """Whether its problem must stop a load: the file is one we need, or one we must not touch."""
        return bool(self.problem) and (self.refused or self.kind != "unknown")

    def raise_problem(self) -> None:
        """Raise DataError when `stops`."""
        if self.stops:
            raise DataError(f"{self.relative}: {self.problem}", mend=self.mend)
