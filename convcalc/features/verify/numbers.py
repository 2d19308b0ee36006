"""Checks of one layer's numbers: shape, costs, and values against the references."""

from __future__ import annotations

from math import ceil, prod
from typing import Any

import numpy as np

from convcalc.core.shapes import Shape, elements, format_shape
from convcalc.core.text import count, in_words
from convcalc.features.verify import raw
from convcalc.features.verify.loops import loop_of
from convcalc.features.verify.loops_elements import OF_ONE_NUMBER
from convcalc.features.verify.measure import (
    UNIT,
    Array,
    Data,
    Run,
    array_of,
    channels_first,
    draw,
    grid_of,
    run,
)
from convcalc.features.verify.report import Check
from convcalc.features.verify.shifted import BUDGET, Part, reference_of
from convcalc.features.verify.small import Copy, fitted, small, steps, with_fields
from convcalc.kinds.base import Facts, Kind

# Kinds whose values are whole where their numbers are: compared bit for bit.
EXACT = frozenset({
    "conv", "conv_transpose", "linear", "max_pool", "adaptive_max_pool", "global_max_pool",
    "relu", "relu6", "hardtanh", "prelu", "scale", "identity", "dropout", "flatten", "unflatten",
    "reshape", "pad", "crop", "concat", "slice", "channel_shuffle", "pixel_shuffle",
    "pixel_unshuffle", "unfold", "add", "sub", "mul", "max",
})  # fmt: skip
# Steps of plain loops for one layer: a second or two.
MOST_STEPS = 3_000_000
# Numbers that stand in dictionaries meanwhile, some 230 bytes each.
MOST_NUMBERS = 100_000
# Numbers added up tap by tap: a few seconds.
MOST_SUMS = 2_000_000_000
# Taps of a window that are gone through one by one.
MOST_TAPS = 20_000
# Roundings on the way of a value, in units of the tolerance: functions, and norms with their sums.
_SLACK = 16
_NORM_SLACK = 64


def taps(layer: Any, x: Shape) -> int:
    """Taps of the layer's window; 1 where it has none."""
    return prod(raw.each(getattr(layer, "kernel_size", 1), len(x) - 1))


def _too_many_taps(name: str, layer: Any, x: Shape) -> Check:
    note = f"tap by tap, {count(taps(layer, x))} of them would take too long"
    return Check(name, "", "", None, note)


def shape(facts: Facts, done: Run) -> Check:
    """The array that came out has the planned shape."""
    planned = format_shape(facts.output)
    if done.shape is None:
        return Check("shape", planned, "nothing", False, done.error)
    return Check("shape", planned, format_shape(done.shape), done.shape == facts.output)


def params(
    layer: Kind, inputs: tuple[Shape, ...], facts: Facts, data: Data, done: Run
) -> Check | None:
    """The learnt numbers that were read are those planned, in arrays that the fields ask for."""
    asked = raw.arrays(layer, inputs)
    if not facts.params and not data.weights and not asked:
        return None
    buffers = {"running_mean", "running_var"}
    read = sum(data.weights[name].size for name in done.read - buffers if name in data.weights)
    notes = []
    for name in sorted(asked.keys() | data.weights.keys()):
        has = data.weights[name].shape if name in data.weights else None
        if has != asked.get(name):
            wanted = format_shape(asked[name]) if name in asked else "no such array"
            is_ = format_shape(has) if has else "missing"
            notes.append(f"{name} is {is_}, the fields ask for {wanted}")
        elif name not in done.read:
            notes.append(f"{name} ({count(int(data.weights[name].size))}) was not read")
    is_right = read == facts.params and not notes
    return Check("params", count(facts.params), count(read), is_right, "; ".join(notes))


def macs(facts: Facts, done: Run, batch: int) -> Check | None:
    """The multiplies counted are those planned."""
    planned = facts.macs * batch
    if not planned and not done.macs:
        return None
    return Check("macs", count(planned), count(done.macs), done.macs == planned, done.error)


def finite(layer: Kind, done: Run) -> Check:
    """Every number that came out is one."""
    if done.output is None:
        return Check("finite", "all", "nothing", False, done.error)
    wrong = int(done.output.size - np.count_nonzero(np.isfinite(done.output)))
    if wrong and layer.kind == "max_pool" and np.isneginf(done.output).sum() == wrong:
        note = f"{in_words(wrong, 'window')} on padding alone: -inf, as in PyTorch"
        return Check("finite", "all", "", None, note)
    measured = f"all {count(done.output.size)}" if not wrong else f"{count(wrong)} are not"
    return Check("finite", "all", measured, not wrong)


