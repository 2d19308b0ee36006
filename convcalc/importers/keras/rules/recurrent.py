"""Layers that go through a sequence step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from convcalc.importers.keras.arguments import class_of
from convcalc.importers.keras.layer import Layer
from convcalc.importers.keras.rules.recurrent_passes import CELLS, Pass
from convcalc.importers.keras.weights import called_after
from convcalc.importers.placing import NoRuleError
from convcalc.importers.pytorch.rules.joins import joined, times
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
        *_states(layer, view, passes[0], len(passes), begins=begins),
    ]


def _states(
    layer: Layer,
    view: View,
    one: Pass,
    ways: int = 1,
    hidden: View | None = None,
    before: int = 1,
    begins: Sequence[View] = (),
) -> list[View | None]:
    """The states after the last step, where they are read: what they cost stands in the layer.

    They stand behind `before` outputs. The first one is what the layer gives, where that is
    `hidden`. `begins` are the states that it is given.
    """
    found: list[View | None] = []
    if layer.flag("return_state", default=False):
        for number in range(
            before, min(before + ways * one.cell.states, len(layer.operation.outputs))
        ):
            if not layer.call.is_read(number):
                found.append(None)
            elif hidden is not None and number == before:
                found.append(hidden)
            else:
                own = layer.part(f"state_{number - before}")
                dims, read = (view.dims[0], one.units), [view, *begins]
                found.append(own.opaque(dims, read, "a last state", 0, 0))
    return found


def _placed(
    layer: Layer, view: View, passes: list[Pass], fields: Mapping[str, Any], last: bool
) -> View:
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
        "returns": "last" if last else "sequence",
        **fields,
    }
    if one.biases:
        all_fields["biases"] = one.biases
    if one.resets_before:
        all_fields["reset"] = "before"
    kind: type[Kind] = one.cell.kind
    at = layer.layer(kind, all_fields, laid, held=held)
    shape = layer.call.builder.shape(at)
    return whole(at, shape, [(), (0,)] if last else [(), (1,), (0,)])


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
    first = x[0] if type(x) is tuple else x
    view = _sequence(layer, first)  # type: ignore[arg-type]
    why = one.unusual()
    begins = layer.views(x[1:] if type(x) is tuple else initial_state)
    if initial_state is not None or first is not x:
        why = "it begins with a state that is not 0"
    elif view.axes[0]:
        why = "it goes through several sequences at once"
    if why:
        return _told(layer, view, [one], why, begins)
    last = not layer.flag("return_sequences", default=False)
    if layer.flag("go_backwards", default=False):
        # What comes out stays in the order in which the steps were gone through.
        view = flip(layer.part("turned", "Flip").call, view, 1)
    placed = _placed(layer, view, [one], _function(layer, one), last)
    return [placed, *_states(layer, view, one, 1, placed if last else None)]


def of_cells(
    layer: Layer, x: Value | tuple[Value, ...], initial_state: object = None, **_: object
) -> list[View | None]:
    """A layer of a cell; of several, which is as many layers one behind the other."""
    cells = _cells(layer)
    if len(cells) == 1:
        name, own, inside = cells[0]
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
    cells = several if isinstance(several, list) else [held]
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
        cells = _cells(own)
        name, own, _ = cells[0]
        if len(cells) > 1:
            raise NoRuleError("it goes both ways with several cells")
    if name not in CELLS:
        raise NoRuleError(f"it goes both ways with a `{name}`")
    return Pass(own, name, f"{inside}/cell")


def bidirectional(layer: Layer, x: Value, *states: Value, **kwargs: object) -> list[View | None]:
    """A layer in both directions, and what becomes of the two."""
    held = layer.field("layer")
    passes = [
        _of(layer, held, "forward_layer"),
        _of(layer, layer.field("backward_layer", default=held), "backward_layer"),
    ]
    view, forward = _sequence(layer, x), passes[0].layer
    mode = layer.config.get("merge_mode", "concat")
    why = passes[0].unusual() or passes[1].unusual()
    if states or kwargs.get("initial_state") is not None:
        why = "it begins with a state that is not 0"
    elif view.axes[0]:
        why = "it goes through several sequences at once"
    elif len({(one.name, one.units, one.resets_before) for one in passes}) > 1:
        why = "it goes back as it does not go forth"
    if why and mode == "concat":
        begins = layer.views(states or kwargs.get("initial_state"))
        return _told(forward, view, passes, why, begins)
    if why:
        raise NoRuleError(why)
    last = not forward.flag("return_sequences", default=False)
    own = layer if mode == "concat" else layer.part("both")
    found = _placed(own, view, passes, _function(forward, passes[0]), last)
    merged = _merged(layer, found, passes[0].units, mode)
    return [*merged, *_states(forward, view, passes[0], 2, before=len(merged))]


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
