"""The pictures of `convcalc invert`: the layer and what undoes it, or a matrix of the layer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from convcalc.core.errors import StackError
from convcalc.features.invert.answer import invert
from convcalc.features.invert.layer import Inverse, made
from convcalc.features.invert.matrix import Matrix, TooLargeError, transposed, unrolled
from convcalc.features.shape.drawing import drawn_channels, layer_panels, small_words, subject_of
from convcalc.features.shape.drawing.matrices import (
    MatrixNumbers,
    im2col_panel,
    matrix_panel,
    tints_of,
)
from convcalc.kinds.base import LayerKind
from convcalc.report.drawing.boards import Board, BoardError, Panel
from convcalc.report.drawing.boards.sheet import playing
from convcalc.shorthand.axis import Axis
from convcalc.shorthand.entries import in_shorthand


def invert_board(inverse: Inverse, view: str, has_channels: bool) -> Board:
    """The layer above what undoes it; `view` is matrix or im2col, or "". Raises BoardError."""
    layer = inverse.layer
    if not inverse.axes or not isinstance(layer, LayerKind):
        raise BoardError(f"`{layer.kind}` slides no window over an axis", "draw a conv or a pool")
    text = in_shorthand(layer.kind, _fields(layer), has_channels)
    axes = tuple(axis.forward for axis in inverse.axes)
    if view == "matrix":
        panels = tuple(_matrices(text, axes))
    elif view == "im2col":
        panels = (im2col_panel(subject_of(layer, text, axes)),)
    else:
        channels = (inverse.x[0], inverse.output[0])
        note, rest = drawn_channels(layer, *channels) if has_channels else ("", "")
        own = subject_of(layer, text, axes, note=note, rest=rest)
        panels = (*layer_panels(own), *_undoing(inverse, has_channels))
    what = {"matrix": "as a matrix, and its transpose", "im2col": "as the rows of its windows"}
    return Board(
        f"{text} {view}".strip(),
        f"{text}, {what.get(view, 'and the layer that undoes it')}.",
        panels,
    )


def small_question(inverse: Inverse, view: str) -> str:
    """The same question of a map so small that it can be drawn, "" where there is none."""

    def is_drawn(words: str) -> bool:
        try:
            found = invert(words)
            playing(invert_board(found.inverse, view, found.has_channels))
        except (StackError, BoardError):
            return False
        return True

    if not inverse.axes or not isinstance(inverse.layer, LayerKind):
        return ""
    axes = [axis.forward for axis in inverse.axes]
    words = small_words(inverse.layer, axes, is_drawn)
    return words and f"convcalc invert {words}{view and f' --{view}'}"


def _fields(layer: LayerKind) -> dict[str, Any]:
    return {
        name: getattr(layer, name)
        for name, field in type(layer).model_fields.items()
        if getattr(layer, name) != field.default
    }


def _undoing(inverse: Inverse, has_channels: bool) -> Iterator[Panel]:
    """What undoes it, where that slides a window, too."""
    for kind, fields in inverse.entries:
        layer = made(kind, fields)
        if layer.sliding and layer.role:
            text = in_shorthand(kind, fields, has_channels)
            axes = tuple(axis.inverse for axis in inverse.axes)
            note, rest = "", ""
            if has_channels and isinstance(layer, LayerKind):
                note, rest = drawn_channels(layer, inverse.output[0], inverse.x[0])
            undoing = subject_of(layer, f"undone by {text}", axes, note=note, rest=rest)
            yield from layer_panels(undoing)


def _matrices(text: str, axes: tuple[Axis, ...]) -> Iterator[Panel]:
    """C and its transpose: where the weights stand, zeros left out."""
    try:
        matrix = unrolled(list(axes))
    except TooLargeError as error:
        raise BoardError(str(error)) from None
    outputs, inputs = [axis.output for axis in axes], [axis.size for axis in axes]
    if axes[0].family == "transposed":
        outputs, inputs = inputs, outputs
    where = "of the convolution that it transposes" if axes[0].family == "transposed" else ""
    rows, columns = len(matrix), len(matrix[0])
    entries = sum(entry != "0" for row in matrix for entry in row)
    note = (
        f"{rows} outputs, {columns} inputs, {rows * columns} entries; {entries} of them are not 0, "
        f"of {len({one for row in matrix for one in row} - {'0'})} weights that are shared"
    )
    yield _panel(f"{text}: C {where}".strip(), note, "C", matrix, ("x", inputs), ("y", outputs))
    back = "the gradient of y goes back to x; so does the transposed layer"
    turned = transposed(matrix)
    yield _panel(f"{text}: Cᵀ", back, "Cᵀ", turned, ("∂y", outputs), ("∂x", inputs))


def _panel(
    title: str,
    note: str,
    name: str,
    matrix: Matrix,
    read: tuple[str, Sequence[int]],
    made: tuple[str, Sequence[int]],
) -> Panel:
    (x, inputs), (y, outputs) = read, made
    columns, rows = _names(inputs), _names(outputs)
    captions = tuple(
        f"{y}[{row}] = "
        + (" + ".join(f"{w}·{x}[{at}]" for w, at in zip(entries, columns, strict=True) if w != "0")
           or "0")
        for row, entries in zip(rows, matrix, strict=True)
    )  # fmt: skip
    of = [[None if entry == "0" else entry for entry in entries] for entries in matrix]
    shown = tuple(tuple("" if entry is None else entry for entry in entries) for entries in of)
    numbers = MatrixNumbers(
        shown, tints_of(of), ("",) * len(columns), ("",) * len(rows), rows, columns, captions
    )
    return matrix_panel(title, (note,), (name, x, y), numbers)


def _names(sizes: Sequence[int]) -> tuple[str, ...]:
    return tuple(",".join(map(str, place)) for place in product(*map(range, sizes)))
