"""Whether the app may start as it is set up. Pure: the facts come in, what is lacking goes out in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from footprints.access.settings import Shared

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AUTH = ("redirect_uri", "cookie_secret", "client_id", "client_secret", "server_metadata_url")
SHORTEST = 32  # characters of a secret that signs cookies
Lack = tuple[str, str]


@dataclass(frozen=True)
class Setup:
    """What the server was told. address : "" for every address of this machine. trusted : FORWARDED_ALLOW_IPS.

    auth : the part [auth] of secrets.toml. missing : packages of the extra `server` that are not installed. details :
    client.showErrorDetails. headers : whether server.trustedUserHeaders is set.
    """

    address: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    trusted: str = "127.0.0.1"
    auth: Mapping[str, Any] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    details: str = "none"
    headers: bool = False


def lacking(setup: Setup, shared: Shared | None) -> tuple[Lack, ...]:
    """What stands in the way of starting, each with its mend; nothing when it may start."""
    if shared is None:
        return _alone(setup)
    return (*_packages(setup), *_sign_in(setup), *_hosts(setup), *_proxy(setup, shared), *_words(setup))


def in_words(lacks: tuple[Lack, ...], shared: bool) -> str:
    """The refusal, as it is printed."""
    mode = "in shared mode" if shared else "for one person"
    lines = "".join(f"\n  - {problem}\n    {mend}" for problem, mend in lacks)
    return f"The app does not start {mode}, because:{lines}\nSee docs/deploy.md."


def _alone(setup: Setup) -> tuple[Lack, ...]:
    if setup.address in LOOPBACK:
        return ()
    where = setup.address or "every address of this machine"
    return (
        (
            f"it would listen on {where}, where others can reach it, and nobody would have to sign in.",
            'Set server.address to "127.0.0.1", or set up shared mode (FOOTPRINTS_SHARED).',
        ),
    )


def _packages(setup: Setup) -> tuple[Lack, ...]:
    if not setup.missing:
        return ()
    names = " and ".join(setup.missing)
    verb = "are" if len(setup.missing) > 1 else "is"
    return ((f"{names} {verb} not installed.", 'Install with: python -m pip install -e ".[server]"'),)


def _sign_in(setup: Setup) -> tuple[Lack, ...]:
    auth = setup.auth
    if not auth:
        return (("there is no sign-in.", "Write the part [auth] of .streamlit/secrets.toml."),)
    lacks = [
        (f"the sign-in has no {key}.", f"Add {key} to the part [auth] of .streamlit/secrets.toml.")
        for key in _AUTH
        if not isinstance(auth.get(key), str) or not str(auth.get(key)).strip()
    ]
    if len(str(auth.get("cookie_secret", ""))) < SHORTEST and "cookie_secret" in auth:
        lacks.append(
            (
                f"cookie_secret has fewer than {SHORTEST} characters, so a sign-in could be forged.",
                'Make one with: python -c "import secrets; print(secrets.token_urlsafe(48))"',
            )
        )
    if auth.get("expose_tokens"):
        lacks.append(("expose_tokens is set, and nothing here needs a token.", "Take expose_tokens out of [auth]."))
    return tuple(lacks)


def _hosts(setup: Setup) -> tuple[Lack, ...]:
    host = urlsplit(str(setup.auth.get("redirect_uri", ""))).hostname or ""
    outside = [one for one in setup.hosts if one not in LOOPBACK]
    if not outside:
        return (
            (
                "server.allowedHosts does not name the host by which people reach it.",
                f'Set server.allowedHosts = ["{host or "footprints.example.nhs.uk"}"].',
            ),
        )
    wide = [one for one in outside if "*" in one]
    if wide:
        return ((f"server.allowedHosts allows {wide[0]}, which is any name.", "Name each host in full."),)
    if host and host not in (one.lower() for one in outside):
        return ((f"server.allowedHosts does not have {host}, the host of redirect_uri.", f'Add "{host}" to it.'),)
    return ()


def _proxy(setup: Setup, shared: Shared) -> tuple[Lack, ...]:
    lacks = []
    uri = str(setup.auth.get("redirect_uri", ""))
    if uri and urlsplit(uri).scheme != "https":
        lacks.append(
            (
                f"people would sign in by {uri}, which is not encrypted.",
                "Put a TLS proxy before the app, and begin redirect_uri with https://.",
            )
        )
    if "*" in shared.proxy or "/0" in shared.proxy:
        lacks.append(("proxy trusts every address.", "Name the address from which the TLS proxy connects."))
    if _set_of(setup.trusted) != _set_of(shared.proxy):
        lacks.append(
            (
                f"the server trusts what {setup.trusted or 'nobody'} says of a connection, and the TLS proxy is "
                f"{shared.proxy}.",
                f"Set the environment variable FORWARDED_ALLOW_IPS={shared.proxy}.",
            )
        )
    if setup.address not in LOOPBACK and _set_of(shared.proxy) <= set(LOOPBACK):
        lacks.append(
            (
                f"it would listen on {setup.address or 'every address of this machine'}, around the TLS proxy.",
                'Set server.address to "127.0.0.1", as the proxy is on this machine.',
            )
        )
    return tuple(lacks)


def _words(setup: Setup) -> tuple[Lack, ...]:
    lacks = []
    if setup.details != "none":
        lacks.append(("client.showErrorDetails would show paths of this server.", 'Set it to "none".'))
    if setup.headers:
        lacks.append(
            ("server.trustedUserHeaders lets a header say who somebody is.", "Take it away: people sign in here.")
        )
    return tuple(lacks)


def _set_of(addresses: str) -> set[str]:
    return {one.strip() for one in addresses.split(",") if one.strip()}
