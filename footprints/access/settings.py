"""The settings of shared mode: one TOML file that FOOTPRINTS_SHARED names. Without it the app serves one person.

    proxy = "127.0.0.1"
    claim = "groups"
    name = "email"

    [tenants.camford]
    title = "Camford ICB"
    data = "/srv/footprints/camford"
    store = "postgresql://footprints@/camford"
    planner = ["camford-planners"]
    viewer = ["camford-board"]

`claim` is what the identity provider says of a person that roles hang on, `name` what names one person and nobody else.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from footprints.errors import AccessError, some
from footprints.platform import own_folder
from footprints.store.records import ROLES

SETTING = "FOOTPRINTS_SHARED"
_TOP, _OWN = ("proxy", "claim", "name", "tenants"), ("title", "data", "store", *ROLES)
_KEY = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", flags=re.ASCII)
_PORT = re.compile(r":(\d+)$", flags=re.ASCII)
_HERE = ("", "127.0.0.1", "::1", "/var/run/postgresql", "/run/postgresql")  # a server of this machine
_LOCK = Lock()
_READ: dict[str, tuple[int, Shared]] = {}


@dataclass(frozen=True)
class Tenant:
    """An organisation. data : the folder whose files it may read. store : the address of its PostgreSQL database.

    members : role -> values of the claim that give it.
    """

    key: str
    title: str
    data: Path
    store: str
    members: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Shared:
    """Shared mode. proxy : the addresses from which the TLS proxy connects, as they are written. claim, name : see
    above."""

    proxy: str = "127.0.0.1"
    claim: str = "groups"
    name: str = "email"
    tenants: Mapping[str, Tenant] = field(default_factory=dict)


def in_force() -> Shared | None:
    """The settings as the file has them now; None without shared mode. Raises AccessError where it cannot be meant."""
    path = os.environ.get(SETTING, "").strip()
    if not path:
        return None
    try:
        changed = Path(path).stat().st_mtime_ns
    except OSError as error:
        raise AccessError(
            f"The settings of shared mode, {path}, cannot be read ({error.strerror}).",
            mend=f"Put the file there, or take {SETTING} away to work alone on this computer.",
        ) from None
    with _LOCK:
        if path not in _READ or _READ[path][0] != changed:
            _READ[path] = (changed, read(Path(path)))
        return _READ[path][1]


def read(path: Path) -> Shared:
    """Shared mode as a file sets it. Raises AccessError naming what is wrong in it."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AccessError(f"{path.name} cannot be read: {error}.", mend="Write it as docs/deploy.md shows.") from None
    _known(told, _TOP, "the settings of shared mode")
    given = told.get("tenants", {})
    if not isinstance(given, dict) or not given:
        raise AccessError(f"{path.name} names no tenant.", mend="Add a part [tenants.NAME] for each organisation.")
    tenants = {key: _tenant(key, own) for key, own in given.items()}
    _apart(tenants)
    texts = {key: _text(told, key, "", getattr(Shared, key)) for key in ("proxy", "claim", "name")}
    return Shared(**texts, tenants=tenants)


def _tenant(key: str, own: Any) -> Tenant:
    if not _KEY.fullmatch(key):
        raise AccessError(
            f"“{key}” cannot be the short name of a tenant.", mend="Use lower-case letters, digits and -, up to 40."
        )
    if not isinstance(own, dict):
        raise AccessError(f"tenants.{key} is no part of its own.", mend=f"Begin it with [tenants.{key}].")
    where = f"tenants.{key}."
    _known(own, _OWN, f"tenants.{key}")
    data = Path(_text(own, "data", where))
    if not data.is_absolute() or not data.is_dir():
        raise AccessError(f"{where}data is {data}, which is no folder.", mend="Give the whole path of a folder.")
    store = _text(own, "store", where)
    if not store.startswith(("postgresql://", "postgresql+psycopg://")):
        raise AccessError(
            f"{where}store is no PostgreSQL database: several people cannot share one file safely.",
            mend="Write postgresql://USER@HOST/DATABASE.",
        )
    members = {role: _list(own, role, where) for role in ROLES if role in own}
    if not any(members.values()):
        raise AccessError(
            f"Nobody can be in {key}: no role has anybody.", mend=f'Add a line such as planner = ["{key}-planners"].'
        )
    return Tenant(key, _text(own, "title", where, key), data.resolve(), store, members)


def _apart(tenants: Mapping[str, Tenant]) -> None:
    """No two tenants may share a database, a folder, or a value that makes somebody a member."""
    known = list(tenants.values())
    kept = own_folder("tenants").parent.resolve()
    for i, one in enumerate(known):
        if kept.is_relative_to(one.data):
            raise AccessError(
                f"The data folder of {one.key} holds FOOTPRINTS_DATA, where the work of everybody is kept.",
                mend="Give the tenant a folder that holds official files only.",
            )
        for other in known[:i]:
            both = f"{other.key} and {one.key}"
            if database_of(one.store) == database_of(other.store):
                raise AccessError(f"{both} have one store.", mend="Give each tenant a database of its own.")
            if one.data.is_relative_to(other.data) or other.data.is_relative_to(one.data):
                raise AccessError(f"The data folders of {both} overlap.", mend="Give each tenant a folder of its own.")
            shared = {v for vs in one.members.values() for v in vs} & {v for vs in other.members.values() for v in vs}
            if shared:
                raise AccessError(
                    f"{some(sorted(shared))} would be in {both} at once.", mend="Name each group under one tenant."
                )


def database_of(store: str) -> tuple[str, str, str]:
    """Host, port and name of the database that an address means, however it is written."""
    parts = urlsplit(store)
    more = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    user, _, place = parts.netloc.rpartition("@")
    port = _PORT.search(place)
    host = unquote(place[: port.start()] if port else place) or more.get("host", "")
    host = host.strip("[]").rstrip(".").casefold()
    name = unquote(parts.path).strip("/") or more.get("dbname", "") or unquote(user.partition(":")[0])
    told = (port.group(1) if port else "") or more.get("port", "") or "5432"
    return "localhost" if host in _HERE else host, told, name


def _known(told: Mapping[str, Any], keys: tuple[str, ...], what: str) -> None:
    unknown = sorted(set(told) - set(keys))
    if unknown:
        raise AccessError(f"{some(unknown)} is not known in {what}.", mend=f"It may have {', '.join(keys)}.")


def _text(told: Mapping[str, Any], key: str, where: str, usual: str | None = None) -> str:
    value = told.get(key, usual)
    if not isinstance(value, str) or not value.strip():
        raise AccessError(f"{where}{key} is missing, or is not a text.", mend=f'Write {key} = "…".')
    return value.strip()


def _list(told: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    value = told[key]
    if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
        raise AccessError(f"{where}{key} is not a list of texts.", mend=f'Write {key} = ["one", "another"].')
    return tuple(one.strip() for one in value)