def integers(layer: Kind, facts: Facts, data: Data, done: Run, tolerance: float) -> Check | None:
    """The layer and the sums of 64-bit integers agree bit for bit, on the real shape."""
    reference = reference_of(layer.kind)
    if reference is None:
        return None
    if taps(layer, facts.output) > MOST_TAPS:
        return _too_many_taps("integers", layer, facts.output)
    if done.output is None:
        return Check("integers", "exact", "nothing", False, done.error)
    part = reference(layer, channels_first(data.inputs[0]), data.weights, BUDGET)
    found = _part(part, done)
    if found is None:
        return _unequal_shapes("integers", part, done)
    if layer.kind in EXACT:
        wrong = _differing(found, part.values)
    else:
        wrong = abs(found - part.values) > tolerance * UNIT * np.maximum(part.terms, 1)
    return _outcome("integers", "exact", wrong, found, part.values, part.in_words)


def _part(part: Part, done: Run) -> Array | None:
    """The numbers of the run that the reference made too; None where shapes differ."""
    assert done.output is not None
    whole = channels_first(done.output)
    channels, rows = part.of
    if whole.ndim != part.values.ndim or whole.shape[1] != channels:
        return None
    if part.rows is not None and whole.shape[2] != rows:
        return None
    found = part.of_output(whole)
    return found if found.shape == part.values.shape else None


def _unequal_shapes(name: str, part: Part, done: Run) -> Check:
    measured = format_shape(done.shape) if done.shape else "nothing"
    shape = list(part.values.shape[1:])
    shape[0] = part.of[0]
    if part.rows is not None:
        shape[1] = part.of[1]
    return Check(name, format_shape(tuple(shape)), measured, False, "the shapes differ")


def _differing(found: Array, wanted: Array) -> Array:
    same: Array = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    return np.logical_not(same)


def _outcome(
    name: str, planned: str, wrong: Array, found: Array, wanted: Array, part: str = ""
) -> Check:
    """All numbers agree, or how many do not, with the first of them."""
    total = int(wrong.size)
    bad = int(np.count_nonzero(wrong))
    if not bad:
        return Check(name, planned, f"{count(total)} equal", True, part)
    at = tuple(np.argwhere(wrong)[0].tolist())
    where = ", ".join(map(str, at))
    note = f"at [{where}]: {found[at]:.9g} instead of {wanted[at]:.9g}"
    measured = f"{count(bad)} of {count(total)} differ"
    return Check(name, planned, measured, False, "; ".join(filter(None, (note, part))))


