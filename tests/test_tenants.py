"""Tenants and people apart in what the app keeps: desks, files on the map, caches, sources; roles at every write."""

from __future__ import annotations

import gc
import re
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import pytest

from boundaries.area import Area
from footprints import maps
from footprints.access import Shared, Tenant, Who
from footprints.editing import desks
from footprints.editing.catalogue import Catalogue
from footprints.editing.journal import Journal
from footprints.editing.overlays import overlays_of
from footprints.editing.signing import unnamed
from footprints.errors import AccessError
from footprints.proven import Proven
from footprints.ui import cached, calculations, desk_routes, first, signing_in, state, study, who
from footprints.ui.handing import Handing
from optimise.criteria import Criteria
from tests.grids import grid_area
from tests.plans import drawn

UI = Path(signing_in.__file__).parent
AREA = grid_area(["AABB", "AABB"])
# Kept for all tabs by something else than an area, in which the tenant is named, or which is of one store.
BY_OTHERS = {
    ("agreement.py", "_beneath"),  # by the address of the store, which a tenant has alone
    ("state.py", "_load"), ("pages/compare.py", "_packed"), ("versions.py", "_lines"),
    ("version_list.py", "_zipped"),
}  # fmt: skip


@pytest.fixture
def be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Who]:
    """A function that makes somebody the one in front of the page, in shared mode."""
    tenants = {}
    for key in ("camford", "otherton"):
        (tmp_path / key / "2026").mkdir(parents=True)
        tenants[key] = Tenant(key, key.capitalize(), (tmp_path / key).resolve(), f"postgresql://f@/{key}", {})
    monkeypatch.setattr(who, "in_force", lambda: Shared(tenants=tenants))
    monkeypatch.setenv("FOOTPRINTS_DATA", str(tmp_path / "kept"))

    def made(name: str, tenant: str = "camford", role: str = "planner", expires: float = 9e9) -> Who:
        found = Who(f"{name}@test", name, tenant, frozenset({role}), expires)
        monkeypatch.setattr(who, "now", lambda: found)
        return found

    return made


def test_each_person_has_a_desk_of_their_own_and_signs_by_name(be: Callable[..., Who]) -> None:
    be("ann")
    desk = state.desk_on(AREA)
    be("ann")
    assert state.desk_on(AREA) is desk
    plan = drawn(AREA, ["aabb", "aabb"])
    desk.change(lambda own: own.add(plan))
    desk.change(lambda own: own.edit(drawn(AREA, ["aaab", "aabb"]), "Moved"))
    option = desk.shelf.get()
    assert option is not None and [change.who for change in option.plan.changes] == ["ann@test"]
    for other in (("cat", "camford"), ("ann", "otherton")):
        be(*other)
        assert state.desk_on(AREA) is not desk and not state.desk_on(AREA).shelf.options
        assert overlays_of(AREA, who.own_folder()).folder != overlays_of(AREA).folder


def test_a_desk_at_which_nobody_sits_is_let_go_of_and_taken_up_again(
    be: Callable[..., Who], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be("ann")
    desk, plan = state.desk_on(AREA), drawn(AREA, ["aabb", "aabb"])
    desk.change(lambda own: own.add(plan))
    file = next(tmp_path.rglob("*.pid"))
    seen = weakref.ref(desk)
    del desk
    be("cat")
    state.desk_on(AREA)
    assert seen() is not None and file.exists(), "asked for not long ago"
    monkeypatch.setattr(desks, "RESTS_S", 0.0)
    held = seen()
    state.desk_on(AREA)
    assert seen() is not None and file.exists(), "a tab holds it"
    del held
    state.desk_on(AREA)
    assert seen() is None and not file.exists(), "another process may take it up"
    be("ann")
    again = state.desk_on(AREA)
    assert again.kept and [option.plan for option in again.shelf.options] == [plan]


def test_edits_that_come_while_a_desk_is_let_go_of_are_kept_and_done_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "RESTS_S", 0.0)
    plan, over, moves = drawn(AREA, ["aabb", "aabb"]), Event(), 30
    key = desks.desk_of(AREA, tmp_path / "ann", unnamed).change(lambda own: own.add(plan)).current
    let_go: list[Path] = []
    release = Journal.release
    monkeypatch.setattr(Journal, "release", lambda own: (let_go.append(own.file), release(own))[1])

    def others() -> None:
        while not over.is_set():
            desks.desk_of(AREA, tmp_path / "cat", unnamed)

    with ThreadPoolExecutor(1) as beside:
        busy = beside.submit(others)
        try:
            for seq in range(1, moves + 1):
                sent = [{"seq": n, "op": "paint", "units": "1", "to": n % 2} for n in (seq - 1, seq) if n]
                desk = desks.desk_of(AREA, tmp_path / "ann", unnamed)
                answer = desk.submit("tab of ann", key, 0, sent)  # the one before was acknowledged, and comes again
                assert answer["acked"] == seq
                del desk
                time.sleep(0.002)
        finally:
            over.set()
        busy.result()
    desks.close_all()
    option = desks.desk_of(AREA, tmp_path / "ann", unnamed).shelf.get(key)
    assert any(file.is_relative_to(tmp_path / "ann") for file in let_go)
    assert option is not None and len(option.past) == moves
    assert option.plan.where() == {**plan.where(), AREA.codes[1]: plan.codes[moves % 2]}


