"""Files shared among processes: order, and what becomes of a process that is lost."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import wait
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.core.errors import Problem
from convcalc.features.check import checking, processes
from convcalc.features.check.discovery import Found
from convcalc.features.check.one_file import Options, Outcome, check_one
from convcalc.features.check.processes import check_in_processes
from convcalc.features.check.request import _jobs
from convcalc.features.check.running import check_all
from convcalc.features.check.settings import Settings
from convcalc.report.checked import FileFindings
from tests.each import each

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="processes are forked here"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

ERROR = "convcalc: 1\ninput: [3, 32, 32]\nlayers: [conv: {out: 4, k: 1}]\nexpect: {params: 9}\n"


def check(found: Found, options: Options, stdin: bytes) -> Outcome:
    """Does what the file's name says, and reports the name."""
    what, _, seconds = found.file.partition(" ")
    if what == "sleep":
        time.sleep(float(seconds))
    elif what == "exit":
        os._exit(7)
    elif what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "interrupt":
        os.kill(os.getpid(), signal.SIGINT)
    return Outcome(FileFindings(found.file, "", (Problem("bad-name", found.file),)))


@pytest.fixture(autouse=True)
def forked(monkeypatch: pytest.MonkeyPatch) -> None:
    # A test runner may have threads, and its modules cannot be imported by name.
    context = multiprocessing.get_context("fork")
    monkeypatch.setattr("convcalc.features.check.processes._context", lambda: context)


def run(*names: str, jobs: int = 2, seconds: float = 60.0) -> list[str]:
    files = [Found(name, Settings()) for name in names]
    outcomes = check_in_processes(files, Options(), b"", jobs, seconds_a_file=seconds, check=check)
    return [outcome.findings.problems[0].message for outcome in outcomes]


def test_who_waits_for_workers_does_not_ask_again_and_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waited: list[float] = []

    def told(connections: Any, timeout: float) -> Any:
        waited.append(timeout)
        return wait(connections, timeout)

    monkeypatch.setattr(processes, "wait", told)
    run("a", "b", "c")
    assert waited
    assert set(waited) == {processes._SECONDS_A_WAIT}


@pytest.mark.thorough
def test_the_order_is_that_of_the_files() -> None:
    names = ["sleep 0.2", "a", "b", "sleep 0.05", "c", "d", "e"]
    assert run(*names) == names
    assert run(*names, jobs=5) == names


@pytest.mark.parametrize(
    ("name", "code"), [pytest.param("exit", 7, id="it ends"), pytest.param("kill", -9, id="killed")]
)
def test_a_process_that_dies_costs_one_file(name: str, code: int) -> None:
    names = ["a", name, "b", "c", name, "d", name]
    lost = f"convcalc failed on this file: its process ended with exit code {code}"
    assert run(*names) == [lost if one == name else one for one in names]
    assert run(name, name, name) == [lost] * 3


@pytest.mark.thorough
def test_a_process_that_never_ends_costs_one_file() -> None:
    found = run("a", "sleep 60", "b", "c", seconds=0.4)
    lost = "convcalc failed on this file: it took more than 0 seconds"
    assert found == ["a", lost, "b", "c"]


class Pipe:
    """The end of a pipe that hands out some numbers, and then ends."""

    def __init__(self, *numbers: int) -> None:
        self.left, self.sent, self.closed = [*numbers], list[Any](), False

    def recv(self) -> int:
        if not self.left:
            raise EOFError
        return self.left.pop(0)

    def send(self, answer: object) -> None:
        self.sent.append(answer)

    def close(self) -> None:
        self.closed = True


def test_a_worker_answers_until_its_pipe_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    heeded: list[object] = []
    monkeypatch.setattr(signal, "signal", lambda *told: heeded.append(told))
    files = [Found(name, Settings()) for name in "abc"]
    pipe, other = Pipe(2, 0), Pipe()
    processes._work(pipe, [other], files, Options(), b"", check)  # type: ignore[arg-type, list-item]
    answers = [(number, outcome.findings.file) for number, outcome in pipe.sent]
    assert answers == [(2, "c"), (0, "a")]
    assert (other.closed, heeded) == (True, [(signal.SIGINT, signal.SIG_IGN)])


@each(("system", "threads", "method"), [
    ("linux", 1, "fork"), ("linux", 2, "forkserver"),
    ("darwin", 1, None), ("aix", 1, None), ("win32", 2, None),
])  # fmt: skip
def test_a_process_with_threads_is_not_copied(
    system: str, threads: int, method: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What stands in for it in the other tests goes first.
    monkeypatch.undo()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "platform", system)
        patch.setattr(threading, "active_count", lambda: threads)
        patch.setattr(multiprocessing, "get_context", lambda name=None: name)
        found: object = processes._context()
        assert found == method


def test_processes_leave_interruptions_to_the_main_one() -> None:
    assert run("a", "interrupt", "b") == ["a", "interrupt", "b"]


def test_nothing_is_left_running_when_nobody_asks_for_more() -> None:
    files = [Found(name, Settings()) for name in ["a", "sleep 60", "sleep 60", "b"]]
    outcomes = check_in_processes(files, Options(), b"", 2, check=check)
    next(iter(outcomes))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    outcomes.close()
    left = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert len(children) - len(left) == 2


def test_progress_is_told() -> None:
    files = [Found(name, Settings()) for name in "abc"]
    told: list[int] = []
    list(check_in_processes(files, Options(), b"", 2, told.append, check=check))
    assert told == [1, 2, 3]


