"""The same job twice with different hash seeds, shared by one process and by two: every file but run.json is the same.

Text opened without an encoding would differ between Windows and the rest, so it is an error here.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Only for our own modules: numba itself opens /proc/cpuinfo without one.
STRICT = """
import warnings
warnings.filterwarnings("error", category=EncodingWarning, module=r"(boundaries|optimise|footprints)(\\.|$)")
from footprints.cli import main
main()
"""


def footprints(*args: str | Path, hash_seed: int = 0, cache: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own."""
    env = {**os.environ, "PYTHONHASHSEED": str(hash_seed), "PYTHONUTF8": "0", "PYTHONIOENCODING": "utf-8"}
    env.pop("PYTHONWARNDEFAULTENCODING", None)
    if cache is not None:
        # A cache of its own: the second run must not merely repeat what the first has stored.
        env |= {"XDG_CACHE_HOME": str(cache), "XDG_DATA_HOME": str(cache), "LOCALAPPDATA": str(cache)}
    command = [sys.executable, "-X", "warn_default_encoding", "-c", STRICT, *map(str, args)]
    return subprocess.run(command, env=env, capture_output=True, encoding="utf-8", check=False, timeout=600)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def twice(tmp_path: Path, *args: str | Path) -> tuple[dict[str, str], dict[str, str]]:
    """The digests of what two runs wrote, the first with one process and the second with two."""
    made = []
    for seed in (1, 2):
        out = tmp_path / f"run-{seed}"
        cache = tmp_path / f"cache-{seed}"
        done = footprints("propose", *args, "--out", out, "--processes", str(seed), hash_seed=seed, cache=cache)
        assert done.returncode == 0, done.stderr
        made.append((digests(out), done.stdout.replace(str(out), "OUT")))
    assert made[0][1] == made[1][1]
    return made[0][0], made[1][0]


def test_the_demo_county_is_proposed_alike_byte_for_byte(tmp_path: Path) -> None:
    first, second = twice(tmp_path, "demo", "--seconds", "15")
    assert first.pop("run.json")
    assert second.pop("run.json")
    assert first == second
    assert {"plan.json", "neighbourhoods.geojson", "lsoa_lookup.csv", "metrics.csv", "certificate.json"} <= set(first)


@pytest.mark.places
def test_a_real_place_is_proposed_alike_byte_for_byte(tmp_path: Path, cornwall: Path) -> None:
    first, second = twice(tmp_path, cornwall, "--seconds", "15", "--accept-links", "--within", "none")
    first.pop("run.json")
    second.pop("run.json")
    assert first == second
    assert "links.csv" in first


def test_exports_and_comparisons_are_alike_too(tmp_path: Path) -> None:
    for name, seed in (("a", "0"), ("b", "1")):
        done = footprints("propose", "demo", "--seconds", "5", "--seed", seed, "--out", tmp_path / name)
        assert done.returncode == 0, done.stderr
    made = []
    for hash_seed in (1, 2):
        out = tmp_path / f"run-{hash_seed}"
        done = footprints("export", tmp_path / "a", "--source", "demo", "--out", out / "export", hash_seed=hash_seed)
        assert done.returncode == 0, done.stderr
        done = footprints(
            "compare", tmp_path / "a", tmp_path / "b", "--source", "demo", "--out", out / "compare", hash_seed=hash_seed
        )
        assert done.returncode == 0, done.stderr
        files = digests(out)
        assert any(name.startswith("export/") for name in files)
        assert any(name.startswith("compare/") for name in files)
        made.append({name: digest for name, digest in files.items() if not name.endswith("run.json")})
    assert made[0] == made[1]
