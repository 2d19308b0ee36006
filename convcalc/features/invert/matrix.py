"""A small layer as a matrix: C with y = C x, as the guide unrolls it, and the window matrix.

One input channel and one output channel; pixels and positions in row-major order. Source:
Dumoulin & Visin, section 4.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod

from convcalc.shorthand.axis import Axis

Matrix = tuple[tuple[str, ...], ...]
MAX_CELLS = 4096


class TooLargeError(ValueError):
    """A matrix that nobody could read: `rows` and `columns` are its size."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        super().__init__(
            f"the matrix has {rows} x {columns} = {rows * columns} entries; "
            f"{MAX_CELLS} at most are drawn"
        )


def unrolled(axes: list[Axis]) -> Matrix:
    """C of a convolution or a pool: a row for each position, a column for each input pixel.

    Entries are the kernel's, `w01` for row 0 and column 1 (`1` for a pool, whose windows have
    no weights), or `0`. Of a transposed layer it is the C of the convolution that it transposes.
    Raises TooLargeError.

    >>> for row in unrolled([Axis("window", 4, 3, 1)]): print(*row)
    w0 w1 w2 0
    0 w0 w1 w2
    """
    large, small = _sizes(axes)
    _check(prod(small), prod(large))
    matrix = [["0"] * prod(large) for _ in range(prod(small))]
    is_pool = axes[0].family == "pool"
    for position, taps in _windows(axes, small):
        for tap, pixel in taps:
            if _inside(pixel, large):
                entry = "1" if is_pool else _symbol("w", tap)
                matrix[_index(position, small)][_index(pixel, large)] = entry
    return tuple(map(tuple, matrix))


def window_matrix(axes: list[Axis]) -> Matrix:
    """im2col: a row for each position, with the input pixels that its window reads.

    `x01` is the pixel in row 0 and column 1; `0` is padding. Raises TooLargeError.

    >>> for row in window_matrix([Axis("window", 4, 3, 1, 1, 1)]): print(*row)
    0 x0 x1
    x0 x1 x2
    x1 x2 x3
    x2 x3 0
    """
    large, small = _sizes(axes)
    _check(prod(small), prod(axis.kernel for axis in axes))
    return tuple(
        tuple(_symbol("x", pixel) if _inside(pixel, large) else "0" for _, pixel in taps)
        for _, taps in _windows(axes, small)
    )


def transposed(matrix: Matrix) -> Matrix:
    """Rows for columns.

    >>> transposed((("w0", "0"), ("w1", "w0")))
    (('w0', 'w1'), ('0', 'w0'))
    """
    return tuple(zip(*matrix, strict=True))


def _check(rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise TooLargeError(rows, columns)


def _sizes(axes: list[Axis]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """(the convolution's input, its output)."""
    inputs, outputs = tuple(axis.size for axis in axes), tuple(axis.output for axis in axes)
    return (outputs, inputs) if axes[0].family == "transposed" else (inputs, outputs)


def _windows(
    axes: list[Axis], counts: tuple[int, ...]
) -> Iterator[tuple[tuple[int, ...], list[tuple[tuple[int, ...], tuple[int, ...]]]]]:
    """Each position with its (tap, pixel) pairs, pixels of the padding included."""
    taps = list(product(*(range(axis.kernel) for axis in axes)))
    for position in product(*map(range, counts)):
        yield (
            position,
            [
                (
                    tap,
                    tuple(
                        at * axis.stride - axis.before + index * axis.dilation
                        for at, index, axis in zip(position, tap, axes, strict=True)
                    ),
                )
                for tap in taps
            ],
        )


def _inside(pixel: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    return all(0 <= at < size for at, size in zip(pixel, sizes, strict=True))


def _index(place: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    index = 0
    for at, size in zip(place, sizes, strict=True):
        index = index * size + at
    return index


def _symbol(letter: str, place: tuple[int, ...]) -> str:
    separator = "" if max(place) < 10 else "."
    return letter + separator.join(map(str, place))