def test_a_desk_that_is_nowhere_else_is_not_let_go_of(be: Callable[..., Who], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks, "RESTS_S", 0.0)
    be("ann")
    desk, plan = state.desk_on(AREA), drawn(AREA, ["aabb", "aabb"])
    desk.change(lambda own: own.add(plan))
    desk.close()  # as where its journal is held by another process
    seen = weakref.ref(desk)
    del desk
    be("cat")
    state.desk_on(AREA)
    desk = seen()
    assert desk is not None and [option.plan for option in desk.shelf.options] == [plan]


def test_the_address_of_a_map_that_nobody_looked_at_for_long_ends(
    be: Callable[..., Who], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_routes, "_OPEN", OrderedDict())
    monkeypatch.setattr(desk_routes, "_GEOMETRY", OrderedDict())
    catalogue = Catalogue(AREA, maps.draw(AREA))

    def look(name: str, token: str) -> None:
        found = be(name)
        desk_routes.let_in(token, state.desk_on(AREA), catalogue, "", (), owner=found, home=who.own_folder())

    look("ann", "of ann")
    look("cat", "of cat")
    assert [*desk_routes._OPEN] == ["of ann", "of cat"]
    desk_routes._OPEN["of ann"].asked -= desks.RESTS_S
    look("cat", "of cat")
    assert [*desk_routes._OPEN] == ["of cat"]


def test_a_proposal_that_came_out_as_one_on_the_shelf_says_so(be: Callable[..., Who]) -> None:
    be("ann")
    own, plan, solution = state.Session(), drawn(AREA, ["aabb", "aabb"], name="Proposal"), SimpleNamespace()
    own.sit_down(state.desk_on(AREA))
    now = SimpleNamespace(error=None, proposal=SimpleNamespace(plan=plan, solution=solution))
    found_again = state.Running(SimpleNamespace(take=lambda: True), asked=False)  # type: ignore[arg-type]
    state._settle(own, found_again, now)  # type: ignore[arg-type]
    assert own.said == "" and len(own.shelf.options) == 1
    state._settle(own, found_again, now)  # type: ignore[arg-type]
    assert "came out as a plan that is on the shelf already" in own.said and len(own.shelf.options) == 1


def test_what_is_kept_for_all_tabs_is_kept_for_one_tenant(be: Callable[..., Who]) -> None:
    be("ann")
    own = cached.labels(AREA)
    assert cached.labels(AREA) is own
    be("bob", "otherton")
    assert cached.labels(AREA) is not own
    be("cat")
    assert cached.labels(AREA) is own
    assert cached.BY_DIGEST[Area](AREA) == ("camford", AREA.digest)


