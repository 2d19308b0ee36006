"""The graph of a plan, drawn: blocks and repetitions folded, shapes on the edges, cost as weight.

    from convcalc.report.diagram import diagram_picture, fitting_outline

    picture = diagram_picture(fitting_outline(plan))

`outline` says what is shown, whoever draws it; `ranks`, `alignment`, `wrapping` and `geometry`
find places; `sketch` makes a picture for `report.drawing`. `report.graphs` writes an outline as
text that other programs draw.
"""

from __future__ import annotations

from convcalc.report.diagram.outline import Outline, outline
from convcalc.report.diagram.sketch import (
    Sketch,
    TooLargeError,
    diagram_picture,
    fitting_outline,
    sketch,
)

__all__ = [
    "Outline",
    "Sketch",
    "TooLargeError",
    "diagram_picture",
    "fitting_outline",
    "outline",
    "sketch",
]
