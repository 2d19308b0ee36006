"""A layer worked out: run once, found again in every other way, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from convcalc.arrays.ops import Array, Ops, channels_first
from convcalc.core.errors import Problem, StackError
from convcalc.core.shapes import Window
from convcalc.features.shape.drawing import subject_of
from convcalc.features.shape.walk import window_axes
from convcalc.features.show.reads import reads_of
from convcalc.features.show.stretch import stretched
from convcalc.features.show.values import Cell, Matrix, Numbers, Read, Shown, Stretched
from convcalc.kinds.base import Form, LayerKind
from convcalc.kinds.conv_transpose import ConvTranspose

# More outputs are not shown, nor larger matrices.
MAX_CELLS, MAX_ENTRIES, MAX_READS = 400, 65_536, 40_000
# Numbers that are no integers are rounded on the way.
_ROUNDING = 1e-9


class DisagreementError(RuntimeError):
    """Two ways to the output that differ: a fault of this program."""


def worked(
    layer: LayerKind,
    x: Numbers,
    arrays: dict[str, Numbers],
    text: str,
    has_channels: bool,
) -> Shown:
    """Everything there is to show of a layer with this input."""
    ops = Ops()
    form = layer.form
    weights = {name: _array(ops, numbers) for name, numbers in arrays.items()}
    with ops.np.errstate(all="ignore"):
        output = _run(ops, layer, channels_last_of(ops, x), weights)
    if not all(map(isfinite, output.values)):
        message = f"`{text}` gives numbers beyond any that can be written"
        help = "use smaller numbers"
        if form == "max":
            message = f"`{text}` has a window that reads nothing but padding: its largest is none"
            help = "use less padding, or a smaller dilation"
        raise StackError([Problem("not-finite", message, help=help)])
    cells = tuple(
        Cell(place, reads, output[place])
        for place, reads in reads_of(ops, layer, x.shape, output.shape)
    )
    norm = int(getattr(layer, "norm_type", 0))
    if form in ("mean", "norm"):
        cells = _with_divisors(ops, layer, x, weights, cells, norm)
    agreeing = []
    if cells:
        compared("sums", [value_of(cell, form, x, arrays, norm) for cell in cells], output)
        agreeing.append("sums")
    matrix = _matrix(ops, layer, x, weights, output, cells)
    if matrix is not None:
        compared(
            "matrix",
            [_times(row, x, b) for row, b in zip(matrix.rows, matrix.offset, strict=True)],
            output,
        )
        agreeing.append("matrix")
    form_of_transposed = _stretched(ops, layer, x, arrays, weights, output)
    if form_of_transposed is not None:
        agreeing.append("stretched")
    windows = layer.windows(x.shape) if form and len(x.shape) > 1 else ()
    axes = window_axes(layer, x.shape) if windows else ()
    return Shown(
        text=text,
        kind=layer.kind,
        has_channels=has_channels,
        input=x,
        output=output,
        arrays=arrays,
        form=form,
        cells=cells,
        matrix=matrix,
        stretched=form_of_transposed,
        kernel=tuple(window.kernel for window in windows),
        dilation=tuple(window.dilation for window in windows),
        norm=norm,
        agreeing=tuple(agreeing),
        layer=layer,
        subject=subject_of(layer, text, axes) if axes else None,
    )


def channels_last_of(ops: Ops, numbers: Numbers) -> Array:
    """One sample, `(C, *S)` -> `(1, *S, C)`."""
    sample: Array = ops.np.moveaxis(_array(ops, numbers), 0, -1)[None].copy()
    return sample


def _array(ops: Ops, numbers: Numbers) -> Array:
    array: Array = ops.np.asarray(numbers.values, dtype="float64").reshape(numbers.shape)
    return array


def _run(ops: Ops, layer: LayerKind, x: Array, weights: dict[str, Array]) -> Numbers:
    return _numbers(layer.run(ops, (x,), weights))


def _numbers(y: Array) -> Numbers:
    sample = channels_first(y)[0]
    return Numbers(tuple(sample.shape), tuple(float(value) for value in sample.reshape(-1)))


def compared(way: str, values: Sequence[float], output: Numbers) -> None:
    """Raises DisagreementError where `values`, found in some `way`, are not those of the run."""
    scale = max([1.0, *map(abs, output.values)])
    for place, found, run in zip(output.places, values, output.values, strict=True):
        if abs(found - run) > _ROUNDING * scale:
            raise DisagreementError(f"{way} give {found!r} at {list(place)}, the run gave {run!r}")


def value_of(
    cell: Cell, form: Form, x: Numbers, arrays: dict[str, Numbers], norm: int = 0
) -> float:
    """An output by its own sum, in the order of its taps."""
    if form == "sum":
        weight, bias = arrays["weight"], arrays.get("bias")
        total = sum(x[one.place or ()] * weight[one.weight or ()] for one in cell.inside)
        return total + (bias.values[cell.place[0]] if bias else 0.0)
    read = [x[one.place] for one in cell.reads if one.place is not None]
    if form == "norm":
        # As in PyTorch, a window that hangs over the end counts as if it were full.
        share = len(cell.reads) / cell.divisor
        return float((share * sum(value**norm for value in read)) ** (1 / norm))
    return max(read) if form == "max" else sum(read) / cell.divisor


def _with_divisors(
    ops: Ops,
    layer: LayerKind,
    x: Numbers,
    weights: dict[str, Array],
    cells: tuple[Cell, ...],
    norm: int,
) -> tuple[Cell, ...]:
    """Cells with the divisor that the layer itself uses: found by running it on ones.

    A mean of n ones in d places is n/d; of a norm the power of n ones in a window that has d of
    its k pixels is n k/d.
    """
    ones = Numbers(x.shape, (1.0,) * len(x.values))
    found = _run(ops, layer, channels_last_of(ops, ones), weights)
    with_divisors = []
    for cell in cells:
        count, value = len(cell.inside), found[cell.place]
        full = count * len(cell.reads) if norm else count
        # Of no pixel at all there is nothing to divide.
        divisor = round(full / value ** (norm or 1)) if value else len(cell.reads)
        with_divisors.append(Cell(cell.place, cell.reads, cell.value, divisor))
    return tuple(with_divisors)


def _matrix(
    ops: Ops,
    layer: LayerKind,
    x: Numbers,
    weights: dict[str, Array],
    output: Numbers,
    cells: tuple[Cell, ...],
) -> Matrix | None:
    """C and b, by running the layer on each unit vector; None where it is no linear layer."""
    columns, rows = len(x.values), len(output.values)
    # What reads indices cannot be asked about other numbers.
    if columns * rows > MAX_ENTRIES or layer.index_limits((x.shape,)):
        return None
    if layer.form == "max":
        return Matrix(tuple(_winner(cell, x) for cell in cells), (0.0,) * rows, winners=True)
    units = ops.np.eye(columns).reshape(columns, *x.shape)
    nothing = ops.np.zeros((1, *x.shape))
    probes = ops.np.moveaxis(ops.np.concatenate([nothing, units, -2 * units]), 1, -1)
    # Roots and logarithms of what is not above 0 are no numbers, and no matrix then.
    with ops.np.errstate(all="ignore"):
        answers = channels_first(layer.run(ops, (probes.copy(),), weights)).reshape(-1, rows)
        offset = answers[0]
        matrix = answers[1 : columns + 1] - offset
        # Linear: twice the unit vector, turned around, gives twice the column, turned around.
        given = ops.np.asarray(x.values) @ matrix + offset
        fits = ops.np.allclose(answers[columns + 1 :] - offset, -2 * matrix, atol=1e-9)
        if not fits or not ops.np.allclose(given, output.values, atol=1e-9):
            return None
    return Matrix(tuple(map(tuple, matrix.T.tolist())), tuple(offset.tolist()))


def _winner(cell: Cell, x: Numbers) -> tuple[float, ...]:
    inside: list[Read] = list(cell.inside)
    best = max(inside, key=lambda read: x[read.place or ()])
    return tuple(float(place == best.place) for place in x.places)


def _times(row: tuple[float, ...], x: Numbers, offset: float) -> float:
    return sum(a * b for a, b in zip(row, x.values, strict=True)) + offset


def _stretched(
    ops: Ops,
    layer: LayerKind,
    x: Numbers,
    arrays: dict[str, Numbers],
    weights: dict[str, Array],
    output: Numbers,
) -> Stretched | None:
    if not isinstance(layer, ConvTranspose):
        return None
    form = stretched(layer, x, arrays["weight"])
    windows = [Window(window.kernel, dilation=window.dilation) for window in layer.windows(x.shape)]
    found = ops.convolve(
        channels_last_of(ops, form.input),
        _array(ops, form.weight),
        windows,
        layer.group_count(x.shape),
        weights.get("bias"),
    )
    compared("the stretched input", list(_numbers(found).values), output)
    return form
