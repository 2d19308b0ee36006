"""The tests that a mutant meets: who comes by which line, and what they say of the change."""

from __future__ import annotations

import functools
import gc
import hashlib
import importlib
import importlib.machinery
import json
import multiprocessing
import os
import pkgutil
import resource
import signal
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NamedTuple

import coverage
import pytest

ROOT = Path(__file__).resolve().parents[1]
EVERYDAY, SLOW = "not crosscheck and not thorough", "crosscheck or thorough"
MEMORY = 6 << 30
LOADING, COLLECTING = "", "collecting"  # the contexts of what runs before the tests


class Change(NamedTuple):
    """Other source for a file; `lines` are those of the statement that is not the same."""

    path: Path
    source: str
    lines: range


class Task(NamedTuple):
    """Tests for a change, in their order, until one fails; all of them where nothing is changed."""

    change: Change | None
    tests: Sequence[str]


class Met(NamedTuple):
    """What became of a change: killed, timeout or survived; `failed` are the tests that saw it."""

    outcome: str
    failed: Sequence[str]
    tests: int
    seconds: float


Say = Callable[[int, Met], None]


class Told(NamedTuple):
    """What is known of some tests: where coverage wrote its contexts, and each one's seconds."""

    data: Sequence[Path]
    seconds: Mapping[str, float]

    def by_line(self, path: Path) -> dict[int, set[str]]:
        """The tests that come by each line of a file."""
        found: defaultdict[int, set[str]] = defaultdict(set)
        for one in self.data:
            data = coverage.CoverageData(str(one))
            data.read()
            for line, contexts in data.contexts_by_lineno(str(path)).items():
                found[line].update(contexts)
        return found

    def shortest(self, names: set[str]) -> list[str]:
        """Those of some contexts that are tests, by how long they take."""
        return sorted(names & self.seconds.keys(), key=lambda name: self.seconds[name])


class Watch:
    """A plugin of pytest that names coverage's contexts after the tests, a share of all."""

    def __init__(self, cov: coverage.Coverage, share: int, shares: int) -> None:
        self.cov, self.share, self.shares = cov, share, shares
        self.seconds: dict[str, float] = {}
        self.failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        load_all()
        self.cov.switch_context(COLLECTING)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        files = sorted({str(item.path) for item in items})[self.share :: self.shares]
        items[:] = [item for item in items if str(item.path) in files]
        self.caches = caches()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        # What one test has worked out shall not keep the next one from coming by.
        for one in self.caches:
            one.cache_clear()
        self.cov.switch_context(item.nodeid)
        begun = time.monotonic()
        result = yield
        self.seconds[item.nodeid] = time.monotonic() - begun
        self.cov.switch_context(COLLECTING)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.add(report.nodeid)


