"""Laws of running that every layer kind meets: what `forward` and `backward` do is what it states.

`tests/test_laws.py` holds them over all kinds, `tests/meta` breaks kinds on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convcalc.arrays.draws import with_indices
from convcalc.arrays.ops import Ops
from convcalc.core.links import Link
from convcalc.kinds.base import Kind
from tests.drawn_layers import Drawn
from tests.drawn_layers import legal as drawn_legal
from tests.reference.comparing import difference

Array = NDArray[Any]
BATCH = 2
# Every day; the thorough run takes as many as the other laws.
FEW = 4
# Drawn once for all laws.
legal = cache(drawn_legal)


class Watched(Mapping[str, Array]):
    """Arrays by name that remember which of them were read."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays
        self.read: set[str] = set()

    def __getitem__(self, name: str) -> Array:
        array = self.arrays[name]
        self.read.add(name)
        return array

    def __contains__(self, name: object) -> bool:
        return name in self.arrays

    def __iter__(self) -> Iterator[str]:
        return iter(self.arrays)

    def __len__(self) -> int:
        return len(self.arrays)


def inputs_of(drawn: Drawn, seed: int = 0, dtype: str = "float64") -> tuple[Array, ...]:
    """Random inputs, channels last."""
    rng = np.random.default_rng(seed)
    found = []
    for shape in drawn.case.inputs:
        x = rng.standard_normal((BATCH, *shape[1:], shape[0]))
        found.append((np.abs(x) + 0.1 if drawn.layer.wants_positive else x).astype(dtype))
    return with_indices(found, drawn.layer.index_limits(drawn.case.inputs))


def weights_of(drawn: Drawn, dtype: str = "float64") -> dict[str, Array]:
    """Random learnt arrays and buffers; no factor is near zero, and variances are positive."""
    inputs = drawn.case.inputs
    shapes = drawn.layer.weights_of(inputs) | drawn.layer.buffers_of(inputs)
    rng = np.random.default_rng(1)
    arrays = {}
    for name, shape in shapes.items():
        sizes = rng.uniform(0.5, 1.5, shape)
        signs = 1 if name == "running_var" else rng.choice((-1, 1), shape)
        arrays[name] = (sizes * signs).astype(dtype)
    return arrays


def runs_to_its_shape(kind: type[Kind], name: str, count: int = FEW) -> None:
    """The array that comes out has the planned shape, and the type of what went in."""
    for drawn in legal(kind, name, count):
        ops = Ops()
        ops.batch = BATCH
        y = drawn.layer.run(ops, inputs_of(drawn, dtype="float32"), weights_of(drawn, "float32"))
        assert len(y) == BATCH, drawn.case
        assert ops.shape(y) == drawn.facts.output, drawn.case
        assert y.dtype == np.float32, drawn.case


def gives_its_numbers(kind: type[Kind], name: str, count: int = FEW) -> None:
    """Every number that comes out is that of the definition."""
    for number, drawn in enumerate(legal(kind, name, count)):
        assert not difference(drawn.layer, drawn.case, number)


def reads_its_weights(kind: type[Kind], name: str, count: int = FEW) -> None:
    """It reads every array that it states, no other, and so as many numbers as its parameters."""
    for drawn in legal(kind, name, count):
        watched = Watched(weights_of(drawn))
        drawn.layer.run(Ops(), inputs_of(drawn), watched)
        assert watched.read == set(watched.arrays), drawn.case
        elements = sum(watched.arrays[name].size for name in watched.read)
        assert elements == drawn.facts.params + drawn.facts.buffers, drawn.case


def makes_its_multiplies(kind: type[Kind], name: str, count: int = FEW) -> None:
    """The products made are as many as its MACs, for each sample."""
    for drawn in legal(kind, name, count):
        ops = Ops()
        drawn.layer.run(ops, inputs_of(drawn), weights_of(drawn))
        assert ops.macs == BATCH * drawn.facts.macs, drawn.case


