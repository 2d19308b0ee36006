"""Patterns as Git reads them: hand-worked cases, and thousands of random ones against Git."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from convcalc.features.check.gitignore import (
    GlobPattern,
    matches,
    parse_pattern,
    path_key,
    read_patterns,
    verdict,
)
from tests.each import each
from tests.ending import ending


@each(
    ("pattern", "path", "expected"),
    [
        pytest.param("a.yaml", "a.yaml", True, id="a name"),
        pytest.param("a.yaml", "x/y/a.yaml", True, id="a name at any depth"),
        pytest.param("/a.yaml", "x/a.yaml", None, id="anchored by its first slash"),
        pytest.param("x/a.yaml", "y/x/a.yaml", None, id="anchored by a slash in it"),
        pytest.param("*.yaml", "x/b.yaml", True, id="star"),
        pytest.param("x*/a", "x/y/a", None, id="star stops at a slash"),
        pytest.param("?", "é", None, id="a question mark is one byte"),
        pytest.param("??", "é", True, id="two question marks are two bytes"),
        pytest.param("**/a", "a", True, id="leading stars stand for no folder too"),
        pytest.param("**/a", "x/y/a", True, id="leading stars"),
        pytest.param("x/**", "x/y/a", True, id="trailing stars"),
        pytest.param("x/**", "x", None, id="trailing stars leave the folder itself"),
        pytest.param("x/**/a", "x/a", True, id="stars in the middle, no folder"),
        pytest.param("x/**/a", "x/y/z/a", True, id="stars in the middle, two folders"),
        pytest.param("x/**/y/**/a", "x/1/y/2/y/a", True, id="stars twice"),
        pytest.param("***/b", "x/y/b", True, id="more stars are two"),
        pytest.param("a**b", "axxb", True, id="stars in a name are one star"),
        pytest.param("[a-c]", "b", True, id="range"),
        pytest.param("[!a-c]", "b", None, id="negated range"),
        pytest.param("[]a]", "]", True, id="a bracket that closes comes first"),
        pytest.param("[a/b]", "x/a", None, id="anchored by a slash in brackets"),
        pytest.param("[[:digit:]]x", "7x", True, id="class"),
        pytest.param("[[:nonsense:]]", "n", None, id="unknown class matches nothing"),
        pytest.param("[a", "[a", None, id="open bracket matches nothing"),
        # By `git check-ignore` of Git 2.
        pytest.param("[a\\-c]", "b", None, id="an escaped dash makes no range"),
        pytest.param("[a\\-c]", "-", True, id="it is a dash"),
        pytest.param("[+-\\.]", ",", True, id="a range to an escaped character"),
        pytest.param("[a\\]]x", "]x", True, id="an escaped bracket"),
        pytest.param("[a-\\", "a", None, id="a range without an end"),
        pytest.param("[a\\", "a", None, id="a backslash in an open bracket"),
        pytest.param("[[:digit:", "1", None, id="an open class"),
        pytest.param("[[:digit]", "i", True, id="letters, where a class has no second colon"),
        pytest.param("[[:digit]", "[", True, id="and the bracket before them"),
        pytest.param("[c-a]", "b", None, id="a range the other way round"),
        pytest.param("[a-]", "-", True, id="a dash at the end"),
        pytest.param("[a-c-e]", "d", None, id="a dash behind a range"),
        pytest.param("[a-c-e]", "-", True, id="is a dash"),
        pytest.param("[[:upper:]-z]", "y", None, id="a dash behind a class"),
        pytest.param("[]-a]", "_", True, id="a range from a bracket"),
        pytest.param("x\\/a", "x/a", True, id="an escaped slash is a slash"),
        pytest.param("x\\/a", "y/x/a", None, id="which anchors"),
        pytest.param("a?/[b-c]?/\\*c", "ax/by/*c", True, id="every sort of piece behind a slash"),
        pytest.param("\\*", "*", True, id="escaped star"),
        pytest.param("\\*", "a", None, id="escaped star is no star"),
        pytest.param("a\\", "a\\", None, id="a backslash at the end matches nothing"),
        pytest.param("#a", "#a", None, id="comment"),
        pytest.param("\\#a", "#a", True, id="escaped number sign"),
        pytest.param("!a", "a", False, id="negated"),
        pytest.param("\\!a", "!a", True, id="escaped exclamation mark"),
        pytest.param("a  ", "a", True, id="trailing spaces go"),
        pytest.param("a\\ ", "a ", True, id="an escaped space stays"),
        pytest.param("a\t", "a\t", True, id="a trailing tab stays"),
        pytest.param("a\t", "a", None, id="and is a part of the name"),
        pytest.param("a\r", "a", True, id="Windows' line breaks"),
        pytest.param("a/", "a", None, id="folders only, and it is a file"),
    ],
)
def test_one_pattern(pattern: str, path: str, expected: bool | None) -> None:
    patterns = read_patterns(pattern.encode())
    assert verdict(patterns, path_key(path), is_folder=False) is expected


def test_a_pattern_for_folders_matches_folders() -> None:
    assert verdict(read_patterns(b"a/"), "a", is_folder=True) is True


def test_the_last_pattern_that_matches_decides() -> None:
    patterns = read_patterns(b"\xef\xbb\xbf*.yaml\n\n!a.yaml\na.yaml\n!a*\n")
    assert verdict(patterns, "a.yaml", is_folder=False) is False
    assert verdict(patterns, "b.yaml", is_folder=False) is True


def test_names_that_are_no_utf8() -> None:
    patterns = read_patterns(b"\xff?.yaml\n")
    assert verdict(patterns, path_key(os.fsdecode(b"\xff\xfe.yaml")), is_folder=False) is True


@each(
    "pattern",
    [
        pytest.param("*a" * 60 + "b", id="stars in a name"),
        pytest.param("**/" * 40 + "b", id="stars between slashes"),
        pytest.param("/".join(["*a*"] * 40 + ["b"]), id="stars in many folders"),
        pytest.param("**/*a*a*a*a*a/" * 12 + "b", id="both"),
    ],
)
def test_every_pattern_comes_to_an_end(pattern: str) -> None:
    patterns = read_patterns(pattern.encode())
    with ending():
        verdict(patterns, "/".join(["a" * 250] * 16), is_folder=False)
        verdict(patterns, "a" * 4000, is_folder=False)


NAMES = "abA.-] é"
PIECES = [
    *("a", "b", "A", ".", "*", "?", "**", "/", "/**", "**/", "[ab]", "[!a]", "[^b]", "[]a]"),
    *("[a-b]", "[[:alpha:]]", "[[:upper:]]", "[[:foo:]]", "[b-a]", "[", "\\a", "\\*", "\\", " "),
    *("\\ ", "-", "é", "]", "[a/b]", "[-a]", "[a\\]]", "#", "!", "[[:a]", "\\/"),
]


def random_pattern(draw: random.Random) -> str:
    text = "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 6)))
    if draw.random() < 0.2:
        text = "!" + text
    if draw.random() < 0.2:
        text = "/" + text
    return text + "/" if draw.random() < 0.25 else text


def random_tree(draw: random.Random, root: Path) -> None:
    for _ in range(25):
        names = [
            "".join(draw.choice(NAMES) for _ in range(draw.randint(1, 4))).strip() or "x"
            for _ in range(draw.randint(1, 4))
        ]
        file = root.joinpath(*(name for name in names if name not in (".", "..")), "q")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch()
        except OSError:
            # A name that is a file already cannot be a folder.
            continue
    folders = [root, *(path for path in root.rglob("*") if path.is_dir())]
    for folder in folders:
        if folder == root or draw.random() < 0.3:
            lines = "\n".join(random_pattern(draw) for _ in range(draw.randint(1, 4)))
            (folder / ".gitignore").write_text(lines, encoding="utf-8")


def ignored_by_us(root: Path) -> dict[str, bool]:
    """Every path below `root`, and whether the patterns exclude it, or a folder above it."""
    found: dict[str, bool] = {}

    def walk(
        folder: str, stack: list[tuple[str, tuple[GlobPattern, ...]]], inherited: bool
    ) -> None:
        own = Path(folder, ".gitignore")
        if own.is_file():
            stack = [*stack, (folder, read_patterns(own.read_bytes()))]
        for entry in os.scandir(folder):
            answer = None
            is_folder = entry.is_dir()
            for base, patterns in reversed(stack):
                key = path_key(os.path.relpath(entry.path, base))
                answer = verdict(patterns, key, is_folder)
                if answer is not None:
                    break
            is_out = inherited or bool(answer)
            found[os.path.relpath(entry.path, root)] = is_out
            if is_folder:
                walk(entry.path, stack, is_out)

    walk(str(root), [], False)
    return found


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
@pytest.mark.parametrize("seed", range(60))
def test_git_says_the_same(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)
    root, store = tmp_path / "tree", tmp_path / "store"
    root.mkdir()
    random_tree(draw, root)
    ours = ignored_by_us(root)
    subprocess.run(["git", "init", "-q", "--bare", str(store)], check=True)
    command = ["git", "--git-dir", str(store), "--work-tree", str(root), "-c", "core.bare=false"]
    listed = subprocess.run(
        [*command, "check-ignore", "-z", "--stdin", "--no-index"],
        input="\0".join(ours).encode(),
        capture_output=True,
        cwd=root,
        check=False,
    )
    assert listed.returncode in (0, 1), listed.stderr
    theirs = {os.fsdecode(path) for path in listed.stdout.split(b"\0") if path}
    assert {path for path, is_out in ours.items() if is_out} == theirs


def test_git_recorded_the_same() -> None:
    """`gitignore.json` has patterns, and by number the paths that `git check-ignore` 2 takes."""
    recorded = json.loads((Path(__file__).parent / "gitignore.json").read_text(encoding="utf-8"))
    paths = [path_key(path) for path in recorded["paths"]]
    apart = {}
    for pattern, wanted in recorded["matched"].items():
        patterns = read_patterns(pattern.encode() + b"\n")
        found = [number for number, path in enumerate(paths) if matches(patterns, path)]
        if found != wanted:
            apart[pattern] = [recorded["paths"][number] for number in {*found} ^ {*wanted}]
    assert apart == {}


def test_an_empty_pattern_is_none() -> None:
    assert parse_pattern("") is None
    assert parse_pattern("/") is None