def load_all() -> None:
    """Loads every module, also those that wait for their first use."""
    import convcalc

    for module in pkgutil.walk_packages(convcalc.__path__, "convcalc."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def caches() -> list[Any]:
    """The functions of ours that keep their results."""
    found = [one for one in gc.get_objects() if type(one) is functools._lru_cache_wrapper]
    return [one for one in found if str(one.__module__).startswith(("convcalc", "tests"))]


def arguments(tests: Sequence[str], marks: str) -> list[str]:
    """What pytest is called with for tests, by their paths, that have some marks."""
    quiet = ["-n0", "-p", "no:terminal", "-p", "no:cacheprovider", "--capture=sys"]
    return [*quiet, "--assert=plain", "-m", marks, *tests]


def measure(data: Path, share: int, shares: int, words: list[str]) -> None:
    """Runs a share of the tests and writes who came by which line."""
    os.chdir(ROOT)
    cov = coverage.Coverage(str(data), source=["convcalc"], config_file=False)
    cov.start()
    watch = Watch(cov, share, shares)
    pytest.main(words, plugins=[watch])
    cov.stop()
    cov.save()
    found = {name: seconds for name, seconds in watch.seconds.items() if name not in watch.failed}
    data.with_suffix(".json").write_text(json.dumps(found))
    for name in sorted(watch.failed):
        print(f"left out, as it fails when it is watched: {name}", file=sys.stderr)


def measured(words: list[str], jobs: int) -> Told:
    """Who comes by which line, from the last time if the code is the same."""
    digest = hashlib.sha256(repr((ROOT, words, jobs)).encode())
    for path in sorted([*ROOT.glob("convcalc/**/*.py"), *ROOT.glob("tests/**/*.*")]):
        if path.suffix != ".pyc":
            digest.update(path.read_bytes())
    folder = Path(tempfile.gettempdir()) / "convcalc-mutants" / digest.hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    data = [folder / f"{share}.coverage" for share in range(jobs)]
    spawn = multiprocessing.get_context("spawn")
    parts = [
        spawn.Process(target=measure, args=(path, share, jobs, words))
        for share, path in enumerate(data)
        if not path.with_suffix(".json").exists()
    ]
    for part in parts:
        part.start()
    for part in parts:
        part.join()
    seconds: dict[str, float] = {}
    for path in data:
        seconds |= json.loads(path.with_suffix(".json").read_text())
    return Told(data, seconds)


class Forks:
    """A plugin of pytest that gives each task to a child of the process that has the tests."""

    def __init__(self, tasks: Sequence[Task], told: Told, jobs: int, say: Say) -> None:
        self.tasks, self.told, self.jobs, self.say = tasks, told, jobs, say
        self.failed: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        load_all()
        for one in caches():
            one.cache_clear()
        self.items = {item.nodeid: item for item in session.items}
        self.functions: defaultdict[tuple[str, CodeType], list[FunctionType]] = defaultdict(list)
        for one in gc.get_objects():
            if type(one) is FunctionType:
                self.functions[one.__code__.co_filename, one.__code__].append(one)
        waiting = [*range(len(self.tasks))]
        running: dict[int, tuple[int, int, float]] = {}
        while waiting or running:
            while waiting and len(running) < self.jobs:
                index = waiting.pop(0)
                reads, writes = os.pipe()
                child = os.fork()
                if not child:
                    self._meet(self.tasks[index], writes)
                os.close(writes)
                running[child] = index, reads, time.monotonic()
            child, status = os.wait()
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            index, reads, begun = running.pop(child)
            with os.fdopen(reads) as words:
                failed = words.read().splitlines()
            at = os.waitstatus_to_exitcode(status)
            word = {0: "survived", -signal.SIGALRM: "timeout"}.get(at, "killed")
            failed = [signal.Signals(-at).name] if at < 0 else failed
            tests = len(self.tasks[index].tests)
            self.say(index, Met(word, failed, tests, time.monotonic() - begun))
        return True

    def _meet(self, task: Task, writes: int) -> None:
        """In the child: changes the code, runs the tests, and ends with 0 if all pass."""
        try:
            os.setsid()
            nothing = os.open(os.devnull, os.O_RDWR)
            for stream in (0, 1, 2):
                os.dup2(nothing, stream)
            if task.change is not None:
                self._change(task.change)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
            items = [self.items[name] for name in task.tests]
            for item, after in zip_longest(items, items[1:]):
                # Not caught by anyone, so that it ends the child.
                signal.setitimer(signal.ITIMER_REAL, 10 * self.told.seconds[item.nodeid] + 5)
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if self.failed and task.change is not None:
                    break
        except BaseException as error:
            self.failed.append(repr(error))
        finally:
            os.write(writes, "\n".join(self.failed).encode())
            os._exit(bool(self.failed))

    def _change(self, change: Change) -> None:
        """Gives the functions of a file the code that they have in its changed source."""
        path, source, _ = change
        before = compile(path.read_text(encoding="utf-8"), str(path), "exec", dont_inherit=True)
        with warnings.catch_warnings():
            # It may compare with a literal by `is`.
            warnings.simplefilter("ignore")
            after = compile(source, str(path), "exec", dont_inherit=True)
        for old, new in changed(before, after):
            for function in self.functions[str(path), old]:
                function.__code__ = new


def changed(before: CodeType, after: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """(code, what it has become) for a piece of code, and all within, that is not the same."""
    if before != after:
        yield before, after
        inner = (
            [one for one in code.co_consts if isinstance(one, CodeType)] for code in (before, after)
        )
        for pair in zip(*inner, strict=False):
            yield from changed(*pair)


def met_anew(change: Change, marks: str, told: Told, names: set[str]) -> Met:
    """What becomes of a change in a process that loads the changed file and runs some tests."""
    begun, tests = time.monotonic(), told.shortest(names)
    process = multiprocessing.get_context("spawn").Process(
        target=_meet_anew, args=(change, arguments(tests, marks))
    )
    process.start()
    process.join(10 * sum(told.seconds[name] for name in tests) + 100)
    outcome = {0: "survived", None: "timeout"}.get(process.exitcode, "killed")
    process.kill()
    return Met(outcome, (), len(tests), time.monotonic() - begun)


def _meet_anew(change: Change, words: list[str]) -> None:
    path, source, _ = change
    compiled = importlib.machinery.SourceFileLoader.get_code

    def get_code(self: importlib.machinery.SourceFileLoader, name: str) -> CodeType | None:
        if Path(self.path) == path:
            return compile(source, str(path), "exec", dont_inherit=True)
        return compiled(self, name)

    importlib.machinery.SourceFileLoader.get_code = get_code  # type: ignore[assignment, method-assign]
    os.chdir(ROOT)
    sys.exit(bool(pytest.main(["-x", *words])))


def meet(changes: Sequence[Change], tests: Sequence[str], marks: str, jobs: int, say: Say) -> None:
    """Says of each change what became of it, by these tests, or all, that have some marks."""
    words = arguments(tests, marks)
    told = measured(words, jobs)
    by_line = {path: told.by_line(path) for path in {one.path for one in changes}}
    seen = [set[str]().union(*(by_line[one.path][at] for at in one.lines)) for one in changes]
    tasks = [Task(one, told.shortest(names)) for one, names in zip(changes, seen, strict=True)]
    every = told.shortest({name for task in tasks for name in task.tests})
    checks = [Task(None, every[share::jobs]) for share in range(jobs)]
    early = [not names.isdisjoint((LOADING, COLLECTING)) for names in seen]
    anew: list[int] = []

    def say_of(index: int, met: Met) -> None:
        index -= len(checks)
        if index < 0 and met.outcome != "survived":
            pytest.exit(
                f"without a change, {met.outcome}: {met.failed}", pytest.ExitCode.TESTS_FAILED
            )
        if index >= 0 and met.outcome == "survived" and early[index]:
            anew.append(index)
        elif index >= 0:
            say(index, met)

    if pytest.main(words, plugins=[Forks([*checks, *tasks], told, jobs, say_of)]):
        sys.exit("the tests do not run as they did when they were watched")
    for index in anew:
        change = changes[index]
        say(index, met_anew(change, marks, told, set[str]().union(*by_line[change.path].values())))
