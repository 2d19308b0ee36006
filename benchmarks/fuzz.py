"""Gives the program inputs that nobody meant, as many as are wanted, and prints what goes wrong.

Run: python benchmarks/fuzz.py [--family commands] [--first 0] [--many 100000] [--log FILE]
     python benchmarks/fuzz.py --show commands:1234

An input is a family and a number (see tests/fuzz/inputs.py), so that what was found can be drawn
again. What takes more than ten seconds, or 2 GB, is found too. Ctrl-C ends with the counts.
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
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.fuzz.inputs import FAMILIES, drawn

SECONDS = 10
MEMORY = 2 << 30
# For each input of a command so many of the others, which take less time.
SHARES = {"commands": 1, "examples": 1, "repairs": 1, "models": 2, "texts": 2, "expressions": 3}


class TooSlowError(Exception):
    """An input that took longer than it may."""


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise TooSlowError(f"over {SECONDS} s of CPU")


def found(family: str, number: int, folder: Path) -> str:
    """What goes wrong with an input; empty where nothing does."""
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        drawn(family, number).run(folder)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        where = next((f"{f.filename}:{f.lineno}" for f in reversed(frames)), "")
        return f"{type(error).__name__} at {where}: {str(error)[-300:]}"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return ""


def turns(first: int, many: int, only: str | None) -> list[tuple[str, int]]:
    """One round: families by their shares, or one family."""
    shares = {only: 10} if only else SHARES
    return [
        (family, first * share + number)
        for family, share in shares.items()
        for number in range(share)
    ][:many]


def main() -> None:
    """Draws, runs, and prints each find with the words that draw it again."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--family", choices=FAMILIES)
    parser.add_argument("--first", type=int, default=0, help="number of the first round of ten")
    parser.add_argument("--many", type=int, default=10_000, help="inputs")
    parser.add_argument("--show", metavar="FAMILY:NUMBER")
    args = parser.parse_args()
    if args.show:
        family, _, number = args.show.partition(":")
        print(drawn(family, int(number)).shown)
        return
    os.environ["CONVCALC_DEBUG"] = "1"
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGPROF, _stop)
    done: Counter[str] = Counter()
    wrong = 0
    start = time.monotonic()
    with tempfile.TemporaryDirectory() as name, contextlib.suppress(KeyboardInterrupt):
        folder = Path(name)
        os.chdir(folder)
        for round_ in range(args.first, args.first + -(-args.many // 10)):
            for family, number in turns(round_, args.many - done.total(), args.family):
                reason = found(family, number, folder)
                done[family] += 1
                if reason:
                    wrong += 1
                    print(f"{family}:{number} {reason}", flush=True)
            if round_ % 1000 == 999:
                print(f"# {done.total():,} inputs, {wrong} finds", flush=True)
    took = time.monotonic() - start
    counts = ", ".join(f"{count:,} {family}" for family, count in done.items())
    print(f"{done.total():,} inputs ({counts}) in {took:.0f} s: {wrong} finds")


if __name__ == "__main__":
    main()
