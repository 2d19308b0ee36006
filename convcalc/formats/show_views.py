"""The views of `convcalc show` as text: a title each, then its lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from itertools import groupby, product
from math import prod
from typing import NamedTuple

from convcalc.formats.show_boxes import Block, boxes, number, side_by_side, table
from convcalc.formats.style import Style
from convcalc.showing.values import Cell, Matrix, Numbers, Place, Read, Shown

PADDING, INSERTED, _NOTHING = "·", "∘", "·"


def boxes_of(shown: Shown, numbers: Numbers, title: str, style: Style) -> list[Block]:
    """A box for each channel, and for each plane of three axes."""
    texts = {place: number(numbers[place]) for place in numbers.places}
    return _maps(shown, numbers.shape, texts, title, style)


def _maps(
    shown: Shown, shape: Place, texts: dict[Place, str], title: str, style: Style
) -> list[Block]:
    if len(shape) == 1:
        return boxes(title, [list(texts.values())], style)
    blocks = []
    # Rows of the last axis; a sequence has one.
    outer, inner = (shape[:-2], shape[-2:]) if len(shape) > 2 else (shape[:1], (1, shape[1]))
    for front in product(*map(range, outer)):
        rows = [
            [texts[(*front, *((row,) if len(shape) > 2 else ()), at)] for at in range(inner[1])]
            for row in range(inner[0])
        ]
        name = _index(front if shown.has_channels else front[1:])
        blocks += boxes(title + name, rows, style)
    return blocks


def boxes_of_array(shown: Shown, numbers: Numbers, letter: str, style: Style) -> list[Block]:
    """A learnt array: a box for each pair of filter and channel."""
    if len(numbers.shape) < 3:
        shape = numbers.shape
        rows = [[number(value) for value in numbers.values]]
        if len(shape) == 2:
            rows = [[number(numbers[(o, i)]) for i in range(shape[1])] for o in range(shape[0])]
        return boxes(letter, rows, style)
    blocks = []
    tall = numbers.shape[-2] if len(numbers.shape) > 3 else 1
    ahead = numbers.shape[:-2] if len(numbers.shape) > 3 else numbers.shape[:-1]
    for front in product(*map(range, ahead)):
        rows = [
            [
                number(numbers[(*front, *((row,) if len(numbers.shape) > 3 else ()), at)])
                for at in range(numbers.shape[-1])
            ]
            for row in range(tall)
        ]
        one_kernel = prod(ahead) == 1
        blocks += boxes(letter + ("" if one_kernel else _index(front)), rows, style)
    return blocks


def _index(place: Place) -> str:
    return f"[{','.join(map(str, place))}]" if place else ""


def _place(shown: Shown, place: Place) -> Place:
    """A place as the question counts: without made-up channels."""
    return place if shown.has_channels or len(place) == 1 else place[1:]


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
    name = "y" + _index(_place_of(shown, windows, cell))
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
        for index, cell in enumerate(filters[0]):
            values = [number(one[index].value) for one in filters]
            label = f"y{_index(_place_of(shown, windows, cell))}"
            rows.append((label, [*(_read(shown, r) for r in cell.reads), *values]))
        if is_sum:
            rows.append(("", ()))
            for one in filters:
                weights = [number(_weight(shown, read)) for read in one[0].reads]
                name = "w" if shown.stretched is None else "w flipped"
                label = f"{name}[{one[0].place[0]}]" if shown.output.shape[0] > 1 else name
                rows.append((label, [*weights, *[""] * len(filters)]))
        yield from table([*names, *heads], rows, style)


def _weight(shown: Shown, read: Read) -> float:
    assert read.weight is not None
    return shown.arrays["weight"][read.weight]


def _matrix(shown: Shown, style: Style) -> Iterator[str]:
    matrix = shown.matrix
    assert matrix is not None
    yield _matrix_title(shown, matrix)
    columns = [_label(shown, place) for place in shown.input.places]
    has_offset = any(matrix.offset)
    rows = [
        (
            f"y{_index(_place(shown, place))}",
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
        if shown.kind == "conv"
        else f"matrix C, {size}: y = C·x{plus}; the gradient goes back by Cᵀ"
    )


def _label(shown: Shown, place: Place) -> str:
    return ",".join(map(str, _place(shown, place)))


def _stretched(shown: Shown, style: Style) -> Iterator[str]:
    form = shown.stretched
    assert form is not None
    yield f"stretched: {_stretched_words(shown)}"
    signs = {"inserted": INSERTED, "border": PADDING}
    texts = {
        place: signs.get(mark) or number(value)
        for place, value, mark in zip(form.input.places, form.input.values, form.marks, strict=True)
    }
    blocks = _maps(shown, form.input.shape, texts, "x stretched", style)
    blocks += boxes_of_array(shown, form.weight, "w flipped", style)
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
    return f"{', '.join(words) or 'as it is'}; the flipped kernel slides over it with stride 1"


def _sums(shown: Shown, style: Style) -> Iterator[str]:
    words = {
        "sum": "input*kernel over the window",
        "max": "the largest of the window",
        "mean": "the mean of the window",
        "norm": f"the {shown.norm}-norm of the window",
    }
    has_padding = any(len(cell.inside) < len(cell.reads) for cell in shown.cells)
    left_out = ", without the zeros" if shown.stretched is not None else ", without the padding"
    yield f"sums: {words[shown.form]}{left_out if has_padding else ''}"
    names = [f"y{_index(_place(shown, cell.place))}" for cell in shown.cells]
    width = max(map(len, names))
    for name, cell in zip(names, shown.cells, strict=True):
        line = f"  {name.ljust(width)} = {_sum(shown, cell)}"
        if style.width is None or len(line) <= style.width:
            yield line
        else:
            indent = " " * (width + 5)
            yield from textwrap.wrap(
                line,
                max(style.width, width + 25),
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
                drop_whitespace=True,
            )


def _sum(shown: Shown, cell: Cell) -> str:
    values = [number(shown.input[read.place]) for read in cell.inside if read.place is not None]
    result = number(cell.value)
    if shown.form == "max":
        return f"max({', '.join(values)}) = {result}"
    if shown.form == "mean":
        return f"({' + '.join(map(_signed, values))})/{cell.divisor} = {result}"
    if shown.form == "norm":
        powers = " + ".join(f"|{value}|^{shown.norm}" for value in values)
        if len(values) < len(cell.reads):
            powers = f"{len(cell.reads)}/{len(values)}*({powers})"
        return f"({powers})^(1/{shown.norm}) = {result}"
    terms = [
        f"{_signed(value) if index else value}*{_signed(number(_weight(shown, read)))}"
        for index, (value, read) in enumerate(zip(values, cell.inside, strict=True))
    ]
    bias = shown.bias
    if bias is not None and any(bias.values):
        terms.append(f"{_signed(number(bias.values[cell.place[0]]))}")
    if not terms:
        return f"{result}, no input reaches it"
    return f"{' + '.join(terms)} = {result}"


def _signed(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


VIEWS = {
    "windows": _windows,
    "im2col": _im2col,
    "matrix": _matrix,
    "stretched": _stretched,
    "sums": _sums,
}
