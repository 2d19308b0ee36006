"""Layers that go through a sequence step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcalc.importers.keras.arguments import class_of
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.recurrent_passes import CELLS, Pass
from convcalc.importers.keras.weights import called_after
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules.joins import cat, joined, times
from convcalc.importers.pytorch.rules.parts import part
from convcalc.importers.pytorch.rules.resizing import flip
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.arithmetic_family import Add, Elementwise, Mul
from convcalc.kinds.base import Kind
from convcalc.kinds.recurrent_family import Rnn
from convcalc.network.held import Held

# A layer of any cell.
_ANY = "RNN"


def _sequence(layer: Layer, x: Value) -> View:
    view = layer.view(x)
    if len(view.axes) != 3:
        raise NoRuleError(f"its input has {len(view.axes)} axes")
    return view


def _told(
    layer: Layer, view: View, passes: Sequence[Pass], why: str, begins: Sequence[View] = ()
) -> list[View | None]:
    """A layer that our kinds do not do, whose figures are known all the same.

    `begins` are the states that it is given.
    """
    batch, steps, features = view.dims
    wide = sum(one.units for one in passes)
    returns = layer.flag("return_sequences", default=False)
    dims = (batch, steps, wide) if returns else (batch, wide)
    params = sum(one.params(features) for one in passes)
    macs = batch * sum(one.macs(steps, features) for one in passes)
    return [
        layer.opaque(dims, [view, *begins], why, params, macs),
        *_states(layer, view, passes[0], len(passes), begins),
    ]


def _states(
    layer: Layer, view: View, one: Pass, ways: int, begins: Sequence[View]
) -> list[View | None]:
    """The states after the last step, where they are read: what they cost stands in the layer.

    `begins` are the states that it is given.
    """
    found: list[View | None] = []
    for number, is_read in enumerate(_reads(layer, one, ways)):
        if not is_read:
            found.append(None)
            continue
        own = layer.part(f"state_{number}")
        dims, read = (view.dims[0], one.units), [view, *begins]
        found.append(own.opaque(dims, read, "a last state", 0, 0))
    return found


def _reads(layer: Layer, one: Pass, ways: int, before: int = 1) -> list[bool]:
    """Whether each of the last states is read, which stand behind `before` outputs."""
    if not layer.flag("return_state", default=False):
        return []
    last = min(before + ways * one.cell.states, len(layer.operation.outputs))
    return [layer.call.is_read(number) for number in range(before, last)]


def _placed(
    layer: Layer,
    view: View,
    passes: Sequence[Pass],
    fields: Mapping[str, Any],
    begins: Sequence[View],
) -> View:
    """The layer of one direction or both, which begins with these states, `[units]` for each."""
    if view.axes[0]:
        raise NoRuleError("it goes through several sequences at once")
    one = passes[0]
    laid = layer.call.arranged(view, [view.axes[2], view.axes[1]])
    held: dict[str, Held] = {}
    for way, end in zip(passes, ("", "_reverse"), strict=False):
        held |= way.held(view.dims[2], end)
    all_fields = {
        "hidden_size": one.units,
        "bidirectional": len(passes) > 1,
        "bias": one.biases > 0,
        **fields,
    }
    if one.biases:
        all_fields["biases"] = one.biases
    if one.resets_before:
        all_fields["reset"] = "before"
    kind: type[Kind] = one.cell.kind.with_inputs if begins else one.cell.kind
    at = layer.layer(kind, all_fields, laid, *begins, held=held)
    shape = layer.call.builder.shape(at)
    return whole(at, shape, [(), (0,)] if len(shape) == 1 else [(), (1,), (0,)])


def _passed(
    layer: Layer,
    own: Layer,
    view: View,
    passes: Sequence[Pass],
    begins: Sequence[View],
    before: int = 1,
) -> tuple[View, list[View | None]]:
    """What comes out, both directions side by side, and the last states where they are read.

    `own` is the layer that bears the name; the states stand behind `before` outputs.
    """
    one, ways = passes[0], len(passes)
    call, states = layer.call, one.cell.states
    reads = _reads(layer, one, ways, before)
    last = not layer.flag("return_sequences", default=False)
    # Of an LSTM every second one is a cell.
    reads_cells = states > 1 and any(reads[1::2])
    returns = "cells" if reads_cells else "last" if last else "sequence"
    made = given = _placed(own, view, passes, {**_function(layer, one), "returns": returns}, begins)

    def end(number: int) -> View:
        way, which = divmod(number, states)
        return _end(layer, made, (which * ways + way) * one.units, one.units, way > 0)

    if reads_cells and any(call.is_read(number) for number in range(before)):
        if not last:
            given = call.view(part(call, made, 2, 0, ways * one.units))
        else:
            ends = [end(way * states) for way in range(ways)]
            given = call.view(cat(call, ends, 1)) if ways > 1 else ends[0]
    return given, [end(number) if is_read else None for number, is_read in enumerate(reads)]


def _end(layer: Layer, made: View, first: int, units: int, is_reverse: bool) -> View:
    """These numbers of a direction after its last step: of all steps, or the last ones alone."""
    call = layer.call
    numbers = call.view(part(call, made, len(made.dims) - 1, first, first + units))
    if len(numbers.dims) == 2:
        return numbers
    # The direction that goes back ends with the first step.
    step = 0 if is_reverse else numbers.dims[1] - 1
    found = call.view(part(call, numbers, 1, step, step + 1))
    return call.builder.reshaped(found, (found.dims[0], units), layer.operation)


def _begins(layer: Layer, one: Pass, ways: int, given: Sequence[View]) -> tuple[list[View], str]:
    """The states to begin with as vectors, of both directions as one; or why they are none."""
    if not given:
        return [], ""
    states = one.cell.states
    if len(given) != ways * states:
        return [], f"it begins with {len(given)} states, and has {ways * states}"
    if any(len(view.axes) != 2 or view.axes[0] for view in given):
        return [], "it begins with the states of several sequences"
    joined = [
        layer.view(cat(layer.call, given[which::states], 1)) if ways > 1 else given[which]
        for which in range(states)
    ]
    return [layer.call.arranged(view, [view.axes[1]]) for view in joined], ""


def recurrent(name: str) -> Callable[..., list[View | None]]:
    """A layer that begins with zeros, or with states that it is given."""

    def rule(
        layer: Layer, x: Value | tuple[Value, ...], initial_state: object = None, **_: object
    ) -> list[View | None]:
        return _run(layer, Pass(layer, name), x, initial_state)

    return rule


def _run(
    layer: Layer, one: Pass, x: Value | tuple[Value, ...], initial_state: object
) -> list[View | None]:
    first, *begun = x if type(x) is tuple else (x,)
    view = _sequence(layer, first)  # type: ignore[arg-type]
    given = layer.views(begun or initial_state)
    why = one.unusual()
    if view.axes[0]:
        why = "it goes through several sequences at once"
    begins, odd = ([], "") if why else _begins(layer, one, 1, given)
    if why or odd:
        return _told(layer, view, [one], why or odd, given)
    if layer.flag("go_backwards", default=False):
        # What comes out stays in the order in which the steps were gone through.
        view = flip(layer.part("turned", "Flip").call, view, 1)
    placed, states = _passed(layer, layer, view, [one], begins)
    return [placed, *states]


def of_cells(
    layer: Layer, x: Value | tuple[Value, ...], initial_state: object = None, **_: object
) -> list[View | None]:
    """A layer of a cell; of several, which is as many layers one behind the other."""
    cells = _cells(layer)
    (name, own, inside), *others = cells
    if not others:
        return _run(own, Pass(own, name, inside), x, initial_state)
    if initial_state is not None or layer.flag("return_state", default=False):
        raise NoRuleError("it has the states of several cells")
    if layer.flag("go_backwards", default=False):
        raise NoRuleError("it goes backwards, with several cells")
    found: Value | tuple[Value, ...] = x
    for number, (name, own, inside) in enumerate(cells, 1):
        is_last = number == len(cells)
        returns = layer.flag("return_sequences", default=False) if is_last else True
        part = own.made_with({**own.config, "return_sequences": returns})
        part = part.part(inside.rpartition("/")[2], name)
        (made,) = _run(part, Pass(part, name, inside), found, None)
        assert made is not None
        found = made
    return [layer.view(found)]  # type: ignore[arg-type]


def _cells(layer: Layer) -> list[tuple[str, Layer, str]]:
    """The cells of a layer: the name of each one's own layer, it as one, and where its arrays are.

    They are called after their classes, with a number from the second of a class on.
    """
    held = layer.field("cell")
    config = held.get("config") if isinstance(held, Mapping) else None
    if not isinstance(config, Mapping):
        raise NoRuleError("it holds no cell")
    several = config.get("cells")
    cells = several if isinstance(several, list) and several else [held]
    count: dict[str, int] = {}
    found = []
    for cell in cells:
        kind = class_of(cell)
        name, own = kind.removesuffix("Cell"), cell.get("config")
        if name not in CELLS or name == kind or not isinstance(own, Mapping):
            raise NoRuleError(f"its cell is a `{kind}`")
        word = called_after(kind)
        number = count[word] = count.get(word, -1) + 1
        place = f"cells/{word}_{number}" if number else f"cells/{word}"
        inside = "cell" if cells is not several else f"cell/{place}"
        made = layer.made_with({**layer.config, **own})
        found.append((name, made.named(own.get("name")) if cells is several else made, inside))
    return found


def _function(layer: Layer, one: Pass) -> dict[str, str]:
    if one.cell.kind is not Rnn:
        return {}
    return {"nonlinearity": layer.word("activation", default="tanh")}


def _of(layer: Layer, found: object, inside: str) -> Pass:
    """A layer that another one holds, with its own fields."""
    if not isinstance(found, Mapping) or not isinstance(found.get("config"), Mapping):
        raise NoRuleError("it holds no layer")
    own = layer.made_with({**found["config"]})
    name = class_of(found)
    if name == _ANY:
        (name, own, _), *others = _cells(own)
        if others:
            raise NoRuleError("it goes both ways with several cells")
    if name not in CELLS:
        raise NoRuleError(f"it goes both ways with a `{name}`")
    return Pass(own, name, f"{inside}/cell")


def bidirectional(layer: Layer, x: Value, *states: Value, **kwargs: object) -> list[View | None]:
    """A layer in both directions, and what becomes of the two."""
    held = layer.field("layer")
    forth = _of(layer, held, "forward_layer")
    back = _of(layer, layer.field("backward_layer", default=held), "backward_layer")
    passes = [forth, back]
    view = _sequence(layer, x)
    mode = layer.config.get("merge_mode", "concat")
    given = layer.views(states or kwargs.get("initial_state"))
    why = forth.unusual() or back.unusual()
    if view.axes[0]:
        why = "it goes through several sequences at once"
    elif len({(one.name, one.units, one.resets_before) for one in passes}) > 1:
        why = "it goes back as it does not go forth"
    begins, odd = ([], "") if why else _begins(layer, forth, 2, given)
    why = why or odd
    if why and mode == "concat":
        return _told(forth.layer, view, passes, why, given)
    if why:
        raise NoRuleError(why)
    own = layer if mode == "concat" else layer.part("both")
    # Without a merge both come out, one behind the other.
    outputs = 2 if mode is None else 1
    found, ends = _passed(forth.layer, own, view, passes, begins, outputs)
    return [*_merged(layer, found, forth.units, mode), *ends]


def _merged(layer: Layer, both: View, units: int, mode: object) -> list[View]:
    """The states of both directions as one, or each by itself."""
    if mode == "concat":
        return [both]
    axis = len(both.axes) - 1
    ways = [
        part(layer.part(word).call, both, axis, first, first + units)
        for word, first in (("forward", 0), ("backward", units))
    ]
    if mode is None:
        return list(map(layer.view, ways))
    kinds: dict[object, type[Elementwise]] = {"sum": Add, "ave": Add, "mul": Mul}
    if mode not in kinds:
        raise NoRuleError(f"its `merge_mode` is {mode!s:.40}")
    found = layer.view(joined(layer.part("merge").call, kinds[mode], *ways))
    return [times(layer.part("share").call, found, 0.5) if mode == "ave" else found]


RULES: dict[str, Callable[..., object]] = {
    **{name: recurrent(name) for name in CELLS},
    _ANY: of_cells,
    "Bidirectional": bidirectional,
}
