"""Files out of a revision: the right ones, a sentence for everything else, and nothing executed."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from convcalc.features.diff.git import GitError, revision
from convcalc.features.diff.sources import of_file, of_folder
from tests.diff.conftest import Repository
from tests.diff.networks import SMALL

NET = "nets/small.net.yaml"
Run = Callable[..., Any]


def test_a_file_as_it_was(repository: Repository) -> None:
    repository.write(NET, "convcalc: 2\n")
    found = of_file(NET, "main")
    assert found.read_base() == SMALL.encode()


def test_what_is_gone_is_called_as_it_was(run: Run, repository: Repository) -> None:
    (repository.path / NET).unlink()
    found = run("diff", NET, "--base", "main", "--format", "markdown")
    assert found.out.startswith("### `main:nets/small.net.yaml`: gone: 5 layers, ")


@pytest.mark.parametrize(
    ("folder", "file"),
    [
        pytest.param("nets", "small.net.yaml", id="from its folder"),
        pytest.param("other", "../nets/small.net.yaml", id="from another folder"),
        pytest.param("other", "../other/../nets/small.net.yaml", id="on a detour"),
    ],
)
def test_paths_are_from_the_root(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, folder: str, file: str
) -> None:
    (repository.path / "other").mkdir()
    monkeypatch.chdir(repository.path / folder)
    assert of_file(file, "main").entry == of_file(str(repository.path / NET), "main").entry
    assert of_file(file, "main").read_base() == SMALL.encode()


def test_a_file_that_is_new(repository: Repository) -> None:
    repository.write("nets/new.net.yaml", "convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]\n")
    found = of_file("nets/new.net.yaml", "main")
    assert found.entry is None
    assert found.note == "`nets/new.net.yaml` is new; `main` has no such file"


def test_a_file_that_is_gone(repository: Repository) -> None:
    (repository.path / NET).unlink()
    found = of_file(NET, "main")
    assert found.file is None
    assert found.note == "`nets/small.net.yaml` is gone; `main` still has it"
    assert found.read_base() == SMALL.encode()


@pytest.mark.parametrize(
    ("text", "was"),
    [
        pytest.param(SMALL, NET, id="untouched"),
        pytest.param(SMALL.replace("out: 16", "out: 24"), NET, id="with an edit"),
        pytest.param("convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]\n", None, id="another net"),
        # Of its four lines three are those of every network on that input.
        pytest.param(
            "convcalc: 1\ninput: [3, 8, 8]\nlayers:\n  - relu\n", None, id="short, and another"
        ),
    ],
)
def test_a_file_that_is_renamed(repository: Repository, text: str, was: str | None) -> None:
    (repository.path / NET).unlink()
    repository.write("moved.net.yaml", text)
    found = of_file("moved.net.yaml", "main")
    assert (found.entry and found.entry.path) == was
    if was:
        assert found.note == "`moved.net.yaml` was `nets/small.net.yaml` in `main`"


def test_of_equal_files_the_one_of_the_same_name_or_folder_moved(repository: Repository) -> None:
    for name in ("a/net.net.yaml", "b/net.net.yaml", "b/other.net.yaml"):
        repository.write(name, "convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]\n")
    repository.commit()
    for name, now in (("b/other", "c/other"), ("b/net", "b/new"), ("a/net", "d/net")):
        was = repository.path / f"{name}.net.yaml"
        (repository.path / now).parent.mkdir(exist_ok=True)
        was.rename(repository.path / f"{now}.net.yaml")
    found = {one.file: one.entry and one.entry.path for one in of_folder(".", "main")}
    assert found == {
        "b/new.net.yaml": "b/net.net.yaml",
        "c/other.net.yaml": "b/other.net.yaml",
        "d/net.net.yaml": "a/net.net.yaml",
    }


def test_a_folder_names_what_differs(repository: Repository) -> None:
    for name in ("same", "edited", "gone"):
        repository.write(f"nets/{name}.net.yaml", f"# {name}\n{SMALL}")
    repository.write(".gitignore", "ignored*\n")
    repository.commit()
    repository.write("nets/edited.net.yaml", SMALL.replace("16", "24"))
    repository.write("nets/new.net.yaml", "convcalc: 1\ninput: [1, 4, 4]\nlayers: [relu]\n")
    repository.write("nets/ignored.net.yaml", SMALL)
    repository.write("nets/notes.yaml", "a: 1\n")
    repository.write("elsewhere.net.yaml", SMALL)
    (repository.path / "nets/gone.net.yaml").unlink()
    found = of_folder("nets", "main")
    assert [(one.file, one.entry and one.entry.path) for one in found] == [
        ("nets/edited.net.yaml", "nets/edited.net.yaml"),
        (None, "nets/gone.net.yaml"),
        ("nets/new.net.yaml", None),
    ]
    assert next(one.file for one in of_folder(".", "main")) == "elsewhere.net.yaml"


def test_names_that_git_would_quote(repository: Repository) -> None:
    names = ["nets/é ü.net.yaml", "nets/a\nb.net.yaml", 'nets/"q".net.yaml', "nets/[x].net.yaml"]
    raw = b"nets/caf\xe9.net.yaml"
    names.append(os.fsdecode(raw))
    for name in names:
        repository.write(name, SMALL)
    repository.commit()
    for name in names:
        repository.write(name, SMALL.replace("16", "24"))
        found = of_file(name, "main")
        assert (found.entry and found.entry.path) == name
        assert found.read_base() == SMALL.encode()
    assert len(of_folder("nets", "main")) == len(names)


@pytest.mark.parametrize(
    ("name", "message", "help"),
    [
        pytest.param(
            "man", "the repository has no commit `man`", "did you mean `main`?", id="typo"
        ),
        pytest.param(
            "--exec=x", "`--exec=x` is no revision", "write a branch, a tag or a commit",
            id="option",
        ),
        pytest.param("", "`` is no revision", "write a branch, a tag or a commit", id="empty"),
        pytest.param(
            "a\nb", "`a\\nb` is no revision", "write a branch, a tag or a commit", id="line break"
        ),
        pytest.param(
            "main:nets", "the repository has no commit `main:nets`", "did you mean `main`?",
            id="a folder",
        ),
        pytest.param(
            "$(touch x)", "the repository has no commit `$(touch x)`", "known here: main",
            id="a shell command",
        ),
    ],
)  # fmt: skip
def test_revisions_that_are_none(
    repository: Repository, name: str, message: str, help: str
) -> None:
    with pytest.raises(GitError) as caught:
        of_file(NET, name)
    assert (str(caught.value), caught.value.help) == (message, help)
    assert sorted(os.listdir()) == [".git", "nets"]


def test_a_shallow_clone_says_so(repository: Repository, tmp_path: Path) -> None:
    repository.write(NET, SMALL.replace("16", "24"))
    repository.commit()
    repository.git(
        "clone", "--quiet", "--depth=1", f"file://{repository.path}", str(tmp_path / "c")
    )
    with pytest.raises(GitError) as caught:
        revision(str(tmp_path / "c"), "main~1")
    assert str(caught.value) == "the repository has no commit `main~1`; it is a shallow clone"
    assert "fetch-depth: 0" in caught.value.help


def test_no_repository(tmp_path: Path) -> None:
    with pytest.raises(GitError) as caught:
        revision(str(tmp_path), "main")
    assert str(caught.value) == f"`{tmp_path}` is in no git repository"
    assert caught.value.help == "compare two files instead"


def test_no_git(repository: Repository, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    monkeypatch.setenv("PATH", str(repository.path))
    result = run("diff", NET, "--base", "main")
    assert result.code == 2
    assert "git is not installed, or not on the PATH" in result.err


def test_git_takes_too_long(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = repository.write("bin/git", "#!/bin/sh\nsleep 20\n")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{slow.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("convcalc.features.diff.git.SECONDS", 0.2)
    with pytest.raises(GitError) as caught:
        revision(".", "main")
    assert str(caught.value) == "git gave no answer to `rev-parse` in 0.2 seconds"


def test_a_symbolic_link_is_not_followed(repository: Repository, run: Run) -> None:
    os.symlink("/etc/passwd", repository.path / "link.net.yaml")
    repository.commit()
    result = run("diff", "link.net.yaml", "--base", "main")
    assert result.code == 2
    assert "`link.net.yaml` is a symbolic link in `main`" in result.err
    assert of_folder(".", "main") == []
    assert run("diff", ".", "--base", "main").code == 0


def test_a_file_too_large_is_not_read(repository: Repository, run: Run) -> None:
    repository.write(NET, f"# {'x' * 4_000_000}\n{SMALL}")
    repository.commit()
    repository.write(NET, SMALL)
    result = run("diff", NET, "--base", "main")
    assert result.code == 2
    assert "main:nets/small.net.yaml: error CC903 file-too-large" in result.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs scripts that run by their first line")
def test_nothing_of_the_repository_is_executed(repository: Repository, run: Run) -> None:
    """Each of these would leave a file behind, had git been asked in another way."""
    trap = repository.path.parent / "trap.sh"
    sprung = repository.path.parent / "sprung"
    trap.write_text(f'#!/bin/sh\necho "$0 $*" >> {sprung}\ncat\n')
    trap.chmod(trap.stat().st_mode | stat.S_IXUSR)
    settings = {
        "core.fsmonitor": str(trap),
        "core.pager": str(trap),
        "pager.ls-tree": str(trap),
        "core.sshCommand": str(trap),
        "diff.external": str(trap),
        "diff.net.textconv": str(trap),
        "filter.net.smudge": str(trap),
        "filter.net.clean": str(trap),
        "alias.cat-file": f"!{trap}",
        "credential.helper": f"!{trap}",
        "core.hooksPath": str(trap.parent),
        "gpg.program": str(trap),
    }
    for name, value in settings.items():
        repository.git("config", name, value)
    repository.write(".gitattributes", "*.yaml diff=net filter=net\n")
    repository.write(NET, SMALL.replace("16", "24"))
    repository.write("new.net.yaml", SMALL)
    assert run("diff", NET, "--base", "main").code == 0
    assert run("diff", ".", "--base", "main").code == 0
    assert run("diff", NET, "--base", "nowhere").code == 2
    assert not sprung.exists(), sprung.read_text()


def test_variables_of_a_hook_do_not_lead_elsewhere(
    repository: Repository, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert of_file(NET, "main").read_base() == SMALL.encode()
