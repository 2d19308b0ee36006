"""The numbers of a layer as `convcalc` computes them, beside those of its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcalc.arrays.draws import with_indices
from convcalc.arrays.ops import Ops
from convcalc.core.errors import LayerError
from convcalc.kinds.base import Kind, plain
from tests import reference
from tests.crosscheck.draws import Case, Shape
from tests.reference.definition import Grid

Array = NDArray[Any]

# The second sample is compared as well: what mixes them shows there.
BATCH = 2
# Both sides of every bend of a function, and far out.
RAMP = np.array([-100, -30, *(n / 4 for n in range(-36, 37)), 30, 100])
# Roundings on the way of a number: in double precision, and where exponentials of single
# precision are asked for their limits.
CLOSE, NEAR = 1e-9, 1e-4


def case_of(layer: Kind, inputs: tuple[Shape, ...]) -> Case:
    """A layer of `convcalc` as it is written, full names and JSON types."""
    names = layer.model_fields_set
    return Case(layer.kind, {name: plain(getattr(layer, name)) for name in names}, inputs)


def grid_of(sample: Array) -> Grid:
    """The numbers of one sample, channels first, by their index."""
    return Grid(sample.shape, {index: float(value) for index, value in np.ndenumerate(sample)})


def array_of(grid: Grid) -> Array:
    """The array of a grid's numbers, in double precision; NaN where there is none."""
    found = np.full(grid.shape, np.nan)
    for index, value in grid.values.items():
        found[index] = value
    return found


def defined(case: Case, inputs: Sequence[Array], weights: Mapping[str, Array]) -> Array:
    """What the definition makes of inputs `(N, *S, C)`; likewise channels last."""
    grids = {name: grid_of(array) for name, array in weights.items()}
    samples = [np.moveaxis(x, -1, 1) for x in inputs]
    found = [
        array_of(reference.values(case, list(map(grid_of, sample)), grids))
        for sample in (zip(*samples, strict=True) if samples else [()] * BATCH)
    ]
    return np.moveaxis(np.stack(found), 1, -1)


def difference(layer: Kind, case: Case, seed: int = 0) -> str:
    """What is wrong with the numbers of a layer; "" where they are those of its definition.

    Whole numbers bit for bit in single precision where the kind keeps them whole, others in
    double precision, and once more in single where it matters how far numbers reach.
    """
    kept = reference.definition(case.kind)
    if kept.is_exact:
        return _difference(layer, case, seed, "float32", whole=True)
    wrong = _difference(layer, case, seed, "float64", close=CLOSE)
    if not wrong and kept.reach != 1:
        wrong = _difference(layer, case, seed, "float32", close=NEAR)
    return wrong


def _difference(
    layer: Kind, case: Case, seed: int, dtype: str, *, whole: bool = False, close: float = 0.0
) -> str:
    kept = reference.definition(case.kind)
    rng = np.random.default_rng(seed)
    if kept.is_of_one_number:
        case = case._replace(inputs=((7, 11),))
        inputs = [np.resize(RAMP, (BATCH, 11, 7)).astype(dtype)]
    else:
        inputs = [_drawn(rng, (BATCH, *x[1:], x[0]), whole).astype(dtype) for x in case.inputs]
        inputs = [x * x.dtype.type(kept.reach if dtype == "float32" else 1) for x in inputs]
    if not kept.is_of_one_number:
        inputs = [*with_indices(inputs, layer.index_limits(case.inputs))]
    if not kept.takes_signs:
        inputs = list(map(np.abs, inputs))
    weights = _weights(layer, case, rng, whole, dtype)
    try:
        wanted = defined(case, inputs, weights)
        ops = Ops()
        ops.batch, ops.dtype = BATCH, np.dtype(dtype)
        with np.errstate(all="ignore"):
            found = layer.run(ops, tuple(inputs), weights)
    except (LookupError, ValueError, LayerError) as error:
        # Also where the definition misses a number in the arrays that the layer states.
        return f"{case}: {error!r}"
    if found.shape != wanted.shape:
        return f"{case}: {found.shape} came out, by definition {wanted.shape}"
    with np.errstate(invalid="ignore"):
        apart = abs(found - wanted) > close * np.maximum(1, abs(wanted))
    wrong = (apart | (np.isnan(found) != np.isnan(wanted))) & (found != wanted)
    if not wrong.any():
        return ""
    at = tuple(map(int, np.argwhere(wrong)[0]))
    return f"{case}: {found[at]!r} at {at}, by definition {wanted[at]!r}"


def _drawn(rng: np.random.Generator, shape: tuple[int, ...], whole: bool) -> Array:
    return rng.integers(-4, 5, shape) if whole else rng.standard_normal(shape)


def _weights(
    layer: Kind, case: Case, rng: np.random.Generator, whole: bool, dtype: str
) -> dict[str, Array]:
    """Numbers for the arrays that the layer states; variances are positive."""
    shapes = layer.weights_of(case.inputs) | layer.buffers_of(case.inputs)
    drawn = {name: _drawn(rng, shape, whole).astype(dtype) for name, shape in shapes.items()}
    return drawn | {n: np.abs(a) + a.dtype.type(0.5) for n, a in drawn.items() if "var" in n}
