"""Files of a plan, written and read back to the same plan (formats.md section 10)."""

from footprints.exchange.comparison import comparison_files, write_comparison
from footprints.exchange.folder import refuse_foreign_folder, write_folder
from footprints.exchange.outlines import outlines
from footprints.exchange.pack import NOTHING_DECIDED, Decision, pack_bytes, pack_files, pack_name
from footprints.exchange.plan_json import plan_bytes, plan_from_bytes, plan_from_document
from footprints.exchange.read import ReadPlan, plan_from_csv, read_plan, read_plan_report
from footprints.exchange.shortfall import does_not_meet
from footprints.exchange.write import FORMATS, export, plan_files, write_plan, zip_bytes
from footprints.text import csv_bytes

__all__ = [
    "FORMATS",
    "NOTHING_DECIDED",
    "Decision",
    "ReadPlan",
    "comparison_files",
    "csv_bytes",
    "does_not_meet",
    "export",
    "outlines",
    "pack_bytes",
    "pack_files",
    "pack_name",
    "plan_bytes",
    "plan_files",
    "plan_from_bytes",
    "plan_from_csv",
    "plan_from_document",
    "read_plan",
    "read_plan_report",
    "refuse_foreign_folder",
    "write_comparison",
    "write_folder",
    "write_plan",
    "zip_bytes",
]
