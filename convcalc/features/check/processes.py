"""Files shared among processes: one that dies or never ends costs one file, not the run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any

from convcalc.features.check.discovery import Found
from convcalc.features.check.inspecting import inspect
from convcalc.features.check.one_file import Options, Outcome, check_one, failed
from convcalc.features.check.settings import Settings

# Longer than a file of a million layers takes; what takes longer does not end.
SECONDS_A_FILE = 120.0
# A worker has this many files at a time: the next one is there when one is done.
_AHEAD = 2
# An interruption just before a wait begins does not end it: none is longer than this.
_SECONDS_A_WAIT = 0.5


def processors() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def check_in_processes(
    files: Sequence[Found],
    options: Options,
    stdin: bytes,
    jobs: int,
    progress: Callable[[int], None] | None = None,
    *,
    seconds_a_file: float = SECONDS_A_FILE,
    check: Callable[[Found, Options, bytes], Outcome] = check_one,
) -> Generator[Outcome, None, None]:
    """The outcome of every file, in the order of `files`."""
    _warm_up()
    pool = _Pool(files, options, stdin, min(jobs, len(files)), seconds_a_file, check)
    done: dict[int, Outcome] = {}
    following = 0
    try:
        for count, (number, outcome) in enumerate(pool.outcomes(), 1):
            done[number] = outcome
            if progress is not None:
                progress(count)
            while following in done:
                yield done.pop(following)
                following += 1
    finally:
        pool.stop()


# Layers that most files have: what they need is loaded before the processes part.
_USUAL = b"""
convcalc: 1
input: [3, 8, 8]
layers: [conv: {out: 8, k: 3}, batch_norm, relu, max_pool: 2, flatten, linear: 4]
"""


def _warm_up() -> None:
    """Load every rule once, in place of once in each process. No file is looked at here."""
    inspect(_USUAL, "", Settings(), "")


class _Worker:
    """A process, the pipe to it, and the numbers of the files that it has."""

    def __init__(self, context: BaseContext, others: Sequence[Connection], *args: object) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        process: Any = context
        # A fork has our ends of all pipes too. While it keeps them open, no pipe ends with us.
        inherited = [self.connection, *others] if context.get_start_method() == "fork" else []
        self.process = process.Process(target=_work, args=(theirs, inherited, *args), daemon=True)
        self.process.start()
        theirs.close()
        self.numbers: deque[int] = deque()
        self.since = time.monotonic()

    def give(self, number: int) -> None:
        if not self.numbers:
            self.since = time.monotonic()
        self.numbers.append(number)
        self.connection.send(number)

    def end(self) -> None:
        self.connection.close()
        self.process.kill()
        self.process.join()


class _Pool:
    """Hands out the files, and takes the place of workers that are lost."""

    def __init__(
        self,
        files: Sequence[Found],
        options: Options,
        stdin: bytes,
        jobs: int,
        seconds: float,
        check: Callable[[Found, Options, bytes], Outcome],
    ) -> None:
        self._files = files
        self._seconds = seconds
        self._jobs = jobs
        self._args = (files, options, stdin, check)
        self._context = _context()
        self._pending = deque(range(len(files)))
        self._workers: list[_Worker] = []

    def outcomes(self) -> Iterator[tuple[int, Outcome]]:
        """Each file's number and outcome, as they come."""
        # What is still in the buffers would be written by each process once more.
        sys.stdout.flush()
        sys.stderr.flush()
        left = len(self._files)
        while left:
            self._employ()
            for worker in self._ready():
                answer = self._answer(worker)
                if answer is not None:
                    left -= 1
                    yield answer

    def stop(self) -> None:
        """End every process, whatever it is at."""
        for worker in self._workers:
            worker.end()
        self._workers.clear()

    def _employ(self) -> None:
        while self._pending and len(self._workers) < self._jobs:
            with _uninterrupted():
                others = [worker.connection for worker in self._workers]
                self._workers.append(_Worker(self._context, others, *self._args))
        for _ in range(_AHEAD):
            for worker in self._workers:
                if self._pending and len(worker.numbers) < _AHEAD:
                    try:
                        worker.give(self._pending[0])
                    except OSError:
                        # It is lost, which its silence will tell; the file goes to another.
                        worker.numbers.pop()
                    else:
                        self._pending.popleft()

    def _ready(self) -> list[_Worker]:
        """Workers that have something to say, or have been silent for too long."""
        oldest = min(worker.since for worker in self._workers)
        patience = max(0.0, oldest + self._seconds - time.monotonic())
        waited = min(patience, _SECONDS_A_WAIT)
        spoken = wait([worker.connection for worker in self._workers], waited)
        now = time.monotonic()
        return [
            worker
            for worker in self._workers
            if worker.connection in spoken or now - worker.since > self._seconds
        ]

    def _answer(self, worker: _Worker) -> tuple[int, Outcome] | None:
        """What a worker found; for one that is lost, that its file was not checked."""
        reason = f"it took more than {self._seconds:,.0f} seconds"
        if worker.connection.poll():
            try:
                number, outcome = worker.connection.recv()
            except (EOFError, OSError):
                worker.process.join(1)
                reason = f"its process ended with exit code {worker.process.exitcode}"
            else:
                worker.numbers.popleft()
                worker.since = time.monotonic()
                return number, outcome
        self._workers.remove(worker)
        worker.end()
        if not worker.numbers:
            return None
        number = worker.numbers.popleft()
        self._pending.extendleft(reversed(worker.numbers))
        return number, Outcome(failed(self._files[number].name, reason))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold interruptions back: one in the middle of a fork would be lost, or leave a process."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _context() -> BaseContext:
    """The quickest way to start a process that is safe here."""
    if sys.platform == "linux":
        # A copy of a process in which threads hold locks could wait for them for ever.
        is_alone = threading.active_count() == 1
        return multiprocessing.get_context("fork" if is_alone else "forkserver")
    return multiprocessing.get_context()


def _work(
    connection: Connection,
    inherited: Sequence[Connection],
    files: Sequence[Found],
    options: Options,
    stdin: bytes,
    check: Callable[[Found, Options, bytes], Outcome],
) -> None:
    # The main process is interrupted too, and ends this one.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Where the main process is killed, the pipe ends, and this process with it.
    for other in inherited:
        other.close()
    while True:
        try:
            number = connection.recv()
            connection.send((number, check(files[number], options, stdin)))
        except (EOFError, OSError):
            return
