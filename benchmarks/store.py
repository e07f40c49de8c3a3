"""What the store survives, and how fast it saves (Linux only: clients are forked, so that a thousand can be killed).

    python benchmarks/store.py                      everything, on SQLite and on a PostgreSQL of its own
    python benchmarks/store.py --trials 20 --server-trials 5 --tampers 60 --seconds 2 --editors 6     a short form

kills     clients that save without a pause are killed with SIGKILL; every acknowledged save must be there once, a save
          that was under way must be there once after it is asked for again, and the store must be whole.
steps     a client is killed at every named step of a save.
full      a disk of 3 MB fills up (needs the right to mount); every acknowledged save must be there.
editors   paced editors on ten plans of 2,500 LSOAs; each save must change what its editor changed and nothing else.
tampers   one byte of a stored version, decision, status or event is changed; `verify` must find each.

Exit code 1 where anything was lost, overwritten or not found.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from footprints.errors import StoreError
from footprints.plan import Note, Plan
from footprints.store import ConflictError, Store, open_store
from footprints.store.base import new_token
from footprints.store.schema import TOLD, events, key_of
from tests.grids import grid_area
from tests.plans import drawn
from tests.servers import Server, programs

STEPS = ("held", "role checked", "version written", "rows written", "event written", "committed")
SMALL = grid_area(["AABB", "AABB"], upper={"A": "A", "B": "B"})
WRITERS = 4


class Place:
    """A store to be opened by many processes."""

    def __init__(self, where: str | Path, areas: Path) -> None:
        self.where, self.areas = where, areas

    def open(self, step: Callable[[str], None] = lambda name: None) -> Store:
        return open_store(self.where, areas=self.areas, create=True, step=step)


def forked(work: Callable[[], None]) -> int:
    """Run in a child; its number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(3)


def begin(place: Place, plans: int, plan: Plan, area: object) -> list[str]:
    """A project with that many plans."""
    store = place.open()
    project = store.new_project("Camford", area, "Ann")  # type: ignore[arg-type]
    made = [store.new_plan(project.id, plan, area, "Ann", name=f"Option {n}").plan for n in range(plans)]  # type: ignore[arg-type]
    store.close()
    return made


# ------------------------------------------------------------ kills