def runs_without_its_formulas(kind: type[Kind], name: str, count: int = FEW) -> None:
    """It gives the same numbers when its planned shape, counts and links cannot be asked for."""
    formulas = (
        "output",
        "output_of",
        "macs",
        "macs_of",
        "work",
        "work_of",
        "links",
        "links_of",
        "facts",
    )
    page = {"__doc__": kind.__doc__}
    blind: type[Kind] = type("Blind", (kind,), page | dict.fromkeys(formulas, _refuse))
    blind.kind = name
    for drawn in legal(kind, name, count):
        layer = blind.model_validate(drawn.case.fields)
        inputs, weights = inputs_of(drawn), weights_of(drawn)
        y = layer.run(Ops(), inputs, weights)
        assert (y == drawn.layer.run(Ops(), inputs, weights)).all(), drawn.case
        layer.gradients(Ops(), np.ones_like(y), inputs, y, weights)


def _refuse(self: Kind, *args: Any) -> Any:
    raise AssertionError("running is no evidence where it asks for what was planned")


# Kinds that move positions to other axes: of single positions nothing is said.
MOVED = frozenset({"flatten", "unflatten", "reshape", "unfold", "fold"})


def moves_as_it_says(kind: type[Kind], name: str, count: int = FEW) -> None:
    """A NaN in one element reaches the elements whose elementary axes agree, and no others."""
    for drawn in legal(kind, name, count):
        for place, arrangement in enumerate(drawn.facts.arrangements):
            if arrangement is None:
                continue
            inputs = [*inputs_of(drawn)]
            # Channels first, as an arrangement has them.
            x = np.moveaxis(inputs[place], -1, 1).copy()
            numbers = np.random.default_rng(5).integers(0, 2**31, x.ndim - 1)
            at = tuple(int(n) % size for n, size in zip(numbers, x.shape[1:], strict=True))
            x[(slice(None), *at)] = np.nan
            inputs[place] = np.moveaxis(x, 1, -1)
            with np.errstate(invalid="ignore"):
                y = drawn.layer.run(Ops(traces=True), tuple(inputs), weights_of(drawn))
            reached = np.isnan(np.moveaxis(y, -1, 1)[0])
            own = _digits(arrangement.sizes, arrangement.before, at)
            for index in np.ndindex(*reached.shape):
                theirs = _digits(arrangement.sizes, arrangement.after, index)
                agree = all(theirs.get(part, digit) == digit for part, digit in own.items())
                assert reached[index] == agree, (drawn.case, place, at, index)


def _digits(sizes: Any, axes: Any, index: tuple[int, ...]) -> dict[int, int]:
    """The place on each elementary axis of an index."""
    found = {}
    for parts, place in zip(axes, index, strict=True):
        for part in reversed(parts):
            place, found[part] = divmod(place, sizes[part])
    return found


