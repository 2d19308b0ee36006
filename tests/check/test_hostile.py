"""A repository that means harm: thousands of broken files, deep and looping folders, big files."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

NET = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 1}]\nexpect: {params: 9}\n"


def check(folder: Path, *args: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "convcalc", "check", *args],
        cwd=folder,
        capture_output=True,
        timeout=300,
        check=False,
    )


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["concise", "json", "sarif", "github", "junit"])
def test_thousands_of_broken_files(tmp_path: Path, form: str) -> None:
    draw = random.Random(7)
    for number in range(2000):
        text = bytearray(NET.encode())
        for _ in range(draw.randint(1, 8)):
            text[draw.randrange(len(text))] = draw.randrange(256)
        folder = tmp_path / str(number % 40)
        folder.mkdir(exist_ok=True)
        (folder / f"{number:05}.net.yaml").write_bytes(text)
    (tmp_path / "zz.net.yaml").write_text(NET)
    done = check(tmp_path, "--format", form)
    assert done.returncode == 1
    assert b"zz.net.yaml" in done.stdout
    assert done.stderr == b"" or form == "concise"
    # Order and findings do not depend on how the work is shared.
    assert check(tmp_path, "--format", form, "--jobs", "1").stdout == done.stdout


@pytest.mark.thorough
def test_a_folder_of_everything_at_once(tmp_path: Path) -> None:
    (tmp_path / "good.net.yaml").write_text(NET)
    big = b"convcalc: 1\ninput: [3, 8, 8]\nlayers:\n" + b"  - relu\n" * 380_000
    (tmp_path / "big.net.yaml").write_bytes(big)
    (tmp_path / "too_big.net.yaml").write_bytes(b"#" * (4 << 20) + b"\n#")
    (tmp_path / "one_line.net.yaml").write_bytes(b"layers: [" + b"relu, " * 600_000 + b"]")
    (tmp_path / "bomb.net.yaml").write_text(
        "convcalc: 1\ninput: [3, 8, 8]\nblocks:\n"
        + "".join(f"  b{n}: {{layers: [{{b{n + 1}: {{}}, repeat: 10}}]}}\n" for n in range(12))
        + "  b12: {layers: [relu]}\nlayers: [b0]\n"
    )
    (tmp_path / "comments.net.yaml").write_text(
        "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n" + "  - relu # convcalc: ignore[CC405]\n" * 60_000
    )
    (tmp_path / ".gitignore").write_bytes(b"*a" * 500 + b"\n" + b"**/" * 300 + b"x\n" + b"[" * 999)
    os.mkfifo(tmp_path / "pipe.net.yaml")
    os.mkfifo(tmp_path / "convcalc.toml")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / ("a" * 200 + ".net.yaml")).write_text(NET)
    for name in ("loop", "deep/loop"):
        (tmp_path / name).symlink_to(tmp_path)
    done = check(tmp_path, "--format", "concise", "--jobs", "2")
    assert done.returncode == 1, done.stderr
    found = done.stdout.decode()
    for name, code in {
        "good.net.yaml": "CC502",
        "too_big.net.yaml": "CC903",
        "big.net.yaml": "CC911",
        "one_line.net.yaml": "CC911",
        "bomb.net.yaml": "CC207",
        "comments.net.yaml": "CC952",
        "deep/" + "a" * 200 + ".net.yaml": "CC502",
    }.items():
        lines = [line for line in found.splitlines() if line.startswith(f"{name}:")]
        assert any(f" {code} " in line for line in lines), name
    assert len([line for line in found.splitlines() if "comments.net.yaml" in line]) <= 1000


AS_NOBODY = """
import os, sys
from convcalc.cli import run
# Everything is loaded while that is allowed.
run(["check", "a.net.yaml", "--jobs", "1", "--format", "concise"])
print("---", flush=True)
os.setuid(65534)
sys.exit(run(["check", "--format", "concise"]))
"""


@pytest.mark.thorough
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_what_cannot_be_read_is_said_and_hides_nothing() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chmod(folder, 0o755)
        for stem in ("a", "b", "c"):
            (folder / f"{stem}.net.yaml").write_text(NET)
        (folder / "closed").mkdir()
        (folder / "closed" / "d.net.yaml").write_text(NET)
        os.chmod(folder / "b.net.yaml", 0)
        os.chmod(folder / "closed", 0)
        done = subprocess.run(
            [sys.executable, "-c", AS_NOBODY],
            cwd=folder,
            capture_output=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
    assert done.returncode == 2, done.stderr
    found = done.stdout.partition("---\n")[2].splitlines()
    names = [line.partition(":")[0] for line in found if " CC" in line]
    assert names == ["a.net.yaml", "b.net.yaml", "c.net.yaml", "closed"]
    assert "b.net.yaml: error CC901 unreadable-file: permission denied" in found
    assert "closed: error CC901 unreadable-file: permission denied" in found
