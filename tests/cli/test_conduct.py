"""Exit codes on every path, help for everything, and what is imported."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import convcalc
from convcalc.__main__ import main
from convcalc.cli.commands import command_names
from tests.each import each
from tests.laws_of_declarations import broken

Run = Callable[..., Any]

CONFIGS = Path(__file__).parents[2] / "examples" / "configs"
RESNET = str(CONFIGS / "resnet18.net.yaml")


def process(
    *args: str, variables: Mapping[str, str] | None = None, **options: Any
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "convcalc", *args],
        env=os.environ | dict(variables or {}),
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=60,
        check=False,
        **options,
    )


def test_alone_it_shows_its_help(run: Run) -> None:
    result = run()
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith("Usage: convcalc [OPTIONS] COMMAND")
    for name in command_names():
        assert f"\n  {name} " in result.out
    assert "..." not in result.out.partition("\nCommands:\n")[2], "a first line is cut"


def test_version(run: Run) -> None:
    result = run("--version")
    assert result.code == 0
    assert re.fullmatch(rf"convcalc {convcalc.__version__} \(Python 3\.\d+\.\d+\S*\)\n", result.out)


@each(
    ("args", "message"),
    [
        pytest.param(["pln"], "there is no command `pln`; did you mean `plan`?", id="typo"),
        pytest.param(
            ["resnet18.net.yaml"],
            "there is no command `resnet18.net.yaml`; "
            "did you mean `convcalc plan resnet18.net.yaml`?",
            id="a file in place of a command",
        ),
        pytest.param(
            ["--vresion"], "there is no option --vresion; did you mean `--version`?", id="option"
        ),
        pytest.param(
            ["\x1b[31m\n"],
            "there is no command `\\x1b[31m\\n`; known here: {}, ...".format(
                ", ".join(command_names()[:12])
            ),
            id="hostile command",
        ),
    ],
)
def test_usage_errors(run: Run, args: list[str], message: str) -> None:
    assert run(*args) == (2, "", f"error: {message}\nhelp: convcalc --help\n")


def test_a_missing_argument(run: Run) -> None:
    expected = "error: Missing argument 'FILE'.\nhelp: convcalc plan --help\n"
    assert run("plan") == (2, "", expected)


@each("name", command_names())
def test_every_command_and_option_has_help_with_an_example(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert (result.code, result.err) == (0, "")
    head, _, rest = result.out.partition("\nOptions:\n")
    options, _, examples = rest.partition("\n  Examples:\n")
    assert len(head.split("\n\n")[1]) > 20
    assert examples.count("convcalc ") >= 2
    entries = re.split(r"\n  (?=-)", f"\n{options}")[1:]
    assert entries
    for entry in entries:
        words = " ".join(entry.split())
        flag, _, text = words.partition(" ")
        assert len(text) > 10, f"{name}: no help for {flag}"
        takes_value = re.match(r"(--\S+) [A-Z=]+ ", words)
        if takes_value:
            # The first is the option itself, another one its example.
            assert words.count(takes_value[1]) > 1, f"{name}: no example of {words}"


def test_a_bug_of_ours(run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("x\x1b")

    monkeypatch.setattr("convcalc.planning.plan", fail)
    result = run("plan", lenet)
    assert (result.code, result.out) == (3, "")
    assert result.err.startswith(
        "error: convcalc failed, and that is a bug in convcalc: ZeroDivisionError: x\\x1b\n"
        f"help: please report it with the file, the command and this version: "
        f"convcalc {convcalc.__version__} (Python "
    )
    assert "Traceback" not in result.err
    monkeypatch.setenv("CONVCALC_DEBUG", "1")
    assert "Traceback" in run("plan", lenet).err


def wrapped(error: BaseException) -> RuntimeError:
    """What Python before 3.12 makes of an error in `__set_name__`."""
    found = RuntimeError("Error calling __set_name__ on 'x' instance 'y' in 'Z'")
    found.__cause__ = error
    return found


@pytest.mark.parametrize(
    ("error", "code"),
    [
        pytest.param(KeyboardInterrupt(), 130, id="interrupted"),
        pytest.param(wrapped(KeyboardInterrupt()), 130, id="interrupted while a class is made"),
        pytest.param(wrapped(ValueError()), 3, id="an error while a class is made"),
        pytest.param(BrokenPipeError(), 0, id="nobody reads on"),
        pytest.param(RecursionError("deep"), 3, id="recursion"),
        pytest.param(MemoryError(), 3, id="out of memory"),
        pytest.param(OSError("odd"), 3, id="an error of the system that nobody expects"),
    ],
)
def test_exit_codes_of_failures(
    run: Run, lenet: str, monkeypatch: pytest.MonkeyPatch, error: BaseException, code: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("convcalc.planning.plan", fail)
    result = run("plan", lenet)
    assert (result.code, result.out) == (code, "")
    assert bool(result.err) is (code == 3)


def test_a_closed_pipe_is_quiet_and_keeps_the_exit_code() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        result = process("plan", RESNET, stdout=writer)
    finally:
        os.close(writer)
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said() -> None:
    with open("/dev/full", "w") as full:
        result = process("plan", RESNET, stdout=full)
    assert result.returncode == 2
    assert result.stderr == "error: the answer cannot be written: No space left on device\n"


NO_SUCH_FILE = "nofile.yaml: error CC901 unreadable-file: no such file or directory\n"
CLOSED = "error: the answer cannot be written: standard output is closed\n"
FULL = "error: the answer cannot be written: No space left on device\n"


def shell(redirection: str, *args: str) -> tuple[int, str, str]:
    """(exit code, standard output, standard error) under a redirection of the shell."""
    command = f'exec "$@" {redirection}'
    done = subprocess.run(
        ["sh", "-c", command, "sh", sys.executable, "-m", "convcalc", *args],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("redirection", "args", "left"),
    [
        pytest.param(">&-", ["plan", RESNET], (2, "", CLOSED), id="no output"),
        pytest.param(">&-", ["shape", "224", "k7"], (2, "", CLOSED), id="no output, quick answer"),
        pytest.param(">&-", ["--help"], (2, "", CLOSED), id="no output, help"),
        pytest.param(
            ">&-", ["plan", "nofile.yaml"], (2, "", NO_SUCH_FILE), id="no output, finding"
        ),
        pytest.param("2>&-", ["plan", "nofile.yaml"], (2, "", ""), id="no error stream"),
        pytest.param("2>&-", ["pln"], (2, "", ""), id="no error stream, wrong usage"),
        pytest.param("2>&-", ["shape", "9", "k3", "-q"], (0, "7\n", ""), id="no error needed"),
        pytest.param("<&- >&- 2>&-", ["plan", RESNET], (2, "", ""), id="no stream at all"),
    ],
)
def test_closed_streams_keep_the_exit_code(
    redirection: str, args: list[str], left: tuple[int, str, str]
) -> None:
    assert shell(redirection, *args) == left


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
@pytest.mark.parametrize(
    ("redirection", "args", "left"),
    [
        pytest.param(">/dev/full", ["plan", "--help"], (2, "", FULL), id="help"),
        pytest.param("2>/dev/full", ["plan", "nofile.yaml"], (2, "", ""), id="finding"),
        pytest.param("2>/dev/full", ["shape", "9", "k3", "-q"], (0, "7\n", ""), id="no error"),
    ],
)
def test_full_streams_keep_the_exit_code(
    redirection: str, args: list[str], left: tuple[int, str, str]
) -> None:
    assert shell(redirection, *args) == left


@pytest.mark.thorough
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_expectations_that_nobody_can_be_told_of_still_fail(tmp_path: Path) -> None:
    file = tmp_path / "x.net.yaml"
    file.write_text("convcalc: 1\ninput: [3]\nlayers: [relu]\nexpect: {params: 4}\n")
    for redirection in ("2>&-", "2>/dev/full"):
        code, out, err = shell(redirection, "plan", str(file))
        assert (code, err) == (1, "")
        assert "1 of 1 expectation failed" in out


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_interrupted_before_the_command_begins(
    monkeypatch: pytest.MonkeyPatch, is_wrapped: bool
) -> None:
    def interrupt(args: list[str]) -> int:
        raise wrapped(KeyboardInterrupt()) if is_wrapped else KeyboardInterrupt

    monkeypatch.setattr("convcalc.shorthand.quick.run", interrupt)
    monkeypatch.setattr("sys.argv", ["convcalc", "shape", "224", "k7"])
    assert main() == 130


@pytest.mark.thorough
def test_output_without_unicode_is_escaped(tmp_path: Path) -> None:
    file = tmp_path / "x.net.yaml"
    file.write_text("convcalc: 1\nname: Réseau\ninput: [3]\nlayers: [linear: 2]\n", "utf-8")
    variables = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    result = process("plan", str(file), variables=variables, stdout=subprocess.PIPE)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("R\\xe9seau | 1 layer | input 3 | batch 1 | float32\n")


_LOADED = """
import sys
from convcalc.cli import run
code = run(sys.argv[1:])
print(code, *sorted(name for name in sys.modules if name.partition('.')[0] in {
    'rich', 'numpy', 'torch', 'typer'} or name.endswith('.command')), file=sys.stderr)
