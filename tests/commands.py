"""The command line as the tests call it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from footprints.cli import cli


def run(*args: str | Path) -> Result:
    """Call the command line in this process; an unexpected error is raised here."""
    return CliRunner().invoke(cli, [str(a) for a in args], prog_name="footprints", catch_exceptions=False)
