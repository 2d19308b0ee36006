"""The views of `convcalc show` as text: a title each, then its lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, product
from math import prod
from typing import NamedTuple

from convcalc.features.show.boxes import Block, boxes, number, side_by_side, table
from convcalc.features.show.gradient_words import gradient_lines
from convcalc.features.show.maps import boxes_of_array, maps
from convcalc.features.show.sums import index, place_of, sums, weight_of
from convcalc.features.show.turned_and_moved_words import flip_lines, shift_lines
from convcalc.features.show.values import Cell, Matrix, Place, Read, Shown
from convcalc.report.style import Style

PADDING, INSERTED, _NOTHING = "·", "∘", "·"


def _read(shown: Shown, read: Read) -> str:
    if read.place is not None:
        return number(shown.input[read.place])
    return INSERTED if read.is_inserted else PADDING


class _Windows(NamedTuple):
    """Windows that read the same channels, and the outputs of the filters that share them."""

    filters: list[list[Cell]]
    channels: Sequence[int]
    # True where they are named by what they read, as several filters or groups of them do.
    is_shared: bool
    names_channels: bool


def _kinds_of_windows(shown: Shown) -> list[_Windows]:
    """The windows of each group of channels."""
    sets: dict[object, list[list[Cell]]] = {}
    for _, group in groupby(shown.cells, key=lambda cell: cell.place[0]):
        cells = list(group)
        key = tuple(tuple(read.place for read in cell.reads) for cell in cells)
        sets.setdefault(key, []).append(cells)
    found = []
    for filters in sets.values():
        cells = filters[0]
        first = min((r.place[0] for cell in cells for r in cell.inside if r.place), default=0)
        count = len(cells[0].reads) // prod(shown.kernel)
        is_shared = len(filters) > 1
        names_channels = count > 1 or (is_shared and len(sets) > 1)
        found.append(_Windows(filters, range(first, first + count), is_shared, names_channels))
    return found


def _windows(shown: Shown, style: Style) -> Iterator[str]:
    what = "the stretched input" if shown.stretched is not None else "the input"
    yield f"windows: what each output reads of {what}{_legend(shown)}"
    for windows in _kinds_of_windows(shown):
        for _, row in groupby(windows.filters[0], key=lambda cell: cell.place[:-1]):
            blocks = [block for cell in row for block in _window(shown, windows, cell, style)]
            yield from side_by_side(blocks, style, "  ")


def _window(shown: Shown, windows: _Windows, cell: Cell, style: Style) -> Iterator[Block]:
    kernel = shown.kernel
    texts = iter([_read(shown, read) for read in cell.reads])
    tall = kernel[-2] if len(kernel) > 1 else 1
    name = "y" + index(_place_of(shown, windows, cell))
    planes = list(product(windows.channels, *map(range, kernel[:-2])))
    for channel, *plane in planes:
        title = f"{name} x[{channel}]" if windows.names_channels else name
        if plane:
            title += f" plane {plane[0]}"
        rows = [[next(texts) for _ in range(kernel[-1])] for _ in range(tall)]
        yield from boxes(title, rows, style)


def _place_of(shown: Shown, windows: _Windows, cell: Cell) -> Place:
    """The output's place; less its filter where other filters have the same windows."""
    return cell.place if shown.has_channels and not windows.is_shared else cell.place[1:]


def _legend(shown: Shown) -> str:
    reads = [read for cell in shown.cells for read in cell.reads if read.place is None]
    signs = [f"{INSERTED} inserted zeros"] if any(read.is_inserted for read in reads) else []
    if any(not read.is_inserted for read in reads):
        signs.append(f"{PADDING} {'the border' if shown.stretched is not None else 'padding'}")
    return f" ({', '.join(signs)})" if signs else ""


