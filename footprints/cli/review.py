"""`footprints review` and `improve`: how good a plan is under its own rules, and the plan made better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from boundaries.area import Area
from footprints import warming
from footprints.cli.interrupt import Interrupted, interruptible
from footprints.cli.options import SpreadCommand, area_option, criteria_options, source_option
from footprints.cli.plans import _with_criteria, load_for, out_option, plan_argument
from footprints.cli.propose import neighbourhood_table
from footprints.cli.show import ProgressLine
from footprints.exchange import does_not_meet, plan_bytes, read_plan_report, refuse_foreign_folder, write_folder
from footprints.exchange import write_plan as write
from footprints.jobs.protocol import to_json
from footprints.metrics import score
from footprints.plan import Plan, canonical
from footprints.platform import leave_now
from footprints.proven import LookedAt, Proven
from footprints.review import Improved, Mend, Review, apply_mends, certified
from footprints.review import improve as improve_plan
from footprints.review import review as review_plan
from optimise.solution import Solution

T = TypeVar("T")
NOTHING = ""  # no bound: not the same as stopped
SECONDS = 60
SCHEMA, STEPS_SCHEMA = "footprints-review/1", "footprints-improvement/1"


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@criteria_options
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Write the review as review.json, and the plan with each mend made, as plans to open.",
)
def review(plan: Path, source: str, area: tuple[str, ...], out: Path | None, **flags: Any) -> None:
    """Say how good a plan is, and what would mend it: an agreed, imported or hand-drawn plan, with faults or without.

    It is compared with plans under its own rules: its number of neighbourhoods, its range, the lines that it keeps, its
    locks. The result says by how much any of them can beat it at most, and which small changes help most.

    \b
    Examples:
      footprints review first --source demo
      footprints review agreed/lsoa_lookup.csv --source downloads --area Cornwall --out review
    """
    if out is not None:
        refuse_foreign_folder(out)
    known, evidence, seconds = _plan(plan, source, area, flags)
    found = _run(lambda stop, say: review_plan(evidence, known, seconds=seconds, on_progress=say, should_stop=stop))
    if found is None:
        return
    click.echo(f"{known.name}, {evidence.name}\n")
    for line in found.in_words:
        click.echo(line)
    _show_mends(found)
    if out is not None:
        files = review_files(known, evidence, found)
        written = write_folder(out, files, {"plan": known.id, "name": known.name, "area": known.area_name})
        click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


@click.command(cls=SpreadCommand)
@plan_argument
@source_option
@area_option
@criteria_options
@out_option
@click.option("--mend", "mends", metavar="N[,N...]", help="Make these mends of the review, by their numbers.")
@click.option(
    "--size",
    type=click.IntRange(2, 4),
    help="Divide groups of up to so many neighbours anew until none can be better. [default: 2]",
)
def improve(
    plan: Path, source: str, area: tuple[str, ...], out: Path, mends: str | None, size: int | None, **flags: Any
) -> None:
    """Make a plan better and write it to a folder: by mends of its review, or as far as groups of neighbours go.

    Locked LSOAs stay where they are, frozen neighbourhoods as they are; codes, names and colours are kept. A plan in
    pieces, or with LSOAs in no neighbourhood, is made whole first.

    \b
    Examples:
      footprints improve first --source demo --out better
      footprints improve first --source demo --mend 1,3 --out mended
      footprints improve agreed.csv --source downloads --area Cornwall --size 3 --out better
    """
    if mends is not None and size is not None:
        raise click.UsageError("Give --mend or --size, not both.")
    wanted, groups = _numbers(mends), tuple[LookedAt, ...]()
    refuse_foreign_folder(out)
    known, evidence, seconds = _plan(plan, source, area, flags)
    if wanted:
        found = _run(lambda stop, say: review_plan(evidence, known, seconds=seconds, on_progress=say, should_stop=stop))
        if found is None:
            return
        chosen = chosen_mends(found, wanted)
        made = apply_mends(known, evidence, chosen, name=f"{known.name}, mended")
        steps: list[Any] = [to_json(mend) for mend in chosen]
        lines: tuple[str, ...] = tuple(mend.in_words for mend in chosen)
    else:
        better = _run(
            lambda stop, say: improve_plan(
                evidence, known, size=size or 2, seconds=seconds, on_progress=say, should_stop=stop
            )
        )
        if better is None:
            return
        made, lines, groups = better.plan, _said(better), better.groups
        steps = [to_json(step) for step in better.steps]
    for line in lines:
        click.echo(line)
    click.echo(f"\n{neighbourhood_table(made, score(made, evidence))}")
    for words in does_not_meet(made, evidence):
        click.echo(f"Stamped on the files: {words}", err=True)
    told = {"schema": STEPS_SCHEMA, "plan": made.id, "from": known.id, "steps": steps, "in_words": list(lines)}
    run = {"source": source, "area": list(area)}
    written = write_improved(made, evidence, out, groups, seconds, told, run)
    click.echo(f"\nWritten to {out}: {', '.join(sorted(path.name for path in written))}")


def write_improved(
    plan: Plan,
    area: Area,
    folder: Path,
    groups: Sequence[LookedAt],
    seconds: int,
    told: dict[str, Any],
    run: dict[str, Any],
) -> tuple[Path, ...]:
    """Write an improved plan with `improvement.json` (what was done) and a certificate of what is known of it."""
    beside = {"improvement.json": canonical(told).encode()}
    solution = _run(
        lambda stop, say: certified(area, plan, seconds=seconds, on_progress=say, should_stop=stop) or NOTHING
    )
    proven = Proven(solution if isinstance(solution, Solution) else None, tuple(groups))
    said: dict[str, Any] = {"solution": proven.solution, "groups": proven.entries, "status": "draft"}
    return write(plan, area, folder, run=run, beside=beside, **said)


def review_files(plan: Plan, area: Area, found: Review) -> dict[str, bytes]:
    """`review.json`, the plan itself, and the plan with each mend made (and what makes it whole), as `mend-N.json`."""
    told = {"schema": SCHEMA, "in_words": list(found.in_words), **to_json(found)}
    told |= {"gap": found.gap, "better": found.better}
    files = {"review.json": canonical(told).encode(), "plan.json": plan_bytes(plan)}
    for number in range(1, len(found.mends) + 1):
        chosen = chosen_mends(found, (number,))
        if not _locked(plan, chosen):
            mended = apply_mends(plan, area, chosen, name=f"{plan.name}, mend {number}")
            files[f"mend-{number}.json"] = plan_bytes(mended)
    return files


def chosen_mends(found: Review, numbers: Sequence[int]) -> tuple[Mend, ...]:
    """The mends of these numbers (from 1) in order; a mend of a whole plan brings those along that make it whole."""
    strange = [n for n in numbers if not 1 <= n <= len(found.mends)]
    if strange:
        there = f"1 to {len(found.mends)}" if found.mends else "none"
        raise click.UsageError(f"--mend {','.join(map(str, strange))}: the review has {there}.")
    whole = len(found.makes_whole)
    wanted = set(numbers) | (set(range(1, whole + 1)) if max(numbers, default=0) > whole else set())
    return tuple(found.mends[n - 1] for n in sorted(wanted))


def _locked(plan: Plan, mends: Sequence[Mend]) -> bool:
    return bool(set(plan.locked) & {m.unit for mend in mends for m in mend.moves if m.before})


def _numbers(text: str | None) -> tuple[int, ...]:
    if text is None:
        return ()
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts or not all(part.isdecimal() for part in parts):
        raise click.UsageError(f"--mend {text}: write numbers parted by commas, such as 1,3.")
    return tuple(int(part) for part in parts)


def _plan(path: Path, source: str, area: tuple[str, ...], flags: dict[str, Any]) -> tuple[Plan, Area, int]:
    """The plan with the criteria it is to be looked at by, its evidence, and the seconds to spend."""
    seconds = flags.pop("seconds", None) or SECONDS
    evidence = load_for(source, area, path)
    return _with_criteria(read_plan_report(path, evidence), flags, evidence), evidence, seconds


def _run(work: Callable[[Callable[[], bool], Callable[[str, float | None], None]], T]) -> T | None:
    line = ProgressLine()
    kernels = warming.begin()
    kernels()
    last = [""]

    def say(words: str, fraction: float | None) -> None:
        shown = words if fraction is None else f"{words} ({fraction:.0%})"
        if shown != last[0]:
            last[0] = shown
            line.say(shown)

    try:
        found = interruptible(lambda stop: work(stop, say), lambda: line.say("Stopping"))
    except Interrupted:
        line.finish()
        click.echo("Stopped before anything was known; nothing was written.", err=True)
        leave_now(1)
        return None
    line.finish()
    return found


def _show_mends(found: Review) -> None:
    if not found.mends:
        click.echo("\nNo small change was found that makes it better.")
        return
    click.echo("\nMends, each valid on its own and with any of the others:")
    whole = len(found.makes_whole)
    for number, mend in enumerate(found.mends, 1):
        if whole and number == 1:
            click.echo("These make it a plan:")
        if whole and number == whole + 1:
            click.echo("Then:")
        click.echo(f"  {number}. {mend.in_words}")


def _said(better: Improved) -> tuple[str, ...]:
    return (*(f"{n}. {step.in_words}" for n, step in enumerate(better.steps, 1)), *better.in_words)
