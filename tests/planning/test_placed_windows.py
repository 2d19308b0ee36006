"""How windows stand over the places of an axis, against what each of their units reads."""

from __future__ import annotations

from itertools import product

from convcalc.core.links import window_link
from convcalc.core.shapes import Window
from convcalc.planning.reach_windows import Placing


def test_places_that_no_window_reads() -> None:
    """What may be left is told of all that is, and of steps of 1 on the map it is exact."""
    for kernel, stride, before, dilation, places, units in product(
        range(1, 4), range(1, 4), range(3), range(1, 5), range(1, 9), range(1, 7)
    ):
        placing = Placing(window_link(Window(kernel, stride, before, 0, dilation)), places, units)
        starts = [unit * stride - before for unit in range(units)]
        read = {start + tap * dilation for start in starts for tap in range(kernel)}
        case = (kernel, stride, before, dilation, places, units)
        assert placing.last == max(read), case
        assert placing.runs_over == (not read <= {*range(places)}), case
        span = (kernel - 1) * dilation + 1
        assert placing.has_gaps == (len(range(max(span, stride))) > kernel), case
        is_left = not {*range(places)} <= read
        assert placing.leaves_places or not is_left, case
        if stride == 1 and not placing.runs_over:
            assert placing.leaves_places == is_left, case
