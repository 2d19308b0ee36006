"""The gradient of a layer as panels: every output gives back, and every weight collects.

Of a transposed layer both are turned round: the kernel slides over the gradient of the output.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from convcalc.features.shape.drawing import Subject
from convcalc.features.shape.drawing.axis_cells import stamped, windowed
from convcalc.features.shape.drawing.planes import Plane, Spot, plane_of
from convcalc.features.show.boxes import number
from convcalc.features.show.gradient import Gradient, gradient_of, winners
from convcalc.features.show.gradient_words import sum_of_shares, weights_of
from convcalc.features.show.sums import index, place_of
from convcalc.features.show.values import Cell, Numbers, Place, Shown
from convcalc.report.drawing.boards import Cell as Square
from convcalc.report.drawing.boards import Cursor, Grid, Panel, Tap

Texts = Mapping[Spot, str]


def gradient_panels(shown: Shown, subject: Subject) -> Iterator[Panel]:
    """Back to the input, and to the kernel where there is one; of the first channels."""
    found = gradient_of(shown)
    if shown.stretched is not None:
        plane = plane_of(subject.axes, stamped)
        yield _collected(shown, found, plane)
    else:
        plane = plane_of(subject.axes, lambda axis: windowed(axis, subject.border))
        yield _given(shown, found, plane)
    if found.met:
        yield _kernel(shown, found, plane)


def spot(place: Place) -> Spot:
    """A place on a plane, without its channel: row 0 of a sequence.

    >>> spot((5, 3)), spot((0, 1, 2))
    ((0, 3), (1, 2))
    """
    return (0, place[1]) if len(place) == 2 else (place[1], place[2])


def _texts(numbers: Numbers) -> dict[Spot, str]:
    """The numbers of the first channel."""
    pairs = zip(numbers.places, numbers.values, strict=True)
    return {spot(place): number(value) for place, value in pairs if place[0] == 0}


def _results(texts: Texts) -> tuple[tuple[Square, ...], ...]:
    rows, columns = (max(one[axis] for one in texts) + 1 for axis in (0, 1))
    return tuple(
        tuple(Square("result", texts[(row, column)]) for column in range(columns))
        for row in range(rows)
    )


def _note(shown: Shown) -> tuple[str, ...]:
    """What is left out of the picture, where there are several channels."""
    if shown.input.shape[0] == shown.output.shape[0] == 1:
        return ()
    return ("drawn: what the first output channel gives the first input channel it reads",)


def _kernel_texts(weight: Numbers) -> dict[Spot, str]:
    """The numbers of the kernel between the first channels."""
    pairs = zip(weight.places, weight.values, strict=True)
    return {spot(place[1:]): number(value) for place, value in pairs if place[0] == place[1] == 0}


def _first(shown: Shown) -> list[Cell]:
    return [cell for cell in shown.cells if cell.place[0] == 0]


def _given(shown: Shown, found: Gradient, plane: Plane) -> Panel:
    """Each output's gradient on the inputs that it read."""
    steps = plane.steps
    above = _texts(found.output)
    cells = _first(shown)
    if shown.form == "max":
        ahead = (plane.rows.pixels.index(0), plane.columns.pixels.index(0))
        won = [spot(winners(shown, cell)[0]) for cell in cells]
        places = tuple((row + ahead[0], column + ahead[1]) for row, column in won)
        cursors: tuple[Cursor, ...] = (
            Cursor(plane.taps({}), plane.places),
            Cursor((Tap(0, 0),), places, "winner"),
        )
        how = "all of ∂y goes to the largest"
    elif shown.form == "mean":
        cursors = (Cursor(plane.taps({}), plane.places),)
        how = "∂y goes to all in equal shares"
    elif shown.form == "norm":
        cursors = (Cursor(plane.taps({}), plane.places),)
        how = "∂y goes to its window, to large numbers more"
    else:
        cursors = (Cursor(plane.taps(_kernel_texts(shown.arrays["weight"])), plane.places),)
        how = "∂y times the kernel is added where the kernel stood: ∂x = Cᵀ·∂y"
    left = Grid("∂y", _results(above), (Cursor((Tap(0, 0),), steps, "result"),))
    right = Grid("∂x", plane.cells({}, _texts(found.input)), cursors)
    captions = tuple(_gives(shown, found, cell) for cell in cells)
    sums = found.sums
    kept = f"sum of ∂y {number(sums[0])}, of ∂x {number(sums[1])}"
    notes = (how, *((kept,) if shown.form in ("max", "mean") else ()), *_note(shown))
    title = f"{shown.text}: the gradient goes back to the input"
    return Panel(title, notes, ((left,), (right,)), ("→",), captions, plane.middle, plane.wrap)


