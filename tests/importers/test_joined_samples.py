"""What an ONNX file of several samples stores for each of them is joined as that of one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from convcalc.importers.onnx.rules.concats import _first, _of_one_sample
from convcalc.importers.placing import NoRuleError
from convcalc.network.held import Held, InFile, Written
from tests.each import each

SAMPLES = 4
BYTES = bytes(range(6)) * SAMPLES


def asking(along: int | None) -> Any:
    """A join in a file of four samples, which stand along an axis of what it reads."""
    walk = SimpleNamespace(
        axis_of_samples=lambda names: along,
        samples=SAMPLES,
        model=SimpleNamespace(held_in=BYTES),
    )
    return SimpleNamespace(walk=walk, operation=SimpleNamespace(inputs=()))


def stored(dims: tuple[int, ...], *values: float) -> Held:
    return Held("w", dims, "float32", Written(values))


ROW = (0.5, 1.5, -2.0)


@each(
    ("dims", "along", "axis", "found"),
    [
        ((4, 3), 0, 1, (1, 3)),
        ((1, 4, 3), 1, 0, (1, 1, 3)),
        ((1, 4, 3), 1, 2, (1, 1, 3)),
        ((1, 1, 4, 3), 2, 1, (1, 1, 1, 3)),
        # Samples joined with samples, of a file of one, fewer rows, or fewer axes.
        ((4, 3), 0, 0, (4, 3)),
        ((1, 4, 3), 1, 1, (1, 4, 3)),
        ((4, 3), None, 1, (4, 3)),
        ((4, 3), 1, 0, (4, 3)),
        ((4, 3), 2, 0, (4, 3)),
        ((4, 3), 2, 1, (4, 3)),
    ],
)
def test_what_is_the_same_for_all_samples_is_joined_once(
    dims: tuple[int, ...], along: int | None, axis: int, found: tuple[int, ...]
) -> None:
    held = stored(dims, *ROW * SAMPLES)
    made = _of_one_sample(asking(along), held, axis)
    assert isinstance(made, Held)
    assert made.dims == found
    if found == dims:
        assert made is held
    else:
        assert isinstance(made.source, Written)
        assert made.source.values == ROW


@each(
    ("dims", "values", "along"),
    [((4, 3), (*ROW * 3, 0.5, 1.5, 7.0), 0), ((2, 4, 3), ROW * 8, 1), ((3, 4, 1), ROW * 4, 1)],
)
def test_what_differs_between_samples_has_no_rule(
    dims: tuple[int, ...], values: tuple[float, ...], along: int
) -> None:
    with pytest.raises(NoRuleError, match="stored for each sample"):
        _of_one_sample(asking(along), stored(dims, *values), 2 if along else 1)


@each(
    ("start", "length", "times", "found"),
    [
        (0, 24, 4, 6),
        (0, 24, 2, 12),
        (6, 18, 3, 6),
        (1, 12, 2, 6),
        (0, 24, 3, None),
        (0, 9, 3, None),
    ],
)
def test_bytes_are_compared_where_they_lie(
    start: int, length: int, times: int, found: int | None
) -> None:
    """The same six bytes four times."""
    held = Held("w", (times, 2), "uint8", InFile(BYTES, start, length))
    first = _first(held, times, BYTES)
    if found is None:
        assert first is None
    else:
        assert isinstance(first, InFile)
        assert (first.file, first.start, first.length) == (BYTES, start, found)
    assert _first(held, times, "another file") is None
