"""Laws of traits: what others ask of a kind instead of its name is so, measured by running it.

Where a trait could be forgotten, its law asks both ways: what a kind does in every case drawn for
it, it has to say. `tests/test_laws.py` holds them over all kinds, `tests/meta` breaks kinds on
purpose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from convcalc.arrays.draws import with_indices
from convcalc.arrays.ops import Ops
from convcalc.core.errors import LayerError
from convcalc.core.links import transposed_link, window_link
from convcalc.core.shapes import Shape
from convcalc.kinds import find_kind
from convcalc.kinds.base import Kind, LayerKind
from convcalc.kinds.base.ranges import EVERYTHING, NEVER_NEGATIVE, Range
from tests.drawn_layers import ENOUGH, Drawn
from tests.laws_of_running import inputs_of, legal, weights_of

Array = NDArray[Any]
# More than for the laws of running: a trait may hold by chance for a few layers.
CASES = 8
# Rounding, in double precision and of a sum of some terms.
CLOSE = 1e-9


def run(drawn: Drawn, inputs: tuple[Array, ...], *, training: bool = False, **beside: Any) -> Array:
    """What the layer makes of these inputs, with its drawn weights but for those given."""
    weights = weights_of(drawn) | beside
    inputs = with_indices(inputs, drawn.layer.index_limits(drawn.case.inputs))
    with np.errstate(all="ignore"):
        return drawn.layer.run(Ops(batch_statistics=training), inputs, weights)


def equal(a: Array, b: Array) -> bool:
    """True for the same numbers but for rounding."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=CLOSE, atol=CLOSE, equal_nan=True))