def reaches_what_it_says(kind: type[Kind], name: str, count: int = FEW) -> None:
    """A NaN in the input reaches the units whose links name its position, and no others."""
    for drawn in legal(kind, name, count):
        for place, links in enumerate(drawn.facts.links):
            x = inputs_of(drawn)[place]
            how = drawn.facts.flow.how
            is_told = how not in ("unfollowed", "sampled") and name not in MOVED
            if (links is None and not is_told) or drawn.facts.arrangements[place]:
                continue
            for axis in range(1, x.ndim - 1):
                for pixel in sorted({0, x.shape[axis] // 2, x.shape[axis] - 1}):
                    _reaches(drawn, place, axis, pixel)


def _reaches(drawn: Drawn, place: int, axis: int, pixel: int) -> None:
    inputs = list(inputs_of(drawn))
    sizes = inputs[place].shape
    # The whole of a row, or column, in every channel.
    inputs[place][(slice(None),) * axis + (pixel,)] = np.nan
    with np.errstate(invalid="ignore"):
        y = drawn.layer.run(Ops(traces=True), tuple(inputs), weights_of(drawn))
    reached = np.isnan(y)
    links = drawn.facts.links[place]
    if links is None or drawn.facts.sees_all:
        # In some channel: the two directions of a recurrent layer see one half each.
        assert reached.any(axis=-1).all(), (drawn.case, place, axis, pixel)
        return
    others = tuple(n for n in range(y.ndim) if n != axis)
    found = np.flatnonzero(reached.any(axis=others)).tolist()
    reads = [
        [{_border(drawn, tap, sizes[n]) for tap in _taps(link, unit)} for unit in range(y.shape[n])]
        for n, link in enumerate(links, 1)
    ]
    # A unit that reads nothing on one axis reads nothing at all.
    blind = any(all(unit <= {OUTSIDE} for unit in units) for units in reads)
    wanted = [] if blind else [n for n, read in enumerate(reads[axis - 1]) if pixel in read]
    assert found == wanted, (drawn.case, place, axis, pixel)


OUTSIDE = -1


def _taps(link: Link, unit: int) -> list[int]:
    turns, phase = divmod(unit, len(link.taps))
    return [tap + turns * link.rise for tap in link.taps[phase]]


def _border(drawn: Drawn, tap: int, size: int) -> int:
    """The pixel that stands at a position; beyond the map it is padding, or copied from it."""
    fields = drawn.case.fields
    mode = fields.get("padding_mode", fields.get("mode") if drawn.case.kind == "pad" else None)
    if 0 <= tap < size:
        return tap
    if mode == "reflect":
        return -tap if tap < 0 else 2 * (size - 1) - tap
    if mode == "circular":
        return tap % size
    if mode == "replicate" or drawn.case.kind == "upsample":
        return min(max(tap, 0), size - 1)
    return OUTSIDE


def follows_its_gradient(kind: type[Kind], name: str, count: int = FEW) -> None:
    """A small step along a random direction changes the output as the gradients say."""
    for drawn in legal(kind, name, count):
        for batch_statistics in (False, True) if name == "batch_norm" else (False,):
            _steps(drawn, batch_statistics)


STEP = 1e-6


def _steps(drawn: Drawn, batch_statistics: bool) -> None:
    inputs, weights = inputs_of(drawn), weights_of(drawn)
    rng = np.random.default_rng(2)
    steps = [rng.standard_normal(x.shape) for x in inputs]
    buffers = drawn.layer.buffers_of(drawn.case.inputs)
    learnt = {name: rng.standard_normal(w.shape) for name, w in weights.items()}
    learnt = {name: step for name, step in learnt.items() if name not in buffers}

    def output(far: float) -> Array:
        moved = tuple(x + far * step for x, step in zip(inputs, steps, strict=True))
        beside = {name: w + far * learnt.get(name, 0) for name, w in weights.items()}
        return drawn.layer.run(Ops(batch_statistics=batch_statistics), moved, beside)

    y = output(0.0)
    # A max pool's window on padding alone gives -infinity, which nothing moves.
    finite = np.isfinite(y)
    share = np.where(finite, rng.standard_normal(y.shape), 0)
    to_inputs, to_weights = drawn.layer.gradients(
        Ops(batch_statistics=batch_statistics), share, inputs, y, weights
    )
    assert [grad.shape for grad in to_inputs] == [x.shape for x in inputs], drawn.case
    shapes = {name: grad.shape for name, grad in to_weights.items()}
    assert shapes == {name: step.shape for name, step in learnt.items()}, drawn.case
    said = sum(float((grad * step).sum()) for grad, step in zip(to_inputs, steps, strict=True))
    said += sum(float((to_weights[name] * step).sum()) for name, step in learnt.items())
    ahead, behind = output(STEP), output(-STEP)
    seen = float((share[finite] * (ahead[finite] - behind[finite])).sum()) / (2 * STEP)
    # Two roundings of each output over the step, and what the third derivative adds.
    noise = float(np.abs(share[finite] * y[finite]).sum()) * 2**-50 / STEP
    assert abs(said - seen) <= noise + 1e-6 * max(1.0, abs(seen)), (drawn.case, said, seen)


RUNNING_LAWS: tuple[Callable[..., None], ...] = (
    runs_to_its_shape,
    gives_its_numbers,
    reads_its_weights,
    makes_its_multiplies,
    runs_without_its_formulas,
    moves_as_it_says,
    reaches_what_it_says,
    follows_its_gradient,
)
