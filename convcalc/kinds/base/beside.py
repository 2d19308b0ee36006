"""What running a layer takes beside its tensors, as measured of numpy."""

from __future__ import annotations

from typing import ClassVar

from convcalc.core.shapes import Shape, elements
from convcalc.kinds.base.copies import Copies


class Running(Copies):
    """What a kind says of its own `run`; `tests/arrays/test_budget.py` holds it to a peak."""

    # Arrays as large as the larger of input and output that it makes on its way.
    temporaries: ClassVar[int] = 3
    # How often weights that were given are laid out anew for its products.
    layouts: ClassVar[int] = 0

    def values_beside(self, inputs: tuple[Shape, ...], output: Shape) -> int:
        """Numbers that it holds beside its inputs and its output, for one sample."""
        return self.temporaries * max(map(elements, (*inputs, output)))