def bound(
    layer: Any, inputs: tuple[Shape, ...], seed: tuple[int, ...], tolerance: float
) -> Check | None:
    """On normal numbers the layer stays within the error bound of its sums.

    All channels on a map of few pixels: |y - y*| <= tolerance * u * sum |terms|, u = 2**-24.
    """
    reference = reference_of(layer.kind)
    if reference is None or layer.kind == "max_pool":
        return None
    if taps(layer, inputs[0]) > MOST_TAPS:
        return _too_many_taps("bound", layer, inputs[0])
    if layer.kind == "linear" and len(inputs[0]) == 1:
        few = min(layer.out_features, 64, max(2, BUDGET // inputs[0][0]))
        copy = Copy(with_fields(layer, out_features=few), inputs)
    else:
        copy = fitted(layer, inputs, 2)
    data = draw(*copy, seed, "normal")
    done = run(copy.layer, data)
    planned = f"up to {tolerance:g}"
    if done.output is None:
        return Check("bound", planned, "nothing", False, done.error)
    part = reference(copy.layer, channels_first(data.inputs[0]), data.weights, BUDGET // 4)
    found = _part(part, done)
    if found is None:
        return _unequal_shapes("bound", part, done)
    most = np.max(abs(found.astype(np.float64) - part.values) / np.maximum(part.terms, UNIT)) / UNIT
    note = "error over u sum|terms|, u = 2**-24"
    return Check("bound", planned, f"{most:.2g}", bool(most <= tolerance), note)


def loops(
    layer: Kind, inputs: tuple[Shape, ...], seed: tuple[int, ...], tolerance: float
) -> Check | None:
    """Plain Python loops give the same numbers, on a small copy."""
    loop = loop_of(layer.kind)
    if loop is None:
        return Check("loops", "", "", None, f"{layer.kind} has no loops of its own")
    copy = small(layer, inputs)
    if steps(copy) > MOST_STEPS:
        note = f"plain loops would take {count(steps(copy))} steps"
        return Check("loops", "", "", None, note)
    numbers = sum(map(elements, copy.inputs))
    if numbers > MOST_NUMBERS:
        note = f"its smallest copy has {count(numbers)} numbers, too many for plain loops"
        return Check("loops", "", "", None, note)
    is_exact = layer.kind in EXACT or getattr(layer, "mode", "") == "nearest"
    # The second sample is compared: what mixes them shows there.
    drawn = draw(*copy, seed, "integers" if is_exact else "normal", batch=2)
    data = Data(tuple(reaching(layer.kind, x) for x in drawn.inputs), drawn.weights)
    copy = Copy(copy.layer, tuple((x.shape[-1], *x.shape[1:-1]) for x in data.inputs))
    done = run(copy.layer, data)
    if done.output is None:
        return Check("loops", "equal", "nothing", False, done.error)
    weights = {name: grid_of(array) for name, array in data.weights.items()}
    given = [grid_of(channels_first(x)[-1]) for x in data.inputs]
    wanted = array_of(loop(copy.layer, given, weights))
    found = channels_first(done.output)[-1].astype(np.float64)
    if found.shape != wanted.shape:
        shapes = format_shape(wanted.shape), format_shape(found.shape)
        return Check("loops", *shapes, False, f"the shapes differ for {_of(copy)}")
    if is_exact:
        wrong = _differing(found, wanted)
    else:
        slack = _NORM_SLACK if "norm" in layer.kind else _SLACK
        allowed = tolerance * UNIT * slack * np.maximum(1, abs(wanted))
        wrong = ~(abs(found - wanted) <= allowed)
    return _outcome("loops", "equal", wrong, found, wanted, f"on {_of(copy)}")


# How much farther than from -3 to 3 numbers must reach to make a difference: to where the
# exponentials of float32 overflow, and to where the energy of neighbours counts.
_FARTHER = {"softmax": 80, "log_softmax": 80, "local_response_norm": 100}
# Both sides of every bend of an activation, and far out.
_RAMP = np.array([-100, -30, *(n / 4 for n in range(-36, 37)), 30, 100])


def reaching(kind: str, x: Array) -> Array:
    """The drawn input, or one that reaches every part of what the kind does with a number.

    >>> reaching("relu", np.zeros((2, 3, 2))).shape
    (2, 39, 2)
    """
    if kind not in OF_ONE_NUMBER:
        farther: Array = x * x.dtype.type(_FARTHER.get(kind, 1))
        return farther
    rows = max(x.shape[1], ceil(_RAMP.size / prod(x.shape[2:])))
    return np.resize(_RAMP, (len(x), rows, *x.shape[2:])).astype(x.dtype)


def _of(copy: Copy) -> str:
    shapes = " and ".join(dict.fromkeys(map(format_shape, copy.inputs)))
    return in_words(len(copy.inputs), "input") + f" {shapes}" if copy.layer.is_merge else shapes


# Kinds with a choice of algorithms, and the other one to compare with.
_OTHERS = {"conv": ("", "shifted"), "conv_transpose": ("scatter", "phases")}


def algorithms(layer: Any, inputs: tuple[Shape, ...], data: Data, done: Run) -> Check | None:
    """Another algorithm gives the same sums, bit for bit on integers.

    On the real shape, unless going through it tap by tap would take too long.
    """
    if layer.kind not in _OTHERS or done.output is None:
        return None
    on = ""
    if taps(layer, inputs[0]) * done.output.size > MOST_SUMS:
        copy = fitted(layer, inputs, 8)
        if taps(layer, inputs[0]) > MOST_TAPS:
            return _too_many_taps("algorithms", layer, inputs[0])
        data = draw(*copy, (0,))
        layer, done, on = copy.layer, run(copy.layer, data), f"on {_of(copy)}"
    usual, other = _OTHERS[layer.kind]
    first = done if not usual else run(layer, data, usual)
    second = run(layer, data, other)
    planned = f"{usual or 'usual'} = {other}"
    if first.output is None or second.output is None:
        error = first.error or second.error
        return Check("algorithms", planned, "nothing", False, error)
    if first.shape != second.shape:
        shapes = [format_shape(one.shape) for one in (first, second) if one.shape]
        return Check("algorithms", planned, " and ".join(shapes), False, "the shapes differ")
    wrong = _differing(second.output, first.output)
    return _outcome("algorithms", planned, wrong, second.output, first.output, on)
