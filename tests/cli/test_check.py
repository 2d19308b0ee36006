"""`convcalc check` as it is typed: answers, usage, and exit codes on every path."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from convcalc.cli.commands import Command
from convcalc.report import findings_formats
from tests.cli.checking import CLEAN, ERROR, NO_PLAN, REFUSED, WARNING, Run, codes, write
from tests.each import each

pytestmark = pytest.mark.usefixtures("in_a_folder_of_its_own")

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


def in_every_format(everyday: bool) -> Iterator[Any]:
    for form in (None, *findings_formats()):
        for path in PATHS:
            if everyday is (form is None or path.id in EVERYDAY):
                yield pytest.param(*path.values, form, id=f"{path.id}, {form}")


@each(("text", "args", "code", "form"), in_every_format(everyday=True))
def test_exit_codes(run: Run, text: str, args: list[str], code: int, form: str | None) -> None:
    exits(run, text, args, code, form)


@pytest.mark.thorough
@each(("text", "args", "code", "form"), in_every_format(everyday=False))
def test_all_exit_codes(run: Run, text: str, args: list[str], code: int, form: str | None) -> None:
    exits(run, text, args, code, form)


def exits(run: Run, text: str, args: list[str], code: int, form: str | None) -> None:
    write(net=text)
    formatted = args if form is None else [*args, "--format", form]
    result = run("check", "net.net.yaml", *formatted)
    assert result.code == code
    if form == "json" and result.out:
        assert json.loads(result.out)["version"] == 1


def test_a_fault_of_ours_is_exit_3_and_hides_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from convcalc.features.check.rules.bias_before_norm import BiasBeforeNorm

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
    monkeypatch.setattr("convcalc.features.check.one_file.inspect", interrupt)
    assert run("check") == (130, "", "")


def test_all_is_well_and_nothing_is_said(run: Run) -> None:
    write(a=CLEAN, b=CLEAN)
    assert run("check") == (0, "", "")


def test_all_is_well_on_a_terminal(run: Run, terminal: Callable[[int], None]) -> None:
    write(a=CLEAN, b=CLEAN)
    terminal(80)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("convcalc.features.check.writing.is_terminal", lambda stream: True)
        assert run("check") == (0, "", "2 files passed\n")
        assert run("check", "--diff") == (0, "", "2 files passed\n")
        write(a=WARNING)
        assert run("check", "--diff").err == "--fix repairs 1 finding\n"
        assert run("check", "--fix").err == "fixed 1 finding\n2 files passed\n"


def test_nothing_to_check(run: Run) -> None:
    Path("a.txt").write_text(ERROR)
    said = (
        "no files to check: folders are searched for *.net.yaml, *.net.yml, and other YAML files "
        "that begin with `convcalc:`\n"
    )
    assert run("check") == (0, "", said)


def test_the_full_format(run: Run) -> None:
    write(net=REFUSED)
    result = run("check", "net.net.yaml")
    assert (result.code, result.err) == (1, "")
    assert result.out == (
        "net.net.yaml:3:10: error CC922 unknown-kind: there is no kind or block `covn`\n"
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
    from convcalc.core.errors import Problem, StackError

    def refuse() -> bytes:
        raise StackError([Problem("unreadable-file", "standard input is closed", file="<stdin>")])

    write(net=ERROR)
    monkeypatch.setattr("convcalc.cli.reading.read_stdin", refuse)
    result = run("check", "-", "net.net.yaml", "--format", "concise")
    assert result.code == 2
    assert codes(result) == ["<stdin> CC901", "net.net.yaml CC502"]
    assert "<stdin>: error CC901 unreadable-file: standard input is closed\n" in result.out


@each(
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
    pytest.param(["--jobs", "257"], "--jobs: wants 1 to 256, got `257`; write --jobs 4", id="jobs"),
    pytest.param(
        ["--jobs", "9" * 5000],
        f"--jobs: wants 1 to 256, got `{'9' * 5000}`; write --jobs 4",
        id="too many jobs",
    ),
    pytest.param(
        ["--config", "a.toml", "--isolated"],
        "--config does not go with --isolated; give one of them",
        id="configured and isolated",
    ),
    pytest.param(
        ["--fix", "--diff"], "--diff does not go with --fix; give one of them", id="fix and diff"
    ),
    pytest.param(
        ["--unsafe-fixes"],
        "--unsafe-fixes does nothing by itself; "
        "write --fix --unsafe-fixes, or --diff --unsafe-fixes",
        id="unsafe alone",
    ),
    pytest.param(
        ["--update-baseline"],
        "--update-baseline does not know where; add --baseline FILE",
        id="no baseline to update",
    ),
    pytest.param(
        ["--statistics", "--format", "json"],
        "--statistics does not go with --format; give one of them",
        id="statistics as JSON",
    ),
    pytest.param(
        ["--diff", "--format", "json"],
        "--diff does not go with --format; give one of them",
        id="a diff as JSON",
    ),
    pytest.param([""], "PATHS: a path is empty; write . for this folder", id="empty path"),
    pytest.param(
        ["--output-file", "."],
        "--output-file: . is a directory; name a file in it",
        id="a folder for output",
    ),
]


def told(message: str) -> tuple[int, str, str]:
    """What is left behind: options that do not fit together begin the sentence."""
    is_value = ": " in message.partition("; ")[0]
    words = f"Invalid value for {message}" if is_value else message
    return 2, "", f"error: {words}\nhelp: convcalc check --help\n"


@each(("args", "message"), USAGE)
def test_wrong_usage(run: Run, args: list[str], message: str) -> None:
    write(net=CLEAN)
    assert run("check", *args) == told(message)


@pytest.mark.parametrize(("args", "message"), USAGE)
def test_typer_says_the_same_of_wrong_usage(
    run: Run, args: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(net=CLEAN)
    monkeypatch.setattr(Command, "read", lambda self, words: None)
    assert run("check", *args) == told(message)


def test_what_follows_two_dashes_are_paths(run: Run) -> None:
    Path("--fix").write_text(WARNING)
    assert codes(run("check", "--format", "concise", "--", "--fix")) == ["--fix CC405"]


@pytest.mark.thorough
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
