"""Layers that go through a sequence step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from convcalc.core.shapes import Shape
from convcalc.importers.building import NoRuleError
from convcalc.importers.keras.arguments import class_of
from convcalc.importers.keras.layer import Layer
from convcalc.importers.pytorch.rules.joins import joined, times
from convcalc.importers.pytorch.rules.parts import part
from convcalc.importers.pytorch.values import Value
from convcalc.importers.tensor_views import View, whole
from convcalc.kinds.arithmetic_family import Add, Elementwise, Mul
from convcalc.kinds.base import Kind
from convcalc.kinds.base.kind import word_of
from convcalc.kinds.recurrent_family import Gru, Lstm, Rnn
from convcalc.network.held import Held


@dataclass(frozen=True, slots=True)
class _Cell:
    """What a step does: our kind, and where each of its gates stands in Keras' arrays.

    `states` are those that a step hands on. Source: `keras.src.layers.rnn`, Keras 3.15.
    """

    kind: type[Lstm] | type[Gru] | type[Rnn]
    order: tuple[int, ...]
    states: int


# i f c o as i f g o, and z r h as r z n.
_CELLS = {
    "LSTM": _Cell(Lstm, (0, 1, 2, 3), 2),
    "GRU": _Cell(Gru, (1, 0, 2), 1),
    "SimpleRNN": _Cell(Rnn, (0,), 1),
    "CuDNNLSTM": _Cell(Lstm, (0, 1, 2, 3), 2),
    "CuDNNGRU": _Cell(Gru, (1, 0, 2), 1),
}


# The functions that our cells have.
_GATE, _BENT = word_of("Sigmoid"), word_of("Relu")


def _biases(layer: Layer, name: str) -> int:
    """Numbers that are added to each gate: of the input's sum, or of both."""
    if not layer.flag("use_bias", default=True):
        return 0
    has_two = name.startswith("CuDNN") or (name == "GRU" and _resets_after(layer))
    return 2 if has_two else 1


def _resets_after(layer: Layer) -> bool:
    """True where a GRU resets the product, as all do that say nothing in Keras 3."""
    return layer.flag("reset_after", default=layer.version == 3)


class _Pass:
    """One direction of a layer: its fields, and the arrays that it has."""

    def __init__(self, layer: Layer, name: str, inside: str = "cell") -> None:
        self.layer, self.name, self.inside = layer, name, inside
        self.cell = _CELLS[name]
        self.units = layer.whole("units", "output_dim")
        self.biases = _biases(layer, name)

    @property
    def gates(self) -> int:
        return len(self.cell.order)

    def unusual(self) -> str:
        """Why our kind does something else; "" where it does the same."""
        layer, name = self.layer, self.name
        if name.startswith("CuDNN"):
            return ""
        function = layer.word("activation", default="tanh")
        is_plain = self.cell.kind is Rnn and function == _BENT
        if function != "tanh" and not is_plain:
            return f"its function is `{function}`"
        gate = layer.word("recurrent_activation", default=_GATE)
        if gate != _GATE:
            return f"its gates have the function `{gate}`"
        if name == "GRU" and not _resets_after(layer):
            return "it resets before it multiplies"
        return ""

    def params(self, features: int) -> int:
        return self.gates * self.units * (features + self.units + self.biases)

    def macs(self, steps: int, features: int) -> int:
        return steps * self.gates * self.units * (features + self.units)

    def held(self, features: int, end: str) -> dict[str, Held]:
        """Its arrays by our names, which end so."""
        wide = self.gates * self.units
        found = {}
        for role, name, rows in (
            ("weight_ih", "kernel", features),
            ("weight_hh", "recurrent_kernel", self.units),
        ):
            array = self.layer.array(name, (rows, wide), inside=self.inside)
            turned = self.layer.call.array(array._replace(view=array.view.transposed((1, 0))))
            found[f"{role}_l0{end}"] = self._ordered(turned, 0)
        for number in range(self.biases):
            dims: Shape = (wide,) if self.biases == 1 else (2, wide)
            array = self.layer.array("bias", dims, inside=self.inside)
            flat = self.layer.call.array(array, (prod(dims),))
            role = "bias_hh" if number else "bias_ih"
            found[f"{role}_l0{end}"] = self._ordered(flat, number * wide)
        return found

    def _ordered(self, array: Held, first: int) -> Held:
        """The gates in our order, of those that begin at row `first`."""
        units, rest = self.units, array.dims[1:]
        if self.cell.order == tuple(range(self.gates)) and array.dims[0] == self.gates * units:
            return array
        parts = [
            array.made("sliced", (units, *rest), axis=0, start=first + gate * units, step=1)
            for gate in self.cell.order
        ]
        if len(parts) == 1:
            return parts[0]
        return parts[0].made("joined", (self.gates * units, *rest), *parts[1:], axis=0)


