"""The closed forms: by hand, against their own recurrence, and against the interval method."""

from __future__ import annotations

import json
from fractions import Fraction
from random import Random

import pytest

import convcalc
from convcalc.core.shapes import Window
from convcalc.features.rf import chain, field_report, unit_fields
from convcalc.features.rf.lens import look
from tests.each import each

# (windows, size, stride, padding, centre of unit 0)
BY_HAND = [
    pytest.param([Window(3)], 3, 1, 0, 1, id="one 3x3"),
    pytest.param([Window(3, before=1, after=1)] * 2, 5, 1, 2, 0, id="two half-padded 3x3"),
    pytest.param([Window(7, 2, 3, 3), Window(3, 2, 1, 1)], 11, 4, 5, 0, id="ResNet's stem"),
    pytest.param([Window(3, dilation=2, before=2, after=2)], 5, 1, 2, 0, id="dilated"),
    pytest.param([Window(2, 2), Window(2, 2)], 4, 4, 0, Fraction(3, 2), id="even kernels"),
    pytest.param([Window(1, 2), Window(3)], 5, 2, 0, 2, id="a stride that skips pixels"),
    pytest.param([Window(2, dilation=4, before=4)], 5, 1, 4, -2, id="causal"),
    pytest.param([], 1, 1, 0, 0, id="no layers"),
]


def field_size_backwards(windows: list[Window]) -> int:
    """From the unit to the input: r_(l-1) = s_l r_l + (K_l - s_l). Source: Araujo et al. 2019."""
    size = 1
    for window in reversed(windows):
        size = window.stride * size + window.span - window.stride
    return size


@each(("windows", "size", "stride", "padding", "centre"), BY_HAND)
def test_by_hand(
    windows: list[Window], size: int, stride: int, padding: int, centre: Fraction
) -> None:
    assert chain.field_size(windows) == size
    assert field_size_backwards(windows) == size
    assert chain.effective_stride(windows) == stride
    assert chain.effective_padding(windows) == padding
    assert chain.centre(windows, 0) == centre
    assert chain.covered(windows, 3) == (3 * stride - padding, 3 * stride - padding + size - 1)


@each("seed", range(60))
def test_equal_to_the_interval_method(seed: int) -> None:
    """Sums on one side, composed intervals of the planned graph on the other."""
    random = Random(seed)
    windows = []
    size = 4000
    for _ in range(random.randint(1, 8)):
        window = Window(random.randint(1, 5), random.randint(1, 3), random.randint(0, 3),
                        random.randint(0, 3), random.randint(1, 3))  # fmt: skip
        if size + window.before + window.after < window.span:
            break
        size = (size + window.before + window.after - window.span) // window.stride + 1
        windows.append(window)
    layers = [
        {"conv": {"out": 1, "k": w.kernel, "s": w.stride, "p": [[w.before, w.after]],
                  "d": w.dilation}}
        for w in windows
    ]  # fmt: skip
    graph = convcalc.loads(
        json.dumps({"convcalc": 1, "input": [1, 4000], "layers": layers})
    ).graph()
    for count, field in enumerate(field_report(graph).layers, 1):
        (axis,) = field.axes
        part = windows[:count]
        assert axis.size == chain.field_size(part), f"seed {seed}"
        assert axis.stride == chain.effective_stride(part), f"seed {seed}"
        assert axis.padding == chain.effective_padding(part), f"seed {seed}"
        assert axis.least == axis.most == axis.size
        assert field.deviations is not None
        assert field.deviations[0] ** 2 == pytest.approx(float(chain.variance(part)))
        assert field.used is not None
        assert field.used == Fraction(chain.pixels_used(part), chain.field_size(part))
    unit = (size // 2,)
    (seen,) = unit_fields(look(graph), len(windows), unit)
    assert seen.window == (chain.covered(windows, *unit),)


def test_variance_of_the_papers_stacks() -> None:
    """n layers of k: variance n(k^2 - 1)/12; Luo et al. 2016, 2.2."""
    assert chain.variance([Window(3)] * 20) == Fraction(20 * 8, 12)
    assert chain.variance([Window(7)]) == 4
    # A stride doubles every step behind it, a dilation its own.
    assert chain.variance([Window(3, 2), Window(3)]) == Fraction(2, 3) * (1 + 4)
    assert chain.variance([Window(3, dilation=3)]) == Fraction(2, 3) * 9