"""


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("args", "loaded"),
    [
        pytest.param(["plan", RESNET], [], id="a plan in a pipe"),
        pytest.param(["plan", RESNET, "--format", "table"], ["rich"], id="a table"),
    ],
)
def test_only_what_is_needed_is_imported(args: list[str], loaded: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-c", _LOADED, *args],
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    code, *modules = result.stderr.split()
    assert code == "0"
    assert sorted({name for name in modules if "." not in name}) == loaded
    commands = [name for name in modules if name.startswith("convcalc")]
    assert commands == ["convcalc.features.plan.command"]


@pytest.mark.thorough
def test_shell_completion_of_commands_and_values() -> None:
    def complete(words: str) -> str:
        variables = {
            "_CONVCALC_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split(" ")) - 1),
        }
        return process(variables=variables, stdout=subprocess.PIPE).stdout

    assert complete("convcalc pl").split() == ["plan"]
    assert complete("convcalc plan x --format ma").split() == ["markdown"]


@pytest.mark.parametrize("command", ["verify", "invert", "show"])
def test_a_misspelt_file_is_no_misspelt_size(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """No size begins in letters: `verify lenet` said that a size wants a whole number."""
    monkeypatch.chdir(tmp_path)
    Path("lenet.net.yaml").touch()
    result = run(command, "lenet")
    assert result.err == (
        "lenet: error CC901 unreadable-file: no such file or directory\n"
        "  help: did you mean `lenet.net.yaml`?\n"
    )


@pytest.mark.parametrize("name", ["keras", "TensorFlow"])
def test_a_dialect_is_known_by_its_programs(run: Run, name: str) -> None:
    assert run("shape", "8", "k3", "--dialect", name).err.startswith(
        f"error: Invalid value for --dialect: there is no `{name}`; "
        "write tf, which is TensorFlow and Keras\n"
    )


def test_declarations_say_no_default() -> None:
    assert broken("features", "report", "network", "document", "shorthand", "cli") == []
