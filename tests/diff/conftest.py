"""A git repository to compare with, away from the settings of whoever runs the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.diff.networks import SMALL, WIDER


class Repository:
    """A git repository at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def git(self, *args: str) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=n", "-c", "user.email=e@example.org", *args],
            cwd=self.path,
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "one")


@pytest.fixture(autouse=True)
def git_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("GIT_DIR", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    # The temporary folder may lie in a repository.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))


@pytest.fixture(scope="session")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository whose branch `main` has SMALL as `nets/small.net.yaml`."""
    path = tmp_path_factory.mktemp("original")
    found = Repository(path)
    # No sample hooks: it is copied often.
    found.git("init", "--quiet", "--initial-branch=main", "--template=")
    found.write("nets/small.net.yaml", SMALL)
    found.commit()
    return path


@pytest.fixture
def repository(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """A copy of `original`, as the working directory."""
    path = tmp_path / "repo"
    shutil.copytree(original, path)
    monkeypatch.chdir(path)
    return Repository(path)


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """SMALL and WIDER, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.net.yaml").write_text(SMALL)
    (tmp_path / "b.net.yaml").write_text(WIDER)
    return "a.net.yaml", "b.net.yaml"
