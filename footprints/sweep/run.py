"""`sweep`: read the source once, split it, solve every place under every scenario, merge."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from boundaries import list_places, load_area, parts
from boundaries.area import Area
from boundaries.cache import area_bytes
from boundaries.errors import ChooseAreaError, FootprintError
from footprints.criteria_file import resolve
from footprints.errors import PlanError
from footprints.exchange.folder import write_folder
from footprints.jobs.protocol import Failure, Request, Result, decode
from footprints.sweep import merge
from footprints.sweep.checkpoint import RESULT, finished, keep, prepare
from footprints.sweep.executors import Dask, Local
from footprints.sweep.regions import Region, by_level, by_lookup, left_out
from footprints.sweep.scenarios import Scenario
from footprints.sweep.task import Task
from optimise.criteria import Criteria, Locks
from optimise.errors import CriteriaError
from optimise.words import count


@dataclass(frozen=True)
class News:
    """How far a sweep is. words : what is happening. done, total : tasks with an answer, and all."""

    words: str
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Outcome:
    """What became of a sweep. answers : what is said of each finished task. failed : tasks without an answer, by their
    scenario and place, and why. skipped : tasks that were finished before. left_out : units in no place, in words.
    stopped : it was asked to stop; what is finished is kept. folder : of the merged result.
    """

    answers: tuple[Mapping[str, Any], ...]
    failed: tuple[tuple[str, str, str], ...]
    skipped: int
    left_out: tuple[str, ...]
    stopped: bool
    folder: Path


def sweep(
    source: str,
    scenarios: Sequence[Scenario],
    out: Path,
    executor: Local | Dask,
    *,
    area: Sequence[str] = (),
    on_news: Callable[[News], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Outcome:
    """Solve every place under every scenario, and write them and their merged result into `out`.

    area : which part of the source; all of it by default, however many ICBs it holds. A task whose inputs are those of
    a finished one in `out` is not done again. Raises PlanError for a folder that is not a sweep's, CriteriaError and
    DataError where a scenario does not fit the source.
    """
    tell, stop = on_news or (lambda _: None), should_stop or (lambda: False)
    prepare(out)
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="footprints-sweep-", ignore_cleanup_errors=True) as kept:
        work = _split(source, area, scenarios, Path(kept), tell)
        done = {task for task in work.tasks if finished(out, task)}
        failed: dict[Task, str] = {}
        took: dict[str, float] = {}
        total, skipped = len(work.tasks), len(done)
        waiting = sorted((t for t in work.tasks if t not in done), key=lambda t: (-t.size, t.scenario, t.region))
        told = f"{count(skipped, 'task')} finished before" if skipped else "Solving"
        tell(News(told, skipped, total))
        for task, line in executor.run(waiting, lambda t: _file(Path(kept), t).read_bytes(), stop) if waiting else ():
            where = work.regions[task.scenario, task.region]
            try:
                keep(out, task, where, _answer(line), parts.read_part(_file(Path(kept), task)))
                done.add(task)
                took[f"{task.scenario}/{task.region}"] = round(time.perf_counter() - begun, 1)
            except FootprintError as error:
                failed[task] = str(error)
            tell(News(f"{where.name} ({task.request.name})", len(done) + len(failed), total))
    files = merge.merged(out, work.tasks, failed, work.regions, work.attribution)
    listed = [{"name": s.name, "by": Path(s.by).name, "criteria": s.criteria.to_json()} for s in scenarios]
    run = merge.run_bytes(time.perf_counter() - begun, took, type(executor).__name__.lower())
    write_folder(out / RESULT, {**files, "run.json": run}, merge.about(work.name, listed, work.attribution))
    return Outcome(
        answers=merge.answers(out, work.tasks),
        failed=tuple((t.request.name, work.regions[t.scenario, t.region].name, why) for t, why in failed.items()),
        skipped=skipped,
        left_out=work.left_out,
        stopped=stop() and len(done) + len(failed) < total,
        folder=out / RESULT,
    )


@dataclass(frozen=True)
class _Work:
    name: str
    attribution: tuple[str, ...]
    tasks: tuple[Task, ...]
    regions: Mapping[tuple[str, str], Region]
    left_out: tuple[str, ...]


def _split(
    source: str, area: Sequence[str], scenarios: Sequence[Scenario], folder: Path, tell: Callable[[News], None]
) -> _Work:
    """The tasks of every scenario, by code; the area of each stands in `folder` under its digest.

    The whole is let go when this returns: from then on nothing holds more than one place at a time.
    """
    whole = _whole(source, area, tell)
    tasks: list[Task] = []
    regions: dict[tuple[str, str], Region] = {}
    loose: list[str] = []
    digests: dict[tuple[str, tuple[str, ...]], str] = {}
    for scenario in scenarios:
        lookup = Path(scenario.by)
        found, outside = by_lookup(whole, lookup) if lookup.suffix else by_level(whole, scenario.by)
        if words := left_out(outside, lookup.stem if lookup.suffix else scenario.by.replace("_", " ")):
            loose.append(f"{scenario.name}: {words}")
        criteria = resolve(scenario.criteria, whole)
        for region in found:
            if (region.name, region.units) not in digests:
                tell(News(f"Splitting: {region.name}"))
                part = parts.part_of(whole, region.units, region.name)
                (folder / f"{part.digest}{parts.SUFFIX}").write_bytes(area_bytes(part))
                digests[region.name, region.units] = part.digest
            request = Request("", (), _within(criteria, region, whole), scenario.name, region.prefix)
            tasks.append(
                Task(scenario.folder, region.folder, digests[region.name, region.units], len(region.units), request)
            )
            regions[scenario.folder, region.folder] = region
    return _Work(whole.name, whole.attribution, tuple(tasks), regions, tuple(loose))


def _within(criteria: Criteria, region: Region, whole: Area) -> Criteria:
    """The criteria as they are put to one place: numbers and joins of its own districts.

    Raises CriteriaError for locks, and for a number of neighbourhoods that every place would get.
    """
    if criteria.locks != Locks() or isinstance(criteria.neighbourhoods, int):
        what = "locks" if criteria.locks != Locks() else f"{criteria.neighbourhoods} neighbourhoods"
        raise CriteriaError(
            f"A sweep asks the same of every place, and cannot ask for {what} in each.",
            mend="Leave that out, or use “propose” for one place.",
        )
    keys = tuple(dict.fromkeys([*criteria.within, "district"]))
    here = set(region.units)
    own = {g for k in keys for unit, g in zip(whole.codes, whole.level(k).assignment, strict=True) if unit in here}
    numbers = criteria.neighbourhoods
    return replace(
        criteria,
        neighbourhoods=(tuple(pair for pair in numbers if pair[0] in own) or None) if numbers is not None else None,
        joins=tuple(pair for pair in criteria.joins if set(pair) <= own),
    )


def _whole(source: str, area: Sequence[str], tell: Callable[[News], None]) -> Area:
    def say(words: str) -> None:
        tell(News(words))

    try:
        return load_area(source, area, on_progress=say)
    except ChooseAreaError:
        icbs = [place.code for place in list_places(source) if place.level == "icb"]
        return load_area(source, icbs, on_progress=say)


def _file(folder: Path, task: Task) -> Path:
    return folder / f"{task.digest}{parts.SUFFIX}"


def _answer(line: bytes) -> Result:
    """The answer in a line. Raises PlanError with the reason where the task failed."""
    message = decode(line)
    if isinstance(message, Failure):
        raise PlanError(message.message, mend=message.mend)
    if not isinstance(message, Result):
        raise PlanError("The calculation gave something else than an answer.")
    return message