def _sequence(layer: Layer, x: Value) -> View:
    view = layer.view(x)
    if len(view.axes) != 3:
        raise NoRuleError(f"its input has {len(view.axes)} axes")
    return view


def _told(layer: Layer, view: View, one: _Pass, why: str, ways: int = 1) -> list[View]:
    """A layer that our kinds do not do, whose figures are known all the same."""
    steps, features = view.dims[1:]
    wide = one.units * ways
    returns = layer.flag("return_sequences", default=False)
    dims = (view.dims[0], steps, wide) if returns else (view.dims[0], wide)
    macs = ways * one.macs(steps, features)
    found = [layer.opaque(dims, [view], why, ways * one.params(features), macs)]
    return found + _states(layer, view, one, ways)


def _states(
    layer: Layer, view: View, one: _Pass, ways: int = 1, hidden: View | None = None
) -> list[View]:
    """The states after the last step, where they are read: what they cost stands in the layer.

    The first one is what the layer gives, where that is `hidden`.
    """
    found = []
    if layer.flag("return_state", default=False):
        for number in range(ways * one.cell.states):
            if not layer.call.is_read(1 + number):
                break
            if hidden is not None and not number:
                found.append(hidden)
                continue
            own = layer.part(f"state_{number}")
            found.append(own.opaque((view.dims[0], one.units), [view], "a last state", 0, 0))
    return found


