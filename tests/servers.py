"""A PostgreSQL of our own for the tests: started for a session in a folder of its own, reached by a socket only.

Skipped, saying so, where PostgreSQL is not installed; with FOOTPRINTS_NEEDS_POSTGRES set (as CI does) that fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


def programs() -> Path | None:
    """The folder of initdb and pg_ctl."""
    found = shutil.which("pg_ctl")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda p: float(p.parts[4]))
    return debian[-1].parent if debian else None


class Server:
    """A cluster that runs until it is stopped. PostgreSQL refuses to run as root, so root hands it to another user."""

    def __init__(self, bin_folder: Path) -> None:
        self.bin = bin_folder
        self.folder = Path(tempfile.mkdtemp(prefix="fp-pg-"))
        self.user = ("postgres" if _user("postgres") else "nobody") if os.name == "posix" and os.getuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        self._run("initdb", "-D", "data", "-U", "footprints", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=120"
        self._run("pg_ctl", "-D", "data", "-l", "log", "-o", options, "-w", "start")

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", "data", "-m", mode, "-w", "stop")

    def database(self) -> str:
        """The address of a new, empty database."""
        name = f"fp_{uuid.uuid4().hex[:12]}"
        self._run(
            "psql", "-h", str(self.folder), "-U", "footprints", "-d", "postgres", "-qc", f"CREATE DATABASE {name}"
        )
        return f"postgresql://footprints@/{name}?host={self.folder}"

    def remove(self) -> None:
        try:
            self.stop()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *args: str) -> None:
        # Not captured by pipes: the server that pg_ctl starts would hold them open.
        with tempfile.TemporaryFile() as said:
            done = subprocess.run(
                [self.bin / program, *args], cwd=self.folder, user=self.user, stdout=said, stderr=said,
                stdin=subprocess.DEVNULL, check=False,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read().decode(errors="replace")


def _user(name: str) -> bool:
    import pwd

    return any(one.pw_name == name for one in pwd.getpwall())


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    found = programs()
    if found is None:
        why = "PostgreSQL is not installed here (apt-get install postgresql)"
        pytest.fail(why) if os.environ.get("FOOTPRINTS_NEEDS_POSTGRES") else pytest.skip(why)
    made = Server(found)
    yield made
    made.remove()