def says_whether_it_stays_in_channel(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A change of one channel moves this channel of the output alone, if the kind says so."""
    mixed, asked, says = False, False, set()
    for drawn in legal(kind, name, count):
        says.add(drawn.layer.stays_in_channel())
        inputs = inputs_of(drawn)
        y = run(drawn, inputs)
        for place, x in enumerate(inputs):
            for channel in range(min(2, x.shape[-1])):
                moved = x.copy()
                moved[..., channel] += 1.5
                z = run(drawn, (*inputs[:place], moved, *inputs[place + 1 :]))
                asked |= y.shape[-1] > 1
                stays = y.shape[-1] == x.shape[-1] and equal(
                    np.delete(y, channel, axis=-1), np.delete(z, channel, axis=-1)
                )
                assert stays or not drawn.layer.stays_in_channel(), (drawn.case, place, channel)
                mixed |= not stays
    assert mixed or not asked or says == {True}, f"{name} never mixed channels: say so"


RANGES: tuple[Range, ...] = (EVERYTHING, NEVER_NEGATIVE, (0.0, 1.0), (-1.0, 1.0), (-2.0, -1.0))


def lies_in_its_range(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Outputs lie where the kind says, for inputs in several ranges."""
    was_negative, says = False, set()
    for drawn in legal(kind, name, count):
        for values in RANGES:
            inputs = tuple(_within(x, values) for x in inputs_of(drawn))
            least, most = drawn.layer.value_range((values,) * len(inputs))
            y = run(drawn, inputs)
            y = y[np.isfinite(y)]
            inside = (y >= least - CLOSE) & (y <= most + CLOSE)
            assert inside.all(), (drawn.case, values, y.min(), y.max())
            if values == NEVER_NEGATIVE:
                was_negative |= bool((y < 0).any())
                says.add(least >= 0)
    assert was_negative or says == {True}, f"{name} was never negative where its inputs are not"


def _within(x: Array, values: Range) -> Array:
    """The inputs brought into a range: folded where it has one end, else spread over it."""
    if values == EVERYTHING:
        return 3 * x
    if values == NEVER_NEGATIVE:
        unsigned: Array = np.abs(3 * x)
        return unsigned
    low, high = values
    found: Array = low + (high - low) * (np.tanh(x) + 1) / 2
    return found


def passes_what_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """What it says to hand on unchanged comes out as it went in; what it does so, it says."""
    passed = True
    for drawn in legal(kind, name, count):
        inputs = inputs_of(drawn)
        if not inputs:
            return
        x = inputs[0]
        unchanged = drawn.layer.passes_unchanged()
        if unchanged is None:
            y = run(drawn, (np.abs(x),)) if len(inputs) == 1 else np.zeros(0)
            passed &= equal(y, np.abs(x)) and drawn.layer.role == "activation"
            continue
        low, high = unchanged
        inside = _within(x, NEVER_NEGATIVE if high == inf else (low, high))
        assert (run(drawn, (inside,)) == inside).all(), drawn.case
        passed = False
        outside = -1 - np.abs(x)
        assert not equal(run(drawn, (outside,)), outside), drawn.case
    assert not passed, f"{name} hands positive numbers on: say so in `passes_unchanged`"


def hands_on_what_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A layer hands its input on as it is exactly where it says so."""
    for drawn in _single(kind, name, count):
        x = drawn.case.inputs[0]
        for values in inputs_of(drawn):
            mixed = values * np.where(np.arange(values.size).reshape(values.shape) % 2, 1, -1)
            # What is clipped, shrunk or divided may lie beyond a few numbers of middle size.
            far = (1e-7, 1, 100) if drawn.layer.role in ("activation", "norm") else (1,)
            same = all(equal(run(drawn, (mixed * by,)), mixed * by) for by in far)
            if drawn.layer.copies_in_training and not drawn.layer.hands_on(x):
                continue
            # One number may be its own activation by chance of its sign.
            if same or drawn.layer.hands_on(x):
                assert (same and drawn.layer.hands_on(x)) or values[0].size < 2, drawn.case


def _single(kind: type[Kind], name: str, count: int) -> Iterator[Drawn]:
    """Drawn layers of one input."""
    return (drawn for drawn in legal(kind, name, count) if isinstance(drawn.layer, LayerKind))


def adds_its_bias_last(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A number added to one bias is added to that channel of the output, where it says so."""
    for drawn in _single(kind, name, count):
        weights = weights_of(drawn)
        has_field = getattr(drawn.layer, "bias", None) is True
        if not drawn.layer.adds_bias() and not (has_field and "bias" in weights):
            continue
        bias = weights["bias"]
        step = np.arange(1.0, bias.size + 1)
        y, z = run(drawn, inputs_of(drawn)), run(drawn, inputs_of(drawn), bias=bias + step)
        is_last = bias.shape == y.shape[-1:] and equal(z - y, np.broadcast_to(step, y.shape))
        assert is_last == drawn.layer.adds_bias(), drawn.case


def takes_out_what_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A number added to a whole channel leaves no trace in training, where it says so."""
    traced, says = False, set()
    for drawn in _single(kind, name, count):
        (x,), shape = inputs_of(drawn), drawn.case.inputs[0]
        assert isinstance(drawn.layer, LayerKind)
        shifted = x + np.arange(1.0, x.shape[-1] + 1)
        plain = run(drawn, (x,), training=True)
        takes_out = np.allclose(plain, run(drawn, (shifted,), training=True), atol=1e-5)
        assert takes_out or not drawn.layer.takes_out_shifts(shape), drawn.case
        # Of nothing but zeros nobody can tell.
        if x.shape[-1] > 1 and x[0].size > x.shape[-1] and plain.any():
            traced |= not takes_out
            says.add(drawn.layer.takes_out_shifts(shape))
    assert traced or True in says or not says, f"{name} takes shifts out: say so"


def has_the_role_it_does(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A product is linear in its input and has weights; the others do the work of their role."""
    products: set[bool] = set()
    for drawn in _single(kind, name, count):
        layer, facts, x = drawn.layer, drawn.facts, drawn.case.inputs[0]
        assert isinstance(layer, LayerKind)
        done = {word for word, number in layer.work(x, facts.output).items() if number}
        is_product = facts.macs > 0 and facts.params > 0 and _is_linear(drawn)
        assert is_product or layer.role != "product", drawn.case
        products.add(is_product)
        if layer.role in ("norm", "activation", "pool"):
            assert done <= {layer.role}, (drawn.case, done)
        if not facts.macs and done in ({"activation"}, {"pool"}):
            assert {layer.role} == done, f"{name} does nothing but {done}: give it the role"
        if layer.role == "norm":
            assert facts.output == x, drawn.case
    assert products != {True} or kind.role == "product", f"{name} is a product: give it the role"


def _is_linear(drawn: Drawn) -> bool:
    (x,) = inputs_of(drawn)
    (other,) = inputs_of(drawn, seed=5)
    zero = run(drawn, (np.zeros_like(x),))
    both = run(drawn, (x + 2 * other,)) - zero
    return equal(both, (run(drawn, (x,)) - zero) + 2 * (run(drawn, (other,)) - zero))


def is_a_gate_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A gate gives numbers from 0 to 1, and 1/2 for 0, apart from all other functions."""
    for drawn in _single(kind, name, count):
        (x,) = inputs_of(drawn)
        squashed = drawn.layer.value_range((EVERYTHING,)) == (0.0, 1.0)
        half = run(drawn, (np.zeros_like(x),))
        is_gate = squashed and drawn.layer.stays_in_channel() and bool((half == 0.5).all())
        assert is_gate == getattr(drawn.layer, "is_gate", False), drawn.case


def can_be_asked_of_axes_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """What asks no channels leaves them alone, learns nothing and keeps the axes."""
    found = True
    for drawn in legal(kind, name, count):
        layer, x = drawn.layer, (drawn.case.inputs or ((),))[0]
        found &= (
            isinstance(layer, LayerKind)
            and layer.stays_in_channel()
            and not layer.weights(x)
            and not layer.buffers(x)
            and len(drawn.facts.output) == len(x)
        )
    assert found == kind.is_spatial, f"{name}: `is_spatial` is {kind.is_spatial}"


def works_per_position_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Each position of a map comes out as the vector of its channels does by itself."""
    measured, said = True, True
    for drawn in _single(kind, name, count):
        layer, shape = drawn.layer, drawn.case.inputs[0]
        assert isinstance(layer, LayerKind)
        alike = _is_per_position(drawn, layer, shape)
        assert alike or not layer.works_per_position(), drawn.case
        # Of a vector there is nothing to tell apart.
        if len(shape) > 1:
            measured &= alike
            said &= layer.works_per_position()
    assert said or not measured, f"{name} works on each position: say so"


def _is_per_position(drawn: Drawn, layer: LayerKind, shape: Shape) -> bool:
    vector = shape[:1]
    try:
        output = layer.facts((vector,)).output
    except LayerError:
        return False
    same = layer.weights(vector) == layer.weights(shape) and len(output) == 1
    if not same or drawn.facts.output != (*output, *shape[1:]):
        return False
    (x,) = inputs_of(drawn)
    rows = x.reshape(-1, x.shape[-1])
    y = run(drawn, (x,))
    return equal(run(drawn, (rows,)), y.reshape(-1, y.shape[-1]))


def slides_as_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Links of a sliding kind are those of its windows, one way or the other."""
    for drawn in _single(kind, name, count):
        layer, x = drawn.layer, drawn.case.inputs[0]
        assert isinstance(layer, LayerKind)
        windows = layer.windows(x)
        if layer.sliding == "transposed":
            assert drawn.facts.links[0] == tuple(map(transposed_link, windows)), drawn.case
        elif layer.sliding and layer.role:
            assert drawn.facts.links[0] == tuple(map(window_link, windows)), drawn.case
        if layer.role in ("product", "pool") and windows:
            assert layer.sliding, f"{name} has windows: say how they slide"


def makes_of_numbers_what_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A sum and a mean are linear, a maximum is one of the inputs, a norm grows with them."""
    for drawn in _single(kind, name, count):
        (x,) = inputs_of(drawn)
        y = run(drawn, (x,))
        form = drawn.layer.form
        if form in ("sum", "mean"):
            assert _is_linear(drawn), drawn.case
        elif form == "max":
            assert set(y[np.isfinite(y)].tolist()) <= set(x.ravel().tolist()), drawn.case
        elif form == "norm":
            assert np.allclose(run(drawn, (3 * x,)), 3 * y), drawn.case
        assert (form == "sum") == (drawn.layer.role == "product"), drawn.case


def undoes_what_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """What undoes a layer gives its input's shape back, and its values where that is said."""
    for drawn in _single(kind, name, count):
        layer, x, output = drawn.layer, drawn.case.inputs[0], drawn.facts.output
        undone = layer.undone(x, output)
        if undone is None or (layer.sliding and layer.role):
            continue
        assert undone.steps or undone.reason, drawn.case
        shape, value = output, run(drawn, inputs_of(drawn))
        for step, fields in undone.steps:
            undoing = find_kind(step)
            assert undoing, f"{drawn.case}: there is no kind {step}"
            back = undoing.model_validate(fields)
            assert isinstance(back, LayerKind)
            shape = back.facts((shape,)).output if not back.weights(shape) else x
            if undone.is_exact:
                value = back.run(Ops(), (value,), {})
        assert not undone.steps or shape == x, drawn.case
        assert not undone.is_exact or equal(value, inputs_of(drawn)[0]), drawn.case


SIGNS = str.maketrans({"·": "*", "−": "-", "⌊": "(", "⌋": ")"})


def sums_are_right(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Every sum that a layer writes out comes to the number behind its sign of equality."""
    for drawn in _single(kind, name, count):
        for text in drawn.layer.sums(drawn.case.inputs[0], drawn.facts.output):
            for sum_, result in re.findall(r"([0-9⌊][0-9.⌊⌋·/^+− ]*) = ([0-9]+)", text):
                value = eval(sum_.translate(SIGNS).replace("^", "**"))
                assert int(value) == int(result), (drawn.case, text)


def folds_its_border_as_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A border that repeats pixels leaves a map of one number even."""
    for drawn in _single(kind, name, count):
        layer, x = drawn.layer, drawn.case.inputs[0]
        assert isinstance(layer, LayerKind)
        if layer.form == "max" or not any(w.before > 0 or w.after > 0 for w in layer.windows(x)):
            continue
        even = run(drawn, tuple(np.ones_like(one) for one in inputs_of(drawn)))
        rows = even.reshape(len(even), -1, even.shape[-1])
        if layer.folding():
            assert np.allclose(rows, rows[:, :1]), drawn.case


def reads_by_size_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """The links of a layer are the same for a larger map, where it does not say otherwise."""
    for drawn in _single(kind, name, count):
        layer, x = drawn.layer, drawn.case.inputs[0]
        assert isinstance(layer, LayerKind)
        if layer.reads_by_size() or len(x) == 1:
            continue
        larger = (x[0], *(4 * size for size in x[1:]))
        try:
            links = layer.facts((larger,)).links[0]
        except LayerError:
            continue
        assert links == drawn.facts.links[0], drawn.case


def is_linear_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Without a bias, sums and multiples of inputs give those of outputs, where it says so."""
    bent, says = False, set()
    for drawn in legal(kind, name, count):
        layer = drawn.layer
        if getattr(layer, "bias", False):
            layer = layer.model_copy(update={"bias": False})
        unbiased = Drawn(drawn.case, layer, drawn.facts)
        inputs, others = inputs_of(drawn), inputs_of(drawn, seed=5)
        both = tuple(x - 2 * other for x, other in zip(inputs, others, strict=True))
        with np.errstate(invalid="ignore"):
            found = run(unbiased, inputs) - 2 * run(unbiased, others)
        is_linear = equal(run(unbiased, both), found)
        assert is_linear or not layer.is_linear(), drawn.case
        bent |= not is_linear
        if found.any():
            says.add(layer.is_linear())
    assert bent or True in says or not says, f"{name} is linear: say so"


def clips_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A clip brings every number into its range; an activation that does, says so."""
    for drawn in _single(kind, name, count):
        x = np.concatenate([inputs_of(drawn)[0] * far for far in (-9, -1, 1, 9)])
        clip, y = drawn.layer.clips_to(), run(drawn, (x,))
        if clip is not None:
            assert equal(y, np.clip(x, *clip)), drawn.case
        elif drawn.layer.role == "activation" and y.shape == x.shape and y.min() < y.max():
            assert equal(y, x) or not equal(y, np.clip(x, y.min(), y.max())), drawn.case


def fills_its_windows(kind: type[Kind], name: str, count: int = 2 * ENOUGH) -> None:
    """From finite numbers it makes -infinity only where it says that a window may be empty."""
    for drawn in _single(kind, name, count):
        y = run(drawn, inputs_of(drawn))
        assert isinstance(drawn.layer, LayerKind)
        if np.isneginf(y).any():
            assert drawn.layer.may_be_infinite(drawn.case.inputs[0]), drawn.case


def folds_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Units read again what lies inside of the border only where it says so."""
    for drawn in _single(kind, name, count):
        (links,) = drawn.facts.links
        if links is None or drawn.facts.sees_all or drawn.layer.folding():
            continue
        for axis, link in enumerate(links, 1):
            size, units = drawn.case.inputs[0][axis], drawn.facts.output[axis]
            # Interpolation repeats the border itself, which is its first and last pixel.
            for pixel in range(1, size - 1):
                x = inputs_of(drawn)[0].copy()
                x[(slice(None),) * axis + (pixel,)] = np.nan
                y = np.moveaxis(np.isnan(run(drawn, (x,))), axis, 0)
                for unit in np.flatnonzero(y.reshape(units, -1).any(axis=1)).tolist():
                    turns, phase = divmod(unit, len(link.taps))
                    assert pixel - turns * link.rise in link.taps[phase], drawn.case


def joins_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A join of two and a third is the join of three, and neither does any work."""
    says, found = set(), set()
    for drawn in legal(kind, name, count) if kind.is_merge else ():
        layer, shape = drawn.layer, drawn.case.inputs[0]
        two, three = (layer.model_copy(update={"inputs": ("x",) * n}) for n in (2, 3))
        try:
            facts = three.facts((shape,) * 3)
            nested = two.facts((two.facts((shape,) * 2).output, shape))
        except LayerError:
            assert not layer.only_joins(), drawn.case
            continue
        x, y, z = (inputs_of(drawn, seed)[0] for seed in (1, 2, 3))
        same = facts.output == nested.output and not facts.macs and not any(facts.work)
        same = same and equal(
            three.run(Ops(), (x, y, z), {}), two.run(Ops(), (two.run(Ops(), (x, y), {}), z), {})
        )
        assert same or not layer.only_joins(), drawn.case
        says.add(layer.only_joins())
        found.add(same)
    assert found != {True} or True in says, f"{name} only joins its inputs: say so"


def commutes_where_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """Two inputs of one shape give the same in either order."""
    says, found = set(), set()
    for drawn in legal(kind, name, count) if kind.is_merge else ():
        layer = drawn.layer.model_copy(update={"inputs": ("x", "y")})
        shapes = (drawn.case.inputs[0],) * 2
        try:
            layer.facts(shapes)
        except LayerError:
            continue
        if layer.weights_of(shapes):
            continue
        x, y = (inputs_of(drawn, seed)[0] for seed in (1, 2))
        same = equal(layer.run(Ops(), (x, y), {}), layer.run(Ops(), (y, x), {}))
        assert same or not layer.commutes(), drawn.case
        says.add(layer.commutes())
        found.add(same)
    assert found != {True} or True in says, f"{name} takes its inputs in any order: say so"


def reads_its_inputs_as_it_says(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A number that is none, put into one input, comes out where it does from the others."""
    says, found = set(), set()
    for drawn in legal(kind, name, count) if kind.is_merge else ():
        shape = drawn.case.inputs[0]
        three = drawn.layer.model_copy(update={"inputs": ("x",) * 3})
        try:
            three.facts((shape,) * 3)
        except LayerError:
            continue
        inputs = tuple(inputs_of(drawn, seed)[0] for seed in (1, 2, 3))
        for axis in range(1, inputs[0].ndim - 1):
            read = {_positions_of_nan(three, inputs, number, axis) for number in range(3)}
            says.add(three.reads_alike((shape,) * 3))
            found.add(len(read) == 1)
            assert len(read) == 1 or not three.reads_alike((shape,) * 3), (drawn.case, axis)
    assert found != {True} or True in says, f"{name} reads its inputs alike: say so"


def _positions_of_nan(layer: Kind, inputs: tuple[Array, ...], number: int, axis: int) -> bytes:
    """Where the output is NaN that is so at the middle of one input along an axis."""
    spoilt = inputs[number].copy()
    np.moveaxis(spoilt, axis, 0)[spoilt.shape[axis] // 2] = np.nan
    y = layer.run(Ops(traces=True), (*inputs[:number], spoilt, *inputs[number + 1 :]), {})
    return bytes(np.packbits(np.isnan(y).any(axis=-1)))


def calls_its_inputs_as_its_help_does(kind: type[Kind], name: str, count: int = CASES) -> None:
    """A merge whose inputs mean different things names them so where too few are written."""
    words = kind.input_words
    if not words:
        return
    assert kind.is_merge
    (drawn,) = legal(kind, name, 1)
    layer = kind.model_validate(drawn.case.fields | {"inputs": ["one"]})
    with pytest.raises(LayerError) as caught:
        layer.facts(drawn.case.inputs[:1])
    (shown,) = re.findall(r"inputs: \[(.*?)\]", caught.value.help)
    assert tuple(shown.split(", ")) == words[: shown.count(",") + 1]


TRAIT_LAWS: tuple[Callable[..., None], ...] = (
    says_whether_it_stays_in_channel,
    lies_in_its_range,
    passes_what_it_says,
    hands_on_what_it_says,
    adds_its_bias_last,
    takes_out_what_it_says,
    has_the_role_it_does,
    is_a_gate_where_it_says,
    can_be_asked_of_axes_where_it_says,
    works_per_position_where_it_says,
    slides_as_it_says,
    makes_of_numbers_what_it_says,
    undoes_what_it_says,
    sums_are_right,
    folds_its_border_as_it_says,
    reads_by_size_where_it_says,
    is_linear_where_it_says,
    clips_where_it_says,
    fills_its_windows,
    folds_where_it_says,
    joins_where_it_says,
    commutes_where_it_says,
    reads_its_inputs_as_it_says,
    calls_its_inputs_as_its_help_does,
)
