"""The app in shared mode, for tests: a server with TLS of its own, its settings, and the browsers of people."""

from __future__ import annotations

import datetime
import http.client
import json
import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from tests.browsing import Server, Watch

NAME, SECRET = "footprints.localhost", "of-the-tests-" * 4
ROLES = {"planners": "planner", "clerks": "clerk", "admins": "administrator", "board": "viewer"}


class Encrypted(Server):
    """The app with TLS of its own, reached by its public name."""

    def _wait(self) -> None:
        self.address = f"https://{NAME}:{self.port}"
        end = time.monotonic() + 90
        while time.monotonic() < end and self.process.poll() is None:
            try:
                if self.ask("/_stcore/health").status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        self.stop()
        pytest.fail(f"the app did not start: {self.log.read_text(encoding='utf-8', errors='replace')[-2000:]}")

    def ask(self, path: str, cookie: str = "", method: str = "GET", host: str = "") -> Answer:
        """One request, with the cookie of somebody."""
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection("127.0.0.1", self.port, context=trusting, timeout=30)
        headers = {"Host": host or f"{NAME}:{self.port}", "Accept-Encoding": "identity"}
        if cookie:
            headers["Cookie"] = f"_streamlit_user={cookie}"
        try:
            line.request(method, path, body=b"{}" if method != "GET" else None, headers=headers)
            answer = line.getresponse()
            return Answer(answer.status, answer.read().decode("utf-8", "replace"), dict(answer.headers))
        finally:
            line.close()

    def cookie(self, email: str, *groups: str, minutes: float = 30, **claims: Any) -> str:
        """What Streamlit would keep of somebody who signed in."""
        told = {
            "iss": "https://sign.in", "sub": email, "exp": int(time.time() + 60 * minutes), "email": email,
            "email_verified": True, "groups": list(groups), "is_logged_in": True, "provider": "default",
            "origin": self.address,
        }  # fmt: skip
        return create_signed_value(SECRET, "_streamlit_user", json.dumps(told | claims)).decode()


@dataclass(frozen=True)
class Answer:
    """What the server said."""

    status: int
    text: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Setting:
    """What the servers of one test are told. env : the variables that say it to a server that is started with them."""

    env: Mapping[str, str]

    def start(self, script: Path, cache: Path, data: Path | None = None, port: int = 0) -> Encrypted:
        """One process of the app."""
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.env.items():
                patch.setenv(name, value)
            return Encrypted(script, cache, data, port)


def setting(folder: Path, provider: str, stores: Mapping[str, str], **more: str) -> Setting:
    """Shared mode for these tenants (key -> address of the store), its files written into `folder`.

    Their groups are KEY-planners, KEY-clerks, KEY-admins and KEY-board. more : other variables.
    """
    for key in stores:
        (folder / key).mkdir(parents=True)
    tenants = "".join(
        f'[tenants.{key}]\ntitle = "{key.capitalize()} ICB"\ndata = \'{folder / key}\'\nstore = "{store}"\n'
        + "".join(f'{role} = ["{key}-{group}"]\n' for group, role in ROLES.items())
        for key, store in stores.items()
    )
    (folder / "shared.toml").write_text(tenants, encoding="utf-8")
    (folder / "secrets.toml").write_text(
        f'[auth]\nredirect_uri = "https://{NAME}:{{port}}/oauth2callback"\ncookie_secret = "{SECRET}"\n'
        f'client_id = "footprints"\nclient_secret = "of-the-tests"\n'
        f'server_metadata_url = "{provider}/.well-known/openid-configuration"\n',
        encoding="utf-8",
    )
    key, certificate = own_certificate(folder)
    told = {
        "FOOTPRINTS_SHARED": str(folder / "shared.toml"),
        "STREAMLIT_SECRETS_FILES": str(folder / "secrets.toml"),
        "STREAMLIT_SERVER_ALLOWED_HOSTS": NAME,
        "STREAMLIT_SERVER_SSL_CERT_FILE": str(certificate),
        "STREAMLIT_SERVER_SSL_KEY_FILE": str(key),
    }
    return Setting(told | more)


def own_certificate(folder: Path) -> tuple[Path, Path]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    own, other = folder / "key.pem", folder / "cert.pem"
    own.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    other.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return own, other


class Tab:
    """A browser of somebody's, and what its page asks the server for."""

    def __init__(self, browser: Any, app: Encrypted, cookie: str = "") -> None:
        self.context = browser.new_context(viewport={"width": 1366, "height": 768}, ignore_https_errors=True)
        if cookie:
            self.context.add_cookies([{"name": "_streamlit_user", "value": cookie, "url": app.address}])
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(app.address)

    settled = Watch.settled

    @property
    def token(self) -> str:
        """The name of the desk that the page was given."""
        found = [match.group(1) for url in self.asked if (match := re.search(r"/editor/([\w-]{24,})/", url))]
        return found[-1]

    def mapped(self) -> None:
        self.page.locator("[data-ready='true'][data-pending='0']").wait_for()
        self.settled()

    def cookie(self) -> str:
        return next(one["value"] for one in self.context.cookies() if one["name"] == "_streamlit_user")
