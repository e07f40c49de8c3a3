"""The optimiser's figures, measured side by side in one run and put into docs/benchmarks.md.

    python benchmarks/optimise.py [--rows districts,whole,...] [--seconds 60] [--short] [--dry] [FOLDER ...]

FOLDER holds official files of one place, or is the word "demo"; by default the real places beside the project.
--seconds is the time for districts, seeds, reviews and rivals (whole places get five times as much). --short is a quick
look and writes nothing, nor does --dry. Needs the [bench] extra for the rows gerrychain and spopt.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

if __name__ == "__main__":
    # Python puts the folder of a script first, where this file would stand in for the package of the same name.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import table
from benchmarks.rows import ROWS, SHORT, Asked, Session


def main(arguments: list[str] | None = None) -> None:
    """Measure the rows asked for, print each, and write each as soon as it is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--seconds", type=int)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--dry", action="store_true")
    given = parser.parse_args(arguments)
    wanted = given.rows.split(",")
    if unknown := sorted(set(wanted) - set(ROWS)):
        parser.error(f"no such row: {', '.join(unknown)}; there are {', '.join(ROWS)}")
    asked = SHORT if given.short else Asked()
    if given.seconds:
        more = {"district": given.seconds, "seed": given.seconds, "review": given.seconds, "rival": given.seconds}
        asked = replace(asked, whole=5 * given.seconds, **more)
    session = Session(replace(asked, folders=tuple(given.folders)))
    load = table.average_load()
    for key in [key for key in ROWS if key in wanted]:
        print(f"{key} ...", flush=True)
        row = ROWS[key](session)
        print(table.as_text(row), flush=True)
        if not given.short and not given.dry:
            table.write([row], table.machine(load, table.command()))


if __name__ == "__main__":
    main()