@pytest.mark.parametrize(
    "method",
    [
        "fork",
        pytest.param("spawn", marks=pytest.mark.thorough),
        pytest.param("forkserver", marks=pytest.mark.thorough),
    ],
)
def test_one_process_and_many_find_the_same(
    tmp_path: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = multiprocessing.get_context(method)
    monkeypatch.setattr("convcalc.features.check.processes._context", lambda: context)
    files = []
    for number in range(12):
        path = tmp_path / f"{number}.net.yaml"
        path.write_text(ERROR if number % 2 else ERROR[: number * 9])
        files.append(Found(str(path), Settings()))
    files.append(Found(str(tmp_path / "nowhere"), Settings()))
    alone = [outcome.findings for outcome in check_all(files, Options())]
    together = [outcome.findings for outcome in check_all(files, Options(), jobs=2)]
    assert alone == together
    assert [one.file for one in alone] == [found.file for found in files]


def test_a_fault_of_ours_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("convcalc.features.check.one_file.inspect", fail)
    outcome = check_one(Found("-", Settings(), shown="<stdin>"), Options(), b"x")
    (problem,) = outcome.findings.problems
    assert (problem.code, problem.file) == ("CC990", "<stdin>")
    assert not outcome.findings.is_usable
    message = r"convcalc failed on this file: MemoryError \(test_processes\.py:\d+\)"
    assert re.fullmatch(message, problem.message)


def test_a_path_that_is_a_finding_already_is_no_file_to_use() -> None:
    told = Problem("unreadable-file", "no file matches this pattern", file="x*")
    outcome = check_one(Found("x*", Settings(), problem=told), Options())
    assert outcome.findings == FileFindings("x*", "", (told,), is_usable=False)


@pytest.mark.thorough
def test_ctrl_c_ends_everything_with_130(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"{number}.net.yaml").write_text(ERROR)
    code = (
        "import signal, sys, time\n"
        # A shell starts what runs in its background without.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from convcalc.features.check import processes\n"
        "slow = lambda *a: time.sleep(60)\n"
        "processes.check_one = slow\n"
        "processes.check_in_processes.__kwdefaults__['check'] = slow\n"
        "from convcalc.cli import run\n"
        "print('ready', flush=True)\n"
        "sys.exit(run(['check', '--jobs', '2']))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.readline()
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    while len(children.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    workers = children.read_text().split()
    assert len(workers) == 2
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert not any(Path(f"/proc/{worker}").exists() for worker in workers)


@pytest.mark.thorough
@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_main_one(tmp_path: Path, sent: signal.Signals) -> None:
    for number in range(60):
        (tmp_path / f"{number}.net.yaml").write_text(ERROR)
    code = (
        "import os, time\n"
        "from convcalc.features.check import processes\n"
        "def slow(*a):\n"
        "    os.write(1, b'.')\n"
        "    time.sleep(0.5)\n"
        "processes.check_in_processes.__kwdefaults__['check'] = slow\n"
        "from convcalc.cli import run\n"
        "run(['check', '--jobs', '3'])\n"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, bufsize=0) as main:
        assert main.stdout is not None
        assert main.stdout.read(1) == b"."
        main.send_signal(sent)
        # They hold standard output, so that its end is theirs.
        main.communicate(timeout=30)
        assert main.returncode == -sent


@each(("own", "machine", "found"), [
    # Three of a machine's eight are this process's own.
    ({1, 4, 5}, 8, 3),
    (None, 8, 8),
    (None, None, 1),
])  # fmt: skip
def test_the_processors_of_this_process(
    own: set[int] | None, machine: int | None, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: machine)
    if own is None:
        monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    else:
        # Process 0 is the one that asks.
        monkeypatch.setattr(os, "sched_getaffinity", {0: own}.__getitem__)
    assert processes.processors() == found
    monkeypatch.undo()


@each(("word", "jobs"), [("1", 1), ("2", 2), ("256", 256)])
def test_from_one_job_to_as_many_as_there_may_be(word: str, jobs: int) -> None:
    assert _jobs(word, "--jobs") == jobs


@each(("files", "jobs", "is_shared"), [("ab", 2, True), ("abc", 7, True), ("ab", 1, False),
                                       ("a", 2, False), ("", 2, False)])  # fmt: skip
def test_only_several_files_are_shared_among_several_processes(
    files: str, jobs: int, is_shared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: list[Any] = []

    def share(*args: object) -> Iterator[object]:
        shared.append(args)
        yield from ()

    monkeypatch.setattr(processes, "check_in_processes", share)
    monkeypatch.setattr("convcalc.features.check.running.check_one", check)
    found = [Found(name, Settings()) for name in files]
    alone = [one.findings.file for one in check_all(found, Options(), jobs=jobs)]
    assert alone == ([] if is_shared else list(files))
    assert bool(shared) == is_shared


@each(("files", "asked", "jobs"), [
    (checking.LEAST_FOR_PROCESSES - 1, None, 1),
    (checking.LEAST_FOR_PROCESSES, None, 7),
    (checking.LEAST_FOR_PROCESSES + 1, None, 7),
    (1, 3, 3),
    (100, 1, 1),
])  # fmt: skip
def test_many_files_are_checked_by_all_processors(
    files: int, asked: int | None, jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[int] = []

    def check_all(*args: object, jobs: int, **options: object) -> Iterator[object]:
        used.append(jobs)
        yield from ()

    monkeypatch.setattr(checking, "check_all", check_all)
    monkeypatch.setattr(processes, "processors", lambda: 7)
    options = {
        "no_ignores": False,
        "fix": False,
        "diff": False,
        "unsafe_fixes": False,
        "input": None,
    }
    request: Any = SimpleNamespace(jobs=asked, **options)
    listed: Any = [None] * files
    assert checking._outcomes(listed, request, b"") == []
    assert used == [jobs]