def _gives(shown: Shown, found: Gradient, cell: Cell) -> str:
    name = f"∂y{index(place_of(shown, cell.place))} = {number(found.output[cell.place])}"
    if shown.form == "max":
        place = winners(shown, cell)[0]
        return f"{name} goes to x{index(place_of(shown, place))} = {number(shown.input[place])}"
    outside = len(cell.reads) - len(cell.inside)
    fall = f"fall{'s' * (outside == 1)} on the padding"
    if shown.form == "mean":
        share = number(found.output[cell.place] / cell.divisor)
        lost = f"; {outside} {fall}" if cell.divisor > len(cell.inside) else ""
        return f"{name} in {cell.divisor} shares of {share}{lost}"
    if shown.form == "norm":
        return f"{name} goes to {len(cell.inside)} numbers"
    lost = f"; {outside} of {len(cell.reads)} products {fall}" if outside else ""
    return f"{name} times the kernel is added to ∂x{lost}"


def _collected(shown: Shown, found: Gradient, plane: Plane) -> Panel:
    """The convolution that a transposed layer transposes, over the gradient of its output."""
    steps = plane.steps
    kernel = Cursor(plane.taps(_kernel_texts(shown.arrays["weight"])), plane.places)
    read = Grid("∂y", plane.cells({}, _texts(found.output)), (kernel,))
    at = Cursor((Tap(0, 0),), steps, "result")
    made = Grid("∂x", _results(_texts(found.input)), (at,))
    captions = tuple(
        f"∂x{index(place_of(shown, place))} = "
        f"{sum_of_shares(shown, found, shares, found.input[place])}"
        for place, shares in found.shares.items()
        if place[0] == 0
    )
    notes = ("∂x = C·∂y: the convolution that this layer transposes", *_note(shown))
    title = f"{shown.text}: the gradient goes back to the input"
    return Panel(title, notes, ((read,), (made,)), ("→",), captions, plane.middle, plane.wrap)


def _kernel(shown: Shown, found: Gradient, plane: Plane) -> Panel:
    """Every weight with all that it met: as far apart as the stride, moved by the dilation."""
    is_transposed = shown.stretched is not None
    slid, fixed = (shown.input, found.output) if is_transposed else (found.output, shown.input)
    names = ("∂y", "x") if is_transposed else ("x", "∂y")
    texts = _texts(slid)
    pattern = tuple(
        Tap(plane.rows.starts[row], plane.columns.starts[column], texts[(row, column)])
        for row, column in plane.steps
    )
    weights = _kernel_texts(found.arrays["weight"])
    places = tuple((plane.rows.taps[row], plane.columns.taps[column]) for row, column in weights)
    read = Grid(
        f"{names[0]}, and {names[1]} on it",
        plane.cells({}, _texts(fixed)),
        (Cursor(pattern, places),),
    )
    made = Grid("∂w", _results(weights), (Cursor((Tap(0, 0),), tuple(weights), "result"),))
    sums = dict(zip(found.met, weights_of(found), strict=True))
    captions = tuple(
        f"{name} = {text}" for place, (name, text) in sums.items() if place[0] == place[1] == 0
    )
    note = f"each weight sums what it met: {names[0]} times {names[1]}, as far apart as the stride"
    columns = len(plane.columns.taps)
    return Panel(
        f"{shown.text}: the gradient of the kernel",
        (note, *_note(shown)),
        ((read,), (made,)),
        ("→",),
        captions,
        len(weights) // 2,
        0 if plane.is_line else columns,
    )
