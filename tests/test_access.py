"""Who may do what: roles, the end of a sign-in, tenants, whether the app may start; and the words of each refusal."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from footprints.access import Who, allowed, at_this_computer, folders, home, identify
from footprints.access import settings as shared_settings
from footprints.access.settings import Shared, database_of
from footprints.access.starting import Setup, in_words, lacking
from footprints.errors import AccessError
from footprints.store.records import ROLES

CLAIMS = {
    "iss": "https://sign.in", "sub": "1", "exp": 2_000, "email": "ann@camford.test", "name": "Ann",
    "email_verified": True,
    "groups": ["camford-planners", "everybody"],
}  # fmt: skip
SETUP = Setup(
    hosts=("footprints.test", "127.0.0.1"),
    auth={
        "redirect_uri": "https://footprints.test/oauth2callback", "cookie_secret": "x" * 40, "client_id": "a",
        "client_secret": "b", "server_metadata_url": "https://sign.in/.well-known/openid-configuration",
    },
)  # fmt: skip


def text(tmp_path: Path, **more: str) -> str:
    for name in ("camford", "otherton"):
        (tmp_path / name).mkdir(exist_ok=True)
    own = {"top": "", "data": f"{tmp_path}/camford", "store": "postgresql://f@/camford", "members": "camford-planners"}
    own |= more
    return f"""
{own["top"]}
[tenants.camford]
title = "Camford ICB"
data = '{own["data"]}'
store = "{own["store"]}"
planner = ["{own["members"]}"]
viewer = ["camford-board"]
[tenants.otherton]
data = '{tmp_path}/otherton'
store = "postgresql://f@/otherton"
clerk = ["otherton-clerks"]
"""


def read(tmp_path: Path, told: str) -> Shared:
    (tmp_path / "shared.toml").write_text(told, encoding="utf-8")
    return shared_settings.read(tmp_path / "shared.toml")


@pytest.fixture
def shared(tmp_path: Path) -> Shared:
    return read(tmp_path, text(tmp_path))


def person(*roles: str, expires: float | None = 2_000.0) -> Who:
    return Who("ann@camford.example", "issuer|1", "camford", frozenset(roles), expires)


def test_the_user_of_a_computer_may_do_everything_and_is_called_what_they_typed() -> None:
    own = at_this_computer("A. Planner")
    assert own.name == "A. Planner" and all(own.may(role) for role in ROLES)
    assert at_this_computer("").name and home(own, Path("data")) == Path("data")


@pytest.mark.parametrize("held", ROLES)
def test_every_role_may_look_and_do_what_is_its_own_and_nothing_else(held: str) -> None:
    assert {role for role in ROLES if person(held).may(role, 1_999.0)} == {held, "viewer"}


def test_nobody_may_do_anything_without_a_role_or_after_the_end_of_their_sign_in() -> None:
    assert not person().may("viewer", 1_999.0)
    assert not any(person(*ROLES).may(role, 2_000.0) for role in ROLES)


def test_a_refusal_says_who_may_and_how_to_mend_it() -> None:
    with pytest.raises(AccessError, match=r"for a planner, who draws.*your role is viewer") as told:
        person("viewer").require("planner", 1_999.0)
    assert "role" in told.value.mend
    with pytest.raises(AccessError, match="ended at 00:33 UTC, so nothing was changed") as told:
        person("planner").require("planner", 2_000.0)
    assert told.value.mend == "Sign in again."
    person("planner").require("planner", 1_999.0)


def test_claims_give_a_name_a_tenant_and_roles(shared: Shared) -> None:
    found = identify(CLAIMS, shared)
    assert (found.name, found.tenant, found.roles) == ("ann@camford.test", "camford", {"planner"})
    assert found.expires == 2_000 and found.shown == "Ann"
    board = identify(CLAIMS | {"groups": ["camford-board"]}, shared)
    assert board.may("viewer", 1.0) and not board.may("planner", 1.0)
    assert home(found, Path("d")) != home(replace(found, subject="https://sign.in|2"), Path("d"))
    assert home(found, Path("d")) != home(replace(found, tenant="otherton"), Path("d"))


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"groups": []}, "no role in any place here"),
        ({"groups": "camford-planner"}, "no role in any place here"),
        ({"groups": ["camford-planners", "otherton-clerks"]}, "belong to Camford ICB and otherton at once"),
        ({"email": ""}, "does not say your email"),
        ({"email_verified": False}, "not confirmed"),
        ({"sub": ""}, "does not say who you are"),
        ({"iss": None}, "does not say who you are"),
    ],
)
def test_claims_that_do_not_tell_who_somebody_is_let_nobody_in(
    shared: Shared, changed: dict[str, object], words: str
) -> None:
    with pytest.raises(AccessError, match=words):
        identify(CLAIMS | changed, shared)


@pytest.mark.parametrize("ends", [None, "later", True, float("nan")])
def test_a_sign_in_without_an_end_has_ended(shared: Shared, ends: object) -> None:
    assert not identify(CLAIMS | {"exp": ends}, shared).may("viewer")


def test_an_address_gives_a_role_only_where_it_is_confirmed(tmp_path: Path) -> None:
    shared = read(tmp_path, text(tmp_path, top='claim = "email"', members="ann@camford.test"))
    assert identify(CLAIMS, shared).roles == {"planner"}
    with pytest.raises(AccessError, match="no role"):
        identify({k: v for k, v in CLAIMS.items() if k != "email_verified"}, shared)


def test_the_settings_are_read_anew_when_they_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read(tmp_path, text(tmp_path))
    monkeypatch.setenv("FOOTPRINTS_SHARED", str(tmp_path / "shared.toml"))
    assert identify(CLAIMS, shared_settings.in_force() or Shared()).roles == {"planner"}
    read(tmp_path, text(tmp_path, members="camford-nobody"))
    os.utime(tmp_path / "shared.toml", ns=(1, 1))
    with pytest.raises(AccessError, match="no role"):
        identify(CLAIMS, shared_settings.in_force() or Shared())
    (tmp_path / "shared.toml").unlink()
    with pytest.raises(AccessError, match="cannot be read"):
        shared_settings.in_force()


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"top": "proxies = 1"}, "proxies is not known"),
        ({"top": "claim = 1"}, "claim is missing, or is not a text"),
        ({"data": "camford"}, "which is no folder"),
        ({"data": "/nowhere/at/all"}, "which is no folder"),
        ({"store": "plans.sqlite"}, "no PostgreSQL database"),
        ({"store": "postgresql://f@/otherton"}, "have one store"),
        ({"store": "postgresql+psycopg://g:p@LOCALHOST:5432/otherton?sslmode=require"}, "have one store"),
        ({"store": "postgresql://g@/?host=127.0.0.1&dbname=otherton"}, "have one store"),
        ({"members": "otherton-clerks"}, "would be in camford and otherton at once"),
        ({"members": ""}, "not a list of texts"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(tmp_path: Path, more: dict[str, str], words: str) -> None:
    with pytest.raises(AccessError, match=words) as told:
        read(tmp_path, text(tmp_path, **more))
    assert told.value.mend


def test_addresses_of_other_databases_are_other_stores() -> None:
    addresses = ("postgresql://f@a/x", "postgresql://f@b/x", "postgresql://f@a:5433/x", "postgresql://f@a/y",
                 "postgresql://f@[::2]/x", "postgresql://f@[::2]:5433/x", "postgresql://f@/x?host=/srv/pg")  # fmt: skip
    assert len({database_of(one) for one in addresses}) == len(addresses)
    assert database_of("postgresql://f:a%40b@A.example:5432/x") == ("a.example", "5432", "x")
    assert database_of("postgresql://camford@[::1]") == ("localhost", "5432", "camford")


def test_the_work_of_everybody_is_in_no_tenants_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = text(tmp_path)
    monkeypatch.setenv("FOOTPRINTS_DATA", str(tmp_path / "camford" / "state"))
    with pytest.raises(AccessError, match="camford holds FOOTPRINTS_DATA"):
        read(tmp_path, told)


def test_folders_of_tenants_may_not_overlap(tmp_path: Path) -> None:
    with pytest.raises(AccessError, match="overlap"):
        read(tmp_path, text(tmp_path, data=str(tmp_path)))


@pytest.mark.parametrize(
    "typed",
    ["..", "../otherton", "/etc", "x/../../otherton", "link", "link/deeper", "\0", "~root", "//etc", "C:\\Windows\\.."],
)
def test_a_tenant_reads_its_own_folder_only(tmp_path: Path, shared: Shared, typed: str) -> None:
    own = shared.tenants["camford"]
    if os.name == "posix":
        (own.data / "link").symlink_to(tmp_path / "otherton", target_is_directory=True)
    (own.data / "2026").mkdir()
    (own.data / ".hidden").mkdir()
    assert allowed("2026", own) == own.data / "2026" and allowed(".", own) == own.data
    assert set(folders(own)) - {"link"} == {"2026", "."}
    try:
        found = allowed(typed, own)
    except AccessError as error:
        assert "not among the files of Camford ICB" in error.message
    else:
        assert found.is_relative_to(own.data)
        assert typed in ("~root", "C:\\Windows\\..")


def change(**more: object) -> Callable[[Setup], Setup]:
    return lambda setup: replace(setup, **more)  # type: ignore[arg-type]


def auth(**more: object) -> Callable[[Setup], Setup]:
    return lambda setup: replace(setup, auth={k: v for k, v in (setup.auth | more).items() if v is not None})


@pytest.mark.parametrize(
    ("mar", "words", "mend"),
    [
        (change(auth={}), "there is no sign-in", "[auth]"),
        (auth(client_id=None), "no client_id", "Add client_id"),
        (auth(server_metadata_url=" "), "no server_metadata_url", "Add"),
        (auth(cookie_secret="short"), "fewer than 32", "token_urlsafe"),  # noqa: S106
        (auth(expose_tokens="id"), "expose_tokens", "out of [auth]"),
        (auth(redirect_uri="http://footprints.test/oauth2callback"), "not encrypted", "TLS proxy"),
        (change(hosts=()), "does not name the host", '"footprints.test"'),
        (change(hosts=("127.0.0.1", "localhost")), "does not name the host", '"footprints.test"'),
        (change(hosts=("*",)), "any name", "in full"),
        (change(hosts=("elsewhere.test",)), "does not have footprints.test", 'Add "footprints.test"'),
        (change(trusted="*"), "trusts what * says", "FORWARDED_ALLOW_IPS=127.0.0.1"),
        (change(trusted=""), "trusts what nobody says", "FORWARDED_ALLOW_IPS=127.0.0.1"),
        (change(address=""), "every address of this machine, around the TLS proxy", "127.0.0.1"),
        (change(missing=("authlib",)), "authlib is not installed", "[server]"),
        (change(details="full"), "paths of this server", "none"),
        (change(headers=True), "lets a header say who", "Take it away"),
    ],
)
def test_shared_mode_starts_only_when_nothing_is_lacking(
    shared: Shared, mar: Callable[[Setup], Setup], words: str, mend: str
) -> None:
    assert lacking(SETUP, shared) == ()
    found = lacking(mar(SETUP), shared)
    assert any(words in problem and mend in what for problem, what in found), found
    assert words in in_words(found, shared=True) and "docs/deploy.md" in in_words(found, shared=True)


@pytest.mark.parametrize("address", ["", "0.0.0.0", "192.168.1.4", "::"])  # noqa: S104
def test_without_shared_mode_the_app_listens_on_this_computer_only(address: str) -> None:
    assert lacking(Setup(), None) == ()
    ((problem, mend),) = lacking(Setup(address=address), None)
    assert "nobody would have to sign in" in problem and "FOOTPRINTS_SHARED" in mend
