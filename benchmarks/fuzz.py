"""Gives the program inputs that nobody meant, as many as are wanted, and prints what goes wrong.

Run: python benchmarks/fuzz.py [--family commands] [--first 0] [--many 100000]
     python benchmarks/fuzz.py --show commands:1234
     python benchmarks/fuzz.py --models FILE ... --many 100000

An input is a family and a number (see tests/fuzz/inputs.py), so that what was found can be drawn
again. With model files, each reader is a family, and an input is one of its files with something
in it changed. What takes more than ten seconds, or 1 GB, is found too. Ctrl-C ends with the counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

from convcalc.importers.archives import names
from convcalc.importers.recognise import recognised
from tests.fuzz.inputs import FAMILIES, Drawn, drawn, spoilt

SECONDS = 10
MEMORY = 1 << 30
# For each input of a command so many of the others, which take less time.
SHARES = dict.fromkeys(("commands", "examples", "repairs", "models", "files"), 1)
SHARES |= {"texts": 2, "expressions": 3}


class TooSlowError(Exception):
    """An input that took longer than it may."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError(f"over {SECONDS} s of CPU")


def found(one: Drawn, folder: Path) -> str:
    """What goes wrong with an input; empty where nothing does."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        one.run(folder)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f"{f.filename}:{f.lineno}" for f in reversed(frames)), "")
        return f"{type(error).__name__} at {where}: {str(error)[-300:]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def turns(first: int, many: int, only: str | None) -> Iterator[tuple[str, int]]:
    """Rounds of ten: families by their shares, or one family."""
    shares = {only: 10} if only else SHARES
    for round_ in range(first, first + -(-many // 10)):
        for family, share in shares.items():
            for number in range(share):
                yield family, round_ * share + number


def by_reader(paths: list[Path]) -> dict[str, list[bytes]]:
    """The bytes of model files, by the reader that each is for."""
    known: dict[str, list[bytes]] = {}
    for path in sorted(paths):
        data = path.read_bytes()
        is_of = recognised(data, partial(names, data))
        if is_of is None or not is_of.reader:
            sys.exit(f"{path} is no model file that is read")
        known.setdefault(is_of.reader, []).append(data)
    return known


def of_models(known: dict[str, list[bytes]]) -> Callable[[str, int], Drawn]:
    """What draws the input of a number from the files of a reader."""

    def of(reader: str, number: int) -> Drawn:
        rng = Random(f"{reader} {number}")
        return spoilt(rng.choice(known[reader]), rng)

    return of


class Counts:
    """What was done, and how much of it went wrong, by family."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.wrong: Counter[str] = Counter()

    def __str__(self) -> str:
        families = ", ".join(f"{count:,} {family}" for family, count in self.done.items())
        return f"{self.done.total():,} inputs ({families}): {self.wrong.total()} finds"


def try_all(
    wanted: Iterator[tuple[str, int]], draw: Callable[[str, int], Drawn], counts: Counts
) -> None:
    """Draws and runs, and prints each find with the words that draw it again."""
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(KeyboardInterrupt):
        folder = Path(name)
        os.chdir(folder)
        for family, number in wanted:
            reason = found(draw(family, number), folder)
            counts.done[family] += 1
            if reason:
                counts.wrong[family] += 1
                print(f"{family}:{number} {reason}", flush=True)
            if not counts.done.total() % 10_000:
                print(f"# {counts} in {time.process_time():.0f} s of CPU", flush=True)


def main() -> None:
    """Reads what is wanted, and prints the finds and the counts."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--first", type=int, default=0, help="number of the first round of ten")
    parser.add_argument("--many", type=int, default=10_000, help="inputs; of each reader's models")
    parser.add_argument("--models", metavar="FILE", type=Path, nargs="+", help="change these")
    parser.add_argument("--show", metavar="FAMILY:NUMBER")
    args = parser.parse_args()
    known = by_reader(args.models) if args.models else {}
    draw = of_models(known) if known else drawn
    if args.show:
        family, _, number = args.show.partition(":")
        print(draw(family, int(number)).shown)
        return
    os.environ["CONVCALC_DEBUG"] = "1"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _stop)
    numbers = range(args.first * 10, args.first * 10 + args.many)
    wanted = ((reader, number) for number in numbers for reader in known)
    counts = Counts()
    try_all(wanted if known else turns(args.first, args.many, args.family), draw, counts)
    print(f"{counts} in {time.process_time():.0f} s of CPU")


if __name__ == "__main__":
    main()
