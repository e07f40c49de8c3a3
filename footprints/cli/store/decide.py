"""`footprints store decide`: what a meeting did."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from footprints.cli.store.common import named, opened, store_option, who_option
from footprints.store.records import OUTCOMES, STAGES


@click.command()
@click.argument("version", metavar="PROJECT/PLAN@N")
@store_option
@who_option
@click.option("--body", required=True, help="The body that met, by its name on the list.")
@click.option("--outcome", required=True, type=click.Choice(OUTCOMES), help="What it did.")
@click.option("--dated", required=True, metavar="DATE", help="The day of the meeting, such as 2027-01-14.")
@click.option("--minute", required=True, help="Where it stands in the minutes.")
@click.option("--stage", type=click.Choice(STAGES), default="agreed", show_default=True, help="What it was asked for.")
@click.option("--paper", metavar="FILE|SHA256", default="", help="The paper before the meeting; its hash is kept.")
@click.option("--option", "options", multiple=True, metavar="WORDS", help="An option considered. May be repeated.")
@click.option("--today", default="", metavar="WORDS", help="The option that is today's arrangement.")
@click.option("--conditions", default="", help="What it was agreed subject to.")
@click.option("--dissent", default="", help="Who dissented, and why.")
@click.option("--delegate", default="", metavar="POST", help="Who may agree to small amendments.")
@click.option("--limit", "limit_people", type=int, default=0, metavar="PEOPLE", help="The most people one may move.")
@click.option("--under", default="", metavar="DECISION", help="The decision that it rests on (delegation, conditions).")
def decide(
    version: str, where: str | None, who: str | None, body: str, outcome: str, dated: str, minute: str, stage: str,
    paper: str, options: tuple[str, ...], today: str, conditions: str, dissent: str, delegate: str, limit_people: int,
    under: str,
) -> None:  # fmt: skip
    """Record what a meeting did with a version; it is bound to exactly this content. For a clerk.

    \b
    Examples:
      footprints store decide camford/option-a@3 --body "Camshire HWB" --outcome agreed --dated 2027-01-14
        --minute "item 7" --paper paper.pdf --option "Option A" --option "Option B" --today "PCNs as they are"
        --delegate "Director of Place" --limit 500 --as "A Clerk"
      footprints store decide camford/option-a@4 --body "Camshire HWB" --outcome agreed --dated 2027-03-01
        --minute "officer decision 3" --under camford/option-a@3/decision-1 --as "A Clerk"
    """
    if paper and Path(paper).is_file():
        paper = hashlib.sha256(Path(paper).read_bytes()).hexdigest()
    with opened(where) as store:
        made = store.decide(
            version, body, named(who), outcome=outcome, dated=dated, minute=minute, paper=paper, stage=stage,
            options=options, today=today, conditions=conditions, dissent=dissent, delegate=delegate,
            limit_people=limit_people, under=under,
        )  # fmt: skip
        click.echo(f"{made.key}: {made.outcome} on {made.dated}, for content {made.content}")
        for words in store.sheet(version, stage).open:
            click.echo(f"- still open: {words}")
