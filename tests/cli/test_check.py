"""`convcalc check` as it is typed: answers, exit codes on every path, fixes, baseline."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convcalc.cli import direct
from convcalc.cli.check_request import Request
from convcalc.formats import findings_formats

Run = Callable[..., Any]

CLEAN = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 3}\n  - relu\n"
WARNING = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 16, k: 3}\n  - batch_norm\n"
ERROR = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 1}]\nexpect: {params: 9}\n"
REFUSED = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [covn: 2]\n"
NO_PLAN = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 40}]\n"
INFO = "convcalc: 1\ninput: [3, 32, 32]\nlayers:\n  - conv: {out: 13, k: 3}\n  - relu\n"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(**files: str) -> None:
    """Files by their name without `.net.yaml`; `__` stands for a slash."""
    for name, text in files.items():
        path = Path(f"{name.replace('__', '/')}.net.yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def codes(result: Any) -> list[str]:
    """The findings of `--format concise`, as `file CODE`."""
    lines = (line.split(": ") for line in result.out.splitlines() if " CC" in line)
    return [f"{where.partition(':')[0]} {what.split()[1]}" for where, what, *_ in lines]


PATHS = [
    pytest.param(CLEAN, [], 0, id="nothing is wrong"),
    pytest.param(WARNING, [], 0, id="a warning"),
    pytest.param(WARNING, ["--fail-on", "warning"], 1, id="a warning that fails"),
    pytest.param(WARNING, ["--fail-on", "info"], 1, id="a warning where notes fail"),
    pytest.param(WARNING, ["--fail-on", "warning", "--exit-zero"], 0, id="zero by request"),
    pytest.param(ERROR, [], 1, id="an expectation that does not hold"),
    pytest.param(ERROR, ["--fail-on", "never"], 0, id="nothing fails"),
    pytest.param(ERROR, ["--exit-zero"], 0, id="an error, zero by request"),
    pytest.param(REFUSED, [], 1, id="a file that the front door refuses"),
    pytest.param(NO_PLAN, [], 1, id="a layer that cannot stand"),
    pytest.param(CLEAN, ["nowhere.net.yaml"], 2, id="a path that is not there"),
    pytest.param(CLEAN, ["nowhere/*.yaml"], 2, id="a pattern that matches nothing"),
    pytest.param(CLEAN, ["nowhere", "--exit-zero"], 2, id="zero is not for paths"),
    pytest.param(ERROR, ["nowhere"], 2, id="unusable before findings"),
    pytest.param(CLEAN, ["--config", "nowhere.toml"], 2, id="no configuration"),
    pytest.param(CLEAN, ["--select", "CC7"], 2, id="unknown code"),
    pytest.param(CLEAN, ["--no-such-option"], 2, id="unknown option"),
    pytest.param(CLEAN, ["--fail-on"], 2, id="an option without its value"),
    pytest.param(CLEAN, ["--baseline", "nowhere.json"], 2, id="no baseline"),
]
# The other formats take these every day, and all paths where there is more time.
EVERYDAY = {"nothing is wrong", "an expectation that does not hold", "a path that is not there"}


def in_every_format() -> Iterator[Any]:
    for form in (None, *findings_formats()):
        for path in PATHS:
            marks = () if form is None or path.id in EVERYDAY else pytest.mark.thorough
            yield pytest.param(*path.values, form, id=f"{path.id}, {form}", marks=marks)


@pytest.mark.parametrize(("text", "args", "code", "form"), list(in_every_format()))
def test_exit_codes(run: Run, text: str, args: list[str], code: int, form: str | None) -> None:
    write(net=text)
    formatted = args if form is None else [*args, "--format", form]
    result = run("check", "net.net.yaml", *formatted)
    assert result.code == code
    if form == "json" and result.out:
        assert json.loads(result.out)["version"] == 1


def test_a_fault_of_ours_is_exit_3_and_hides_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcalc.rules.bias_before_norm import BiasBeforeNorm

    def fail(subject: Any) -> Any:
        if subject.network.name == "b":
            raise RecursionError("too deep\x1b")
        return iter(())

    write(a=ERROR, b=ERROR, c=REFUSED)
    monkeypatch.setattr(BiasBeforeNorm, "find", fail)
    result = run("check", "--format", "concise")
    assert result.code == 3
    assert codes(result) == [
        *("a.net.yaml CC502", "b.net.yaml CC990", "b.net.yaml CC502", "c.net.yaml CC922")
    ]
    said = "failed on this file: CC405 bias-before-norm: RecursionError: too deep\\x1b (test_check"
    assert said in result.out


def test_interruption_is_exit_130(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    write(net=CLEAN)
    monkeypatch.setattr("convcalc.check.running.inspect", interrupt)
    assert run("check") == (130, "", "")


def test_all_is_well_and_nothing_is_said(run: Run) -> None:
    write(a=CLEAN, b=CLEAN)
    assert run("check") == (0, "", "")


def test_all_is_well_on_a_terminal(run: Run, terminal: Callable[[int], None]) -> None:
    write(a=CLEAN, b=CLEAN)
    terminal(80)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcalc.cli.check_answer.is_terminal", lambda stream: True)
        assert run("check") == (0, "", "2 files passed\n")


def test_nothing_to_check(run: Run) -> None:
    Path("a.yaml").write_text(ERROR)
    said = "no files to check: folders are searched for *.net.yaml and *.net.yml\n"
    assert run("check") == (0, "", said)


def test_the_full_format(run: Run) -> None:
    write(net=REFUSED)
    result = run("check", "net.net.yaml")
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "net.net.yaml:3:10: error CC922 unknown-kind: there is no kind or block 'covn'\n"
        "  3 | layers: [covn: 2]\n"
        "    |          ^^^^\n"
        "  help: did you mean `conv`?\n"
    )


def test_what_can_be_fixed_is_said(run: Run) -> None:
    write(a=WARNING, b=WARNING)
    assert run("check").err == "--fix repairs 2 findings\n"


def test_files_folders_patterns_and_standard_input(run: Run) -> None:
    write(a=WARNING, nets__b=WARNING, nets__deep__c=WARNING)
    Path("nets/plain.yaml").write_text(WARNING)
    result = run(
        *("check", "nets/*.yaml", "-", "a.net.yaml", "nets", "./a.net.yaml", "--format", "concise"),
        stdin=WARNING,
    )
    files = ["nets/b.net.yaml", "nets/plain.yaml", "<stdin>", "a.net.yaml", "nets/deep/c.net.yaml"]
    assert codes(result) == [f"{file} CC405" for file in files]


def test_standard_input_has_the_settings_of_its_name(run: Run) -> None:
    write(nets__a=CLEAN)
    Path("nets/convcalc.toml").write_text('ignore = ["CC405"]\n')
    named = ["--stdin-filename", "nets/x.net.yaml"]
    assert codes(run("check", "-", "--format", "concise", stdin=WARNING)) == ["<stdin> CC405"]
    assert run("check", "-", *named, stdin=WARNING).out == ""
    result = run("check", "-", *named, "--isolated", "--format", "concise", stdin=WARNING)
    assert codes(result) == ["nets/x.net.yaml CC405"]


def test_standard_input_that_is_closed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcalc.errors import Problem, StackError

    def refuse() -> bytes:
        raise StackError([Problem("unreadable-file", "standard input is closed", file="<stdin>")])

    write(net=ERROR)
    monkeypatch.setattr("convcalc.cli.reading.read_stdin", refuse)
    result = run("check", "-", "net.net.yaml", "--format", "concise")
    assert result.code == 2
    assert codes(result) == ["<stdin> CC901", "net.net.yaml CC502"]
    assert "<stdin>: error CC901 unreadable-file: standard input is closed\n" in result.out


@pytest.mark.parametrize(
    ("args", "found"),
    [
        pytest.param([], ["CC405"], id="by default"),
        pytest.param(["--select", "CC1,CC2"], [], id="others are selected"),
        pytest.param(["--select", "CC4"], ["CC405"], id="its group"),
        pytest.param(["--select", "bias-before-norm"], ["CC405"], id="its name"),
        pytest.param(["--select", "ALL", "--ignore", "CC40"], [], id="ignored by prefix"),
        pytest.param(["--ignore", "CC4", "--select", "CC405"], ["CC405"], id="longest wins"),
        pytest.param(["--select", "CC405", "--ignore", "cc405"], [], id="a tie is ignored"),
        pytest.param(["--ignore", "CC405", "--extend-select", "CC4"], [], id="extended, shorter"),
    ],
)
def test_selection(run: Run, args: list[str], found: list[str]) -> None:
    write(net=WARNING)
    result = run("check", "--format", "concise", *args)
    assert codes(result) == [f"net.net.yaml {code}" for code in found]


def test_what_the_front_door_finds_cannot_be_deselected(run: Run) -> None:
    write(a=REFUSED, b=NO_PLAN)
    result = run("check", "--select", "CC4", "--ignore", "CC9,CC1", "--format", "concise")
    assert codes(result) == ["a.net.yaml CC922", "b.net.yaml CC101"]


USAGE = [
    pytest.param(
        ["--select", "CC4O5"],
        "--select: no finding is called `CC4O5`; did you mean `CC405`?",
        id="unknown code",
    ),
    pytest.param(
        ["--ignore", "bias-befor-norm"],
        "--ignore: no finding is called `bias-befor-norm`; did you mean `bias-before-norm`?",
        id="unknown name",
    ),
    pytest.param(
        ["--select", "nothing-like-it\x1b"],
        "--select: no finding is called `nothing-like-it\\x1b`; "
        "`convcalc rules` lists codes and names",
        id="nothing near",
    ),
    pytest.param(["--select", " , "], "--select: names nothing; write --select CC3,CC405", id=","),
    pytest.param(
        ["--format", "sarfi"], "--format: there is no `sarfi`; did you mean `sarif`?", id="format"
    ),
    pytest.param(
        ["--fail-on", "errors"],
        "--fail-on: there is no `errors`; did you mean `error`?",
        id="level",
    ),
    pytest.param(
        ["--color", "allways"], "--color: there is no `allways`; did you mean `always`?", id="color"
    ),
    pytest.param(["--jobs", "0"], "--jobs: wants 1 to 256, got `0`; write --jobs 4", id="no jobs"),
    pytest.param(
        ["--jobs", "9" * 5000],
        f"--jobs: wants 1 to 256, got `{'9' * 5000}`; write --jobs 4",
        id="too many jobs",
    ),
    pytest.param(
        ["--config", "a.toml", "--isolated"],
        "--config: does not go with --isolated; give one of them",
        id="configured and isolated",
    ),
    pytest.param(
        ["--fix", "--diff"], "--diff: does not go with --fix; give one of them", id="fix and diff"
    ),
    pytest.param(
        ["--unsafe-fixes"],
        "--unsafe-fixes: does nothing by itself; "
        "write --fix --unsafe-fixes, or --diff --unsafe-fixes",
        id="unsafe alone",
    ),
    pytest.param(
        ["--update-baseline"],
        "--update-baseline: wants to know where; add --baseline FILE",
        id="no baseline to update",
    ),
    pytest.param(
        ["--statistics", "--format", "json"],
        "--statistics: does not go with --format; give one of them",
        id="statistics as JSON",
    ),
    pytest.param([""], "PATHS: a path is empty; write . for this folder", id="empty path"),
    pytest.param(
        ["--output-file", "."],
        "--output-file: . is a directory; name a file in it",
        id="a folder for output",
    ),
]


@pytest.mark.parametrize(("args", "message"), USAGE)
def test_wrong_usage(run: Run, args: list[str], message: str) -> None:
    write(net=CLEAN)
    expected = f"error: Invalid value for {message}\nhelp: convcalc check --help\n"
    assert run("check", *args) == (2, "", expected)


@pytest.mark.parametrize(("args", "message"), USAGE)
def test_typer_says_the_same_of_wrong_usage(
    run: Run, args: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(net=CLEAN)
    monkeypatch.setattr(direct, "read", lambda words: None)
    expected = f"error: Invalid value for {message}\nhelp: convcalc check --help\n"
    assert run("check", *args) == (2, "", expected)


def test_the_direct_way_knows_every_option_of_the_command(run: Run) -> None:
    pairs = re.findall(r"(?m)^  (?:(-\w), )?(--[\w-]+)", run("check", "--help").out)
    options = {word for pair in pairs for word in pair if word} - {"-h", "--help"}
    assert {*direct.FLAGS, *direct.VALUES, *direct.LISTS} == options
    fields = {*direct.FLAGS.values(), *direct.VALUES.values(), *direct.LISTS.values(), "paths"}
    assert fields == set(Request.__dataclass_fields__)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["--help"], id="help"),
        pytest.param(["--formt", "json"], id="a typo"),
        pytest.param(["--format"], id="a value is missing"),
        pytest.param(["--fix=yes"], id="a flag with a value"),
        pytest.param(["-vq"], id="short options together"),
    ],
)
def test_what_the_direct_way_leaves_to_typer(words: list[str]) -> None:
    assert direct.read(words) is None


def test_what_follows_two_dashes_are_paths(run: Run) -> None:
    Path("--fix").write_text(WARNING)
    assert codes(run("check", "--format", "concise", "--", "--fix")) == ["--fix CC405"]


def test_checking_loads_neither_typer_nor_rich_nor_numpy() -> None:
    write(net=WARNING)
    code = (
        "import sys\nfrom convcalc.cli import run\ncode = run(sys.argv[1:])\n"
        "print(code, sorted({'typer', 'rich', 'numpy', 'multiprocessing'} & sys.modules.keys()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "check", "net.net.yaml", "--format", "concise"],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("net.net.yaml:4:5: warning CC405 ")
    assert done.stdout.endswith("\n0 []\n")


def test_output_file(run: Run) -> None:
    write(net=ERROR)
    Path("out.json").write_text("old")
    result = run("check", "--format", "json", "--output-file", "out.json")
    assert (result.code, result.out) == (1, "")
    assert json.loads(Path("out.json").read_text())["summary"]["error"] == 1


def test_statistics(run: Run) -> None:
    write(a=WARNING, b=WARNING, c=ERROR)
    result = run("check", "--statistics")
    expected = "2  CC405  bias-before-norm (warning)\n1  CC502  expected-params (error)\n"
    assert (result.code, result.out) == (1, expected)


def test_verbose_names_every_file(run: Run) -> None:
    ignored = WARNING.replace("k: 3}", "k: 3}  # convcalc: ignore[CC405]")
    write(a=CLEAN, b=ERROR, c=ignored)
    assert run("check", "-v").err == (
        "a.net.yaml: passed\nb.net.yaml: 1 finding\nc.net.yaml: passed, 1 ignored by comments\n"
    )


# Fixes


def test_diff_shows_and_changes_nothing(run: Run) -> None:
    write(net=WARNING)
    result = run("check", "--diff")
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "--- net.net.yaml\n+++ net.net.yaml\n@@ -1,5 +1,5 @@\n convcalc: 1\n"
        " input: [3, 32, 32]\n layers:\n-  - conv: {out: 16, k: 3}\n"
        "+  - conv: {out: 16, k: 3, bias: false}\n   - batch_norm\n"
    )
    assert Path("net.net.yaml").read_text() == WARNING


def test_fix_writes_and_keeps_the_rest_of_the_file(run: Run) -> None:
    text = "\ufeff" + WARNING.replace("\n", "  # kept\r\n")
    Path("net.net.yaml").write_bytes(text.encode())
    os.chmod("net.net.yaml", 0o640)
    assert run("check", "--fix", "--fail-on", "info") == (0, "", "fixed 1 finding\n")
    fixed = text.replace("k: 3}", "k: 3, bias: false}")
    assert Path("net.net.yaml").read_bytes() == fixed.encode()
    assert stat.S_IMODE(os.stat("net.net.yaml").st_mode) == 0o640
    assert os.listdir() == ["net.net.yaml"]


def test_fix_leaves_findings_that_have_no_fix(run: Run) -> None:
    write(net=WARNING + "expect: {params: 1}\n")
    result = run("check", "--fix", "--format", "concise")
    assert (result.code, result.err) == (1, "fixed 1 finding\n")
    assert codes(result) == ["net.net.yaml CC502"]


def test_fix_of_standard_input(run: Run) -> None:
    result = run("check", "-", "--fix", "--format", "concise", stdin=WARNING)
    fixed = WARNING.replace("k: 3}", "k: 3, bias: false}")
    assert result == (0, fixed, "fixed 1 finding\n")
    assert run("check", "-", "--fix", stdin=CLEAN) == (0, CLEAN, "")


def test_fix_does_not_touch_what_comments_ignore(run: Run) -> None:
    write(net=WARNING.replace("k: 3}", "k: 3}  # convcalc: ignore[CC405]"))
    before = Path("net.net.yaml").read_text()
    assert run("check", "--fix") == (0, "", "")
    assert Path("net.net.yaml").read_text() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_fix_where_nothing_can_be_written(run: Run) -> None:
    write(nets__a=WARNING, b=WARNING)
    os.chmod("nets", 0o555)
    try:
        result = run("check", "--fix", "--format", "concise")
    finally:
        os.chmod("nets", 0o755)
    assert (result.code, result.err) == (2, "fixed 1 finding\n")
    assert codes(result) == ["nets/a.net.yaml CC901", "nets/a.net.yaml CC405"]
    assert Path("nets/a.net.yaml").read_text() == WARNING


def test_fix_that_cannot_be_written(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from convcalc.check.replacing import ReplaceError

    def refuse(path: str, before: bytes, after: bytes) -> None:
        raise ReplaceError(f"{path} cannot be written: no space left on device")

    write(net=WARNING)
    monkeypatch.setattr("convcalc.cli.checking.replace_file", refuse)
    result = run("check", "--fix", "--format", "concise")
    assert (result.code, result.err) == (2, "")
    assert "net.net.yaml cannot be written: no space left on device" in result.out


# Baseline


def baseline() -> Any:
    return json.loads(Path("known.json").read_text())["findings"]


def test_a_baseline_takes_out_what_was_there_and_only_shrinks(run: Run) -> None:
    write(a=WARNING, b=ERROR)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    assert run(*args, "--update-baseline") == (0, "", "wrote known.json: 2 findings\n")
    assert baseline() == [
        {"file": "a.net.yaml", "code": "CC405", "layer": "conv_1"},
        {"file": "b.net.yaml", "code": "CC502", "layer": ""},
    ]
    # Lines above move everything; nothing is new.
    write(a="# more\n# lines\n" + WARNING)
    assert run(*args) == (0, "", "")
    # Another finding of the same rule is new.
    write(a=WARNING + "  - conv: {out: 16, k: 3}\n  - batch_norm\n")
    assert codes(run(*args)) == ["a.net.yaml CC405"]
    assert len(baseline()) == 2
    # What is gone leaves the list, and is new when it comes back.
    write(a=CLEAN)
    assert run(*args) == (0, "", "")
    assert baseline() == [{"file": "b.net.yaml", "code": "CC502", "layer": ""}]
    write(a=WARNING)
    assert codes(run(*args)) == ["a.net.yaml CC405"]


def test_a_baseline_keeps_files_that_were_not_checked_and_drops_those_that_are_gone(
    run: Run,
) -> None:
    write(a=WARNING, b=WARNING, c=WARNING)
    run("check", "--baseline", "known.json", "--update-baseline")
    os.remove("c.net.yaml")
    write(a=CLEAN)
    assert run("check", "a.net.yaml", "--baseline", "known.json").code == 0
    assert [entry["file"] for entry in baseline()] == ["b.net.yaml"]
    write(a=WARNING)
    assert run("check", "a.net.yaml", "--baseline", "known.json", "--update-baseline").code == 0
    assert [entry["file"] for entry in baseline()] == ["a.net.yaml", "b.net.yaml"]


@pytest.mark.parametrize("update", [[], ["--update-baseline"]], ids=["checked", "updated"])
def test_a_baseline_keeps_what_was_not_looked_for(run: Run, update: list[str]) -> None:
    write(a=WARNING, b=ERROR)
    args = ["check", "--baseline", "known.json", "--format", "concise"]
    run(*args, "--update-baseline")
    first = baseline()
    # Rules that are not selected find nothing, which does not mean that it is repaired.
    assert run(*args, *update, "--select", "CC1").code == 0
    assert baseline() == first
    # A file that does not even parse for a while has all of its findings afterwards.
    write(a="x: [")
    run(*args, *update)
    assert [one for one in baseline() if one["code"] == "CC405"] == first[:1]
    write(a=WARNING)
    assert run(*args) == (0, "", "")
    assert baseline() == first


def test_a_baseline_of_the_configuration_stands_beside_it(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(nets__a=WARNING)
    Path("convcalc.toml").write_text('baseline = "known.json"\n')
    assert run("check", "--update-baseline") == (0, "", "wrote known.json: 1 finding\n")
    assert [entry["file"] for entry in baseline()] == ["nets/a.net.yaml"]
    monkeypatch.chdir("nets")
    assert run("check") == (0, "", "")


def test_what_could_not_be_checked_is_never_in_a_baseline(run: Run) -> None:
    args = ["check", "nowhere.net.yaml", "--baseline", "known.json", "--update-baseline"]
    assert run(*args).code == 2
    assert baseline() == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("[]", "it has no `findings`", id="a list"),
        pytest.param("{", "it is no JSON of ours", id="broken"),
        pytest.param('{"version": 2, "findings": []}', "this program reads version 1", id="newer"),
        pytest.param("[" * 100_000, "it is no JSON of ours", id="deep"),
        pytest.param(
            '{"version": 1, "findings": [{"file": "a", "code": "b", "layer": 3}]}',
            "an entry wants `file`, `code`, `layer` and a `count`",
            id="a layer that is no word",
        ),
        pytest.param(
            '{"version": 1, "findings": [{"file": "a"}]}', "it is no JSON of ours", id="no code"
        ),
    ],
)
def test_a_baseline_that_cannot_be_used(run: Run, text: str, reason: str) -> None:
    write(net=CLEAN)
    Path("known.json").write_text(text)
    result = run("check", "--baseline", "known.json", "--format", "concise")
    assert result == (
        2,
        f"known.json: error CC940 bad-configuration: no baseline: {reason}\n",
        "",
    )
    assert Path("known.json").read_text() == text


# Where other things are than files


def test_pipes_sockets_devices_and_folders_never_hold_up(run: Run) -> None:
    import socket

    write(a=ERROR)
    os.mkfifo("pipe.net.yaml")
    with socket.socket(socket.AF_UNIX) as stream:
        stream.bind("socket.net.yaml")
        # In a folder, they are no files.
        assert codes(run("check", "--format", "concise")) == ["a.net.yaml CC502"]
        named = run(
            *("check", "pipe.net.yaml", "socket.net.yaml", "/dev/zero", "a.net.yaml"),
            *("--format", "concise"),
        )
    assert named.code == 2
    assert codes(named) == [
        "pipe.net.yaml CC901",
        "socket.net.yaml CC901",
        "/dev/zero CC901",
        "a.net.yaml CC502",
    ]
    assert "pipe.net.yaml: error CC901 unreadable-file: it is a pipe" in named.out


def test_names_that_drive_terminals_and_runners(run: Run) -> None:
    names = ["::error::x.net.yaml", "\x1b[31m.net.yaml", "a\n::error::b.net.yaml", "%0A.net.yaml"]
    for name in names:
        Path(name).write_text(ERROR)
    Path(os.fsdecode(b"\xff.net.yaml")).write_text(ERROR)
    for form in findings_formats():
        result = run("check", "--format", form)
        assert result.code == 1
        for line in result.out.splitlines():
            assert not line.startswith("::error::")
        assert "\x1b" not in result.out
        result.out.encode()
    assert run("check", "-v").code == 1


def test_a_broken_file_hides_nothing(run: Run) -> None:
    for number in range(30):
        Path(f"{number:03}.net.yaml").write_bytes(os.urandom(200) if number % 2 else b"[" * 300)
    write(zzz=ERROR)
    result = run("check", "--format", "concise", "--jobs", "2")
    assert result.code == 1
    assert "zzz.net.yaml CC502" in codes(result)
    assert {line.partition(":")[0] for line in result.out.splitlines() if " CC" in line} >= {
        f"{number:03}.net.yaml" for number in range(30)
    }


@pytest.mark.skipif(sys.platform == "win32", reason="folders in use cannot be removed there")
def test_a_working_directory_that_is_gone(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("check")
    monkeypatch.chdir(tmp_path)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith("error: Invalid value for PATHS: the working directory is gone")


def test_a_file_beyond_the_limit(run: Run) -> None:
    Path("big.net.yaml").write_bytes(b"# " + b"x" * (5 << 20))
    assert codes(run("check", "--format", "concise")) == ["big.net.yaml CC903"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_cannot_be_read_hides_nothing(run: Run) -> None:
    write(a=ERROR, closed__b=ERROR, c=ERROR, d=ERROR)
    os.chmod("closed", 0)
    os.chmod("c.net.yaml", 0)
    result = run("check", "--format", "concise")
    os.chmod("closed", 0o755)
    assert result.code == 2
    assert codes(result) == [
        "a.net.yaml CC502",
        "c.net.yaml CC901",
        "closed CC901",
        "d.net.yaml CC502",
    ]


@pytest.mark.thorough
@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_a_closed_pipe_is_no_failure() -> None:
    write(net=ERROR)
    command = f"{sys.executable} -m convcalc check; echo $? >&2"
    done = subprocess.run(
        ["sh", "-c", f"({command}) | true"], capture_output=True, timeout=60, check=False
    )
    assert done.stderr.strip() == b"1"
