"""Which inputs of a live module are said to have samples, and what is taken of them.

Tensors of numpy have the same words for their axes; whole modules are cross-checks.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from convcalc.importers.pytorch.live import _first, _has_several, _samples
from tests.each import each

MAPS, ROW, NUMBER = np.ones((3, 2)), np.ones(3), np.ones(())


@each(("given", "samples", "several"), [
    ([MAPS], 3, True),
    # One axis may be of channels, and what is no tensor has none.
    ([MAPS, ROW, NUMBER, 3, None], 3, True),
    ([MAPS, np.ones((2, 2))], None, True),
    ([np.ones((2, 3))], 2, True),
    ([MAPS[:1]], 1, False),
    ([MAPS[:1], MAPS], None, True),
    ([MAPS[:0]], 0, False),
    ([ROW, NUMBER, 7], None, False),
])  # fmt: skip
def test_how_many_samples_there_are(given: list[Any], samples: int | None, several: bool) -> None:
    assert _samples(given) == samples
    assert _has_several(given) == several


@each(("one", "samples", "taken"), [
    (MAPS, 3, (1, 2)), (ROW, 3, (1,)), (MAPS, 2, (3, 2)), (MAPS, 4, (3, 2)), (MAPS, None, (3, 2)),
    (MAPS[:1], 1, (1, 2)), (NUMBER, 3, ()),
])  # fmt: skip
def test_the_first_sample(one: Any, samples: int | None, taken: tuple[int, ...]) -> None:
    assert _first(one, samples).shape == taken
    assert _first(7, samples) == 7
