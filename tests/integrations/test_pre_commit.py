"""`.pre-commit-hooks.yaml`, run by pre-commit itself on a scratch repository."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())

NET = "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - conv: {out: 4, k: 3}\n  - batch_norm\n"
BROKEN = NET.replace("k: 3", "k: 33")

needs_pre_commit = pytest.mark.skipif(
    importlib.util.find_spec("pre_commit") is None,
    reason="needs pre-commit: pip install 'convcalc[crosscheck]'",
)


def test_the_hooks() -> None:
    assert [hook["id"] for hook in HOOKS] == ["convcalc-check", "convcalc-fix"]
    for hook in HOOKS:
        assert hook["language"] == "python"
        # Named files are passed: without this, what the configuration excludes would be checked.
        assert hook["entry"].startswith("convcalc check --force-exclude")
        files = re.compile(hook["files"])
        for name in ("a.net.yaml", "nets/b.net.yml"):
            assert files.search(name)
        for name in ("a.yaml", "net.yaml", "a.net.yaml.txt", "a.net.json"):
            assert not files.search(name)


def git(folder: Path, *args: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *args], cwd=folder, check=True, capture_output=True)


def repository(folder: Path, files: dict[str, str]) -> Path:
    folder.mkdir()
    git(folder, "init", "-q")
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "all")
    return folder


def pre_commit(folder: Path, home: Path, hooks: str, *options: str) -> tuple[int, str, str]:
    """(exit code, output, the network afterwards) of the hooks on all files."""
    (folder / ".pre-commit-config.yaml").write_text(hooks)
    git(folder, "add", "-A")
    # The program beside the interpreter, as an installation would have it.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never", *options],
        cwd=folder,
        env=os.environ | {"PRE_COMMIT_HOME": str(home), "PATH": path},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr, (folder / "nets/a.net.yaml").read_text()


def config(repo: Path, *ids: str, language: str = "") -> str:
    """A configuration that takes the hooks of `repo`; `language` in place of their own."""
    own = f"\n        language: {language}" if language else ""
    hooks = "".join(f"\n      - id: {name}{own}" for name in ids)
    return f"repos:\n  - repo: {repo}\n    rev: HEAD\n    hooks:{hooks}\n"


@pytest.mark.thorough
@needs_pre_commit
def test_pre_commit_runs_the_hooks(tmp_path: Path) -> None:
    """With the convcalc that is installed here, in place of one that pre-commit installs."""
    hooks = {".pre-commit-hooks.yaml": (ROOT / ".pre-commit-hooks.yaml").read_text()}
    ours = repository(tmp_path / "ours", hooks)
    theirs = repository(
        tmp_path / "theirs",
        {
            "nets/a.net.yaml": NET,
            "nets/old.net.yaml": BROKEN,
            "notes.yaml": "[",
            "convcalc.toml": 'exclude = ["old.*"]\n',
        },
    )
    both = config(ours, "convcalc-check", language="system")
    code, said, _ = pre_commit(theirs, tmp_path / "home", both)
    assert (code, "convcalc check" in said, "Passed" in said) == (0, True, True), said
    # A finding that can be repaired: the hook fails since it changed the file, then passes.
    fix = config(ours, "convcalc-fix", language="system")
    code, said, text = pre_commit(theirs, tmp_path / "home", fix)
    assert (code, text) == (1, NET.replace("k: 3", "k: 3, bias: false")), said
    assert "files were modified by this hook" in said
    assert pre_commit(theirs, tmp_path / "home", fix)[0] == 0
    (theirs / "nets/a.net.yaml").write_text(BROKEN)
    code, said, text = pre_commit(theirs, tmp_path / "home", both)
    assert (code, text) == (1, BROKEN)
    assert "nets/a.net.yaml:4:23: error CC101 kernel-exceeds-input" in said
    assert "old.net.yaml" not in said


@pytest.mark.thorough
@needs_pre_commit
def test_pre_commit_installs_convcalc_itself(tmp_path: Path) -> None:
    files = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "convcalc", "examples", "*.toml", "*.py",
         "*.md", "*.in", "LICENSE", ".pre-commit-hooks.yaml"],
        cwd=ROOT, check=True, capture_output=True, encoding="utf-8",
    ).stdout.splitlines()  # fmt: skip
    for name in files:
        if (ROOT / name).is_file():
            (tmp_path / "ours" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, tmp_path / "ours" / name)
    git(tmp_path / "ours", "init", "-q")
    git(tmp_path / "ours", "add", "-A")
    git(tmp_path / "ours", "commit", "-q", "-m", "all")
    theirs = repository(tmp_path / "theirs", {"nets/a.net.yaml": BROKEN})
    hooks = config(tmp_path / "ours", "convcalc-check")
    code, said, _ = pre_commit(theirs, tmp_path / "home", hooks)
    if code and re.search("No matching distribution|ConnectionError|Network is unreachable", said):
        pytest.skip("needs a package index to install convcalc's dependencies from")
    assert code == 1, said
    assert "nets/a.net.yaml:4:23: error CC101 kernel-exceeds-input" in said