def test_every_cache_of_the_app_knows_the_tenant() -> None:
    found = set()
    for file in sorted(UI.rglob("*.py")):
        text = file.read_text(encoding="utf-8")
        for options, name in re.findall(r"@st\.cache_\w+\((.*?)\)\s*def (\w+)", text, flags=re.DOTALL):
            if "BY_DIGEST" not in options and "_AREAS" not in options:
                found.add((file.relative_to(UI).as_posix(), name))
        assert text.count("@st.cache_") == len(re.findall(r"@st\.cache_\w+\(.*?\)\s*def \w+", text, flags=re.DOTALL))
    assert found == BY_OTHERS


def test_no_file_leaves_by_an_address_that_anybody_may_use() -> None:
    for file in UI.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\bst\.(download_button|image|audio|video|pdf)\(", text), file


def test_a_source_is_one_of_the_tenants_own(be: Callable[..., Who], tmp_path: Path) -> None:
    be("ann")
    assert state.readable(first.DEMO) == first.DEMO
    assert state.readable("2026") == str((tmp_path / "camford" / "2026").resolve())
    uploaded = who.uploads()
    assert uploaded is not None and state.readable(str(uploaded / "x")) == str(uploaded / "x")
    for typed in ("/etc", "../otherton", str(tmp_path / "otherton" / "2026"), str(uploaded.parents[1])):
        with pytest.raises(AccessError, match="not among the files of Camford"):
            state.readable(typed)
    be("cat")
    with pytest.raises(AccessError):
        state.readable(str(uploaded / "x"))


def test_stores_and_areas_of_tenants_are_apart(be: Callable[..., Who]) -> None:
    be("ann")
    own = who.store_at()
    be("bob", "otherton")
    where, areas = who.store_at()
    assert (own[0], where) == ("postgresql://f@/camford", "postgresql://f@/otherton") and own[1] != areas


def test_the_place_that_was_open_last_is_each_persons_own(be: Callable[..., Who]) -> None:
    own = be("ann")
    state._LAST[own.key] = {"source": "2026", "opened": True}
    assert state._as_it_was(own.key).source == "2026"
    assert state._as_it_was(be("cat").key).source == first.DEMO
    assert state._as_it_was(be("ann", "otherton").key).source == first.DEMO


@pytest.mark.parametrize(("role", "expires"), [("viewer", 9e9), ("clerk", 9e9), ("planner", 1.0)])
def test_only_a_planner_who_is_signed_in_changes_the_shelf(be: Callable[..., Who], role: str, expires: float) -> None:
    be("vic", role=role, expires=expires)
    own = state.Session(opened=True)
    with pytest.raises(AccessError):
        own.change(lambda shelf: shelf.add(drawn(AREA, ["aabb", "aabb"])))
    with pytest.raises(AccessError):
        state.begin(Criteria())
    assert not own.shelf.options


def test_a_viewer_asks_what_reads_and_nothing_that_ends_on_the_shelf(
    be: Callable[..., Who], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    fake = SimpleNamespace(study=lambda kind, *rest: asked.append(kind) or SimpleNamespace())
    monkeypatch.setattr(study, "runner", lambda: fake)
    monkeypatch.setattr(state, "area", lambda: AREA)
    own = state.Session(opened=True)
    monkeypatch.setattr(state, "session", lambda: own)
    be("vic", role="viewer")
    for kind in study.TITLES:
        if kind in study.CHANGING:
            with pytest.raises(AccessError, match="for a planner"):
                study.begin(kind, {})
        else:
            study.begin(kind, {})
    assert set(asked) == set(study.TITLES) - set(study.CHANGING)
    with pytest.raises(AccessError, match="for a planner"):
        study.take("options", {})
    be("vic", role="viewer", expires=1.0)
    with pytest.raises(AccessError, match="sign-in ended"):
        state.owner()
    with pytest.raises(AccessError, match="sign-in ended"):
        calculations._rows()


def test_files_are_kept_with_the_proof_that_they_are_found_by(be: Callable[..., Who]) -> None:
    be("ann")
    plan = drawn(AREA, ["aabb", "aabb"])
    proven = Proven()
    seen = weakref.ref(proven)
    made = cached.bundle(plan, AREA, None, Handing(), None, proven)
    assert cached.bundle(plan, AREA, None, Handing(), None, proven) is made
    del proven
    gc.collect()
    assert seen() is not None  # its id, by which the files are found, is nobody else's as long as they are kept