def hot_writer(place: Place, plan: str, book: Path, seed: int) -> None:
    """Save without a pause; write down each token before it is used and again when the save is acknowledged."""
    store, rng = place.open(), random.Random(seed)
    out = os.open(book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    while True:
        newest = store.version(plan)
        token = new_token()
        made = replace(newest.decision, notes=(Note("GRID-01", f"{seed} {rng.random()}"),))
        os.write(out, f"try {token}\n".encode())
        with contextlib.suppress(ConflictError):
            saved = store.save(plan, made, newest.number, "Ann", token=token)
            os.write(out, f"ack {token} {saved.key} {saved.content}\n".encode())


def kills(place: Place, trials: int, seed: int = 1) -> dict[str, object]:
    """See the top of this file."""
    plan = drawn(SMALL, ["XXYY", "XXYY"])
    plans = begin(place, 2, plan, SMALL)
    rng, folder = random.Random(seed), Path(tempfile.mkdtemp(prefix="fp-books-"))
    running: list[tuple[int, Path]] = []
    books: list[Path] = []
    started = time.monotonic()

    def start() -> None:
        book = folder / f"{len(books)}.txt"
        books.append(book)
        running.append((forked(lambda: hot_writer(place, plans[len(books) % 2], book, len(books))), book))

    for _ in range(WRITERS):
        start()
    for _ in range(trials):
        pid, book = running.pop(rng.randrange(WRITERS))
        waiting = time.monotonic() + 30
        while not (book.exists() and book.stat().st_size) and time.monotonic() < waiting:
            time.sleep(0.005)  # until it saves
        time.sleep(rng.uniform(0, 0.1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        start()
    for pid, _ in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    seconds = time.monotonic() - started
    return {"trials": trials + WRITERS, "seconds": round(seconds), **counted(place, plans, books, plan)}


def counted(place: Place, plans: list[str], books: list[Path], plan: Plan) -> dict[str, object]:
    """Hold the books against the store."""
    store = place.open()  # the integrity check is part of opening
    acknowledged: dict[str, tuple[str, str]] = {}
    tried: list[str] = []
    for book in books:
        if not book.exists():
            continue
        lines = [line.split() for line in book.read_text(encoding="utf-8").splitlines() if line]
        tried += [words[1] for words in lines if words[0] == "try"]
        acknowledged.update(
            {words[1]: (words[2], words[3]) for words in lines if words[0] == "ack" and len(words) == 4}
        )
    by_token = {e.token: e for e in store.events() if e.verb == "save"}
    histories = {p: store.history(p) for p in plans}
    held = {v.key: v.content for versions in histories.values() for v in versions}
    lost = [t for t, (key, content) in acknowledged.items() if t not in by_token or held.get(key) != content]
    gaps = [p for p, versions in histories.items() if [v.number for v in versions] != list(range(1, len(versions) + 1))]
    twice = 0
    late = [t for t in tried if t not in acknowledged]
    for token in late[:50]:  # "did my save land?": the same token again
        newest = store.version(plans[0])
        before = token in by_token
        saved = store.save(plans[0], newest.decision, newest.number, "Ann", token=token)
        twice += before and saved.key != by_token[token].row("version")["key"]
    report = store.verify()
    store.close()
    return {
        "acknowledged": len(acknowledged), "lost": len(lost), "gaps": len(gaps), "stored twice": twice,
        "unacknowledged but saved": sum(t in by_token for t in late), "verify": report.holds,
    }  # fmt: skip


def steps(place: Place) -> dict[str, object]:
    """A client killed at every named step of a save."""
    (plan,) = begin(place, 1, drawn(SMALL, ["XXYY", "XXYY"]), SMALL)
    wrong = 0
    for number, at in enumerate(STEPS, 1):
        token = new_token()

        def work(at: str = at, number: int = number, token: str = token) -> None:
            store = place.open(lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == at else None)
            made = replace(store.version(plan).decision, notes=(Note("GRID-01", at),))
            store.save(plan, made, number, "Ann", token=token)

        _, code = os.waitpid(forked(work), 0)
        store = place.open()
        newest = store.version(plan)
        there = newest.number == number + 1
        made = replace(newest.decision, notes=(Note("GRID-01", at),))
        again = store.save(plan, made, number, "Ann", token=token)
        good = os.WIFSIGNALED(code) and there == (at == "committed") and again.number == number + 1
        wrong += not (good and len(store.history(plan)) == number + 1 and store.verify().holds)
        store.close()
    return {"steps": len(STEPS), "wrong": wrong}


def full(size: str = "3m") -> dict[str, object]:
    """A small disk that fills up."""
    folder = Path(tempfile.mkdtemp(prefix="fp-full-"))
    mount, umount = shutil.which("mount"), shutil.which("umount")
    done = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=False, stderr=subprocess.DEVNULL
    )
    if not mount or not umount or not done or done.returncode:
        return {"skipped": "no right to mount a small disk"}
    try:
        place = Place(folder / "own.sqlite", folder / "areas")
        (plan,) = begin(place, 1, drawn(SMALL, ["XXYY", "XXYY"]), SMALL)
        store, saved, said = place.open(), 1, ""
        decision = store.version(plan).decision
        for saved in range(1, 2000):
            try:
                note = Note("GRID-01", f"{saved} " + "x" * 8000)
                store.save(plan, replace(decision, notes=(note,)), saved, "Ann")
            except StoreError as error:
                said = error.message
                break
        store.close()
        again = place.open()
        kept = again.plan_row(plan).head
        good = again.verify().holds
        again.close()
        return {"acknowledged": saved, "lost": saved - kept, "verify": good, "said": said}
    finally:
        subprocess.run([umount, folder], check=False)


# ------------------------------------------------------------ editors


def country(side: int = 50) -> tuple[Plan, object]:
    """A plan of `side`² LSOAs in 40 neighbourhoods or so."""
    area = grid_area(["A" * side] * side, residents=1_600)
    letters = "".join(chr(0x4E00 + n) for n in range(40))
    rows = ["".join(letters[(r // 7) * 5 % 35 + min(c // 10, 4)] for c in range(side)) for r in range(side)]
    return drawn(area, rows), area


def editors(place: Place, people: int, seconds: float, side: int = 50, pace: float = 30.0) -> dict[str, object]:
    """Paced editors on ten plans, in five processes as an app would have them."""
    plan, area = country(side)
    plans = begin(place, 10, plan, area)
    folder = Path(tempfile.mkdtemp(prefix="fp-editors-"))
    until = time.time() + seconds
    processes = min(5, people)

    def process(number: int) -> None:
        store = place.open()
        store.area_of(area.digest)  # type: ignore[attr-defined]
        mine = [n for n in range(people) if n % processes == number]
        threads = [threading.Thread(target=editor, args=(store, plans[n % 10], n, until, folder, pace)) for n in mine]
        for one in threads:
            one.start()
        for one in threads:
            one.join()

    for pid in [forked(lambda n=n: process(n)) for n in range(processes)]:  # type: ignore[misc]
        os.waitpid(pid, 0)
    acts = [json.loads(line) for f in sorted(folder.iterdir()) for line in f.read_text(encoding="utf-8").splitlines()]
    saves = [a["seconds"] * 1000 for a in acts if a["kind"] == "save"]
    answered = [a["seconds"] * 1000 for a in acts if a["kind"] in ("save", "conflict")]
    merges = [a["seconds"] * 1000 for a in acts if a["kind"] == "merge"]
    store = place.open()
    overwritten = missing = 0
    by_key = {a["key"]: a for a in acts if "key" in a}
    for one in plans:
        versions = store.history(one)
        for before, after in itertools.pairwise(versions):
            act = by_key.pop(after.key, None)
            old, new = before.decision.where(), after.decision.where()
            differ = {u: c for u, c in new.items() if old[u] != c}
            allowed = act["moves"] if act else {}
            overwritten += any(allowed.get(u) != c for u, c in differ.items()) or after.parent != before.number
            missing += act is None
    holds = store.verify().holds
    store.close()
    return {
        "editors": people, "saves": len(saves), "conflicts": sum(a["kind"] == "conflict" for a in acts),
        "refused": sum(a["kind"] == "refused" for a in acts),
        "merges": len(merges), **{f"save p{p}": quantile(saves, p) for p in (50, 95, 100)},
        **{f"saved or told of a conflict p{p}": quantile(answered, p) for p in (50, 95, 100)},
        "merge p95": quantile(merges, 95), "silent overwrites": overwritten,
        "acknowledged and not in history": len(by_key),
        "in history and not acknowledged": missing, "verify": holds,
    }  # fmt: skip


def editor(store: Store, plan: str, number: int, until: float, folder: Path, pace: float) -> None:
    """Open, think (`pace` seconds or so), move one LSOA, save; merge where somebody saved since."""
    rng = random.Random(number)
    told = (folder / f"{number}.jsonl").open("w", encoding="utf-8")

    def tell(**act: object) -> None:
        told.write(json.dumps(act) + "\n")

    newest = store.version(plan)
    # As on a server that has been up for a while: everybody has connected and saved something before.
    own = store.branch(newest.key, f"Scratch {number}", "Ann")
    store.save(own.plan, replace(own.decision, notes=(Note(own.decision.codes[0], "warm"),)), 1, "Ann")
    time.sleep(rng.uniform(0, 1.5) * pace)
    while time.time() < until:
        time.sleep(rng.uniform(0.5, 1.5) * pace)
        pairs = list(newest.decision.assignment)
        at = rng.randrange(len(pairs))
        moves = {pairs[at][0]: rng.choice(newest.decision.codes)}
        pairs[at] = (pairs[at][0], moves[pairs[at][0]])
        mine = replace(newest.decision, assignment=tuple(pairs))
        start = time.perf_counter()
        try:
            newest = store.save(plan, mine, newest.number, "Ann")
            tell(kind="save", key=newest.key, moves=moves, seconds=time.perf_counter() - start)
            continue
        except ConflictError:
            tell(kind="conflict", seconds=time.perf_counter() - start)
        except StoreError:
            tell(kind="refused")  # the store was busy: nothing is acknowledged
            continue
        while True:
            start = time.perf_counter()
            with contextlib.suppress(ConflictError, StoreError):
                done = store.merge(plan, mine, newest.number, "Ann", accept_faults=True)
                if done.saved is not None and done.written:
                    newest = done.saved
                    tell(kind="merge", key=newest.key, moves=moves, seconds=time.perf_counter() - start)
                else:  # the newest holds all of it, or both moved the same LSOA: this editor lets the other's stand
                    newest = store.version(plan)
                break
    told.close()


def quantile(values: list[float], percent: int) -> float:
    """In milliseconds."""
    if len(values) < 2:
        return round(max(values, default=0.0), 1)
    return round(max(values) if percent == 100 else statistics.quantiles(values, n=100)[percent - 1], 1)


# ------------------------------------------------------------ tampers


def tampers(place: Place, number: int, seed: int = 3) -> dict[str, object]:
    """Change one byte of one value, look, and change it back."""
    (plan,) = begin(place, 1, drawn(SMALL, ["XXYY", "XXYY"]), SMALL)
    store = place.open()
    store.set_body("camford", "Joint", "joint HWB", "decides", ["E10000001", "E10000002"], "Ann")
    for n in range(1, 6):
        made = replace(store.version(plan).decision, notes=(Note("GRID-01", f"version {n} – “é”"),))
        key = store.save(plan, made, n, "Ann", reason="After the workshop").key
        given = {"dated": "2027-01-14", "minute": f"item {n}", "paper": f"{n:064x}"}
        store.decide(key, "Joint", "Ann", outcome="agreed", options=["A"], today="PCNs", **given)  # type: ignore[arg-type]
        store.set_status(key, "proposed", "Ann", dated="2027-01-01", reason="To the board")
    assert store.verify().holds
    raw = sqlite3.connect(place.where, isolation_level=None)
    raw.text_factory = bytes
    for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name.decode()}")
    raw.execute("PRAGMA synchronous = OFF")
    rng, found, passed = random.Random(seed), 0, []
    tables = {"version": TOLD["version"], "decision": TOLD["decision"], "status": TOLD["status"], "event": events}
    for _ in range(number):
        name = rng.choice(list(tables))
        key = key_of(tables[name])
        rows = raw.execute(f'SELECT rowid FROM "{name}" ORDER BY rowid').fetchall()  # noqa: S608
        (row,) = rng.choice(rows)
        columns = [c.name for c in tables[name].columns]
        rng.shuffle(columns)
        for column in columns:
            (value,) = raw.execute(f'SELECT "{column}" FROM "{name}" WHERE rowid = ?', (row,)).fetchone()  # noqa: S608
            if value or isinstance(value, int):
                break
        if isinstance(value, int):
            new: object = value ^ (1 << rng.randrange(8))
        else:
            data = bytearray(value)
            at = rng.randrange(len(data))
            data[at] = rng.choice([b for b in range(1, 256) if b != data[at]])
            new = bytes(data)
        holder = "?" if isinstance(new, int) else "CAST(? AS TEXT)"
        order = f'UPDATE "{name}" SET "{column}" = {holder} WHERE rowid = ?'  # noqa: S608
        moved = row if column != key or not isinstance(new, int) else new  # the number of an event is its rowid
        try:
            raw.execute("PRAGMA foreign_keys = OFF")
            raw.execute(order, (new, row))
        except sqlite3.IntegrityError:
            continue
        if not store.verify().holds:
            found += 1
        else:
            passed.append(f"{name}.{column}")
        raw.execute(order, (value, moved))
    holds = store.verify().holds
    raw.close()
    store.close()
    return {"tampers": found + len(passed), "found": found, "passed over": sorted(set(passed)), "whole again": holds}


# ------------------------------------------------------------ all


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--trials", type=int, default=1000, help="clients killed on SQLite")
    parse.add_argument("--server-trials", type=int, default=200, help="clients killed on PostgreSQL")
    parse.add_argument("--tampers", type=int, default=1000)
    parse.add_argument("--editors", type=int, default=50)
    parse.add_argument("--side", type=int, default=50, help="the editors' plans have so many LSOAs squared")
    parse.add_argument("--seconds", type=float, default=60, help="how long the editors edit")
    parse.add_argument("--pace", type=float, default=30, help="seconds between two saves of one editor")
    parse.add_argument("--only", default="kills,steps,full,editors,tampers")
    asked = parse.parse_args()
    only, bad = asked.only.split(","), False
    folder = Path(tempfile.mkdtemp(prefix="fp-store-"))
    found = programs()
    server = Server(found) if found and set(only) & {"kills", "steps", "editors"} else None

    def places() -> list[tuple[str, Place]]:
        inner = Path(tempfile.mkdtemp(dir=folder))
        made = [("SQLite", Place(inner / "own.sqlite", inner / "areas"))]
        return [*made, ("PostgreSQL", Place(server.database(), inner / "areas"))] if server else made

    def say(what: str, engine: str, done: dict[str, object], **wanted: object) -> None:
        nonlocal bad
        wrong = [key for key, value in wanted.items() if done.get(key.replace("_", " "), value) != value]
        bad = bad or bool(wrong)
        print(f"{what}, {engine}: {json.dumps(done, ensure_ascii=False)}{'   WRONG' if wrong else ''}", flush=True)

    try:
        if "kills" in only:
            for engine, place in places():
                number = asked.trials if engine == "SQLite" else asked.server_trials
                say("kills", engine, kills(place, number), lost=0, gaps=0, stored_twice=0, verify=True)
        if "steps" in only:
            for engine, place in places():
                say("steps", engine, steps(place), wrong=0)
        if "full" in only:
            say("full", "SQLite", full(), lost=0, verify=True)
        if "editors" in only:
            for engine, place in places():
                done = editors(place, asked.editors, asked.seconds, asked.side, asked.pace)
                say(
                    "editors", engine, done, silent_overwrites=0, acknowledged_and_not_in_history=0,
                    in_history_and_not_acknowledged=0, verify=True,
                )  # fmt: skip
        if "tampers" in only:
            say("tampers", "SQLite", tampers(places()[0][1], asked.tampers), passed_over=[], whole_again=True)
    finally:
        if server:
            server.remove()
        shutil.rmtree(folder, ignore_errors=True)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
