"""How long the one-off answers take: `python benchmarks/calculators.py`.

Times are of this process, without start-up; the stated limits stand beside them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import convcalc
from convcalc.features.compare.answer import compare
from convcalc.features.convert.answer import convert
from convcalc.features.sizes.search import sizes
from convcalc.features.solve.candidates import Bounds, Family, Layers
from convcalc.features.solve.search import Search

CONFIGS = Path(__file__).parents[1] / "examples" / "configs"
ROUNDS = 5
# What is not stated anywhere has no limit.
NONE = 0.0


def solved(family: Family, start: tuple[int, ...], target: tuple[int, ...]) -> None:
    list(Search(Layers(family, False, Bounds()), start, target).solutions())


def first_chain(family: Family, start: int, target: int, count: int) -> None:
    search = Search(Layers(family, False, Bounds.for_chain()), (start,), (target,), count)
    next(search.solutions())


def all_sizes(name: str) -> None:
    # A network that has planned nothing yet: no facts are remembered.
    sizes(convcalc.load(CONFIGS / f"{name}.net.yaml"), range=(1, 4096))


def compared() -> None:
    compare("3x3*3", "7x7", cin=64, padded=False)


def converted() -> None:
    convert(convcalc.load(CONFIGS / "vgg16.net.yaml"))


CASES: tuple[tuple[str, float, Callable[[], None]], ...] = (
    ("solve 224 112", 0.020, lambda: solved("window", (224,), (112,))),
    ("solve 112 56 --pool", 0.020, lambda: solved("pool", (112,), (56,))),
    ("solve 16 32 --transposed", 0.020, lambda: solved("transposed", (16,), (32,))),
    (
        "solve 46x62 368x489 --transposed",
        0.020,
        lambda: solved("transposed", (46, 62), (368, 489)),
    ),
    ("solve 64 1 --layers 4, first", NONE, lambda: first_chain("window", 64, 1, 4)),
    (
        "solve 1 64 --layers 5 --transposed, first",
        NONE,
        lambda: first_chain("transposed", 1, 64, 5),
    ),
    ("solve 1024 1 --layers 8, first", NONE, lambda: first_chain("window", 1024, 1, 8)),
    ("sizes unet --range 1:4096", 2.0, lambda: all_sizes("unet")),
    ("sizes resnet50 --range 1:4096", 2.0, lambda: all_sizes("resnet50")),
    ("sizes densenet121 --range 1:4096", NONE, lambda: all_sizes("densenet121")),
    ("compare 3x3*3 7x7 --no-padding", NONE, compared),
    ("convert vgg16 --dense-to-conv", NONE, converted),
)


def main() -> None:
    print(f"best of {ROUNDS}, in milliseconds\n")
    for title, limit, run in CASES:
        best = min(map(_timed, [run] * ROUNDS))
        verdict = ""
        if limit:
            verdict = f"  limit {1000 * limit:,.0f}: {'kept' if best <= limit else 'MISSED'}"
        print(f"{title:42}{1000 * best:10,.1f}{verdict}")


def _timed(run: Callable[[], None]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
