"""`footprints store log`: the history of a plan."""

from __future__ import annotations

import click

from footprints.cli.show import table
from footprints.cli.store.common import opened, store_option
from footprints.store.schema import EDITION


@click.command()
@click.argument("plan", metavar="PROJECT/PLAN")
@store_option
@click.option("--events", is_flag=True, help="The log itself: every act, with the mark of each event.")
def log(plan: str, where: str | None, events: bool) -> None:
    """Show every version of a plan: who, when, why, from which, its status, and what was decided about it.

    \b
    Example:
      footprints store log camford/option-a
    """
    with opened(where) as store:
        versions = store.history(plan)
        if events:
            rows = [(str(e.seq), e.at, e.actor, e.verb, e.hash[:12]) for e in store.events(plan=plan)]
            click.echo(table(("event", "at", "who", "what", "hash"), rows))
            return
        names = {body.key: body.name for body in store.bodies(plan.partition("/")[0], every=True)}
        for one in versions:
            edition = one.kind == EDITION
            from_ = f", {'on other files than' if edition else 'from'} {one.parent}" if one.parent else ""
            came = f", {one.kind} of {one.other}" if one.other else from_
            click.echo(f"{one.key}  {one.at}  {one.author}{came}" + (f": {one.reason}" if one.reason else ""))
            for status in store.statuses(one.key):
                valid = f", valid from {status.valid_from}" if status.valid_from else ""
                why = f": {status.reason}" if status.reason else ""
                click.echo(f"    {status.status} on {status.dated}{valid} ({status.who}){why}")
            stands = store.standing(one.key)
            if stands.edition > 1:
                click.echo(f"    {stands.status}, as edition {stands.edition} of {stands.of}")
            for mark in store.decisions(one.key):
                body = names.get(mark.body, mark.body)
                click.echo(f"    {body} on {mark.dated}, {mark.minute}, on “{mark.stage}”: {mark.outcome}")
                for word, told in (("conditions", mark.conditions), ("dissent", mark.dissent)):
                    if told:
                        click.echo(f"      {word}: {told}")
        for draft in store.drafts(plan):
            click.echo(f"Not saved: a draft of {draft.author}, kept {draft.at}, from version {draft.parent}.")
