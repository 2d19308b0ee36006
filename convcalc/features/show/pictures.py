"""The pictures of `convcalc show`: its views with the numbers of the run, step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from math import prod

from convcalc.features.shape.drawing import KnownNumbers, Subject
from convcalc.features.shape.drawing.layer_panels import (
    framework_panel,
    guide_panel,
    window_panel,
)
from convcalc.features.shape.drawing.matrices import (
    MatrixNumbers,
    im2col_panel,
    matrix_panel,
    tints_of,
)
from convcalc.features.shape.drawing.planes import Spot
from convcalc.features.show.boxes import number
from convcalc.features.show.gradient import winners
from convcalc.features.show.gradient_pictures import gradient_panels, spot
from convcalc.features.show.sums import index, place_of, sum_of, weight_of
from convcalc.features.show.turned_and_moved import shift_of, turned
from convcalc.features.show.values import Cell, Matrix, Shown, View
from convcalc.report.drawing.boards import Board, BoardError, Panel

# Filters that are drawn of a layer, and panels of a picture.
_FILTERS, _MOST = 4, 12


def show_board(layers: Sequence[Shown], views: Sequence[View], text: str) -> Board:
    """The views of the layers that are pictures. Raises BoardError where there are none."""
    panels = tuple(panel for shown in layers for panel in _panels(shown, views))
    if not panels:
        words = " , ".join(shown.text for shown in layers)
        has_matrix = any(shown.matrix is not None for shown in layers)
        help = "write --view matrix" if has_matrix else "draw a conv or a pool"
        raise BoardError(f"`{words}` slides no window over an axis", help)
    if len(panels) > _MOST:
        raise BoardError(f"{len(panels)} pictures, and {_MOST} at most fit into one file")
    title = text or " , ".join(shown.text for shown in layers)
    return Board(title, f"{title}: every number, one step an output.", panels)


def _panels(shown: Shown, views: Sequence[View]) -> Iterator[Panel]:
    first: View = "stretched" if shown.stretched is not None else "windows"
    for view in views or (first,):
        if view == "matrix" and shown.matrix is not None:
            yield _matrix(shown, shown.matrix)
        elif shown.subject is None:
            continue
        elif view == "gradient" and view in shown.views:
            yield from gradient_panels(shown, shown.subject)
        elif view in ("flip", "shift") and view in shown.views:
            yield from _pair(shown, view)
        elif view == "im2col" and view in shown.views:
            yield from map(im2col_panel, _subjects(shown))
        elif view in ("windows", "stretched", "sums") and view in shown.views:
            for subject in _subjects(shown):
                yield from _sliding(shown, subject, view)


def _pair(shown: Shown, view: View) -> Iterator[Panel]:
    """The layer, and below it the layer with its kernel turned, or on its input moved."""
    if view == "flip":
        names = ("cross-correlation, as layers compute it", "convolution: the kernel turned")
        other = turned(shown)
    else:
        found = shift_of(shown)
        name = f"on x moved by {found.by}: {found.equal} of {len(found.places)} outputs moved by 1"
        names, other = ("on x", name), found.moved
    for one, name in zip((shown, other), names, strict=True):
        panel = window_panel(next(_subjects(one)))
        yield replace(panel, title=f"{shown.text}, {name}")


def _sliding(shown: Shown, subject: Subject, view: View) -> Iterator[Panel]:
    if shown.stretched is None:
        yield window_panel(subject)
        return
    yield guide_panel(subject)
    if view == "stretched":
        yield framework_panel(subject)


def _subjects(shown: Shown) -> Iterator[Subject]:
    """The layer once for each filter, or for each channel of a pool, with its numbers."""
    assert shown.subject is not None
    count = shown.output.shape[0]
    for channel in range(min(count, _FILTERS)):
        cells = [cell for cell in shown.cells if cell.place[0] == channel]
        drawn = f"drawn: {_FILTERS} of {count} output channels" if count > _FILTERS else ""
        name = f"y[{channel}]" if shown.has_channels and count > 1 else "output y"
        yield shown.subject.with_numbers(_numbers(shown, cells, name), drawn)


def _numbers(shown: Shown, cells: Sequence[Cell], name: str) -> KnownNumbers:
    taps = prod(shown.kernel)
    groups = [cells[0].reads[at : at + taps] for at in range(0, len(cells[0].reads), taps)]
    channels = _channels(cells, taps)
    maps, kernels = [], []
    for reads, channel in zip(groups, channels, strict=True):
        maps.append(
            {
                spot(place): number(value)
                for place, value in zip(shown.input.places, shown.input.values, strict=True)
                if place[0] == channel
            }
        )
        weights = (read for read in reads if read.weight is not None)
        kernels.append(
            {spot((read.weight or ())[1:]): number(weight_of(shown, read)) for read in weights}
        )
    names = [f"x[{channel}]" if shown.has_channels else "input x" for channel in channels]
    return KnownNumbers(
        tuple(names),
        tuple(maps),
        tuple(kernels),
        name,
        {spot(cell.place): number(cell.value) for cell in cells},
        {
            spot(cell.place): f"y{index(place_of(shown, cell.place))} = {sum_of(shown, cell)}"
            for cell in cells
        },
        _winners(shown, cells),
    )


def _channels(cells: Sequence[Cell], taps: int) -> list[int]:
    """The input channels that a filter reads, in order."""
    found: dict[int, int] = {}
    for cell in cells:
        for at, read in enumerate(cell.reads):
            if read.place is not None:
                found[at // taps] = read.place[0]
    return [found.get(part, part) for part in range(len(cells[0].reads) // taps)]


def _winners(shown: Shown, cells: Sequence[Cell]) -> Mapping[Spot, Spot]:
    if shown.form != "max":
        return {}
    return {spot(cell.place): spot(winners(shown, cell)[0]) for cell in cells}


def _matrix(shown: Shown, matrix: Matrix) -> Panel:
    """y = C x + b, entries of one weight in one colour."""
    places = list(shown.input.places)
    weights = {
        (cell.place, read.place): (read.weight or ())[1:]
        for cell in shown.cells
        for read in cell.inside
        if read.weight is not None
    }
    outputs = list(shown.output.places)
    of = [[weights.get((output, place)) for place in places] for output in outputs]
    entries = tuple(
        tuple(
            number(value) if value or weight is not None else ""
            for value, weight in zip(row, ones, strict=True)
        )
        for row, ones in zip(matrix.rows, of, strict=True)
    )
    sums = {cell.place: sum_of(shown, cell) for cell in shown.cells}
    plus = " + b" if any(matrix.offset) else ""
    size = f"{len(outputs)}x{len(places)}"
    letter = "Cᵀ" if shown.stretched is not None else "C"
    filled = sum(map(bool, (text for row in entries for text in row)))
    whole = len(outputs) * len(places)
    note = f"y = {letter}·x{plus}; {filled} of {whole} entries belong to a window"
    if matrix.winners:
        note = f"for this x alone: a 1 where the winner stands, {filled} of {whole}"
    return matrix_panel(
        f"{shown.text} as the matrix {letter}, {size}",
        (note,),
        (f"matrix {letter}", "x", "y"),
        MatrixNumbers(
            entries,
            tints_of(of),
            tuple(map(number, shown.input.values)),
            tuple(map(number, shown.output.values)),
            tuple(f"y{index(place_of(shown, place))}" for place in outputs),
            tuple(",".join(map(str, place_of(shown, place))) for place in places),
            tuple(
                f"y{index(place_of(shown, place))} = {sums.get(place, number(shown.output[place]))}"
                for place in outputs
            ),
        ),
    )