def _im2col(shown: Shown, style: Style) -> Iterator[str]:
    is_sum = shown.form == "sum"
    what = ", times the kernel" if is_sum else ""
    yield f"im2col: a row for each window, a column for each tap{what}{_legend(shown)}"
    taps = list(product(*map(range, shown.kernel)))
    for windows in _kinds_of_windows(shown):
        filters = windows.filters if is_sum else windows.filters[:1]
        names = [
            ",".join(map(str, (*((channel,) if windows.names_channels else ()), *tap)))
            for channel, tap in product(windows.channels, taps)
        ]
        heads = [f"y[{one[0].place[0]}]" if windows.is_shared else "y" for one in filters]
        rows: list[tuple[str, Sequence[str]]] = []
        for at, cell in enumerate(filters[0]):
            values = [number(one[at].value) for one in filters]
            label = f"y{index(_place_of(shown, windows, cell))}"
            rows.append((label, [*(_read(shown, r) for r in cell.reads), *values]))
        if is_sum:
            rows.append(("", ()))
            for one in filters:
                weights = [number(weight_of(shown, read)) for read in one[0].reads]
                name = "w" if shown.stretched is None else "w flipped"
                label = f"{name}[{one[0].place[0]}]" if shown.output.shape[0] > 1 else name
                rows.append((label, [*weights, *[""] * len(filters)]))
        yield from table([*names, *heads], rows, style)


def _matrix(shown: Shown, style: Style) -> Iterator[str]:
    matrix = shown.matrix
    assert matrix is not None
    yield _matrix_title(shown, matrix)
    columns = [_label(shown, place) for place in shown.input.places]
    has_offset = any(matrix.offset)
    rows = [
        (
            f"y{index(place_of(shown, place))}",
            [_NOTHING if not value else number(value) for value in row]
            + ([number(offset)] if has_offset else []),
        )
        for place, row, offset in zip(shown.output.places, matrix.rows, matrix.offset, strict=True)
    ]
    yield from table([*columns, *(["b"] if has_offset else [])], rows, style)


def _matrix_title(shown: Shown, matrix: Matrix) -> str:
    size = f"{len(matrix.rows)}x{len(shown.input.values)}"
    plus = " + b" if any(matrix.offset) else ""
    if matrix.winners:
        return (
            f"matrix, {size}: y = C·x for this x alone, a 1 where the winner stands; "
            "the gradient goes back to the winners by Cᵀ"
        )
    if shown.stretched is not None:
        return (
            f"matrix Cᵀ, {size}: y = Cᵀ·x{plus}, where C is the matrix of the convolution "
            "that this layer transposes"
        )
    return (
        f"matrix C, {size}: y = C·x{plus}; the gradient goes back by Cᵀ, "
        "which is the transposed layer"
        if shown.kernel and shown.form == "sum"
        else f"matrix C, {size}: y = C·x{plus}; the gradient goes back by Cᵀ"
    )


def _label(shown: Shown, place: Place) -> str:
    return ",".join(map(str, place_of(shown, place)))


def _stretched(shown: Shown, style: Style) -> Iterator[str]:
    form = shown.stretched
    assert form is not None
    yield f"stretched: {_stretched_words(shown)}"
    signs = {"inserted": INSERTED, "border": PADDING}
    texts = {
        place: signs.get(mark) or number(value)
        for place, value, mark in zip(form.input.places, form.input.values, form.marks, strict=True)
    }
    blocks = maps(shown, form.input.shape, texts, "x stretched", style)
    blocks += boxes_of_array(form.weight, "w flipped", style)
    yield from side_by_side(blocks, style, "  ")


def _stretched_words(shown: Shown) -> str:
    form = shown.stretched
    assert form is not None
    zeros = "x".join(map(str, dict.fromkeys(form.inserted)))
    words = (
        [f"{zeros} zero{'' if zeros == '1' else 's'} ({INSERTED}) between two inputs"]
        if any(form.inserted)
        else []
    )
    sides = list(dict.fromkeys(form.border))
    for before, after in sides:
        if before < 0 or after < 0:
            words.append(f"border {before} and {after}: below zero, the input is cropped")
        elif before or after:
            words.append(f"{before} before and {after} after ({PADDING})")
    gaps = "x".join(map(str, dict.fromkeys(form.dilation)))
    taps = "" if gaps == "1" else f" and its own dilation d'={gaps}"
    return (
        f"{', '.join(words) or 'as it is'}; the flipped kernel slides over it with stride 1{taps}"
    )


VIEWS = {
    "windows": _windows,
    "im2col": _im2col,
    "matrix": _matrix,
    "stretched": _stretched,
    "sums": sums,
    "gradient": gradient_lines,
    "flip": flip_lines,
    "shift": shift_lines,
}