def _placed(
    layer: Layer, view: View, passes: list[_Pass], fields: Mapping[str, Any], last: bool
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
    if one.cell.kind is not Gru and one.biases:
        all_fields["biases"] = one.biases
    kind: type[Kind] = one.cell.kind
    at = layer.layer(kind, all_fields, laid, held=held)
    shape = layer.call.builder.shape(at)
    return whole(at, shape, [(), (0,)] if last else [(), (1,), (0,)])


def recurrent(name: str) -> Callable[..., list[View]]:
    """A layer that begins with zeros, or with states that it is given."""

    def rule(
        layer: Layer, x: Value | tuple[Value, ...], initial_state: object = None, **_: object
    ) -> list[View]:
        first = x[0] if type(x) is tuple else x
        view = _sequence(layer, first)  # type: ignore[arg-type]
        one = _Pass(layer, name)
        why = one.unusual()
        if initial_state is not None or first is not x:
            why = "it begins with a state that is not 0"
        elif layer.flag("go_backwards", default=False):
            why = "it goes backwards"
        elif view.axes[0]:
            why = "it goes through several sequences at once"
        if why:
            return _told(layer, view, one, why)
        last = not layer.flag("return_sequences", default=False)
        fields = _function(layer, one)
        placed = _placed(layer, view, [one], fields, last)
        states = _states(layer, view, one, 1, placed if last else None)
        return [placed, *states]

    return rule


def _function(layer: Layer, one: _Pass) -> dict[str, str]:
    if one.cell.kind is not Rnn:
        return {}
    return {"nonlinearity": layer.word("activation", default="tanh")}


def _of(layer: Layer, found: object) -> tuple[str, Layer]:
    """A layer that another one holds: its class, and it with its own fields."""
    if not isinstance(found, Mapping) or not isinstance(found.get("config"), Mapping):
        raise NoRuleError("it holds no layer")
    name = class_of(found)
    if name not in _CELLS:
        raise NoRuleError(f"it goes both ways with a `{name}`")
    config = {**found["config"]}
    attributes = {**layer.operation.attributes, "config": config}
    return name, layer.of(replace(layer.operation, attributes=attributes))


def bidirectional(layer: Layer, x: Value, *states: Value, **kwargs: object) -> list[View]:
    """A layer in both directions, and what becomes of the two."""
    view = _sequence(layer, x)
    name, forward = _of(layer, layer.field("layer"))
    _, backward = _of(layer, layer.field("backward_layer", default=layer.field("layer")))
    mode = layer.config.get("merge_mode", "concat")
    passes = [
        _Pass(forward, name, "forward_layer/cell"),
        _Pass(backward, name, "backward_layer/cell"),
    ]
    why = passes[0].unusual()
    if states or kwargs.get("initial_state") is not None:
        why = "it begins with a state that is not 0"
    elif view.axes[0]:
        why = "it goes through several sequences at once"
    if why and mode == "concat":
        return _told(forward, view, passes[0], why, 2)
    if why:
        raise NoRuleError(why)
    last = not forward.flag("return_sequences", default=False)
    fields = _function(forward, passes[0])
    own = layer if mode == "concat" else layer.part("both")
    found = _placed(own, view, passes, fields, last)
    return [_merged(layer, found, passes[0].units, mode), *_states(forward, view, passes[0], 2)]


def _merged(layer: Layer, both: View, units: int, mode: object) -> View:
    """The states of both directions as one."""
    if mode == "concat":
        return both
    axis = len(both.axes) - 1
    ways = [
        part(layer.part(word).call, both, axis, first, first + units)
        for word, first in (("forward", 0), ("backward", units))
    ]
    kinds: dict[object, type[Elementwise]] = {"sum": Add, "ave": Add, "mul": Mul}
    if mode not in kinds:
        raise NoRuleError(f"its `merge_mode` is {mode!s:.40}")
    found = layer.view(joined(layer.part("merge").call, kinds[mode], *ways))
    return times(layer.part("share").call, found, 0.5) if mode == "ave" else found


def over_maps(rank: int) -> Callable[..., list[View]]:
    """An LSTM whose products are convolutions: its shape and figures."""

    def rule(layer: Layer, x: Value, **_: object) -> list[View]:
        view = layer.view(x)
        if len(view.axes) != rank + 3 or layer.is_channels_first:
            raise NoRuleError(f"its input has {len(view.axes)} axes")
        batch, steps, *sizes, channels = view.dims
        kernel = layer.sizes("kernel_size", rank=rank)
        strides = layer.sizes("strides", rank=rank, default=1)
        filters, word = layer.whole("filters"), layer.word("padding", default="valid")
        if word == "same":
            space = [-(-size // step) for size, step in zip(sizes, strides, strict=True)]
        else:
            pairs = zip(sizes, kernel, strides, strict=True)
            space = [(size - taps) // step + 1 for size, taps, step in pairs]
        if min(space) < 1 or layer.sizes("dilation_rate", rank=rank, default=1) != (1,) * rank:
            raise NoRuleError("its windows do not fit, or are dilated")
        reads = prod(kernel) * 4 * filters * (channels + filters)
        biased = 4 * filters * layer.flag("use_bias", default=True)
        returns = layer.flag("return_sequences", default=False)
        dims = (batch, *([steps] if returns else []), *space, filters)
        macs = steps * prod(space) * reads
        return [layer.opaque(dims, [view], "an LSTM over maps", reads + biased, macs)]

    return rule


RULES: dict[str, Callable[..., object]] = {
    **{name: recurrent(name) for name in _CELLS},
    "Bidirectional": bidirectional,
    **{f"ConvLSTM{n}D": over_maps(n) for n in (1, 2, 3)},
}
