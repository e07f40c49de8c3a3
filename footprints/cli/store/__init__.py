"""`footprints store`: the store of plans on the command line; each command is imported when called."""

from __future__ import annotations

import importlib

import click

# name -> (module, one line of help)
COMMANDS = {
    "init": ("footprints.cli.store.init", "Make a store, and a project for a place in it."),
    "projects": ("footprints.cli.store.projects", "List projects and their plans; put away what is done with."),
    "people": ("footprints.cli.store.people", "List who holds which role; give or take one."),
    "bodies": ("footprints.cli.store.bodies", "List boards and councils, what they cover and whether they decide."),
    "save": ("footprints.cli.store.save", "Save a plan as the next version, unless somebody saved since."),
    "merge": ("footprints.cli.store.merge", "Put what two people did together; what overlaps is asked."),
    "branch": ("footprints.cli.store.branch", "Begin another plan from a version."),
    "revert": ("footprints.cli.store.revert", "Make a new version that is as an earlier one was."),
    "log": ("footprints.cli.store.log", "Show the versions of a plan, and what was decided about them."),
    "show": ("footprints.cli.store.show", "Show a version: its status, its signatures, and what moved."),
    "status": ("footprints.cli.store.status", "Propose a version, mark it agreed or final, or withdraw it."),
    "decide": ("footprints.cli.store.decide", "Record what a meeting did with a version."),
    "verify": ("footprints.cli.store.verify", "Prove that nothing in the store was changed since it was written."),
    "export": ("footprints.cli.store.export", "Write a version with its decisions and its proof to a folder."),
}


class Commands(click.Group):
    """The commands of the store, imported when first called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name][0]), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in COMMANDS.items()])


@click.group(cls=Commands)
def store() -> None:
    """Keep the plans of a place in one store: versions, what was agreed, and the proof of it.

    A plan is named PROJECT/PLAN (camford/option-a), a version PROJECT/PLAN@NUMBER. Everybody gives a name with --as.

    \b
    Examples:
      footprints store init --project Camford --source demo --as "A Planner"
      footprints store save first --new "Option A" --project camford --source demo --as "A Planner"
      footprints store log camford/option-a
      footprints store verify
    """
