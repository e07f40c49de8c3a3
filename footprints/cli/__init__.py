"""The command line: `footprints propose`, `score`, `check`, `compare`, `export`, `describe`.

Results go to standard output, progress and messages to standard error. Exit codes: 0, 1 (no plan, or the plan does not
hold, with reasons), 2 (wrong use: flags, files or places that cannot be meant). Commands are imported when called.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import sys
from typing import Any

import click

from boundaries.errors import ChooseAreaError, FootprintError
from footprints.cli.show import message, places_table
from footprints.platform import readable_console

# name -> (module, one line of help)
COMMANDS = {
    "propose": ("footprints.cli.propose", "Propose neighbourhoods for a place and write them to a folder."),
    "score": ("footprints.cli.plans", "Show every measure of a plan."),
    "check": ("footprints.cli.plans", "Say whether a plan holds, and each fault if it does not."),
    "compare": ("footprints.cli.compare", "Set plans side by side: measures, and who would move."),
    "review": ("footprints.cli.review", "Say how good a plan is under its own rules, and what would mend it."),
    "improve": ("footprints.cli.review", "Make a plan better within its locks, and write it to a folder."),
    "ask": ("footprints.cli.ask", "Ask whether a wish can be met: what it costs, or what stands in its way."),
    "baseline": ("footprints.cli.baseline", "Write today's arrangement as a plan: PCNs by majority, MSOAs, wards."),
    "refresh": ("footprints.cli.refresh", "Put a plan on newer files, and say green, amber or red and why."),
    "withstand": ("footprints.cli.refresh", "Test plans against councils, ICBs and growth that may come."),
    "import": ("footprints.cli.bring", "Read an arrangement made elsewhere (CSV or polygons) as a plan."),
    "export": ("footprints.cli.export", "Write plans as GeoJSON, GeoPackage, CSV and maps, or as one pack."),
    "report": ("footprints.cli.report", "Write the board paper on one to four plans: PDF, Word and a web page."),
    "prices": ("footprints.cli.prices", "Say what each rule costs, in an interval that is proven."),
    "numbers": ("footprints.cli.numbers", "Show every possible number of neighbourhoods against what it costs."),
    "curve": ("footprints.cli.curve", "Show what a little more of one term costs of another, and what is proven."),
    "certainty": ("footprints.cli.certainty", "Say which areas most good plans place alike, and which are contested."),
    "sweep": ("footprints.cli.sweep", "Propose for every district, upper tier or ICB of a source at once."),
    "need": (
        "footprints.cli.need",
        "Show need by neighbourhood, where teams should start, and who grows out of the range.",
    ),
    "describe": ("footprints.cli.describe", "Show what a source holds: places, files read, checks, borders, pieces."),
    "store": ("footprints.cli.store", "Keep the plans of a place in one store: versions, agreement, proof."),
    "jobs": ("footprints.cli.jobs", "List the calculations that were asked for in the app, or stop one."),
    "verify": ("footprints.cli.store.verify", "Prove that nothing in the store was changed since it was written."),
}

_NAMES = {"import": "bring"}  # a word that Python keeps for itself


class Commands(click.Group):
    """The commands, imported when first called; every error of ours becomes a message and exit code 2."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(COMMANDS[cmd_name][0])
        command: click.Command = getattr(module, _NAMES.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ChooseAreaError as error:
            click.echo(message(error), err=True)
            click.echo(places_table(error.places), err=True)
            ctx.exit(2)
        except FootprintError as error:
            click.echo(message(error), err=True)
            ctx.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort, KeyboardInterrupt, BrokenPipeError):
            raise
        except Exception as error:
            if os.environ.get("FOOTPRINTS_DEBUG"):
                raise
            click.echo(f"Error: something went wrong inside footprints ({type(error).__name__}: {error}).", err=True)
            click.echo("Set FOOTPRINTS_DEBUG=1 and run it again for the details that a developer needs.", err=True)
            ctx.exit(2)


def version() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version("neighbourhood-footprints")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(version(), prog_name="footprints")
def cli() -> None:
    """Propose, check, compare and export NHS neighbourhoods of about 50,000 people.

    SOURCE is a folder of official files, or the word demo for an invented county. PLAN is a plan.json, an
    lsoa_lookup.csv, or the folder that holds them.

    \b
    Try:
      footprints propose demo --out first
      footprints check first --source demo
      footprints describe demo
    """


def main() -> None:
    """The `footprints` command."""
    readable_console(sys.stdout, sys.stderr)
    cli(prog_name="footprints")
