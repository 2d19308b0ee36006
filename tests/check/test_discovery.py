"""Which files paths, folders and patterns stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.core.errors import StackError
from convcalc.features.check import discovery
from convcalc.features.check.configuration import Configurations
from convcalc.features.check.discovery import Discovery
from convcalc.features.check.regular_file import begins_as_network, read_regular
from convcalc.features.check.selection import Selection
from tests.each import each


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def make(*paths: str, **texts: str) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    for name, text in texts.items():
        Path(name.replace("__", "/").replace("_", ".")).write_text(text)


def find(*paths: str, force_exclude: bool = False, isolated: bool = False) -> list[str]:
    configurations = Configurations(Selection(), isolated=isolated)
    discovery = Discovery(configurations, force_exclude=force_exclude)
    found = [
        f"{one.name} ({one.problem.message})" if one.problem else one.name
        for one in discovery.find(paths)
    ]
    assert configurations.errors == []
    return found


def test_folders_are_searched_by_name_in_order() -> None:
    make("b.net.yaml", "a/z.net.yml", "a/plain.yaml", "c.net.json", "B.net.yaml", ".git/x.net.yaml")
    assert find(".") == ["B.net.yaml", "a/z.net.yml", "b.net.yaml"]
    assert find("a") == ["a/z.net.yml"]
    assert find("a/../a/.") == ["a/z.net.yml"]
    here = os.getcwd()
    assert find(f"{here}/a") == [f"{here}/a/z.net.yml"]


def test_files_that_are_named_are_taken_whatever_their_name() -> None:
    make("plain.yaml", "a.txt")
    assert find("plain.yaml", "./a.txt") == ["plain.yaml", "a.txt"]


def test_what_is_named_twice_is_checked_once() -> None:
    make("a.net.yaml", "x/b.net.yaml")
    os.symlink("a.net.yaml", "link.net.yaml")
    os.link("a.net.yaml", "same.net.yaml")
    assert find("a.net.yaml", "link.net.yaml", "./a.net.yaml", ".", "x", "*.yaml") == [
        "a.net.yaml",
        "same.net.yaml",
        "x/b.net.yaml",
    ]


def test_gitignore_holds_in_folders_and_not_for_named_files() -> None:
    make("build/a.net.yaml", "x/keep.net.yaml", "x/drop.net.yaml", "x/y/drop.net.yaml", ".git/HEAD")
    Path(".gitignore").write_text("build/\ndrop*\n")
    Path("x/y/.gitignore").write_text("!drop.net.yaml\n")
    assert find(".") == ["x/keep.net.yaml", "x/y/drop.net.yaml"]
    assert find("x/y") == ["x/y/drop.net.yaml"]
    assert find("x/drop.net.yaml", "build") == ["x/drop.net.yaml", "build/a.net.yaml"]


def test_gitignore_of_folders_above_up_to_the_repository() -> None:
    make("r/.git/HEAD", "r/x/a.net.yaml", "r/x/b.net.yaml", "r/x/c.net.yaml")
    Path(".gitignore").write_text("a*\n")
    Path("r/.gitignore").write_text("b*\n")
    Path("r/.git/info").mkdir()
    Path("r/.git/info/exclude").write_text("c*\n")
    assert find("r/x") == ["r/x/a.net.yaml"]


def test_links_lead_nowhere_outside_and_never_in_circles(tmp_path: Path) -> None:
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "secret.net.yaml").touch()
    make("in/a.net.yaml", "in/other.yaml")
    os.symlink(outside, "in/folder")
    os.symlink(outside / "secret.net.yaml", "in/file.net.yaml")
    os.symlink(".", "in/loop")
    os.symlink("self.net.yaml", "in/self.net.yaml")
    os.symlink("gone", "in/dangling.net.yaml")
    os.symlink("other.yaml", "in/named.net.yaml")
    assert find("in") == ["in/a.net.yaml", "in/named.net.yaml"]
    # What is named itself is meant.
    assert find("in/folder") == ["in/folder/secret.net.yaml"]


def test_a_gitignore_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    Path("patterns").write_text("*\n")
    make("a.net.yaml")
    os.symlink("patterns", ".gitignore")
    assert find(".") == ["a.net.yaml"]


@pytest.mark.parametrize(
    ("patterns", "message"),
    [
        pytest.param("#" * (1 << 20) + "\n", "it is longer than 1,048,576 bytes", id="long"),
        pytest.param("a\n" * 10_001, "it has more than 10,000 patterns", id="many"),
    ],
)
def test_patterns_beyond_the_limit(patterns: str, message: str) -> None:
    make("a.net.yaml", "x/b.net.yaml")
    Path("x/.gitignore").write_text(patterns)
    assert find(".") == ["a.net.yaml", f"x ({message})"]


@each("patterns", ["#" * ((1 << 20) - 1) + "\n", "a\n" * 10_000])
def test_patterns_at_the_limit(patterns: str) -> None:
    make("a.net.yaml", "x/b.net.yaml")
    Path("x/.gitignore").write_text(patterns)
    assert find(".") == ["a.net.yaml", "x/b.net.yaml"]


def test_deep_folders() -> None:
    deep = Path(*["d"] * 300)
    deep.mkdir(parents=True)
    (deep / "a.net.yaml").touch()
    assert find(".") == [str(deep / "a.net.yaml")]


def test_folders_deeper_than_names_may_be() -> None:
    name, depth = "d" * 200, 0
    here = os.getcwd()
    while depth < 30:
        os.mkdir(name)
        os.chdir(name)
        depth += 1
    os.chdir(here)
    make("a.net.yaml")
    found = find(".")
    assert found[0] == "a.net.yaml"
    assert found[1].endswith("(file name too long)")
    assert len(found) == 2


@each(
    ("pattern", "found"),
    [
        pytest.param("*.net.yaml", ["a.net.yaml"], id="here"),
        pytest.param("x/*.net.yaml", ["x/b.net.yaml"], id="in a folder"),
        pytest.param("*/*.net.yaml", ["x/b.net.yaml"], id="in any folder"),
        pytest.param("**/*.net.yaml", ["a.net.yaml", "x/b.net.yaml", "x/y/c.net.yaml"], id="deep"),
        pytest.param("x/**/c.*", ["x/y/c.net.yaml"], id="deep in a folder"),
        pytest.param("x/[bc].net.yaml", ["x/b.net.yaml"], id="brackets"),
        pytest.param("?", ["x/b.net.yaml", "x/y/c.net.yaml"], id="folders"),
        pytest.param("*/", ["x/b.net.yaml", "x/y/c.net.yaml"], id="folders alone"),
        pytest.param("./x/b*", ["x/b.net.yaml"], id="with a dot before"),
        pytest.param("no*", ["no* (no file matches this pattern)"], id="nothing"),
        pytest.param(".h*", [".hidden.net.yaml"], id="a dot that is written"),
    ],
)
def test_patterns(pattern: str, found: list[str]) -> None:
    make("a.net.yaml", "x/b.net.yaml", "x/y/c.net.yaml", ".git/q.net.yaml")
    make(".hidden.net.yaml")
    Path("x/y/.gitignore").write_text("")
    assert find(pattern) == found


@each(
    ("pattern", "folders"),
    [
        ("*.net.yaml", ["."]),
        ("*/*.net.yaml", [".", "x"]),
        ("*/*/*.net.yaml", [".", "x", "x/y"]),
        ("x/*/*/*.net.yaml", ["x", "x/y", "x/y/z"]),
        ("**/*.net.yaml", [".", "x", "x/y", "x/y/z", "x/y/z/w"]),
    ],
)
def test_no_deeper_than_a_pattern_goes(pattern: str, folders: list[str]) -> None:
    make("x/y/z/w/a.net.yaml")
    looked: list[str] = []
    entries = discovery._entries

    def watched(folder: str) -> list[os.DirEntry[str]]:
        looked.append(folder)
        return entries(folder)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "_entries", watched)
        find(pattern)
    assert looked == folders


def test_a_file_whose_name_looks_like_a_pattern() -> None:
    make("[a].net.yaml", "a.net.yaml")
    assert find("[a].net.yaml") == ["[a].net.yaml"]


@each(
    ("path", "message"),
    [
        pytest.param("nowhere.net.yaml", "no such file or directory", id="not there"),
        pytest.param("a.net.yaml/x", "not a directory", id="below a file"),
        pytest.param("a\0b", "no file can have this name", id="NUL"),
        pytest.param("x" * 300, "file name too long", id="a long name"),
        pytest.param("/dev/null", "it is a device", id="a device"),
    ],
)
def test_paths_that_cannot_be_used(path: str, message: str) -> None:
    make("a.net.yaml")
    assert find(path, "a.net.yaml") == [f"{path} ({message})", "a.net.yaml"]


def test_what_cannot_be_read_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a/x.net.yaml", "b/y.net.yaml", "c/z.net.yaml", "c/.gitignore")
    scandir, real_open = os.scandir, os.open

    def deny_folder(path: str) -> object:
        if path == "b":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def deny_file(path: str, *args: int) -> int:
        if str(path).endswith(".gitignore"):
            raise PermissionError(13, "Permission denied")
        return real_open(path, *args)

    monkeypatch.setattr("os.scandir", deny_folder)
    monkeypatch.setattr("os.open", deny_file)
    assert find(".") == ["a/x.net.yaml", "b (permission denied)", "c (permission denied)"]


def test_a_file_that_went_while_its_folder_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    make("a/x.net.yaml", "a/y.net.yaml")
    lstat = os.lstat

    def gone(path: str) -> os.stat_result:
        if str(path).endswith("x.net.yaml"):
            raise FileNotFoundError(2, "No such file or directory")
        return lstat(path)

    monkeypatch.setattr("os.lstat", gone)
    assert find(".") == ["a/x.net.yaml (no such file or directory)", "a/y.net.yaml"]


@each(
    ("name", "force", "config", "found"),
    [
        ("old/a.net.yaml", False, 'exclude = ["old"]', ["old/a.net.yaml"]),
        ("old/a.net.yaml", True, 'exclude = ["old"]', []),
        ("new/a.net.yaml", True, 'exclude = ["old"]', ["new/a.net.yaml"]),
        (None, True, 'exclude = ["*"]', ["<stdin>"]),
        ("new/a.net.yaml", False, "exclude = 3", []),
        (None, False, "exclude = 3", []),
    ],
)
def test_standard_input_is_left_out_as_a_file_of_its_name_is(
    name: str | None, force: bool, config: str, found: list[str]
) -> None:
    Path("convcalc.toml").write_text(config)
    configurations = Configurations(Selection())
    discovery = Discovery(configurations, force_exclude=force, stdin_filename=name)
    assert [one.shown for one in discovery.find(["-", "-"])] == found


def test_include_and_exclude() -> None:
    make("nets/a.yaml", "nets/b.net.yaml", "old/c.net.yaml", "x/d.net.yaml", "x/gen/e.net.yaml")
    config = 'include = ["nets/*.yaml"]\nexclude = ["old", "/x/gen/", "!nothing"]\n'
    Path("convcalc.toml").write_text(config)
    assert find(".") == ["nets/a.yaml", "nets/b.net.yaml", "x/d.net.yaml"]
    assert find("x") == ["x/d.net.yaml"]
    assert find(".", isolated=True) == [
        *("nets/b.net.yaml", "old/c.net.yaml", "x/d.net.yaml", "x/gen/e.net.yaml")
    ]
    named = ["old/c.net.yaml", "x/gen", "x/d.net.yaml"]
    assert find(*named) == ["old/c.net.yaml", "x/gen/e.net.yaml", "x/d.net.yaml"]
    assert find(*named, force_exclude=True) == ["x/d.net.yaml"]


@each(
    ("text", "is_found"),
    [
        pytest.param("convcalc: 1\ninput: [", True, id="broken behind its first key"),
        pytest.param("# LeNet\n\n--- \r\nconvcalc : 1\n", True, id="behind comments"),
        pytest.param("\ufeff" + "#" * 9000 + "\nconvcalc: 1\n", True, id="behind a long comment"),
        pytest.param("name: x\nconvcalc: 1\n", False, id="another first key"),
        pytest.param("convcalc_net: 1\n", False, id="another word"),
        pytest.param("", False, id="an empty file"),
    ],
)
def test_a_network_is_found_by_its_first_key(text: str, is_found: bool) -> None:
    Path("net.yaml").write_text(text, "utf-8")
    Path("net.txt").write_text(text, "utf-8")
    assert find(".") == (["net.yaml"] if is_found else [])


def test_other_yaml_files_are_left_out_as_any_file_is() -> None:
    for name in ("a.yaml", "b.yml", "c.yaml"):
        Path(name).write_text("convcalc: 1\n", "utf-8")
    Path(".gitignore").write_text("a.*\n")
    Path("convcalc.toml").write_text('include = ["!c.yaml"]\n')
    assert find(".") == ["b.yml"]


def test_the_nearest_configuration_holds_whole() -> None:
    make("a.net.yaml", "x/a.net.yaml", "x/b.net.yaml", "x/y/b.net.yaml", "x/y/plain.yaml")
    Path("convcalc.toml").write_text('exclude = ["a.*"]\ninclude = ["plain.yaml"]\n')
    Path("x/pyproject.toml").write_text('[tool.convcalc]\nexclude = ["b.*"]\n')
    Path("x/y/pyproject.toml").write_text("[tool.other]\nname = 'convcalc'\n")
    assert find(".") == ["x/a.net.yaml"]


@each(("data", "is_one"), [
    (b"convcalc: 1\n", True),
    (b"\xef\xbb\xbf# one\n\n--- \n  \nconvcalc : broken [", True),
    (b"# convcalc: 1\nname: convcalc: 1\n", False),
    (b"", False),
    (b" convcalc: 1\n", False),
])  # fmt: skip
def test_a_file_that_begins_as_a_network(data: bytes, is_one: bool, tmp_path: Path) -> None:
    file = tmp_path / "net.yaml"
    file.write_bytes(data)
    assert begins_as_network(str(file)) == is_one
    assert not begins_as_network(str(tmp_path))
    assert not begins_as_network(str(tmp_path / "none.yaml"))


@each("option", ["select", "extend_select", "ignore"])
def test_a_selector_that_fits_nothing_is_refused(option: str) -> None:
    words: dict[str, Any] = {option: ["CC4", "bias-before-nrm"]}
    with pytest.raises(StackError, match="no finding is called `bias-before-nrm`"):
        convcalc.check(**words)


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(StackError, match="no file can have this name"):
        read_regular("a\0b", "a")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes among the files")
def test_a_pipe_that_has_taken_the_place_of_a_file_is_not_waited_for() -> None:
    make("file")
    os.mkfifo("pipe")
    before, opened = os.stat("file"), os.open

    def open_waiting_for_nobody(path: str, flags: int) -> int:
        # If it waited, it would wait for ever.
        assert flags & os.O_NONBLOCK
        return opened(path, flags)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "stat", lambda _: before)
        patch.setattr(os, "open", open_waiting_for_nobody)
        with pytest.raises(StackError, match="it is a pipe"):
            read_regular("pipe", "a.net.yaml")
